/* node/numbers.c - see numbers.h. */
#include "node/numbers.h"

#include <string.h>

#include "common/domain/text.h"
#include "common/format/notice.h"
#include "node/store_notices.h"

enum {
    NAME_BYTES = 200,
    PHONE_BYTES = 31,
    NOTE_BYTES = 300,
    NUMBERS_MOST = 100
};

/* ---- changing */

static int check_line(const char *what, const char *text, size_t most,
                      struct error *err)
{
    if (text == NULL || strlen(text) > most ||
        !text_is_line(bytes_of_text(text)))
        return error_set(err, ERR_INVALID, "%s: one line of at most %zu bytes",
                         what, most);
    return 0;
}

static int check(const struct own_number *number, struct error *err)
{
    int rc = check_line("name", number->name, NAME_BYTES, err);

    if (rc == 0)
        rc = check_line("phone", number->phone, PHONE_BYTES, err);
    if (rc == 0 &&
        strspn(number->phone, "0123456789 +-.()") != strlen(number->phone))
        rc = error_set(err, ERR_INVALID,
                       "phone: digits with spaces or dots, nothing else");
    if (rc == 0 && *number->note != '\0')
        rc = check_line("note", number->note, NOTE_BYTES, err);
    return rc;
}

struct counting {
    size_t count;
    int64_t id;
    bool found;
};

static void count_one(void *who, const struct own_number *number)
{
    struct counting *c = who;

    c->count++;
    c->found = c->found || number->id == c->id;
}

int node_numbers_set(struct node *node, const struct json *args,
                     struct json *out, struct error *err)
{
    struct own_number number = {.name = json_get_text(args, "name"),
                                .phone = json_get_text(args, "phone"),
                                .note = json_get_text(args, "note")};
    struct counting c = {0, 0, false};
    int rc;

    if (number.note == NULL)
        number.note = "";
    (void)json_get_i64(args, "number", &number.id);
    c.id = number.id;
    if ((rc = check(&number, err)) != 0)
        return rc;
    if ((rc = node_store_numbers(node->notices, count_one, &c)) < 0)
        return error_set(err, rc, "the database cannot be read");
    if (number.id != 0 && !c.found)
        return error_set(err, ERR_MISSING, "there is no such number any more");
    if (number.id == 0 && c.count >= NUMBERS_MOST)
        return error_set(err, ERR_INVALID, "at most %d numbers", NUMBERS_MOST);
    if ((rc = node_store_put_number(node->notices, &number)) != 0)
        return error_set(err, rc, "the database cannot be written");
    json_set_i64(out, "number", number.id);
    return 0;
}

int node_numbers_drop(struct node *node, const struct json *args,
                      struct json *out, struct error *err)
{
    int64_t id = 0;
    int rc;

    (void)json_get_i64(args, "number", &id);
    if ((rc = node_store_drop_number(node->notices, id)) == ERR_MISSING)
        return error_set(err, rc, "there is no such number any more");
    json_set_i64(out, "number", id);
    return rc == 0 ? 0 : error_set(err, rc, "the database cannot be written");
}

/* ---- reading */

static struct json *entry(const char *phone, const char *name)
{
    struct json *one = json_object_new();

    json_set_text(one, "phone", phone[0] != '\0' ? phone : NULL);
    json_set_text(one, "name", name);
    json_set_flag(one, "fixed", false);
    return one;
}

static void add_own(void *who, const struct own_number *number)
{
    struct json *one = entry(number->phone, number->name);

    json_set_flag(one, "own", true);
    json_set_i64(one, "number", number->id);
    json_set_text(one, "note", number->note[0] != '\0' ? number->note : NULL);
    json_add(who, one);
}

struct units {
    const struct node *node;
    struct json *out;
    bool district; /* only this one, or only the others */
};

static int add_unit(void *who, const struct record_row *row,
                    const struct entry *change)
{
    const struct units *u = who;
    struct unit_fact unit;
    bool district;
    struct json *one;

    (void)row;
    if (change == NULL ||
        wire_unit_decode(&unit, change->change.part[PART_FACT].bytes, NULL) !=
            0)
        return 0;
    district = strcmp(unit.unit, u->node->keys.hub) == 0;
    if (district != u->district)
        return 0;
    one = entry(unit.phone, unit.name);
    json_set_text(one, "slug", district ? "district" : unit.slug);
    json_add(u->out, one);
    return 0;
}

struct json *node_directory(struct node *node)
{
    struct json *out = format_fixed_numbers();
    struct units units = {node, out, true};

    (void)ledger_records(node->ledger, KIND_DIRECTORY, node->keys.hub, add_unit,
                         &units);
    (void)node_store_numbers(node->notices, add_own, out);
    units.district = false;
    (void)ledger_records(node->ledger, KIND_DIRECTORY, node->keys.hub, add_unit,
                         &units);
    return out;
}
