#include "common/domain/unit.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/domain/csv.h"
#include "common/domain/text.h"

enum { CODE_DIGITS_MAX = 11, KEY_DATE_DIGITS = 8, FIRST_UNITS = 16 };
enum { COL_CODE, COL_VALID_FROM, COL_SLUG, COL_NAME, COL_PHONE, COL_COUNT };

static const char *const columns[COL_COUNT] = {"code", "valid_from", "slug",
                                               "name", "phone"};
static const char digits[] = "0123456789";

static bool is_date(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] + (month == 2 && leap);
}

static int number(const char *text, size_t count)
{
    int value = 0;

    for (size_t i = 0; i < count; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

static bool is_code(const char *text, size_t size)
{
    return size >= 1 && size <= CODE_DIGITS_MAX && strspn(text, digits) >= size;
}

bool unit_key_valid(const char *key)
{
    size_t size = strcspn(key, "@");
    const char *date = key + size + 1;

    return key[size] == '@' && is_code(key, size) &&
           strlen(date) == KEY_DATE_DIGITS &&
           strspn(date, digits) == KEY_DATE_DIGITS &&
           is_date(number(date, 4), number(date + 4, 2), number(date + 6, 2));
}

static bool is_iso_date(const char *text)
{
    return strlen(text) == 10 && strspn(text, digits) == 4 && text[4] == '-' &&
           strspn(text + 5, digits) == 2 && text[7] == '-' &&
           strspn(text + 8, digits) == 2 &&
           is_date(number(text, 4), number(text + 5, 2), number(text + 8, 2));
}

/* With a letter in it, so that no slug can be taken for a code. */
static bool is_slug(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    static const char all[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t size = strlen(text);

    return size < UNIT_SLUG_BYTES && strspn(text, all) == size &&
           strpbrk(text, letters);
}

/* A line of text in NFC that fits into `room` with its NUL. */
static bool copy_line(char *out, size_t room, struct buf *field)
{
    struct buf line = {0};
    bool fits = text_is_line(buf_bytes(field)) &&
                text_nfc(&line, buf_bytes(field)) == 0 && line.size < room;

    if (fits)
        memcpy(out, buf_text(&line), line.size + 1);
    buf_free(&line);
    return fits;
}

static void make_key(struct unit *unit)
{
    size_t size = strlen(unit->code);
    char *at = unit->key + size;

    memcpy(unit->key, unit->code, size);
    *at++ = '@';
    for (const char *from = unit->valid_from; *from; from++)
        if (*from != '-')
            *at++ = *from;
}

static int fill_unit(struct unit *unit, struct csv *csv, struct error *err)
{
    struct buf *fields = csv->fields;
    const char *code = buf_text(&fields[COL_CODE]);
    const char *date = buf_text(&fields[COL_VALID_FROM]);
    const char *slug = buf_text(&fields[COL_SLUG]);

    if (!is_code(code, strlen(code)))
        return csv_fault(csv, err, "code is not 1 to 11 digits");
    if (!is_iso_date(date))
        return csv_fault(csv, err, "valid_from is not a date (2004-07-08)");
    if (!is_slug(slug))
        return csv_fault(csv, err,
                         "slug is not a word of a-z, 0-9 and '-', at most 47");
    if (!copy_line(unit->name, sizeof unit->name, &fields[COL_NAME]))
        return csv_fault(csv, err, "name is not one line of 1 to 127 bytes");
    if (fields[COL_PHONE].size > 0 &&
        !copy_line(unit->phone, sizeof unit->phone, &fields[COL_PHONE]))
        return csv_fault(csv, err, "phone is not one line of at most 31 bytes");
    memcpy(unit->code, code, strlen(code) + 1);
    memcpy(unit->valid_from, date, strlen(date) + 1);
    memcpy(unit->slug, slug, strlen(slug) + 1);
    make_key(unit);
    return 0;
}

/* Keys first and slugs second; equal ones in file order. */
static int by_key(const void *a, const void *b)
{
    const struct unit *const *left = a, *const *right = b;
    int order = strcmp((*left)->key, (*right)->key);

    return order != 0 ? order : (*left > *right) - (*left < *right);
}

static int by_slug(const void *a, const void *b)
{
    const struct unit *const *left = a, *const *right = b;
    int order = strcmp((*left)->slug, (*right)->slug);

    return order != 0 ? order : (*left > *right) - (*left < *right);
}

/* The first unit in file order whose key or slug stands before it already; the
 * count when there is none. */
static size_t find_repeat(const struct roster *roster,
                          int (*compare)(const void *, const void *),
                          size_t offset)
{
    const struct unit **sorted = mem_array(roster->count, sizeof(void *));
    size_t found = roster->count;

    for (size_t i = 0; i < roster->count; i++)
        sorted[i] = &roster->units[i];
    qsort(sorted, roster->count, sizeof(void *), compare);
    for (size_t i = 1; i < roster->count; i++) {
        size_t at = (size_t)(sorted[i] - roster->units);

        if (at < found && strcmp((const char *)sorted[i - 1] + offset,
                                 (const char *)sorted[i] + offset) == 0)
            found = at;
    }
    mem_free(&sorted);
    return found;
}

/* A unit has a line of its own (names hold no line end), behind the header. */
static int check_repeats(const struct roster *roster, struct error *err)
{
    size_t key = find_repeat(roster, by_key, offsetof(struct unit, key));
    size_t slug = find_repeat(roster, by_slug, offsetof(struct unit, slug));

    if (key < roster->count && key <= slug)
        return error_set(err, ERR_INVALID, "line %zu: %s stands there twice",
                         key + 2, roster->units[key].key);
    if (slug < roster->count)
        return error_set(err, ERR_INVALID,
                         "line %zu: slug %s stands there twice", slug + 2,
                         roster->units[slug].slug);
    return 0;
}

static int read_units(struct roster *roster, struct csv *csv, struct error *err)
{
    size_t room = 0;
    int rc;

    while ((rc = csv_next(csv, err)) == 1) {
        struct unit unit = {0};

        if ((rc = fill_unit(&unit, csv, err)) != 0)
            return rc;
        if (roster->count == UNIT_LIMIT)
            return error_set(err, ERR_FULL, "line %zu: more than %d units",
                             csv->line, UNIT_LIMIT);
        if (roster->count == room) {
            room = room > 0 ? 2 * room : FIRST_UNITS;
            roster->units =
                mem_grow(roster->units, room, sizeof *roster->units);
        }
        roster->units[roster->count++] = unit;
    }
    if (rc == 0 && roster->count == 0)
        return csv_fault(csv, err, "no unit follows");
    return rc;
}

int roster_parse(struct roster *out, struct bytes text, struct error *err)
{
    struct roster roster = {0};
    struct csv csv;
    int repeated, rc;

    rc = csv_open(&csv, text, columns, COL_COUNT, err);
    if (rc == 0) {
        rc = read_units(&roster, &csv, err);
        /* it would stand above the line that stopped the reader */
        if ((repeated = check_repeats(&roster, err)) != 0)
            rc = repeated;
    }
    csv_close(&csv);
    if (rc != 0)
        roster_free(&roster);
    else
        roster_index(&roster);
    *out = roster;
    return rc;
}

void roster_free(struct roster *roster)
{
    mem_free(&roster->units);
    mem_free(&roster->slots);
    roster->count = roster->slot_count = 0;
}

uint32_t unit_hash(const char *key)
{
    uint32_t h = 2166136261u; /* FNV-1a */

    for (; *key; key++)
        h = (h ^ (uint8_t)*key) * 16777619u;
    return h;
}

void roster_index(struct roster *roster)
{
    roster->slot_count = FIRST_UNITS;
    while (roster->slot_count < 2 * roster->count)
        roster->slot_count *= 2;
    mem_free(&roster->slots);
    roster->slots = mem_array(roster->slot_count, sizeof *roster->slots);
    for (size_t i = 0; i < roster->count; i++) {
        size_t at = unit_hash(roster->units[i].key) & (roster->slot_count - 1);

        while (roster->slots[at] != 0)
            at = (at + 1) & (roster->slot_count - 1);
        roster->slots[at] = (uint32_t)i + 1;
    }
}

static const struct unit *find_key(const struct roster *roster, const char *key)
{
    size_t at = unit_hash(key) & (roster->slot_count - 1);

    for (; roster->slots[at] != 0; at = (at + 1) & (roster->slot_count - 1))
        if (strcmp(roster->units[roster->slots[at] - 1].key, key) == 0)
            return &roster->units[roster->slots[at] - 1];
    return NULL;
}

const struct unit *roster_find(const struct roster *roster, const char *word)
{
    const struct unit *found = NULL;

    if (roster->slots != NULL && strchr(word, '@') != NULL)
        return find_key(roster, word); /* neither slug nor code has one */
    for (size_t i = 0; i < roster->count; i++) {
        const struct unit *unit = &roster->units[i];

        if (strcmp(unit->key, word) == 0 || strcmp(unit->slug, word) == 0)
            return unit;
    }
    for (size_t i = 0; i < roster->count; i++) {
        if (strcmp(roster->units[i].code, word) != 0)
            continue;
        if (found)
            return NULL;
        found = &roster->units[i];
    }
    return found;
}
