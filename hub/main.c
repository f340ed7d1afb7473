/* hub/main.c - the command line of the hub. Read hub.h next. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/notify.h"
#include "common/crypto/random.h"
#include "hub/alert_export.h"
#include "hub/cli.h"
#include "hub/cli_backup.h"
#include "hub/cli_bundle.h"
#include "hub/cli_closing.h"
#include "hub/cli_keys.h"
#include "hub/cli_machines.h"
#include "hub/cli_media.h"
#include "hub/cli_notice.h"
#include "hub/cli_referral.h"
#include "hub/cli_repair.h"
#include "hub/cli_user.h"
#include "hub/cli_web.h"
#include "hub/client.h"
#include "hub/disclosures.h"
#include "hub/first.h"
#include "hub/hub.h"
#include "hub/reading.h"
#include "hub/set_up.h"
#include "hub/statistics.h"

/* ---- init, serve, address */

static int run_init(struct cli *cli)
{
    const char *name = cli_option_value(cli, "name");
    const char *roster = cli_option_value(cli, "roster");
    char first[SHARE_TEXT_BYTES], second[SHARE_TEXT_BYTES];
    struct hub_set_up_wish wish = {.name = name};
    struct error err = {""};
    struct buf csv = {0};
    int rc;

    if (name == NULL || roster == NULL)
        return cli_misuse(cli, "init needs --name NAME and --roster FILE");
    if (hub_client_is_serving(cli_data(cli)))
        return cli_fail(cli, "a hub is serving from %s", cli_data(cli));
    if ((rc = hub_set_up_read(&csv, roster, &err)) == 0) {
        wish.roster = buf_bytes(&csv);
        rc = hub_set_up_unshown(cli_data(cli), &wish, first, second, &err);
    }
    buf_free(&csv);
    if (rc != 0)
        return cli_fail(cli, "%s", err.text);
    (void)fprintf(stderr,
                  "A hub was made in %s. The two lines below are its root key: "
                  "print each on paper of its own, keep them in two places. "
                  "They are shown this once and kept nowhere.\n",
                  cli_data(cli));
    (void)puts(first);
    (void)puts(second);
    mem_wipe(first, sizeof first);
    mem_wipe(second, sizeof second);
    if (fflush(stdout) != 0)
        return cli_fail(cli, "the two lines could not be printed: run the same "
                             "command again, it starts over");
    rc = hub_set_up_shown(cli_data(cli), &err);
    return rc == 0 ? 0 : cli_fail(cli, "%s", err.text);
}

/* The pages that make a hub, when it is asked for and there is none. 0: there
 * is one now, or was; SETUP_STOPPED. */
static int set_up_first(struct cli *cli, const char *web,
                        char address[LISTEN_TEXT_BYTES], struct error *err)
{
    const struct setup_config config = {.steps = &hub_first_steps,
                                        .folder = cli_data(cli),
                                        .web_program = "lienxa-hub-web",
                                        .listen = web,
                                        .user =
                                            cli_option_value(cli, "web-user"),
                                        .apart = cli_flag(cli, "web-service")};

    if (!cli_flag(cli, "setup") || !hub_first_is_wanted(cli_data(cli)))
        return 0;
    return setup_serve(&config, address, err);
}

/* A command of somebody may be at work in the folder, with many lines to take
 * in: it is waited for. Another that serves is not. */
static int open_to_serve(struct hub **out, const char *folder,
                         struct error *err)
{
    enum { SAY_MS = 5000, GIVE_UP_MS = 60000, RETRY_MS = 50 };
    int64_t begin = clock_mono_ms();
    bool said = false;
    int rc;

    while ((rc = hub_open(out, folder, HUB_SERVE, err)) == ERR_AGAIN &&
           !hub_client_is_serving(folder) &&
           clock_mono_ms() - begin < GIVE_UP_MS) {
        if (!said && clock_mono_ms() - begin > SAY_MS) {
            log_warn("serve.waiting", "reason=\"%s\"", err->text);
            said = true;
        }
        (void)poll(NULL, 0, RETRY_MS);
    }
    return rc;
}

static int run_serve(struct cli *cli)
{
    static const char *const options[NET_LANES] = {"express", "bulk", "enrol"};
    struct serve_options serve = {.address = {"tcp://0.0.0.0:7101",
                                              "tcp://0.0.0.0:7102",
                                              "tcp://0.0.0.0:7103"},
                                  .compress = !cli_flag(cli, "no-zstd"),
                                  .web_user = cli_option_value(cli, "web-user"),
                                  .web_service = cli_flag(cli, "web-service"),
                                  .metrics = cli_option_value(cli, "metrics")};
    const char *web = cli_option_value(cli, "web");
    char address[LISTEN_TEXT_BYTES] = "";
    struct error err = {""};
    struct hub *hub = NULL;
    int rc;

    for (size_t i = 0; i < NET_LANES; i++)
        if (cli_option_value(cli, options[i]) != NULL)
            serve.address[i] = cli_option_value(cli, options[i]);
    if (web != NULL && strcmp(web, "off") == 0)
        web = NULL;
    if (web == NULL && cli_flag(cli, "setup"))
        return cli_misuse(cli, "--setup needs --web A:P: it is done on a page");
    if ((rc = listen_read_metrics(&serve.metrics, web, &err)) != 0)
        return cli_misuse(cli, "%s", err.text);
    notify_open();
    if ((rc = set_up_first(cli, web, address, &err)) != 0)
        return rc == SETUP_STOPPED ? 0 : cli_fail(cli, "%s", err.text);
    serve.web = *address == '\0' ? web : address;
    if ((rc = open_to_serve(&hub, cli_data(cli), &err)) == 0)
        rc = hub_serve(hub, &serve, &err);
    hub_close(&hub);
    return rc == 0 ? 0 : cli_fail(cli, "%s", err.text);
}

static int run_address(struct cli *cli)
{
    struct json *out;

    if (!hub_client_is_serving(cli_data(cli)))
        return cli_fail(cli,
                        "no hub is serving from %s: start `lienxa-hub "
                        "serve`",
                        cli_data(cli));
    out = hub_cli_call(cli, "address", json_object_new());
    return out == NULL ? 1 : print_json(out);
}

/* ---- nodes */

static int run_invite(struct cli *cli)
{
    struct json *args = json_object_new(), *out;

    json_set_text(args, "unit", cli_argument(cli, 0));
    hub_cli_pass(cli, args, "expires");
    hub_cli_pass(cli, args, "advertise");
    if ((out = hub_cli_call(cli, "node.invite", args)) == NULL)
        return 1;
    (void)fprintf(stderr,
                  "On the machine of %s, type: lienxa-node join TOKEN\n"
                  "The token works once, for whoever has it: hand it over in "
                  "person.\n",
                  cli_argument(cli, 0));
    if (cli_json(cli))
        return print_json(out);
    (void)puts(json_get_text(out, "token"));
    json_free(&out);
    return 0;
}

static int run_nodes(struct cli *cli)
{
    static const char *const columns[] = {
        "unit",          "state",   "online",  "delivered_until",
        "vaulted_until", "backlog", "version", NULL};
    static const int widths[] = {14, 9, 6, 25, 25, 8, 10};
    struct hub *hub = hub_cli_open_to_read(cli);
    struct json *live = NULL, *rows;

    if (hub == NULL)
        return 1;
    if (hub_client_is_serving(cli_data(cli)))
        live = hub_cli_call(cli, "node.online", json_object_new());
    rows = hub_reading_nodes(hub, json_get(live, "units"));
    json_free(&live);
    hub_close(&hub);
    for (size_t i = 0; !cli_json(cli) && i < json_count(rows); i++) {
        const struct json *row = json_at(rows, i);
        const struct json *alarms = json_get(row, "alarms");

        for (size_t a = 0; a < json_count(alarms); a++)
            print_line(stderr, "! %s: %s", json_get_text(row, "unit"),
                       json_text(json_at(alarms, a)));
        if (json_get_text(row, "hub_key") != NULL)
            (void)fprintf(stderr,
                          "! %s: still comes by the hub's old key, see "
                          "`lienxa-hub key list`\n",
                          json_get_text(row, "unit"));
    }
    if (cli_json(cli))
        return print_json(rows);
    print_table(rows, columns, widths);
    hub_cli_print_machines(rows);
    json_free(&rows);
    return 0;
}

static int run_revoke(struct cli *cli)
{
    struct json *args = json_object_new(), *out;

    json_set_text(args, "unit", cli_argument(cli, 0));
    if ((out = hub_cli_call(cli, "node.revoke", args)) == NULL)
        return 1;
    printf("%s is revoked: nothing more is accepted from its machine. Invite a "
           "new one with `lienxa-hub node invite %s`\n",
           json_get_text(out, "unit"), json_get_text(out, "unit"));
    json_free(&out);
    return 0;
}

/* ---- alerts */

static int print_id(struct cli *cli, struct json *out)
{
    if (out == NULL)
        return 1;
    if (json_get_text(out, "warning") != NULL)
        print_line(stderr, "! %s", json_get_text(out, "warning"));
    if (cli_json(cli))
        return print_json(out);
    (void)puts(json_get_text(out, "id"));
    json_free(&out);
    return 0;
}

static int run_issue(struct cli *cli)
{
    struct json *args = json_object_new();

    hub_cli_pass(cli, args, "event");
    hub_cli_pass(cli, args, "headline");
    hub_cli_pass(cli, args, "text");
    hub_cli_pass(cli, args, "severity");
    hub_cli_pass(cli, args, "to");
    hub_cli_pass(cli, args, "expires");
    return print_id(cli, hub_cli_call(cli, "alert.issue", args));
}

static int run_update(struct cli *cli)
{
    static const char *const options[] = {"event",    "headline", "text",
                                          "severity", "to",       "expires"};
    struct json *args = json_object_new();

    json_set_text(args, "alert", cli_argument(cli, 0));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        hub_cli_pass(cli, args, options[i]);
    return print_id(cli, hub_cli_call(cli, "alert.update", args));
}

static int run_cancel(struct cli *cli)
{
    struct json *args = json_object_new();

    json_set_text(args, "alert", cli_argument(cli, 0));
    hub_cli_pass(cli, args, "reason");
    return print_id(cli, hub_cli_call(cli, "alert.cancel", args));
}

static int run_alerts(struct cli *cli)
{
    static const char *const columns[] = {"id",      "state",    "severity",
                                          "expires", "headline", NULL};
    static const int widths[] = {36, 9, 9, 25, 0};
    struct hub *hub = hub_cli_open_to_read(cli);
    struct json *rows;

    if (hub == NULL)
        return 1;
    rows = hub_reading_alerts(hub);
    hub_close(&hub);
    return hub_cli_give(cli, rows, columns, widths);
}

static int run_receipts(struct cli *cli)
{
    static const char *const columns[] = {
        "unit", "sent", "stored", "shown", "acknowledged", "by", NULL};
    static const int widths[] = {14, 25, 25, 25, 25, 0};
    struct hub *hub = hub_cli_open_to_read(cli);
    struct error err = {""};
    struct json *rows;

    if (hub == NULL)
        return 1;
    rows = hub_reading_receipts(hub, cli_argument(cli, 0), &err);
    hub_close(&hub);
    return rows == NULL ? cli_fail(cli, "%s", err.text)
                        : hub_cli_give(cli, rows, columns, widths);
}

static int run_export(struct cli *cli)
{
    struct hub *hub = hub_cli_open_to_read(cli);
    struct error err = {""};
    struct buf out = {0};
    int code = 0;

    if (hub == NULL)
        return 1;
    if (hub_alert_export(hub, cli_argument(cli, 0), &out, &err) != 0)
        code = cli_fail(cli, "%s", err.text);
    else if (fwrite(out.data, 1, out.size, stdout) != out.size ||
             fflush(stdout) != 0)
        code = cli_fail(cli, "it cannot be written: %s", strerror(errno));
    buf_free(&out);
    hub_close(&hub);
    return code;
}

/* ---- figures, reports, verification */

static bool day_option(struct cli *cli, const char *name, int32_t *day)
{
    const char *text = cli_option_value(cli, name);

    if (text == NULL || clock_day_parse(day, text))
        return true;
    (void)cli_misuse(cli, "--%s: \"%s\" is not a day like 2026-11-23", name,
                     text);
    return false;
}

/* Silence is not zero: a figure says which communes it lacks. */
static void print_heard(const struct json *units)
{
    const char *before = "never heard, so not in it: ";
    size_t heard = 0;

    for (size_t i = 0; i < json_count(units); i++)
        heard += json_get_text(json_at(units, i), "as_of") != NULL;
    printf("%zu of %zu communes have reported\n", heard, json_count(units));
    if (heard == 0)
        return;
    for (size_t i = 0; i < json_count(units); i++) {
        const struct json *unit = json_at(units, i);

        if (json_get_text(unit, "as_of") != NULL)
            continue;
        printf("%s%s", before, json_get_text(unit, "unit"));
        before = ", ";
    }
    if (heard < json_count(units))
        putchar('\n');
}

static int run_stats(struct cli *cli)
{
    struct statistics_question q = {.from = 0, .to = INT32_MAX, .coarse = true};
    const char *by = cli_option_value(cli, "by");
    struct error err = {""};
    struct json *answer;
    struct hub *hub;
    int64_t total = 0;

    if (!day_option(cli, "from", &q.from) || !day_option(cli, "to", &q.to))
        return 2;
    if (by != NULL && hub_statistics_parse_by(&q, by, &err) != 0)
        return cli_misuse(cli, "%s", err.text);
    if (q.from > q.to) /* no reports would be a statement */
        return cli_misuse(cli, "--from is after --to: give the first day, then "
                               "the last");
    if ((hub = hub_cli_open_to_read(cli)) == NULL)
        return 1;
    answer = hub_statistics_answer(hub, &q);
    hub_close(&hub);
    if (answer == NULL)
        return cli_fail(cli, "the statistics cannot be read: lienxa-hub "
                             "verify says what is damaged");
    if (cli_json(cli))
        return print_json(answer);
    (void)json_get_i64(answer, "total", &total);
    printf("%lld reports, as of %s; ", (long long)total,
           json_get_text(answer, "as_of") ? json_get_text(answer, "as_of")
                                          : "never");
    print_heard(json_get(answer, "units"));
    if (by != NULL) {
        static const char *const columns[] = {
            "unit", "village", "category", "state", "day", "count", NULL};
        static const int widths[] = {14, 14, 22, 14, 10, 8};

        print_table(json_get(answer, "rows"), columns, widths);
    }
    json_free(&answer);
    return 0;
}

static int run_disclosures(struct cli *cli)
{
    static const char *const columns[] = {
        "unit", "report", "state", "asked_by", "asked", "decided_by", NULL};
    static const int widths[] = {12, 36, 8, 16, 25, 0};
    struct hub *hub = hub_cli_open_to_read(cli);
    struct json *rows;

    if (hub == NULL)
        return 1;
    rows = hub_disclosures_list(hub, clock_wall_ms());
    hub_close(&hub);
    return hub_cli_give(cli, rows, columns, widths);
}

static int run_reports(struct cli *cli)
{
    static const char *const columns[] = {
        "id", "unit", "category", "state", "urgent", "received", NULL};
    static const int widths[] = {36, 14, 22, 13, 6, 25};
    struct hub *hub = hub_cli_open_to_read(cli);
    struct error err = {""};
    struct buf out = {0};
    struct json *rows;
    int rc;

    if (hub == NULL)
        return 1;
    rc = hub_reading_reports(hub, cli_option_value(cli, "unit"), &out, &err);
    hub_close(&hub);
    if (rc != 0) {
        rc = cli_fail(cli, "%s", err.text);
    } else if (cli_json(cli)) {
        (void)puts(buf_text(&out));
    } else if ((rows = json_parse(buf_bytes(&out), &err)) != NULL) {
        print_table(rows, columns, widths);
        json_free(&rows);
    }
    buf_free(&out);
    return rc;
}

static int run_list(struct cli *cli, struct json *(*list)(struct hub *hub),
                    const char *const *columns, const int *widths)
{
    struct hub *hub = hub_cli_open_to_read(cli);
    struct json *rows;

    if (hub == NULL)
        return 1;
    rows = list(hub);
    hub_close(&hub);
    return hub_cli_give(cli, rows, columns, widths);
}

static int run_alarms(struct cli *cli)
{
    static const char *const columns[] = {"id", "unit", "since", "text", NULL};
    static const int widths[] = {4, 14, 25, 0};
    struct json *live = NULL;

    /* What a disk that takes nothing cannot have written down, it says now. */
    if (hub_client_is_serving(cli_data(cli)))
        live = hub_cli_call(cli, "node.online", json_object_new());
    json_free(&live);
    return run_list(cli, hub_reading_alarms, columns, widths);
}

static int run_quarantine(struct cli *cli)
{
    static const char *const columns[] = {"id",       "where",  "unit",
                                          "position", "reason", NULL};
    static const int widths[] = {8, 14, 14, 8, 0};

    return run_list(cli, hub_reading_quarantine, columns, widths);
}

static int run_conflicts(struct cli *cli)
{
    static const char *const columns[] = {"unit", "version", "id", NULL};
    static const int widths[] = {14, 8, 0};

    return run_list(cli, hub_reading_conflicts, columns, widths);
}

/* A command whose only argument is a number. */
static int run_numbered(struct cli *cli, const char *command, const char *key)
{
    struct json *args = json_object_new(), *out, *number;
    struct error err = {""};

    number = json_parse(bytes_of_text(cli_argument(cli, 0)), &err);
    if (number == NULL || !json_is_number(number)) {
        json_free(&args);
        json_free(&number);
        return cli_misuse(cli, "\"%s\" is not a number", cli_argument(cli, 0));
    }
    json_set(args, key, number);
    if ((out = hub_cli_call(cli, command, args)) == NULL)
        return 1;
    json_free(&out);
    return 0;
}

static int run_clear_alarm(struct cli *cli)
{
    return run_numbered(cli, "alarm.clear", "alarm");
}

static int run_retry(struct cli *cli)
{
    return run_numbered(cli, "quarantine.retry", "quarantined");
}

static int run_settings_ring(struct cli *cli)
{
    struct json *args = json_object_new(), *out;

    json_set_text(args, "after", cli_argument(cli, 0));
    if ((out = hub_cli_call(cli, "settings.ring", args)) == NULL)
        return 1;
    json_free(&out);
    return 0;
}

/* ---- the table */

static const struct cli_option init_options[] = {
    {"name", CLI_ONE, "NAME  the hub's name, as people read it"},
    {"roster", CLI_ONE, "FILE  CSV: code,valid_from,slug,name,phone"},
    {0}};
static const struct cli_option serve_options[] = {
    {"express", CLI_ONE, "tcp://A:P  urgent traffic (port 0: any)"},
    {"bulk", CLI_ONE, "tcp://A:P  streams"},
    {"enrol", CLI_ONE, "tcp://A:P  new machines"},
    {"web", CLI_ONE,
     "A:P|off  web pages there, e.g. 0.0.0.0:8443 (default: off)"},
    {"web-user", CLI_ONE,
     "NAME  when root serves: who shows them (default: lienxa-web)"},
    {"web-service", CLI_FLAG,
     "the pages are a service of their own, which runs as --web-user"},
    {"metrics", CLI_ONE,
     "A:P|off  /metrics and /healthz there, loopback only (default: off)"},
    {"setup", CLI_FLAG,
     "no hub here yet: make it in the browser, with the code that is printed"},
    {"no-zstd", CLI_FLAG, "send batches uncompressed"},
    {0}};
static const struct cli_option invite_options[] = {
    {"expires", CLI_ONE, "48h  how long the token is good"},
    {"advertise", CLI_ONE, "HOST  the address the machine will dial"},
    {0}};
static const struct cli_option issue_options[] = {
    {"event", CLI_ONE, "E  what it is about: flood, fire, .."},
    {"headline", CLI_ONE, "T  one line"},
    {"text", CLI_ONE, "T  what people must know and do"},
    {"severity", CLI_ONE, "extreme|severe|moderate|minor  (severe)"},
    {"to", CLI_ONE, "UNIT,..  (every unit)"},
    {"expires", CLI_ONE, "6h"},
    {0}};
static const struct cli_option update_options[] = {
    {"event", CLI_ONE, "E  (what is left out stays as it was)"},
    {"headline", CLI_ONE, "T"},
    {"text", CLI_ONE, "T"},
    {"severity", CLI_ONE, "extreme|severe|moderate|minor"},
    {"to", CLI_ONE, "UNIT,..  those it was for, and more"},
    {"expires", CLI_ONE, "6h  from now"},
    {0}};
static const struct cli_option cancel_options[] = {
    {"reason", CLI_ONE, "T  why, as the communes will read it"}, {0}};
static const struct cli_option stats_options[] = {
    {"from", CLI_ONE, "DAY  first day of receipt"},
    {"to", CLI_ONE, "DAY  last day of receipt"},
    {"by", CLI_ONE, "unit,village,category,state,day  rows"},
    {0}};
static const struct cli_option reports_options[] = {
    {"unit", CLI_ONE, "UNIT  of one commune only"}, {0}};

static const struct cli_command commands[] = {
    {"init", "--name NAME --roster FILE", 0, 0, init_options,
     "make a new hub; prints the root key's two shares once", run_init},
    {"serve", "", 0, 0, serve_options, "take reports, send alerts", run_serve},
    {"address", "", 0, 0, NULL, "where the serving hub listens", run_address},
    {"node invite", "UNIT", 1, 1, invite_options,
     "a one-time token for a commune's machine", run_invite},
    {"node list", "", 0, 0, NULL, "every commune: line, backlog, alarms",
     run_nodes},
    {"node retire", "UNIT", 1, 1, hub_cli_retire_options,
     "a machine that is replaced: it hands over and takes nothing new",
     hub_cli_retire},
    {"node rotate", "UNIT", 1, 1, NULL, "give its machine new keys",
     hub_cli_rotate},
    {"node settings", "UNIT", 1, 1, hub_cli_settings_options,
     "how its line may be used: rate and hours of bulk", hub_cli_settings},
    {"node revoke", "UNIT", 1, 1, NULL, "shut a stolen machine out for good",
     run_revoke},
    {"key rotate", "", 0, 0, hub_cli_key_options,
     "a new key for the hub: of its lines, or --signing", hub_cli_key_rotate},
    {"key list", "", 0, 0, NULL, "the hub's keys, and who has the new one",
     hub_cli_key_list},
    {"alert issue", "--event E --headline T --text T", 0, 0, issue_options,
     "warn the communes", run_issue},
    {"alert update", "ID [--text T] ..", 1, 1, update_options,
     "say it anew: the new one takes its place", run_update},
    {"alert cancel", "ID --reason T", 1, 1, cancel_options,
     "take a warning back", run_cancel},
    {"alert list", "", 0, 0, NULL, "all warnings", run_alerts},
    {"alert receipts", "ID", 1, 1, NULL, "who has it, who acknowledged",
     run_receipts},
    {"alert export", "ID", 1, 1, NULL, "as a CAP 1.2 document, for others",
     run_export},
    {"stats", "", 0, 0, stats_options, "figures, with their age", run_stats},
    {"report list", "", 0, 0, reports_options, "every report delivered",
     run_reports},
    {"closing list", "[PERIOD]", 0, 1, hub_cli_closing_options,
     "who has closed a period, and what of it has arrived", hub_cli_closings},
    {"disclosure list", "", 0, 0, NULL,
     "who looked at a sealed sender, with whose consent", run_disclosures},
    {"referral list", "", 0, 0, NULL, "what is passed on, and whose it is",
     hub_cli_referrals},
    {"report files", "ID", 1, 1, NULL,
     "photos and files of a report that was passed on", hub_cli_files},
    {"report file", "ID N --out FILE", 2, 2, hub_cli_file_options,
     "one of them; this is kept in the books", hub_cli_file},
    {"referral show", "ID", 1, 1, NULL, "one of them, with its words",
     hub_cli_referral_show},
    {"referral accept", "ID", 1, 1, NULL, "the district takes it over",
     hub_cli_referral_accept},
    {"referral refuse", "ID --reason T", 1, 1, hub_cli_reason_options,
     "it stays with the commune", hub_cli_referral_refuse},
    {"referral return", "ID --reason T", 1, 1, hub_cli_reason_options,
     "give back what was accepted", hub_cli_referral_return},
    {"referral done", "ID", 1, 1, hub_cli_done_options,
     "tell the commune that it is dealt with", hub_cli_referral_done},
    {"notice publish", "--kind K --title T --text T", 0, 0,
     hub_cli_publish_options, "tell the residents of every commune",
     hub_cli_notice_publish},
    {"notice correct", "ID --reason T", 1, 1, hub_cli_correct_options,
     "other words for what is published", hub_cli_notice_correct},
    {"notice expire", "ID --reason T", 1, 1, hub_cli_expire_options,
     "take it back at once", hub_cli_notice_expire},
    {"notice list", "", 0, 0, hub_cli_all_options,
     "the district's and the communes'", hub_cli_notices},
    {"procedure import", "FILE", 1, 1, NULL,
     "the catalogue of procedures, as CSV", hub_cli_procedure_import},
    {"procedure list", "", 0, 0, hub_cli_all_options,
     "the catalogue, with its dated forms", hub_cli_procedures},
    {"directory list", "", 0, 0, NULL, "numbers to call", hub_cli_directory},
    {"verify", "", 0, 0, NULL, "recompute hashes, signatures, figures",
     hub_cli_verify},
    {"audit verify", "", 0, 0, NULL,
     "is every entry of the audit log still there, as it was written?",
     hub_cli_audit_verify},
    {"repair", "", 0, 0, NULL, "put right what verify finds", hub_cli_repair},
    {"bundle export", "UNIT FILE", 2, 2, hub_cli_bundle_options,
     "what a commune without a line is to get, to be carried by hand",
     hub_cli_bundle_export},
    {"bundle import", "FILE..", 1, 64, NULL,
     "take in what a commune wrote on a stick", hub_cli_bundle_import},
    {"backup", "FILE", 1, 1, hub_cli_backup_options,
     "a copy that the root key's two shares open, made while it serves",
     hub_cli_backup},
    {"restore", "FILE --revoked UNIT,..|none", 1, 1, hub_cli_restore_options,
     "a hub from such a copy, in a new folder; the shares on standard input",
     hub_cli_restore},
    {"web certificate", "", 0, 0, hub_cli_certificate_options,
     "how browsers come to trust the pages: fingerprint, names, expiry",
     hub_cli_certificate},
    {"user add", "NAME --role R", 1, 1, hub_cli_user_options,
     "password on standard input", hub_cli_user_add},
    {"user list", "", 0, 0, NULL, "who may log in", hub_cli_users},
    {"user passwd", "NAME", 1, 1, NULL,
     "another password, on standard input; ends the sessions",
     hub_cli_user_passwd},
    {"user disable", "NAME", 1, 1, NULL, "shut somebody out, at once",
     hub_cli_user_disable},
    {"user enable", "NAME", 1, 1, NULL, "let somebody in again",
     hub_cli_user_enable},
    {"user totp", "NAME", 1, 1, NULL,
     "a new second factor for the phone; shown once", hub_cli_user_totp},
    {"alarm list", "", 0, 0, NULL, "what needs a person", run_alarms},
    {"alarm clear", "ID", 1, 1, NULL, "dealt with", run_clear_alarm},
    {"conflict list", "", 0, 0, NULL,
     "records with two contents; their commune settles them", run_conflicts},
    {"quarantine list", "", 0, 0, NULL, "changes that could not be applied",
     run_quarantine},
    {"quarantine retry", "ID", 1, 1, NULL, "try one again", run_retry},
    {"settings ring", "15m", 1, 1, NULL,
     "how long an urgent report may wait before it rings at the district",
     run_settings_ring},
    {0}};

int main(int argc, char **argv)
{
    log_open(LOG_LEVEL_INFO);
    crypto_open();
    (void)umask(077);
    return cli_main(argc, argv, "lienxa-hub", "/var/lib/lienxa-hub",
                    "the district's hub: takes the communes' reports, keeps "
                    "honest figures, sends signed alerts",
                    commands, NULL);
}
