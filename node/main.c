/* node/main.c - the command line of the node. Read node.h next. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/notify.h"
#include "common/crypto/random.h"
#include "common/domain/report.h"
#include "common/domain/text.h"
#include "node/cli.h"
#include "node/cli_backup.h"
#include "node/cli_bundle.h"
#include "node/cli_closing.h"
#include "node/cli_conflict.h"
#include "node/cli_disclosure.h"
#include "node/cli_erase.h"
#include "node/cli_media.h"
#include "node/cli_notice.h"
#include "node/cli_recover.h"
#include "node/cli_referral.h"
#include "node/cli_repair.h"
#include "node/cli_user.h"
#include "node/cli_web.h"
#include "node/client.h"
#include "node/first.h"
#include "node/import.h"
#include "node/join.h"
#include "node/reading.h"

/* ---- join, serve, status */

static int print_shares(struct cli *cli, const struct node_joined *joined)
{
    struct error err = {""};

    printf("%s\n%s\n", joined->first, joined->second);
    if (fflush(stdout) != 0)
        return cli_fail(cli, "the two lines could not be printed: run the same "
                             "command again, it makes new ones");
    if (node_join_shown(cli_data(cli), &err) != 0)
        return cli_fail(cli, "%s", err.text);
    (void)fprintf(stderr,
                  "The two lines above open the sealed names of this commune "
                  "when nothing else does: print each on paper of its own, one "
                  "for the leader, one for the custodian. They are shown this "
                  "once and kept nowhere.\n");
    return 0;
}

static int run_join(struct cli *cli)
{
    struct node_joined joined;
    struct error err = {""};
    int code = 0;

    if (node_client_is_serving(cli_data(cli)))
        return cli_fail(cli, "a node is serving from %s: stop it first",
                        cli_data(cli));
    if (node_join(&joined, cli_data(cli), cli_argument(cli, 0), &err) != 0)
        return cli_fail(cli, "%s", err.text);
    if (joined.has_shares)
        code = print_shares(cli, &joined);
    if (code == 0)
        (void)fprintf(stderr,
                      "This machine is the node of %s (%s). Start it with "
                      "`lienxa-node serve`.\n",
                      joined.unit_name, joined.unit);
    mem_wipe(&joined, sizeof joined);
    return code;
}

/* The pages that make a node, when it is asked for and there is none. 0: there
 * is one now, or was; SETUP_STOPPED. */
static int set_up_first(struct cli *cli, const char *web,
                        char address[LISTEN_TEXT_BYTES], struct error *err)
{
    const struct setup_config config = {.steps = &node_first_steps,
                                        .folder = cli_data(cli),
                                        .web_program = "lienxa-node-web",
                                        .listen = web,
                                        .user =
                                            cli_option_value(cli, "web-user"),
                                        .apart = cli_flag(cli, "web-service")};

    if (!cli_flag(cli, "setup") || !setup_is_wanted(cli_data(cli)))
        return 0;
    return setup_serve(&config, address, err);
}

static bool read_canary(const struct cli *cli, int64_t *every_ms)
{
    const char *text = cli_option_value(cli, "canary");

    *every_ms = 0;
    if (text != NULL && strcmp(text, "off") == 0)
        return true;
    return clock_duration_parse(every_ms, text == NULL ? "1h" : text) &&
           *every_ms >= 1000;
}

/* A command of somebody may be at work in the folder, with many lines to take
 * in: it is waited for. Another that serves is not. */
static int open_to_serve(struct node **out, const char *folder,
                         struct error *err)
{
    enum { SAY_MS = 5000, GIVE_UP_MS = 60000, RETRY_MS = 50 };
    int64_t begin = clock_mono_ms();
    bool said = false;
    int rc;

    while ((rc = node_open(out, folder, NODE_SERVE, err)) == ERR_AGAIN &&
           !node_client_is_serving(folder) &&
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
    struct node_serve_options options = {
        .compress = !cli_flag(cli, "no-zstd"),
        .web_user = cli_option_value(cli, "web-user"),
        .web_service = cli_flag(cli, "web-service"),
        .metrics = cli_option_value(cli, "metrics")};
    const char *web = cli_option_value(cli, "web");
    char address[LISTEN_TEXT_BYTES] = "";
    struct error err = {""};
    struct node *node = NULL;
    int rc;

    if (web != NULL && strcmp(web, "off") == 0)
        web = NULL;
    log_open(LOG_LEVEL_INFO);
    if (web == NULL && cli_flag(cli, "setup"))
        return cli_misuse(cli, "--setup needs --web A:P: it is done on a page");
    if (!read_canary(cli, &options.canary_ms))
        return cli_misuse(cli,
                          "--canary %s: neither off nor a time such as "
                          "30m, 1h",
                          cli_option_value(cli, "canary"));
    if ((rc = listen_read_metrics(&options.metrics, web, &err)) != 0)
        return cli_misuse(cli, "%s", err.text);
    notify_open();
    if ((rc = set_up_first(cli, web, address, &err)) != 0)
        return rc == SETUP_STOPPED ? 0 : cli_fail(cli, "%s", err.text);
    options.web = *address == '\0' ? web : address;
    if ((rc = open_to_serve(&node, cli_data(cli), &err)) == 0)
        rc = node_serve(node, &options, &err);
    node_close(&node);
    return rc == 0 ? 0 : cli_fail(cli, "%s", err.text);
}

static void print_vault(const struct json *status)
{
    int64_t backlog = 0, locked = 0;

    (void)json_get_i64(status, "vault_backlog", &backlog);
    (void)json_get_i64(status, "vault_locked", &locked);
    printf("%lld waiting for the vault at the hub\n", (long long)backlog);
    if (json_get_flag(status, "vault_fetching"))
        printf("fetching back what the hub holds in the vault\n");
    if (locked > 0)
        printf("names and words of %lld changes wait for the two lines of the "
               "machine that took them: run `lienxa-node recover`\n",
               (long long)locked);
}

/* Why something may wait although the line is there. */
static void print_bounds(const struct json *status)
{
    const char *rate = json_get_text(status, "rate");
    const char *hours = json_get_text(status, "hours");

    if (rate != NULL || hours != NULL)
        printf("reports go at %s%s, %s (urgent ones and alerts at any time)\n",
               rate == NULL ? "what the line moves" : rate,
               rate == NULL ? "" : "bit/s", hours == NULL ? "all day" : hours);
}

static void print_status(const struct json *status)
{
    const struct json *alarms = json_get(status, "alarms");
    const char *contact = json_get_text(status, "last_contact");
    int64_t head = 0, acked = 0, backlog = 0, bytes = 0, urgent = 0;

    (void)json_get_i64(status, "head", &head);
    (void)json_get_i64(status, "acked", &acked);
    (void)json_get_i64(status, "backlog", &backlog);
    (void)json_get_i64(status, "backlog_bytes", &bytes);
    (void)json_get_i64(status, "urgent_waiting", &urgent);
    printf("%s is %s; last contact with the hub: %s\n",
           json_get_text(status, "unit"),
           json_get_flag(status, "online") ? "online" : "offline",
           contact == NULL ? "never" : contact);
    printf("%lld changes, %lld at the hub, %lld waiting (%lld bytes, %lld "
           "urgent)\n",
           (long long)head, (long long)acked, (long long)backlog,
           (long long)bytes, (long long)urgent);
    if (json_get_flag(status, "retired"))
        printf("this machine was replaced: %s\n",
               json_get_text(status, "drained") != NULL
                   ? "everything of it is with the district; it can be "
                     "switched off"
                   : "leave it on until what only it holds is with the "
                     "district");
    if (json_get_flag(status, "awaits_hours"))
        printf("this machine lacks reports that the hub holds: they come back "
               "in the hours of this line, %s\n",
               json_get_text(status, "hours") == NULL
                   ? "-"
                   : json_get_text(status, "hours"));
    print_bounds(status);
    print_vault(status);
    for (size_t i = 0; i < json_count(alarms); i++)
        print_line(stdout, "! %s", json_text(json_at(alarms, i)));
}

/* What a disk that takes nothing cannot have written down, the serving node
 * says. */
static void add_disk_alarm(struct cli *cli, struct json *status)
{
    struct json *alarms = json_take(status, "alarms");
    struct error err = {""};

    if (node_client_ask_disk(cli_data(cli), &err) != 0)
        json_add_text(alarms, err.text);
    json_set(status, "alarms", alarms);
}

static int run_status(struct cli *cli)
{
    bool serving = node_client_is_serving(cli_data(cli));
    struct node *node = node_cli_open_to_read(cli);
    struct json *status;

    if (node == NULL)
        return 1;
    status = node_reading_status(node, serving);
    node_close(&node);
    if (serving)
        add_disk_alarm(cli, status);
    if (cli_json(cli))
        return print_json(status);
    print_status(status);
    json_free(&status);
    return 0;
}

/* ---- reports */

static int run_report_add(struct cli *cli)
{
    static const char *const texts[] = {
        "category", "text", "village", "occurred", "name", "phone", "channel"};
    struct json *args = json_object_new();

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        node_cli_pass(cli, args, texts[i]);
    if (cli_flag(cli, "urgent"))
        json_set_flag(args, "urgent", true);
    if (!node_cli_attach(cli, args)) {
        json_free(&args);
        return 1;
    }
    return node_cli_give_id(cli, node_cli_call(cli, "report.add", args));
}

static int import_from(struct cli *cli, FILE *in)
{
    struct node_client *client = node_client_new(cli_data(cli));
    struct import_counts counts;
    struct error err = {""};
    int rc = node_import_run(client, in, cli_json(cli), &counts, &err);

    node_client_free(&client);
    if (!cli_json(cli))
        printf("accepted %llu, repeated %llu, refused %llu\n",
               (unsigned long long)counts.accepted,
               (unsigned long long)counts.repeated,
               (unsigned long long)counts.refused);
    if (rc != 0)
        return cli_fail(cli, "%s", err.text);
    if (counts.refused > 0)
        return cli_fail(cli,
                        "%llu lines were refused: mend them and import "
                        "those again (a line with an id is never stored "
                        "twice, one without is)",
                        (unsigned long long)counts.refused);
    return 0;
}

static int run_report_import(struct cli *cli)
{
    const char *path = cli_argument(cli, 0);
    FILE *in;
    int code;

    if (strcmp(path, "-") == 0)
        return import_from(cli, stdin);
    in = fopen(path, "re");
    if (in == NULL)
        return cli_fail(cli, "cannot open %s: %s", path,
                        strerrordesc_np(errno));
    code = import_from(cli, in);
    (void)fclose(in);
    return code;
}

static int run_report_list(struct cli *cli)
{
    static const char *const columns[] = {
        "id", "category", "state", "urgent", "received", "text", NULL};
    static const int widths[] = {36, 22, 13, 6, 25, 1};
    struct node *node = node_cli_open_to_read(cli);
    struct error err = {""};
    struct buf out = {0};
    struct json *rows;
    int rc;

    if (node == NULL)
        return 1;
    rc =
        node_reading_reports(node, cli_option_value(cli, "search"), &out, &err);
    node_close(&node);
    if (rc == ERR_INVALID) {
        rc = cli_misuse(cli, "%s", err.text);
    } else if (rc != 0) {
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

static int print_pretty(struct json *value)
{
    struct buf out = {0};

    json_write_pretty(&out, value);
    (void)puts(buf_text(&out));
    buf_free(&out);
    json_free(&value);
    return 0;
}

static int run_report_show(struct cli *cli)
{
    struct node *node = node_cli_open_to_read(cli);
    struct error err = {""};
    struct json *report;

    if (node == NULL)
        return 1;
    report = node_reading_report(node, cli_argument(cli, 0), &err);
    node_close(&node);
    if (report == NULL)
        return cli_fail(cli, "%s", err.text);
    return cli_json(cli) ? print_json(report) : print_pretty(report);
}

static int run_report_move(struct cli *cli)
{
    struct json *args = json_object_new();

    json_set_text(args, "report", cli_argument(cli, 0));
    json_set_text(args, "state", cli_argument(cli, 1));
    node_cli_pass(cli, args, "note");
    node_cli_pass(cli, args, "outcome");
    node_cli_pass(cli, args, "leader");
    return node_cli_give_id(cli, node_cli_call(cli, "report.move", args));
}

/* ---- alerts, alarms, quarantine */

/* Whoever lists alerts has seen them: receipts say so. Listing succeeds even
 * when that cannot be written now. */
static void tell_shown(struct cli *cli, int64_t newest_ms)
{
    struct node_client *client = node_client_new(cli_data(cli));
    struct error err = {""};
    struct json *args = json_object_new(), *out;

    json_set_i64(args, "until", newest_ms);
    out = node_client_call(client, "alert.shown", args, &err);
    if (out == NULL)
        (void)cli_fail(cli,
                       "the receipts do not say yet that these were "
                       "shown: %s",
                       err.text);
    json_free(&out);
    node_client_free(&client);
}

/* Every line of `text` behind `before`. */
static void print_indented(const char *text, const char *before)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");

        printf("%s%.*s\n", before, (int)size, text);
        text += size + (text[size] == '\n');
    }
}

/* What people must know and do: called shown, it has been. */
static void print_alert_words(const struct json *rows)
{
    for (size_t i = 0; i < json_count(rows); i++) {
        const struct json *row = json_at(rows, i);
        const char *reason = json_get_text(row, "reason");
        const char *state = json_get_text(row, "state");

        if (strcmp(state, "updated") == 0)
            continue; /* the newer one says it */
        printf("\n%s  %s\n", json_get_text(row, "id"),
               json_get_text(row, "headline"));
        if (strcmp(state, "cancelled") == 0)
            print_indented(reason == NULL ? "-" : reason, "  taken back: ");
        else
            print_indented(json_get_text(row, "text"), "  ");
    }
}

static int run_alert_list(struct cli *cli)
{
    static const char *const columns[] = {"id",      "state",    "severity",
                                          "expires", "headline", NULL};
    static const int widths[] = {36, 9, 9, 25, 1};
    struct node *node = node_cli_open_to_read(cli);
    struct json *rows;
    int64_t newest_ms;
    size_t unshown;
    int code = 0;

    if (node == NULL)
        return 1;
    rows = node_reading_alerts(node, &unshown, &newest_ms);
    node_close(&node);
    if (cli_json(cli)) {
        code = print_json(rows);
    } else {
        print_table(rows, columns, widths);
        print_alert_words(rows);
        json_free(&rows);
    }
    if (fflush(stdout) == 0 && unshown > 0)
        tell_shown(cli, newest_ms);
    return code;
}

static int run_alert_ack(struct cli *cli)
{
    struct json *args = json_object_new();

    json_set_text(args, "alert", cli_argument(cli, 0));
    node_cli_pass(cli, args, "by");
    return node_cli_give_id(cli, node_cli_call(cli, "alert.ack", args));
}

static int run_list(struct cli *cli, struct json *(*list)(struct node *node),
                    const char *const *columns, const int *widths)
{
    struct node *node = node_cli_open_to_read(cli);
    struct json *rows;

    if (node == NULL)
        return 1;
    rows = list(node);
    node_close(&node);
    return node_cli_give(cli, rows, columns, widths);
}

static int run_alarm_list(struct cli *cli)
{
    static const char *const columns[] = {"id", "since", "text", NULL};
    static const int widths[] = {4, 25, 0};

    return run_list(cli, node_reading_alarms, columns, widths);
}

static int run_categories(struct cli *cli)
{
    static const char *const columns[] = {"code", "vi", "en", NULL};
    static const int widths[] = {22, 38, 0};
    struct json *rows = json_array_new();

    for (size_t i = 0; i < category_count; i++) {
        struct json *row = json_object_new();

        json_set_text(row, "code", categories[i].code);
        json_set_text(row, "vi", categories[i].vi);
        json_set_text(row, "en", categories[i].en);
        json_set_flag(row, "urgent", report_is_urgent(false, &categories[i]));
        json_add(rows, row);
    }
    return node_cli_give(cli, rows, columns, widths);
}

static int run_quarantine_list(struct cli *cli)
{
    static const char *const columns[] = {"id",       "where",  "stream",
                                          "position", "reason", NULL};
    static const int widths[] = {8, 8, 24, 8, 0};

    return run_list(cli, node_reading_quarantine, columns, widths);
}

/* A command whose only argument is a number. */
static int run_numbered(struct cli *cli, const char *command, const char *key)
{
    struct json *args = json_object_new(), *number;

    number = json_parse(bytes_of_text(cli_argument(cli, 0)), NULL);
    if (number == NULL || !json_is_number(number)) {
        json_free(&args);
        json_free(&number);
        return cli_misuse(cli, "\"%s\" is not a number", cli_argument(cli, 0));
    }
    json_set(args, key, number);
    return node_cli_give_nothing(node_cli_call(cli, command, args));
}

static int run_alarm_clear(struct cli *cli)
{
    return run_numbered(cli, "alarm.clear", "alarm");
}

static int run_quarantine_retry(struct cli *cli)
{
    return run_numbered(cli, "quarantine.retry", "quarantined");
}

/* ---- people, settings */

static int run_settings_body(struct cli *cli)
{
    const char *value = cli_argument(cli, 0);
    struct json *args;

    if (strcmp(value, "referred") != 0 && strcmp(value, "always") != 0)
        return cli_misuse(cli, "settings body referred, or always");
    args = json_object_new();
    json_set_text(args, "value", value);
    return node_cli_give_nothing(node_cli_call(cli, "settings.body", args));
}

/* ---- the table */

static const struct cli_option serve_options[] = {
    {"web", CLI_ONE,
     "A:P|off  web pages there, e.g. 0.0.0.0:8443 (default: off)"},
    {"web-user", CLI_ONE,
     "NAME  when root serves: who shows them (default: lienxa-web)"},
    {"web-service", CLI_FLAG,
     "the pages are a service of their own, which runs as --web-user"},
    {"metrics", CLI_ONE,
     "A:P|off  /metrics and /healthz there, loopback only (default: off)"},
    {"setup", CLI_FLAG,
     "no node here yet: make it in the browser, with the code that is printed"},
    {"canary", CLI_ONE,
     "1h|off  how often a small record proves the whole way (default: 1h)"},
    {"no-zstd", CLI_FLAG, "send batches uncompressed"},
    {0}};
static const struct cli_option add_options[] = {
    {"category", CLI_ONE, "C  such as chay_no"},
    {"text", CLI_ONE, "T  what was said"},
    {"village", CLI_ONE, "V"},
    {"occurred", CLI_ONE, "T  when, as 2026-11-23T20:15:01+07:00"},
    {"urgent", CLI_FLAG, "goes ahead of everything else"},
    {"name", CLI_ONE, "N  the sender's; sealed at once"},
    {"phone", CLI_ONE, "P  the sender's; sealed at once"},
    {"channel", CLI_ONE,
     "C  how it came: truc_tiep (when left out), dien_thoai, zalo, hom_thu, "
     "web, to_an_ninh, khac"},
    {"attach", CLI_MANY, "FILE  a photo, film, sound or PDF; may be repeated"},
    {0}};
static const struct cli_option list_options[] = {
    {"search", CLI_ONE, "WORDS  all of them, with or without accents"}, {0}};
static const struct cli_option move_options[] = {
    {"note", CLI_ONE, "T  a reason"},
    {"outcome", CLI_ONE,
     "O  when closing before it was dealt with: trung_lap, ngoai_tham_quyen, "
     "khong_du_can_cu, tin_rac, rut_lai"},
    {"leader", CLI_ONE, "NAME  who reopens a closed report"},
    {0}};
static const struct cli_option attachment_options[] = {
    {"out", CLI_ONE, "FILE  where to; it must not be there"}, {0}};
static const struct cli_option erase_options[] = {
    {"reason", CLI_ONE, "T  why; it is kept, so not in the report's words"},
    {0}};
static const struct cli_option ack_options[] = {
    {"by", CLI_ONE, "NAME  who has read it"}, {0}};

static const struct cli_command commands[] = {
    {"join", "TOKEN", 1, 1, NULL,
     "become a commune's node; prints the two recovery shares once", run_join},
    {"serve", "", 0, 0, serve_options, "keep the line to the hub", run_serve},
    {"status", "", 0, 0, NULL, "the line, what waits, alarms", run_status},
    {"report add", "--category C --text T", 0, 0, add_options,
     "take a report; prints its id when it is safe", run_report_add},
    {"report import", "FILE|-", 1, 1, NULL, "take a file of JSON lines",
     run_report_import},
    {"report list", "", 0, 0, list_options, "reports, newest first",
     run_report_list},
    {"report show", "ID", 1, 1, NULL, "one report with its history",
     run_report_show},
    {"report attach", "ID FILE..", 2, 1 + REPORT_ATTACHMENTS_LIMIT, NULL,
     "more files for a report that is here", node_cli_attach_more},
    {"report attachment", "ID N --out FILE", 2, 2, attachment_options,
     "one of its files; this is kept in the books", node_cli_attachment},
    {"report original", "ID N --as NAME --reason T --out FILE", 2, 2,
     node_cli_original_options,
     "a picture as it came, by a custodian; password on standard input",
     node_cli_original},
    {"report move", "ID STATE", 2, 2, move_options,
     "its next state: one of those that `report show` calls \"next\"",
     run_report_move},
    {"report erase", "ID --reason T", 1, 1, erase_options,
     "its words and its sender, here and everywhere, for good", node_cli_erase},
    {"disclosure request", "ID --reason T [--as NAME]", 1, 1,
     node_cli_disclosure_options, "ask a custodian who sent this report",
     node_cli_disclosure_request},
    {"disclosure approve", "ID [--as NAME]", 1, 1,
     node_cli_disclosure_as_options,
     "consent, as a custodian; password on standard input",
     node_cli_disclosure_approve},
    {"disclosure refuse", "ID --reason T --as NAME", 1, 1,
     node_cli_disclosure_options, "as a custodian", node_cli_disclosure_refuse},
    {"disclosure open", "ID --as NAME", 1, 1, node_cli_disclosure_as_options,
     "name and telephone; password on standard input",
     node_cli_disclosure_open},
    {"disclosure list", "", 0, 0, NULL, "who asked, who consented, who looked",
     node_cli_disclosure_list},
    {"report refer", "ID", 1, 1, node_cli_refer_options,
     "pass it on, to the district or another commune", node_cli_refer},
    {"referral list", "", 0, 0, NULL, "what was passed on, and whose it is",
     node_cli_referrals},
    {"referral accept", "ID", 1, 1, NULL, "take it over",
     node_cli_referral_accept},
    {"referral refuse", "ID --reason T", 1, 1, node_cli_reason_options,
     "it stays with the sender", node_cli_referral_refuse},
    {"referral return", "ID --reason T", 1, 1, node_cli_reason_options,
     "give back what was accepted", node_cli_referral_return},
    {"referral done", "ID", 1, 1, node_cli_done_options,
     "tell the sender that it is dealt with", node_cli_referral_done},
    {"alert list", "", 0, 0, NULL, "the hub's warnings; marks them as shown",
     run_alert_list},
    {"alert ack", "ID --by NAME", 1, 1, ack_options,
     "tell the hub that somebody has read it", run_alert_ack},
    {"notice write", "--kind K --title T --text T", 0, 0,
     node_cli_write_options, "a draft of what residents are to be told",
     node_cli_notice_write},
    {"notice approve", "ID --leader NAME", 1, 1, node_cli_leader_options,
     "the leader agrees to a draft", node_cli_notice_approve},
    {"notice publish", "[ID]", 0, 1, node_cli_publish_options,
     "show an approved draft; or, for a leader, all at once",
     node_cli_notice_publish},
    {"notice correct", "ID --reason T", 1, 1, node_cli_correct_options,
     "other words for what is published", node_cli_notice_correct},
    {"notice expire", "ID --reason T", 1, 1, node_cli_expire_options,
     "take it back at once", node_cli_notice_expire},
    {"notice return", "ID --reason T --leader NAME", 1, 1,
     node_cli_return_options, "back to its writer, with a remark",
     node_cli_notice_return},
    {"notice drop", "ID", 1, 1, NULL, "throw a draft away",
     node_cli_notice_drop},
    {"notice list", "", 0, 0, node_cli_all_options,
     "ours, the district's and what communes share", node_cli_notices},
    {"procedure list", "", 0, 0, node_cli_all_options,
     "the district's catalogue, with its dated forms", node_cli_procedures},
    {"directory list", "", 0, 0, NULL, "numbers to call", node_cli_directory},
    {"close", "PERIOD", 1, 1, node_cli_close_options,
     "sign the figures of a period, zero included (2026-11: 15/10 to 14/11)",
     node_cli_close},
    {"closing list", "", 0, 0, NULL, "the periods that were closed",
     node_cli_closings},
    {"recover", "", 0, 0, NULL,
     "open what the hub gave back: the lost machine's two lines on standard "
     "input",
     node_cli_recover},
    {"verify", "", 0, 0, NULL, "recompute hashes, signatures, figures",
     node_cli_verify},
    {"audit verify", "", 0, 0, NULL,
     "is every entry of the audit log still there, as it was written?",
     node_cli_audit_verify},
    {"repair", "", 0, 0, NULL, "put right what verify finds", node_cli_repair},
    {"backup", "FILE", 1, 1, node_cli_backup_options,
     "a copy that the two recovery shares open, made while it serves",
     node_cli_backup},
    {"restore", "FILE", 1, 1, node_cli_restore_options,
     "this commune's node from such a copy, in a new folder; the shares on "
     "standard input",
     node_cli_restore},
    {"bundle export", "FILE", 1, 1, node_cli_bundle_options,
     "what the district has not acknowledged, to be carried by hand",
     node_cli_bundle_export},
    {"bundle import", "FILE..", 1, 64, NULL,
     "take in what the district wrote on a stick", node_cli_bundle_import},
    {"web certificate", "", 0, 0, node_cli_certificate_options,
     "how browsers come to trust the pages: fingerprint, names, expiry",
     node_cli_certificate},
    {"user add", "NAME --role R", 1, 1, node_cli_user_options,
     "password on standard input, then perhaps the two shares",
     node_cli_user_add},
    {"user list", "", 0, 0, NULL, "who works here", node_cli_users},
    {"user passwd", "NAME", 1, 1, NULL,
     "another password; who opens sealed names gives the present one or the "
     "shares too",
     node_cli_user_passwd},
    {"user disable", "NAME", 1, 1, NULL, "shut somebody out, at once",
     node_cli_user_disable},
    {"user enable", "NAME", 1, 1, NULL, "let somebody in again",
     node_cli_user_enable},
    {"user totp", "NAME", 1, 1, NULL,
     "a code from the phone at every login; shown once", node_cli_user_totp},
    {"category list", "", 0, 0, NULL, "the kinds of report", run_categories},
    {"alarm list", "", 0, 0, NULL, "what needs a person", run_alarm_list},
    {"alarm clear", "ID", 1, 1, NULL, "dealt with", run_alarm_clear},
    {"conflict list", "", 0, 0, NULL,
     "records with two contents under one version", node_cli_conflicts},
    {"conflict settle", "ID --keep NUMBER", 1, 1, node_cli_settle_options,
     "choose the content that is right", node_cli_settle},
    {"quarantine list", "", 0, 0, NULL, "changes that could not be applied",
     run_quarantine_list},
    {"quarantine retry", "ID", 1, 1, NULL, "try one again",
     run_quarantine_retry},
    {"settings body", "referred|always", 1, 1, NULL,
     "when the words of a report leave this commune", run_settings_body},
    {0}};

int main(int argc, char **argv)
{
    log_open(LOG_LEVEL_ERROR);
    crypto_open();
    (void)umask(077);
    return cli_main(argc, argv, "lienxa-node", "/var/lib/lienxa-node",
                    "a commune's node: takes reports with or without a line, "
                    "sends them to the district, shows its alerts",
                    commands, NULL);
}
