/* tests/sim/sim_story.c - a life written down: tests/sim/scenarios, one step a
 * line. README.txt there says what can be written.
 *
 * Whatever the story does, in the end everything is mended, both sides must
 * come out even, and everything is checked as after a random life. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/domain/referral.h"
#include "node/uplink.h"
#include "tests/sim/sim.h"
#include "tests/support/faulty_disk.h"

enum { WORDS = 16, FILE_MOST = 65536, SETTLE_MS = 1200000 };

struct line {
    const char *path;
    int number;
    char *words[WORDS];
    size_t count;
};

static void wrong(const struct line *l, const char *why, const char *what)
    __attribute__((noreturn));

static void wrong(const struct line *l, const char *why, const char *what)
{
    sim_fail("%s:%d: %s%s%s%s", l->path, l->number, why, what ? " \"" : "",
             what ? what : "", what ? "\"" : "");
}

/* ---- words */

/* Splits in place: spaces part, "quotes" hold together, # ends. */
static void split(struct line *l, char *text)
{
    l->count = 0;
    while (*text != '\0') {
        char end = ' ';

        while (isspace((unsigned char)*text))
            text++;
        if (*text == '\0' || *text == '#')
            return;
        if (*text == '"') {
            end = '"';
            text++;
        }
        if (l->count == WORDS)
            wrong(l, "too many words", NULL);
        l->words[l->count++] = text;
        while (*text != '\0' && *text != end &&
               (end == '"' || !isspace((unsigned char)*text)))
            text++;
        if (end == '"' && *text == '\0')
            wrong(l, "a quotation that does not end", NULL);
        if (*text != '\0')
            *text++ = '\0';
    }
}

static const char *word(const struct line *l, size_t i)
{
    return i < l->count ? l->words[i] : "";
}

static bool is(const struct line *l, size_t i, const char *text)
{
    return strcmp(word(l, i), text) == 0;
}

static struct machine *machine(const struct line *l, size_t i)
{
    struct machine *m = sim_find(word(l, i));

    if (m == NULL)
        wrong(l, "no machine", word(l, i));
    return m;
}

static struct machine *running(const struct line *l, size_t i)
{
    struct machine *m = machine(l, i);

    if (m->power != POWER_ON)
        wrong(l, "it does not run:", m->name);
    return m;
}

static uint32_t number(const struct line *l, size_t i)
{
    char *end;
    unsigned long value = strtoul(word(l, i), &end, 10);

    if (end == word(l, i) || value > 1000000)
        wrong(l, "not a number:", word(l, i));
    if (*end == 'k')
        value *= 1000;
    return (uint32_t)value;
}

static int64_t duration(const struct line *l, size_t i)
{
    const char *text = word(l, i);
    bool back = text[0] == '-';
    int64_t ms;

    if (!clock_duration_parse(&ms, text + (back || text[0] == '+')))
        wrong(l, "not a duration (90s, 15m, 6h, 2d):", text);
    return back ? -ms : ms;
}

/* ---- people */

static void do_nodes(const struct line *l)
{
    for (size_t i = 1; i < l->count; i++)
        if (sim_join(word(l, i), word(l, i)) == NULL)
            wrong(l, "it could not join:", word(l, i));
}

static void do_reports(const struct line *l)
{
    struct machine *m = running(l, 0);

    sim.plain = is(l, 3, "plain");
    for (uint32_t i = number(l, 2); i > 0; i--)
        sim_report(m, is(l, 3, "urgent"));
    sim_run(1);
}

static void do_moves(const struct line *l)
{
    struct machine *m = running(l, 0);

    for (uint32_t i = number(l, 2); i > 0; i--) {
        sim_move(m);
        sim_run(1);
    }
}

/* People choose at random, and are told no for what is done already: they go on
 * until N of them were told yes. */
static bool goes_on(uint64_t now, uint64_t before, const struct line *l,
                    uint32_t *tries)
{
    if (now - before >= number(l, 2))
        return false;
    if (++*tries > 50 * number(l, 2))
        wrong(l, "so many are not possible:", word(l, 2));
    return true;
}

/* NODE passes-on N to NODE|district */
static void do_passes_on(const struct line *l)
{
    struct machine *m = running(l, 0);
    uint64_t before = sim_counts.offers;
    uint32_t tries = 0;

    if (!is(l, 3, "to") ||
        (!is(l, 4, "district") && sim_live(word(l, 4)) == NULL))
        wrong(l, "to whom? a node or the district, not", word(l, 4));
    while (goes_on(sim_counts.offers, before, l, &tries)) {
        sim_refer(m, is(l, 4, "district") ? "" : word(l, 4));
        sim_run(1);
    }
}

/* M answers N accept|refuse|return|done */
static void do_answers(const struct line *l)
{
    static const char *const words[] = {"accept", "refuse", "return", "done"};
    struct machine *m = running(l, 0);
    uint64_t before = sim_counts.answers;
    uint32_t tries = 0;
    int answer = 0;

    while (answer < 4 && !is(l, 3, words[answer]))
        answer++;
    if (answer == 4)
        wrong(l, "accept, refuse, return or done, not", word(l, 3));
    while (goes_on(sim_counts.answers, before, l, &tries)) {
        sim_answer(m, REFERRAL_ACCEPTED + answer);
        sim_run(1);
    }
}

/* NODE writes NAME, or: hub writes NAME for NODE */
static void do_writes(const struct line *l)
{
    struct machine *m = running(l, 0);

    if (m->is_hub && (!is(l, 3, "for") || sim_live(word(l, 4)) == NULL))
        wrong(l, "for which node?", word(l, 4));
    if (!sim_bundle_write(m, m->is_hub ? word(l, 4) : m->slug, word(l, 2)))
        wrong(l, "it could not be written:", word(l, 2));
}

static void do_bring(const struct line *l)
{
    if (!sim_bundle_bring(word(l, 1)))
        wrong(l, "no such stick:", word(l, 1));
}

static void do_erases(const struct line *l)
{
    struct machine *m = running(l, 0);
    uint64_t before = sim_counts.erased;
    uint32_t tries = 0;

    while (goes_on(sim_counts.erased, before, l, &tries)) {
        sim_erase(m);
        sim_run(1);
    }
}

static void do_closes(const struct line *l)
{
    uint64_t before = sim_counts.closings;

    sim_close(running(l, 0), word(l, 2));
    for (int tries = 0; tries < 50 && sim_counts.closings == before; tries++)
        sim_run(1);
    if (sim_counts.closings == before)
        wrong(l, "it was not closed:", word(l, 2));
}

static void do_alert(const struct line *l)
{
    sim_alert(word(l, 1), is(l, 2, "to") ? word(l, 3) : NULL);
    for (int tries = 0; tries < 50 && sim_alert_id(word(l, 1)) == NULL; tries++)
        sim_run(1); /* the hub may be at another turn's disk */
    if (sim_alert_id(word(l, 1)) == NULL)
        wrong(l, "the hub did not issue it", NULL);
}

static void do_cancel(const struct line *l)
{
    if (sim_alert_id(word(l, 1)) == NULL)
        wrong(l, "no such alert:", word(l, 1));
    sim_cancel(word(l, 1));
    sim_run(1);
}

/* ---- lines */

static void cut(const struct line *l, struct machine *m)
{
    m->cut_up = !is(l, 2, "down");
    m->cut_down = !is(l, 2, "up");
    sim_counts.cuts++;
    sim_wire_cut(m, false);
}

static void mend(struct machine *m)
{
    m->cut_up = m->cut_down = false;
    m->rate = 0;
    sim_wire_cut(m, false);
}

static void do_cut(const struct line *l)
{
    for (size_t i = 0; is(l, 1, "all") && i < sim.machine_count; i++)
        if (!sim.machines[i].is_hub)
            cut(l, &sim.machines[i]);
    if (!is(l, 1, "all"))
        cut(l, machine(l, 1));
}

static void do_mend(const struct line *l)
{
    for (size_t i = 0; is(l, 1, "all") && i < sim.machine_count; i++)
        if (!sim.machines[i].is_hub)
            mend(&sim.machines[i]);
    if (!is(l, 1, "all"))
        mend(machine(l, 1));
}

static void do_rate(const struct line *l)
{
    machine(l, 1)->rate = number(l, 2);
}

/* settings NODE [rate 64k|off] [hours 19:00-06:00|off] */
static void do_settings(const struct line *l)
{
    const char *rate = NULL, *hours = NULL;

    for (size_t i = 2; i + 1 < l->count; i += 2)
        if (is(l, i, "rate"))
            rate = word(l, i + 1);
        else if (is(l, i, "hours"))
            hours = word(l, i + 1);
        else
            wrong(l, "neither rate nor hours:", word(l, i));
    sim_settings(machine(l, 1)->slug, rate, hours);
}

static void do_loss(const struct line *l) { sim.loss = 10 * number(l, 1); }

static void do_twice(const struct line *l) { sim.twice = 10 * number(l, 1); }

static void do_delay(const struct line *l)
{
    sim.delay_least = number(l, 1);
    sim.delay_most = number(l, 2);
    if (sim.delay_most < sim.delay_least)
        wrong(l, "the longest delay comes last", NULL);
}

/* ---- machines */

static void do_kill(const struct line *l)
{
    sim_stop(running(l, 1), STOP_KILL);
}

static void do_power(const struct line *l)
{
    sim_stop(running(l, 1), STOP_POWER);
}

static void do_stop(const struct line *l)
{
    struct machine *m = machine(l, 1);

    sim_stop(m, STOP_KILL);
    m->start_at = INT64_MAX;
}

static void do_start(const struct line *l)
{
    if (!sim_start(machine(l, 1)))
        wrong(l, "it does not start:", word(l, 1));
}

static void do_save(const struct line *l)
{
    sim_save(machine(l, 1), word(l, 3));
}

static void do_rewind(const struct line *l)
{
    struct machine *m = machine(l, 1);
    bool was_on = m->power == POWER_ON;

    if (!sim_has_save(m, word(l, 3)))
        wrong(l, "no copy of it under this name:", word(l, 3));
    sim_counts.rewinds += !m->is_hub;
    sim_counts.hub_rewinds += m->is_hub;
    sim_rewind(m, word(l, 3));
    m->start_at = INT64_MAX;
    if (was_on)
        (void)sim_start(m);
}

static void do_clone(const struct line *l)
{
    sim_counts.clones++;
    (void)sim_clone(machine(l, 1), word(l, 3));
}

static void do_burn(const struct line *l) { sim_destroy(machine(l, 1)); }

static void do_replace(const struct line *l)
{
    struct machine *m = machine(l, 1);

    sim_counts.replaced++;
    if (m->power == POWER_GONE || m->retired
            ? sim_join(m->slug, word(l, 3)) == NULL
            : sim_replace(m, word(l, 3), false) == NULL)
        wrong(l, "it could not join:", word(l, 3));
}

static void do_lie(const struct line *l)
{
    machine(l, 1)->lies = is(l, 2, "on");
    sim_counts.forged++;
}

/* Stolen: nothing it has not said already will ever be heard. */
static void do_revoke(const struct line *l)
{
    struct machine *m = machine(l, 1);
    char args[100];
    struct json *out;

    (void)snprintf(args, sizeof args, "{\"unit\":\"%s\"}", m->slug);
    out = sim_ask(sim.hub, "node.revoke", args);
    if (out == NULL)
        wrong(l, "it was not revoked:", m->name);
    json_free(&out);
    sim_truth_before_loss(m);
    m->retired = m->revoked = true;
    m->retired_ms = sim_now;
    sim_truth_after_loss(m);
}

static void do_rejoin(const struct line *l)
{
    struct machine *m = machine(l, 1);

    if (!sim_rejoin(m) || !sim_start(m))
        wrong(l, "it could not join again:", word(l, 1));
}

static void do_disk(const struct line *l)
{
    struct machine *m = machine(l, 1);
    char disk[64];

    (void)sim_disk(disk, m);
    m->disk_full = is(l, 2, "full");
    sim_counts.disk_full += m->disk_full;
    faulty_disk_full(disk, m->disk_full);
    if (is(l, 2, "fails")) {
        sim_counts.disk_errors++;
        faulty_disk_fail(disk, DISK_SYNC, 1, UINT64_MAX);
        faulty_disk_fail(disk, DISK_WRITE, 1, UINT64_MAX);
    } else if (is(l, 2, "ok")) {
        faulty_disk_fail(disk, DISK_SYNC, 0, 0);
        faulty_disk_fail(disk, DISK_WRITE, 0, 0);
    } else if (!m->disk_full) {
        wrong(l, "a disk is full, fails or ok, not", word(l, 2));
    }
}

static void do_clock(const struct line *l)
{
    machine(l, 1)->wall_offset_ms += duration(l, 2);
    sim_counts.clock_jumps++;
}

/* ---- waiting */

static void do_wait(const struct line *l) { sim_run(duration(l, 1)); }

static void do_settle(const struct line *l)
{
    sim_settle(l->count > 1 ? duration(l, 1) : SETTLE_MS);
    sim_check_end();
}

/* Nothing is mended: what still works must be enough. */
static void do_agree(const struct line *l)
{
    int64_t until = sim_now + duration(l, 1);
    const char *why = "";

    while (!sim_is_settled(&why)) {
        if (sim_now > until)
            wrong(l, "both sides do not agree in time:", why);
        sim_run(100);
    }
}

/* ---- expecting */

static uint64_t reports_at(struct machine *m)
{
    struct ledger *l = sim_open_ledger(m);
    uint64_t count = sim_reports_in(l, m->is_hub ? NULL : m->unit);

    sim_close_ledger(m);
    return count;
}

static void expect_count(const struct line *l)
{
    uint64_t have = reports_at(machine(l, 1)), want = number(l, 3);
    char text[64];

    if (have == want)
        return;
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)have);
    wrong(l, "it has another number of reports:", text);
}

static void expect_alarm(const struct line *l, size_t i, bool wanted)
{
    struct machine *m = machine(l, i);

    if (sim_has_alarm(m, word(l, i + 1)) != wanted)
        wrong(l, wanted ? "there is no such alarm:" : "there is this alarm:",
              word(l, i + 1));
}

static void expect_alert(const struct line *l)
{
    const struct id *id = sim_alert_id(word(l, 2));
    struct machine *m = running(l, 4);
    struct node_alert alert;
    bool there;

    if (id == NULL)
        wrong(l, "no such alert:", word(l, 2));
    there = node_store_alert(m->node->store, id, &alert) == 0;
    if (is(l, 1, "no") ? there : !there)
        wrong(l, there ? "it is there" : "it is not there", NULL);
    if (is(l, 5, "cancelled") && !alert.replaced)
        wrong(l, "it is not cancelled", NULL);
}

static void expect_line(const struct line *l, bool wanted)
{
    struct machine *m = running(l, 1);

    if (node_uplink_online(m->node->uplink) != wanted)
        wrong(l, wanted ? "it is not online" : "it is online", NULL);
}

static void expect_lost(const struct line *l)
{
    char text[64];

    if (sim_counts.legit_lost == number(l, 2))
        return;
    (void)snprintf(text, sizeof text, "%llu",
                   (unsigned long long)sim_counts.legit_lost);
    wrong(l, "another number of changes lay on no other disk:", text);
}

static void expect_refused(const struct line *l)
{
    if (sim_counts.refused == 0)
        wrong(l, "nothing was refused", NULL);
    sim_counts.refused = 0;
}

static void expect_vault(const struct line *l)
{
    struct machine *m = running(l, 2);
    const char *waits = sim_vault_waits(m);

    if (waits != NULL)
        wrong(l, "its vault is", waits);
    sim_vault_check(m);
}

static void do_expect(const struct line *l)
{
    if (is(l, 2, "has") && is(l, 4, "reports"))
        expect_count(l);
    else if (is(l, 1, "alarm"))
        expect_alarm(l, 2, true);
    else if (is(l, 1, "no") && is(l, 2, "alarm"))
        expect_alarm(l, 3, false);
    else if (is(l, 1, "alert") && is(l, 3, "at"))
        expect_alert(l);
    else if (is(l, 2, "online"))
        expect_line(l, true);
    else if (is(l, 2, "offline"))
        expect_line(l, false);
    else if (is(l, 1, "lost"))
        expect_lost(l);
    else if (is(l, 1, "refusal"))
        expect_refused(l);
    else if (is(l, 1, "numbers"))
        sim_check_numbers();
    else if (is(l, 1, "vault"))
        expect_vault(l);
    else if (is(l, 1, "verify"))
        sim_check_verify(machine(l, 2));
    else
        wrong(l, "cannot expect", word(l, 1));
}

/* ---- a story */

struct verb {
    const char *name;
    size_t least; /* words */
    void (*run)(const struct line *l);
};

/* Behind the name of a machine. */
static const struct verb people[] = {
    {"reports", 3, do_reports},     {"moves", 3, do_moves},
    {"passes-on", 5, do_passes_on}, {"answers", 4, do_answers},
    {"erases", 3, do_erases},       {"closes", 3, do_closes},
    {"writes", 3, do_writes},
};

static const struct verb verbs[] = {
    {"nodes", 2, do_nodes},       {"alert", 2, do_alert},
    {"cancel", 2, do_cancel},     {"cut", 2, do_cut},
    {"mend", 2, do_mend},         {"rate", 3, do_rate},
    {"loss", 2, do_loss},         {"twice", 2, do_twice},
    {"delay", 3, do_delay},       {"kill", 2, do_kill},
    {"power", 2, do_power},       {"stop", 2, do_stop},
    {"start", 2, do_start},       {"save", 4, do_save},
    {"rewind", 4, do_rewind},     {"clone", 4, do_clone},
    {"burn", 2, do_burn},         {"replace", 4, do_replace},
    {"rejoin", 2, do_rejoin},     {"revoke", 2, do_revoke},
    {"disk", 3, do_disk},         {"clock", 3, do_clock},
    {"wait", 2, do_wait},         {"settle", 1, do_settle},
    {"agree", 2, do_agree},       {"expect", 3, do_expect},
    {"lies", 3, do_lie},          {"bring", 2, do_bring},
    {"settings", 3, do_settings},
};

static void do_line(const struct line *l)
{
    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        if (is(l, 1, people[i].name) && l->count >= people[i].least &&
            !is(l, 0, "expect")) {
            people[i].run(l);
            return;
        }
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (!is(l, 0, verbs[i].name))
            continue;
        if (l->count < verbs[i].least)
            wrong(l, "words are missing behind", word(l, 0));
        verbs[i].run(l);
        return;
    }
    wrong(l, "unknown step", word(l, 0));
}

void sim_story(const char *path)
{
    struct line l = {.path = path};
    struct buf content = {0};
    struct error err = {""};
    char *rest, *text;

    sim_seed(1);
    sim.compress = true;
    sim.delay_least = 1;
    sim.delay_most = 30;
    if (file_read(&content, path, FILE_MOST, &err) != 0)
        sim_fail("%s", err.text);
    sim_world_make();
    rest = mem_text(buf_text(&content));
    for (char *at = rest; (text = strsep(&at, "\n")) != NULL;) {
        l.number++;
        split(&l, text);
        if (l.count == 0)
            continue;
        sim_note("-- %d: %s %s ..", l.number, word(&l, 0), word(&l, 1));
        do_line(&l);
    }
    sim_settle(SETTLE_MS);
    sim_check_end();
    buf_free(&content);
    mem_free(&rest);
}
