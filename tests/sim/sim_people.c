/* tests/sim/sim_people.c - what people do: commands to the hub and the nodes,
 * in the words of the command line, and what they make of the answers. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/format/json.h"
#include "common/peer/handover.h"
#include "tests/sim/sim.h"
#include "tests/support/faulty_disk.h"

enum { ASK_MS = 120000, PATH = 6, CLASSIFIED = 2, FEW = 6 };

static const struct hash_function hash_function = {crypto_sha256};

enum kind { REPORT, MOVE, ALERT, CANCEL, REFER, ANSWER, ERASE, CLOSE, OTHER };

struct order { /* asked and not answered */
    int number;
    enum kind kind;
    struct machine *machine;
    struct id record;
    char label[SIM_NAME];
    int answer;
    char *text;
    bool awaited;
};

struct report { /* somebody holds a receipt for it */
    char slug[SIM_NAME];
    struct id id;
    unsigned step;
};

struct passed { /* somebody was told that it was offered */
    char from[LIMIT_HOME], to[SIM_NAME]; /* to: a slug; "": the district */
    struct id report;
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
static struct passed *passed;
static size_t passed_count, passed_room;
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
static const char *const path[PATH] = {"da_tiep_nhan", "phan_loai",
                                       "xac_minh",     "dang_xu_ly",
                                       "xac_minh",     "dang_xu_ly"};

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
    char text[ID_TEXT_BYTES], mark[SIM_WORD];
    bool imported = sim_chance(200);
    struct buf args = {0};
    struct order *o;

    buf_printf(&args,
               "%s{\"id\":\"%s\",\"category\":\"%s\",\"text\":\"Ghe hút cát "
               "số %u %s\",\"village\":\"%s\",%s",
               imported ? "{\"lines\":[{\"line\":1,\"report\":" : "",
               id_text(text, &id),
               sim.plain ? "khac" : categories_[sim_below(9)],
               sim_below(100000), sim_word(mark, &id), villages[sim_below(5)],
               urgent ? "\"urgent\":true," : "");
    if (sim.files && !imported && sim_chance(80))
        (void)sim_media_attach(m, &id, &args);
    buf_printf(&args,
               "\"name\":\"CANARY-Nguyễn Văn %u\","
               "\"phone\":\"0905CANARY%u\"}%s",
               sim_below(1000), sim_below(1000), imported ? "}]}" : "");
    o = ask(m, REPORT, imported ? "report.import" : "report.add",
            buf_text(&args));
    o->record = id;
    buf_free(&args);
}

const char *sim_word(char out[SIM_WORD], const struct id *report)
{
    (void)snprintf(out, SIM_WORD, "CHU%08x%08x", get_u32(report->bytes + 8),
                   get_u32(report->bytes + 12));
    return out;
}

/* Mostly one of the last few: whoever works on something works on it again. */
static size_t choose(size_t count)
{
    size_t few = count < FEW ? count : FEW;

    return sim_chance(700) ? count - 1 - sim_below((uint32_t)few)
                           : sim_below((uint32_t)count);
}

/* Any report of the unit, whether this machine still knows it or not. */
static struct report *any_report(const struct machine *m)
{
    size_t mine = 0, chosen;

    for (size_t i = 0; i < report_count; i++)
        mine += strcmp(reports[i].slug, m->slug) == 0;
    if (mine == 0)
        return NULL;
    chosen = choose(mine);
    for (size_t i = 0; i < report_count; i++)
        if (strcmp(reports[i].slug, m->slug) == 0 && chosen-- == 0)
            return &reports[i];
    return NULL;
}

static void move(struct machine *m, const struct report *r, const char *to)
{
    char text[ID_TEXT_BYTES], args[200];

    (void)snprintf(args, sizeof args,
                   "{\"report\":\"%s\",\"state\":\"%s\",\"note\":\"số "
                   "%u\"}",
                   id_text(text, &r->id), to, sim_below(100000));
    ask(m, MOVE, "report.move", args)->record = r->id;
}

void sim_move(struct machine *m)
{
    const struct report *r = any_report(m);

    if (r != NULL)
        move(m, r, path[r->step % PATH]);
}

/* Mostly one with a file, where there are some. */
static struct report *any_with_file(const struct machine *m)
{
    for (size_t i = report_count; i-- > 0;)
        if (strcmp(reports[i].slug, m->slug) == 0 &&
            sim_media_has(&reports[i].id) && sim_chance(500))
            return &reports[i];
    return any_report(m);
}

/* Nobody passes on what nobody has looked at. */
void sim_refer(struct machine *m, const char *to)
{
    struct report *r = sim.files ? any_with_file(m) : any_report(m);
    char text[ID_TEXT_BYTES], args[200];
    struct order *o;

    if (r == NULL)
        return;
    if (r->step < CLASSIFIED) {
        r->step = CLASSIFIED - 1;
        move(m, r, path[CLASSIFIED - 1]);
    }
    (void)snprintf(args, sizeof args, "{\"report\":\"%s\"%s%s%s}",
                   id_text(text, &r->id), to[0] != '\0' ? ",\"to\":\"" : "", to,
                   to[0] != '\0' ? "\"" : "");
    o = ask(m, REFER, "report.refer", args);
    o->record = r->id;
    (void)snprintf(o->label, sizeof o->label, "%s", to);
}

/* One of those that were ever offered to this place. */
static const struct passed *any_passed(const struct machine *m)
{
    size_t mine = 0, chosen;

    for (size_t i = 0; i < passed_count; i++)
        mine += strcmp(passed[i].to, m->slug) == 0;
    if (mine == 0)
        return NULL;
    chosen = choose(mine);
    for (size_t i = 0; i < passed_count; i++)
        if (strcmp(passed[i].to, m->slug) == 0 && chosen-- == 0)
            return &passed[i];
    return NULL;
}

const char *sim_passed_to(void)
{
    return passed_count == 0 ? NULL : passed[choose(passed_count)].to;
}

void sim_answer(struct machine *m, int answer)
{
    static const char *const commands[REFERRAL_ANSWER_END] = {
        [REFERRAL_ACCEPTED] = "referral.accept",
        [REFERRAL_REFUSED] = "referral.refuse",
        [REFERRAL_RETURNED] = "referral.return",
        [REFERRAL_DONE] = "referral.done"};
    const struct passed *p = any_passed(m);
    char text[ID_TEXT_BYTES], args[200];
    struct order *o;

    if (p == NULL)
        return;
    (void)snprintf(args, sizeof args,
                   "{\"referral\":\"%s\",\"answer\":%d,\"text\":\"vì số %u\"}",
                   id_text(text, &p->report), answer, sim_below(100000));
    o = ask(m, ANSWER, m->is_hub ? "referral.answer" : commands[answer], args);
    o->answer = answer;
    o->record = handover_continuation_id(&hash_function, p->from, &p->report);
}

void sim_erase(struct machine *m)
{
    const struct report *r = sim.files ? any_with_file(m) : any_report(m);
    char text[ID_TEXT_BYTES], args[200];

    if (r == NULL)
        return;
    (void)snprintf(args, sizeof args,
                   "{\"report\":\"%s\",\"reason\":\"người gửi xin xóa\"}",
                   id_text(text, &r->id));
    ask(m, ERASE, "report.erase", args)->record = r->id;
}

void sim_close(struct machine *m, const char *period)
{
    char args[200];

    (void)snprintf(args, sizeof args, "{\"period\":\"%s\",\"again\":%s}",
                   period, sim_chance(500) ? "true" : "false");
    (void)ask(m, CLOSE, "close", args);
}

void sim_order(const char *command, const char *unit)
{
    char args[200];

    (void)snprintf(args, sizeof args, "{\"unit\":\"%s\"}", unit);
    (void)ask(sim.hub, OTHER, command, args);
}

void sim_settings(const char *slug, const char *rate, const char *hours)
{
    char args[200];

    (void)snprintf(args, sizeof args, "{\"unit\":\"%s\"%s%s%s%s%s%s}", slug,
                   rate != NULL ? ",\"rate\":\"" : "", rate != NULL ? rate : "",
                   rate != NULL ? "\"" : "",
                   hours != NULL ? ",\"hours\":\"" : "",
                   hours != NULL ? hours : "", hours != NULL ? "\"" : "");
    sim_note("%s: rate %s, hours %s", slug, rate != NULL ? rate : "as it is",
             hours != NULL ? hours : "as they are");
    (void)ask(sim.hub, OTHER, "node.settings", args);
    sim_counts.settings++;
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

static void remember_report(const struct order *o, const struct id *id)
{
    for (size_t i = 0; i < report_count; i++)
        if (id_equal(&reports[i].id, id))
            return;
    if (report_count == report_room) {
        report_room = report_room == 0 ? 64 : report_room * 2;
        reports = mem_grow(reports, report_room, sizeof *reports);
    }
    memset(&reports[report_count], 0, sizeof *reports);
    (void)snprintf(reports[report_count].slug, SIM_NAME, "%s",
                   o->machine->slug);
    reports[report_count++].id = *id;
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

static void given_id(const struct json *out, struct id *id)
{
    if (json_get_text(out, "id") == NULL ||
        !id_parse(id, json_get_text(out, "id")))
        sim_fail("an answer without an id");
}

static void offered(const struct order *o, const struct json *out)
{
    struct passed *p;
    struct id offer;

    given_id(out, &offer);
    told(o, &offer);
    sim_counts.offers++;
    if (passed_count == passed_room) {
        passed_room = passed_room == 0 ? 16 : passed_room * 2;
        passed = mem_grow(passed, passed_room, sizeof *passed);
    }
    p = &passed[passed_count++];
    memset(p, 0, sizeof *p);
    memcpy(p->from, o->machine->unit, sizeof p->from);
    memcpy(p->to, o->label, sizeof p->to);
    p->report = o->record;
}

/* The working copy moves on like any report. */
static void answered(const struct order *o, const struct json *out)
{
    struct id copy;

    given_id(out, &copy);
    told(o, &o->record);
    sim_counts.answers++;
    if (o->answer == REFERRAL_ACCEPTED && !o->machine->is_hub)
        remember_report(o, &copy);
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
        remember_report(o, &o->record);
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
    case REFER:
        offered(o, out);
        return;
    case ANSWER:
        answered(o, out);
        return;
    case ERASE:
        told(o, &o->record);
        sim_counts.erased += sim_erased(o->machine->unit, &o->record);
        return;
    case CLOSE:
        sim_counts.closings++;
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
