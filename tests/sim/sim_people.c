/* tests/sim/sim_people.c - what people do: commands to the hub and the nodes,
 * in the words of the command line, and what they make of the answers. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/format/json.h"
#include "tests/sim/sim.h"
#include "tests/support/faulty_disk.h"

enum { ASK_MS = 120000 };

enum kind { REPORT, MOVE, ALERT, CANCEL, OTHER };

struct order { /* asked and not answered */
    int number;
    enum kind kind;
    struct machine *machine;
    struct id record;
    char label[SIM_NAME];
    char *text;
    bool awaited;
};

struct report { /* somebody holds a receipt for it */
    char slug[SIM_NAME];
    struct id id;
    unsigned step;
};

struct issued {
    char label[SIM_NAME];
    struct id id;
    bool cancelled;
};

static struct order *orders;
static size_t order_count, order_room;
static struct report *reports;
static size_t report_count, report_room;
static struct issued alerts[512];
static size_t alert_count;
static int last_number;
static struct json *awaited_reply;
static bool awaited_over;

static const char *const categories_[] = {
    "cat_trai_phep", "on_ao",      "trom_cap", "gay_roi",     "danh_bac",
    "xa_thai",       "tai_nan_gt", "khac",     "cho_tha_rong"};
static const char *const villages[] = {"Phước Yên", "La Vân Hạ", "Niêm Phò",
                                       "Kim Đôi", ""};
static const char *const path[] = {"da_tiep_nhan", "phan_loai", "xac_minh",
                                   "dang_xu_ly",   "xac_minh",  "dang_xu_ly"};

static struct id new_id(void)
{
    uint8_t random[10];

    for (size_t i = 0; i < sizeof random; i++)
        random[i] = (uint8_t)sim_below(256);
    return id_make(clock_wall_ms(), random);
}

/* ---- asking */

static void hand_over(const struct order *o)
{
    struct control_server *desk = &o->machine->desk;
    struct request *r;

    if (desk->count == desk->room) {
        desk->room = desk->room == 0 ? 16 : desk->room * 2;
        desk->requests =
            mem_grow(desk->requests, desk->room, sizeof *desk->requests);
    }
    r = &desk->requests[desk->count++];
    memset(r, 0, sizeof *r);
    r->number = o->number;
    buf_add_text(&r->text, o->text);
}

static struct order *ask(struct machine *m, enum kind kind, const char *command,
                         const char *args)
{
    struct id id = new_id();
    char text[ID_TEXT_BYTES];
    struct buf request = {0};
    struct order *o;

    if (order_count == order_room) {
        order_room = order_room == 0 ? 64 : order_room * 2;
        orders = mem_grow(orders, order_room, sizeof *orders);
    }
    o = &orders[order_count++];
    memset(o, 0, sizeof *o);
    o->number = ++last_number;
    o->kind = kind;
    o->machine = m;
    buf_printf(&request,
               "{\"id\":\"%s\",\"command\":\"%s\",\"actor\":\"lan\","
               "\"args\":%s}",
               id_text(text, &id), command, args);
    o->text = mem_text(buf_text(&request));
    buf_free(&request);
    hand_over(o);
    sim_note("%s is asked %d: %s", m->name, o->number, command);
    return o;
}

void sim_report(struct machine *m, bool urgent)
{
    struct id id = new_id();
    char text[ID_TEXT_BYTES], args[800];
    bool imported = sim_chance(200);
    struct order *o;

    (void)snprintf(
        args, sizeof args,
        "%s{\"id\":\"%s\",\"category\":\"%s\",\"text\":\"Ghe hút cát số "
        "%u\",\"village\":\"%s\",%s\"name\":\"CANARY-Nguyễn Văn %u\","
        "\"phone\":\"0905CANARY%u\"}%s",
        imported ? "{\"lines\":[{\"line\":1,\"report\":" : "",
        id_text(text, &id), sim.plain ? "khac" : categories_[sim_below(9)],
        sim_below(100000), villages[sim_below(5)],
        urgent ? "\"urgent\":true," : "", sim_below(1000), sim_below(1000),
        imported ? "}]}" : "");
    o = ask(m, REPORT, imported ? "report.import" : "report.add", args);
    o->record = id;
}

/* Any report of the unit, whether this machine still knows it or not. */
void sim_move(struct machine *m)
{
    size_t mine = 0, chosen;
    char text[ID_TEXT_BYTES], args[200];

    for (size_t i = 0; i < report_count; i++)
        mine += strcmp(reports[i].slug, m->slug) == 0;
    if (mine == 0)
        return;
    chosen = sim_below((uint32_t)mine);
    for (size_t i = 0; i < report_count; i++) {
        struct report *r = &reports[i];

        if (strcmp(r->slug, m->slug) != 0 || chosen-- > 0)
            continue;
        (void)snprintf(args, sizeof args,
                       "{\"report\":\"%s\",\"state\":\"%s\",\"note\":\"số "
                       "%u\"}",
                       id_text(text, &r->id), path[r->step % 6],
                       sim_below(100000));
        ask(m, MOVE, "report.move", args)->record = r->id;
        return;
    }
}

void sim_alert(const char *label, const char *to)
{
    char args[600];
    struct order *o;

    (void)snprintf(args, sizeof args,
                   "{\"event\":\"Lũ\",\"headline\":\"Nước lên số %u\","
                   "\"text\":\"Nước sông Bồ lên nhanh, rời chỗ trũng\","
                   "\"severity\":\"extreme\",\"expires\":\"30d\"%s%s%s}",
                   sim_below(100000), to != NULL ? ",\"to\":\"" : "",
                   to != NULL ? to : "", to != NULL ? "\"" : "");
    o = ask(sim.hub, ALERT, "alert.issue", args);
    (void)snprintf(o->label, sizeof o->label, "%s", label);
}

static struct issued *find_alert(const char *label)
{
    for (size_t i = 0; i < alert_count; i++)
        if (strcmp(alerts[i].label, label) == 0)
            return &alerts[i];
    return NULL;
}

const struct id *sim_alert_id(const char *label)
{
    const struct issued *a = find_alert(label);

    return a == NULL ? NULL : &a->id;
}

void sim_cancel(const char *label)
{
    struct issued *a = label != NULL ? find_alert(label)
                       : alert_count > 0
                           ? &alerts[sim_below((uint32_t)alert_count)]
                           : NULL;
    char text[ID_TEXT_BYTES], args[200];

    if (a == NULL)
        return;
    (void)snprintf(args, sizeof args,
                   "{\"alert\":\"%s\",\"reason\":\"Nước đã rút\"}",
                   id_text(text, &a->id));
    (void)ask(sim.hub, CANCEL, "alert.cancel", args);
}

struct json *sim_ask(struct machine *m, const char *command, const char *args)
{
    int64_t until = sim_now + ASK_MS;
    struct json *reply;

    awaited_over = false;
    ask(m, OTHER, command, args)->awaited = true;
    while (!awaited_over && sim_step(until))
        ;
    reply = awaited_over ? awaited_reply : NULL;
    awaited_reply = NULL;
    return reply;
}

/* ---- answers */

static void drop_order(size_t i)
{
    mem_free(&orders[i].text);
    orders[i] = orders[--order_count];
}

static void remember_report(const struct order *o)
{
    for (size_t i = 0; i < report_count; i++)
        if (id_equal(&reports[i].id, &o->record))
            return;
    if (report_count == report_room) {
        report_room = report_room == 0 ? 64 : report_room * 2;
        reports = mem_grow(reports, report_room, sizeof *reports);
    }
    memset(&reports[report_count], 0, sizeof *reports);
    (void)snprintf(reports[report_count].slug, SIM_NAME, "%s",
                   o->machine->slug);
    reports[report_count++].id = o->record;
}

static void step_on(const struct id *id)
{
    for (size_t i = 0; i < report_count; i++)
        if (id_equal(&reports[i].id, id))
            reports[i].step++;
}

/* Told "accepted": the record and its version, as the program sees them now. */
static void told(const struct order *o, const struct id *record)
{
    struct machine *m = o->machine;
    struct ledger *l = m->is_hub ? m->hub->ledger : m->node->ledger;
    const char *home = m->is_hub ? m->hub->keys.home : m->node->keys.unit;
    struct record_row row;

    if (ledger_record(l, home, record, &row, NULL, NULL) != 0)
        sim_fail("%s says that it has done order %d, and does not have it",
                 m->name, o->number);
    sim_truth_told(m, record, row.version);
}

static void alert_issued(const struct order *o, const struct json *out)
{
    struct id id;

    if (json_get_text(out, "id") == NULL ||
        !id_parse(&id, json_get_text(out, "id")))
        sim_fail("an alert without an id");
    told(o, &id);
    sim_counts.alerts++;
    if (o->kind == CANCEL || alert_count == sizeof alerts / sizeof *alerts) {
        sim_counts.cancels += o->kind == CANCEL;
        return;
    }
    (void)snprintf(alerts[alert_count].label, SIM_NAME, "%s", o->label);
    alerts[alert_count++].id = id;
}

/* An import says of each line what became of it. */
static bool was_taken(const struct json *out)
{
    const struct json *line = json_at(json_get(out, "lines"), 0);
    const char *result = json_get_text(line, "result");

    return json_get(out, "lines") == NULL ||
           (result != NULL && strcmp(result, "refused") != 0);
}

static void done(const struct order *o, const struct json *out)
{
    switch (o->kind) {
    case REPORT:
        if (!was_taken(out)) {
            sim_counts.refused++;
            return;
        }
        told(o, &o->record);
        remember_report(o);
        sim_counts.reports++;
        return;
    case MOVE:
        told(o, &o->record);
        step_on(&o->record);
        sim_counts.moves++;
        return;
    case ALERT:
    case CANCEL:
        alert_issued(o, out);
        return;
    case OTHER:
        return;
    }
}

void sim_answered(struct machine *m, int number, struct bytes reply)
{
    struct error err = {""};
    struct json *json;
    char disk[64];

    if (faulty_disk_is_off(sim_disk(disk, m)))
        return; /* it has no power: nobody hears it */
    if ((json = json_parse(reply, &err)) == NULL)
        sim_fail("%s answers what is not JSON: %s", m->name, err.text);
    for (size_t i = 0; i < order_count; i++) {
        struct order o = orders[i];

        if (o.number != number)
            continue;
        sim_note("%s answers %d: %s", m->name, number,
                 json_get_flag(json, "ok") ? "ok"
                                           : json_get_text(json, "error"));
        if (json_get_flag(json, "ok"))
            done(&o, json_get(json, "out"));
        else
            sim_counts.refused++;
        if (o.awaited) {
            awaited_reply = json_take(json, "out");
            awaited_over = true;
        }
        drop_order(i);
        break;
    }
    json_free(&json);
}

/* Whoever was not answered asks again with the same id, or gives up. */
void sim_people_lost(struct machine *m)
{
    for (size_t i = 0; i < m->desk.count; i++)
        buf_free(&m->desk.requests[i].text);
    m->desk.count = m->desk.next = 0;
    for (size_t i = order_count; i-- > 0;) {
        if (orders[i].machine != m)
            continue;
        sim_counts.unknown++;
        if (!orders[i].awaited && sim_chance(500)) {
            hand_over(&orders[i]);
            continue;
        }
        if (orders[i].awaited)
            awaited_over = true;
        drop_order(i);
    }
}
