/* node/read.c - the table of reads, the status and the plain lists. */
#include "node/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/format/notice.h"
#include "node/audit.h"
#include "node/bypass.h"
#include "node/disclosure.h"
#include "node/notice.h"
#include "node/numbers.h"
#include "node/reading.h"
#include "node/reading_referral.h"
#include "node/units.h"

enum {
    AUDIT_ROWS = 100,
    ANSWER_MS = 4 * 3600000 /* to an offer: reference 4.3, own */
};

/* ---- parameters, members */

const char *node_read_get(const struct node_query *q, const char *name)
{
    const char *text = q->get(q->who, name);

    return text != NULL && text[0] != '\0' ? text : NULL;
}

int node_read_number(const struct node_query *q, const char *name, int64_t most,
                     int64_t *out, struct error *err)
{
    const char *text = node_read_get(q, name);
    char *end = NULL;
    long long value;

    if (text == NULL)
        return 0;
    errno = 0;
    value = strtoll(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
        value > most)
        return error_set(err, ERR_INVALID, "%s: not a number up to %lld", name,
                         (long long)most);
    *out = value;
    return 0;
}

void node_read_time(struct json *out, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_BYTES];

    json_set_text(out, key, wall_ms == 0 ? NULL : clock_text(text, wall_ms));
}

void node_read_id(struct json *out, const char *key, const struct id *id)
{
    char text[ID_TEXT_BYTES];

    json_set_text(out, key, id_text(text, id));
}

int node_read_hidden(const struct node_query *q)
{
    for (size_t i = 0; i < category_count; i++)
        if (node_bypass_hides(q->role, &categories[i]))
            return (int)i;
    return -1;
}

/* ---- status */

int node_read_status(struct node *node, const struct node_query *q,
                     struct json **out, struct error *err)
{
    struct json *counts = json_object_new();
    struct desk_counts n = {0, 0, 0};
    struct unit_fact district;
    int rc =
        desk_store_counts(node->desk.store, q->now_ms, node_read_hidden(q), &n);

    *out = node_reading_status(node, q->core_up);
    node_units_district(node, &district);
    json_set_text(*out, "name", node->keys.unit_name);
    json_set_text(*out, "district", district.name);
    json_set_text(*out, "district_phone",
                  district.phone[0] != '\0' ? district.phone : NULL);
    json_set_i64(counts, "open", n.open);
    json_set_i64(counts, "overdue", n.overdue);
    json_set_i64(counts, "urgent_waiting", n.rings);
    json_set(*out, "counts", counts);
    json_set_flag(*out, "filling", !node_desk_is_whole(node));
    return rc == 0 ? 0 : error_set(err, rc, "the database cannot be read");
}

/* ---- plain lists */

/* `rows` is taken. */
static int give_rows(struct json **out, struct json *rows)
{
    *out = json_object_new();
    json_set(*out, "rows", rows);
    return 0;
}

static int read_alerts(struct node *node, const struct node_query *q,
                       struct json **out, struct error *err)
{
    int64_t newest_ms;
    size_t unshown;

    (void)q;
    (void)err;
    (void)give_rows(out, node_reading_alerts(node, &unshown, &newest_ms));
    json_set_i64(*out, "unshown", (int64_t)unshown);
    json_set_i64(*out, "until", newest_ms); /* for alert.shown */
    return 0;
}

/* Others' offers want an answer within four hours. */
static void set_answer_due(struct json *row, int64_t now_ms)
{
    const char *stage = json_get_text(row, "stage");
    const char *offered = json_get_text(row, "offered");
    struct json *due;
    int64_t at_ms;

    if (stage == NULL || strcmp(stage, "waiting") != 0 ||
        strcmp(json_get_text(row, "direction"), "in") != 0 || offered == NULL ||
        !clock_parse(&at_ms, offered)) {
        json_set_null(row, "due");
        return;
    }
    due = json_object_new();
    json_set_text(due, "what", "answer");
    node_read_time(due, "at", at_ms + ANSWER_MS);
    json_set_flag(due, "overdue", now_ms > at_ms + ANSWER_MS);
    json_set(row, "due", due);
}

/* What is hidden from this role goes; `all` is taken. */
static struct json *only_seen(const struct node_query *q, struct json *all)
{
    struct json *rows = json_array_new();

    for (size_t i = 0; i < json_count(all); i++) {
        struct json *row = json_take_at(all, i);
        const char *code = json_get_text(row, "category");
        const struct category *category =
            code == NULL ? NULL : category_find(code);

        if (category == NULL || !node_bypass_hides(q->role, category))
            json_add(rows, row);
        else
            json_free(&row);
    }
    json_free(&all);
    return rows;
}

static int read_referrals(struct node *node, const struct node_query *q,
                          struct json **out, struct error *err)
{
    struct json *rows = only_seen(q, node_reading_referrals(node));

    (void)err;
    for (size_t i = 0; i < json_count(rows); i++) {
        struct json *row = json_take_at(rows, i);

        set_answer_due(row, q->now_ms);
        json_free(&row);
    }
    return give_rows(out, rows);
}

static int read_alarms(struct node *node, const struct node_query *q,
                       struct json **out, struct error *err)
{
    (void)q;
    (void)err;
    return give_rows(out, node_reading_alarms(node));
}

static int read_disclosures(struct node *node, const struct node_query *q,
                            struct json **out, struct error *err)
{
    (void)err;
    node->wall_ms = q->now_ms; /* what is still open hangs on it */
    return give_rows(out, only_seen(q, node_disclosure_list(node)));
}

/* ---- who did what */

struct auditing {
    struct json *rows;
    int64_t last;
    size_t count;
};

static int add_command(void *who, int64_t place,
                       const struct accounts_command *command)
{
    struct auditing *a = who;
    struct json *one = json_object_new();

    node_read_id(one, "id", &command->id);
    node_read_time(one, "at", command->at_ms);
    json_set_text(one, "command", command->name);
    json_set_text(one, "by", command->actor);
    json_set_text(one, "role", command->role[0] != '\0' ? command->role : NULL);
    json_set_text(one, "from", command->from[0] != '\0' ? command->from : NULL);
    json_set_text(one, "subject",
                  command->subject[0] != '\0' ? command->subject : NULL);
    json_add(a->rows, one);
    a->last = place;
    a->count++;
    return 0;
}

/* How far the district has signed the log. */
static int add_signed(struct node *node, struct json *out)
{
    struct json *one = json_object_new();
    struct audit_fact fact = {.unit = ""};
    bool holds = true;
    int rc = node_audit_seen(node, &fact, &holds);

    json_set_i64(one, "entries", (int64_t)fact.audit.count);
    node_read_time(one, "at", fact.at_ms);
    json_set_flag(one, "holds", holds);
    json_set(out, "signed", one);
    return rc;
}

static int read_audit(struct node *node, const struct node_query *q,
                      struct json **out, struct error *err)
{
    struct auditing a = {json_array_new(), 0, 0};
    int64_t before = INT64_MAX;
    int rc = node_read_number(q, "before", INT64_MAX - 1, &before, err);

    if (rc == 0 && (rc = accounts_audit(q->accounts, before, AUDIT_ROWS,
                                        add_command, &a)) != 0)
        (void)error_set(err, rc, "the database cannot be read");
    (void)give_rows(out, a.rows);
    if (rc == 0 && (rc = add_signed(node, *out)) != 0)
        (void)error_set(err, rc, "the database cannot be read");
    if (a.count == AUDIT_ROWS)
        json_set_i64(*out, "next", a.last);
    else
        json_set_null(*out, "next");
    return rc;
}

static int add_user(void *who, const struct accounts_listed *user)
{
    struct json *one = json_object_new();

    json_set_text(one, "name", user->name);
    json_set_text(one, "role", user->role);
    json_set_flag(one, "disabled", user->disabled);
    json_set_flag(one, "totp", user->totp);
    json_set_i64(one, "recovery_codes", user->recovery_codes);
    node_read_time(one, "created", user->created_ms);
    node_read_time(one, "seen", user->seen_ms);
    json_add(who, one);
    return 0;
}

static int read_users(struct node *node, const struct node_query *q,
                      struct json **out, struct error *err)
{
    struct json *rows = json_array_new();
    int rc = accounts_users(q->accounts, add_user, rows);

    (void)node;
    (void)give_rows(out, rows);
    return rc == 0 ? 0 : error_set(err, rc, "the database cannot be read");
}

/* ---- notices, procedures, numbers: `?all` what holds no more as well */

static int read_notices(struct node *node, const struct node_query *q,
                        struct json **out, struct error *err)
{
    struct json *rows = node_notices(node, node_read_get(q, "all") != NULL);

    (void)err;
    format_notices_brief(rows);
    return give_rows(out, rows);
}

static int read_notice(struct node *node, const struct node_query *q,
                       struct json **out, struct error *err)
{
    struct id id;

    if (q->rest == NULL || !id_parse(&id, q->rest) ||
        (*out = node_notice(node, &id)) == NULL)
        return error_set(err, ERR_MISSING, "there is no notice with this id");
    return 0;
}

static int read_procedures(struct node *node, const struct node_query *q,
                           struct json **out, struct error *err)
{
    (void)err;
    return give_rows(out,
                     node_procedures(node, node_read_get(q, "all") != NULL));
}

static int read_directory(struct node *node, const struct node_query *q,
                          struct json **out, struct error *err)
{
    (void)q;
    (void)err;
    return give_rows(out, node_directory(node));
}

/* ---- the table */

const struct node_read_route node_read_routes[] = {
    {"/api/status", node_read_status},
    {"/api/reports", node_read_reports},
    {"/api/reports/", node_read_report},
    {"/api/alerts", read_alerts},
    {"/api/disclosures", read_disclosures},
    {"/api/referrals", read_referrals},
    {"/api/alarms", read_alarms},
    {"/api/audit", read_audit},
    {"/api/sent", node_read_sent},
    {"/api/users", read_users},
    {"/api/notices", read_notices},
    {"/api/notices/", read_notice},
    {"/api/procedures", read_procedures},
    {"/api/directory", read_directory},
    {NULL, NULL}};

int node_read(struct node *node, const char *path, const struct node_query *q,
              struct buf *out, struct error *err)
{
    struct db *db = node_store_db(node->store);
    const struct node_read_route *route = node_read_routes;
    struct json *answer = NULL;
    int rc;

    while (route->path != NULL && strcmp(route->path, path) != 0)
        route++;
    if (route->path == NULL)
        return error_set(err, ERR_MISSING, "there is nothing at %s", path);
    if ((rc = db_begin(db)) != 0)
        return error_set(err, rc, "the database cannot be read: %s",
                         db_reason(db));
    rc = route->read(node, q, &answer, err);
    db_rollback(db); /* nothing was written */
    if (rc == 0) {
        node_read_time(answer, "now", q->now_ms);
        json_write(out, answer);
    }
    json_free(&answer);
    return rc;
}
