/* node/commands.c - names, arguments and functions of the node's commands. */
#include "node/commands.h"
#include "node/attach.h"
#include "node/backup.h"
#include "node/bundle.h"
#include "node/bypass.h"

#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/domain/text.h"
#include "common/format/json.h"
#include "node/certificates.h"
#include "node/closing.h"
#include "node/commands_inside.h"
#include "node/conflict.h"
#include "node/disclosure.h"
#include "node/erase.h"
#include "node/intake.h"
#include "node/media.h"
#include "node/notice.h"
#include "node/numbers.h"
#include "node/people.h"
#include "node/recover.h"
#include "node/referral.h"
#include "node/repair.h"
#include "node/vault.h"

struct command {
    const char *name;
    int (*run)(struct node *node, const struct call *call, struct error *err);
};

int node_call_id(const struct call *call, const char *key, const char *what,
                 struct id *out, struct error *err)
{
    const char *text = json_get_text(call->args, key);

    if (text != NULL && id_parse(out, text))
        return 0;
    return error_set(err, ERR_INVALID, "\"%s\" is not the id of %s",
                     text == NULL ? "" : text, what);
}

void node_call_give_id(struct json *out, const char *key, const struct id *id)
{
    char text[ID_TEXT_BYTES];

    json_set_text(out, key, id_text(text, id));
}

/* ---- reports */

static int run_report_add(struct node *node, const struct call *call,
                          struct error *err)
{
    struct intake_answer answer;
    bool passed_on = false;
    int rc;

    if (call->asked->role != NULL && json_get(call->args, "moved") != NULL)
        return error_set(err, ERR_REFUSED,
                         "what was done before is taken in on the machine "
                         "itself: `report import`");
    rc = node_intake_take(node, call->args, CHANNEL_TRUC_TIEP, &answer);
    if (rc == 0 && answer.result == INTAKE_REFUSED)
        rc = error_set(err, ERR_REFUSED, "%s", answer.reason.text);
    if (rc == 0 && answer.result == INTAKE_ACCEPTED)
        rc =
            node_bypass_pass_on(node, &answer.id, call->actor, &passed_on, err);
    if (rc == 0)
        node_call_give_id(call->out, "id", &answer.id);
    json_set_flag(call->out, "passed_on", passed_on);
    return rc;
}

static struct json *line_result(int64_t line,
                                const struct intake_answer *answer)
{
    struct json *out = json_object_new();

    json_set_i64(out, "line", line);
    if (answer->has_id)
        node_call_give_id(out, "id", &answer->id);
    else
        json_set_null(out, "id");
    json_set_text(out, "result", node_intake_result_text(answer->result));
    json_set_text(out, "reason",
                  answer->result == INTAKE_ACCEPTED ? NULL
                                                    : answer->reason.text);
    return out;
}

/* A line that the sender of the command could not read is refused in its
 * place. */
static int take_line(struct node *node, const struct json *line,
                     struct intake_answer *answer)
{
    const char *unreadable = json_get_text(line, "unreadable");

    if (unreadable == NULL)
        return node_intake_take(node, json_get(line, "report"), CHANNEL_KHAC,
                                answer);
    memset(answer, 0, sizeof *answer);
    answer->result = INTAKE_REFUSED;
    (void)error_set(&answer->reason, ERR_INVALID, "%s", unreadable);
    return 0;
}

static int run_report_import(struct node *node, const struct call *call,
                             struct error *err)
{
    const struct json *lines = json_get(call->args, "lines");
    struct json *results = json_array_new();
    bool passed_on;
    int rc = 0;

    if (!json_is_array(lines) || json_count(lines) > INTAKE_CHUNK_LINES)
        rc = error_set(err, ERR_INVALID, "lines: an array of at most %d",
                       INTAKE_CHUNK_LINES);
    for (size_t i = 0; rc == 0 && i < json_count(lines); i++) {
        const struct json *line = json_at(lines, i);
        struct intake_answer answer;
        int64_t number = 0;

        (void)json_get_i64(line, "line", &number);
        if ((rc = take_line(node, line, &answer)) == 0 &&
            answer.result == INTAKE_ACCEPTED)
            rc = node_bypass_pass_on(node, &answer.id, call->actor, &passed_on,
                                     err);
        if (rc == 0)
            json_add(results, line_result(number, &answer));
    }
    json_set(call->out, "lines", results);
    return rc;
}

/* The leader in whose name it is done: on a page the one who is logged in, on
 * the command line the one that is named and known as one; NULL: none. */
static int find_leader(struct node *node, const struct call *call,
                       const char **out, struct error *err)
{
    const char *role = call->asked->role;

    *out = role != NULL ? call->actor : json_get_text(call->args, "leader");
    if (role != NULL && strcmp(role, "leader") != 0)
        *out = NULL;
    if (role != NULL || *out == NULL || node_people_is(node, *out, "leader"))
        return 0;
    return error_set(err, ERR_REFUSED,
                     "\"%s\" is not a leader here, see `user list`", *out);
}

/* Whoever decides: the actor, or a leader. */
static int decide(struct node *node, const struct call *call,
                  struct intake_move *order, struct error *err)
{
    const char *leader;
    int rc = find_leader(node, call, &leader, err);

    order->by = leader == NULL ? call->actor : leader;
    order->move.by_leader = leader != NULL;
    return rc;
}

static int run_report_move(struct node *node, const struct call *call,
                           struct error *err)
{
    const char *state = json_get_text(call->args, "state");
    const char *outcome = json_get_text(call->args, "outcome");
    struct intake_move order = {.move.note = json_get_text(call->args, "note")};
    int rc;

    if ((rc = node_call_id(call, "report", "a report", &order.id, err)) != 0 ||
        (rc = decide(node, call, &order, err)) != 0)
        return rc;
    if (state == NULL || (order.move.to = report_state_parse(state)) == 0)
        return error_set(err, ERR_INVALID, "unknown state \"%s\"",
                         state == NULL ? "" : state);
    if (outcome != NULL &&
        (order.move.outcome = report_outcome_parse(outcome)) == 0)
        return error_set(err, ERR_INVALID, "unknown outcome \"%s\"", outcome);
    if ((rc = node_intake_move(node, &order, err)) != 0)
        return rc;
    node_call_give_id(call->out, "id", &order.id);
    json_set_text(call->out, "state", state);
    return 0;
}

static int run_report_erase(struct node *node, const struct call *call,
                            struct error *err)
{
    struct erase_order order = {.by = call->actor,
                                .reason = json_get_text(call->args, "reason")};
    int rc = node_call_id(call, "report", "a report", &order.id, err);

    if (rc == 0)
        rc = node_erase_report(node, &order, err);
    if (rc == 0)
        node_call_give_id(call->out, "id", &order.id);
    return rc;
}

/* ---- sealed senders */

static int run_disclosure_request(struct node *node, const struct call *call,
                                  struct error *err)
{
    struct disclosure_order order = {
        .by = call->actor, .reason = json_get_text(call->args, "reason")};
    struct id record;
    int rc = node_call_id(call, "report", "a report", &order.id, err);

    if (rc == 0)
        rc = node_disclosure_ask(node, &order, &record, err);
    if (rc == 0)
        node_call_give_id(call->out, "id", &record);
    return rc;
}

static int run_decision(struct node *node, const struct call *call,
                        int (*carry_out)(struct node *,
                                         const struct disclosure_order *,
                                         struct error *),
                        struct error *err)
{
    struct disclosure_order order = {.by = call->actor,
                                     .reason =
                                         json_get_text(call->args, "reason"),
                                     .keys = json_get(call->args, "keys"),
                                     .guess = call->asked->guess};
    int rc = node_call_id(call, "disclosure", "a request to see a sender",
                          &order.id, err);

    if (rc == 0)
        rc = carry_out(node, &order, err);
    if (rc == 0)
        node_call_give_id(call->out, "id", &order.id);
    return rc;
}

static int run_disclosure_approve(struct node *node, const struct call *call,
                                  struct error *err)
{
    return run_decision(node, call, node_disclosure_approve, err);
}

static int run_disclosure_refuse(struct node *node, const struct call *call,
                                 struct error *err)
{
    return run_decision(node, call, node_disclosure_refuse, err);
}

static int run_disclosure_open(struct node *node, const struct call *call,
                               struct error *err)
{
    struct disclosure_order order = {.by = call->actor,
                                     .keys = json_get(call->args, "keys"),
                                     .guess = call->asked->guess};
    int rc = node_call_id(call, "id", "a report or a request", &order.id, err);

    return rc != 0 ? rc : node_disclosure_open(node, &order, call->out, err);
}

/* ---- passing on */

/* ---- alerts and alarms */

/* The one who acknowledges, or what is in the way. */
static int check_acknowledge(struct node *node, const struct id *id,
                             const char *by, struct error *err)
{
    struct node_alert alert;
    int rc = node_store_alert(node->store, id, &alert);

    if (rc == ERR_MISSING)
        return error_set(err, rc, "no alert with this id: see `alert list`");
    if (rc != 0)
        return rc;
    if (!alert.for_us)
        return error_set(err, ERR_REFUSED, "this alert is for other communes");
    if (alert.acknowledged_ms != 0 && strcmp(alert.by, by) != 0)
        return error_set(err, ERR_REFUSED, "%s has acknowledged this already",
                         alert.by);
    return 0;
}

static int run_alert_ack(struct node *node, const struct call *call,
                         struct error *err)
{
    const char *by = json_get_text(call->args, "by");
    struct buf name = {0};
    struct id id;
    int rc;

    if ((rc = node_call_id(call, "alert", "an alert", &id, err)) != 0)
        return rc;
    if (by == NULL && call->asked->role != NULL)
        by = call->actor;
    rc = node_intake_clean(&name, "--by", by == NULL ? "" : by,
                           REPORT_NAME_LIMIT, err);
    if (rc == 0 && !text_is_line(buf_bytes(&name)))
        rc = error_set(err, ERR_INVALID,
                       "--by: say in one line who has read it");
    if (rc == 0)
        rc = check_acknowledge(node, &id, buf_text(&name), err);
    if (rc == 0)
        rc = node_store_alert_acknowledged(node->store, &id, buf_text(&name),
                                           node->wall_ms);
    if (rc == 0)
        node_call_give_id(call->out, "id", &id);
    buf_free(&name);
    return rc;
}

static int run_alerts_shown(struct node *node, const struct call *call,
                            struct error *err)
{
    int64_t until_ms = INT64_MAX; /* stored by then: it was on the list */

    (void)err;
    (void)json_get_i64(call->args, "until", &until_ms);
    return node_store_alerts_shown(node->store, until_ms, node->wall_ms);
}

static int run_alarm_clear(struct node *node, const struct call *call,
                           struct error *err)
{
    int64_t id;
    int rc;

    if (!json_get_i64(call->args, "alarm", &id))
        return error_set(err, ERR_INVALID,
                         "give the alarm's number, see `alarm list`");
    rc = node_store_clear_alarm(node->store, id, node->wall_ms);
    return rc == ERR_MISSING
               ? error_set(err, rc, "no open alarm %lld", (long long)id)
               : rc;
}

static int run_retry(struct node *node, const struct call *call,
                     struct error *err)
{
    int64_t id;

    if (!json_get_i64(call->args, "quarantined", &id))
        return error_set(err, ERR_INVALID,
                         "give the number, see `quarantine list`");
    return ledger_quarantine_retry(node->ledger, id, err);
}

/* ---- notices */

static const struct {
    const char *name;
    int (*run)(struct node *node, const struct notice_call *call,
               struct error *err);
} notices[] = {
    {"notice.approve", node_notice_approve},
    {"notice.correct", node_notice_correct},
    {"notice.drop", node_notice_drop},
    {"notice.expire", node_notice_expire},
    {"notice.publish", node_notice_publish},
    {"notice.return", node_notice_return},
    {"notice.write", node_notice_write},
};

static int run_notice(struct node *node, const struct call *call,
                      struct error *err)
{
    struct notice_call notice = {
        .args = call->args, .actor = call->actor, .out = call->out};
    int rc = find_leader(node, call, &notice.leader, err);
    size_t i = 0;

    while (strcmp(notices[i].name, call->asked->command) != 0)
        i++;
    return rc == 0 ? notices[i].run(node, &notice, err) : rc;
}

/* ---- people and settings */

static int run_user_add(struct node *node, const struct call *call,
                        struct error *err)
{
    return node_people_add(node, call->asked, call->out, err);
}

static int run_user_passwd(struct node *node, const struct call *call,
                           struct error *err)
{
    return node_people_passwd(node, call->asked, call->out, err);
}

static int run_user_disable(struct node *node, const struct call *call,
                            struct error *err)
{
    return node_people_disable(node, call->asked, true, call->out, err);
}

static int run_user_enable(struct node *node, const struct call *call,
                           struct error *err)
{
    return node_people_disable(node, call->asked, false, call->out, err);
}

static int run_user_totp(struct node *node, const struct call *call,
                         struct error *err)
{
    return account_desk_totp(node->logins, call->asked, call->out, err);
}

static int run_settings_body(struct node *node, const struct call *call,
                             struct error *err)
{
    const char *value = json_get_text(call->args, "value");
    int rc;

    if (value == NULL ||
        (strcmp(value, "referred") != 0 && strcmp(value, "always") != 0))
        return error_set(err, ERR_INVALID, "body is referred or always");
    if (strcmp(value, "always") == 0 && !node->body_always &&
        (rc = node_vault_body_always(node)) != 0)
        return rc;
    if ((rc = node_store_set(node->store, "body", value)) != 0)
        return rc;
    node->body_always = strcmp(value, "always") == 0;
    json_set_text(call->out, "body", value);
    return 0;
}

/* ---- closing a period */

static int run_close(struct node *node, const struct call *call,
                     struct error *err)
{
    struct closing_order order = {.period = json_get_text(call->args, "period"),
                                  .by = call->actor,
                                  .again = json_get_flag(call->args, "again")};
    const char *leader;
    int rc = find_leader(node, call, &leader, err);

    if (rc != 0)
        return rc;
    if (leader != NULL)
        order.by = leader;
    return node_closing_write(node, &order, call->out, err);
}

static int run_settle(struct node *node, const struct call *call,
                      struct error *err)
{
    struct id id;
    int64_t number;
    int rc = node_call_id(call, "record", "a record", &id, err);

    if (rc != 0)
        return rc;
    if (!json_get_i64(call->args, "keep", &number))
        return error_set(err, ERR_INVALID,
                         "--keep: give a number, see `conflict list`");
    if ((rc = node_conflict_settle(node, &id, number, err)) == 0)
        node_call_give_id(call->out, "id", &id);
    return rc;
}

/* ---- those that ask for nothing but their arguments */

static const struct plain {
    const char *name;
    int (*run)(struct node *node, const struct json *args, struct json *out,
               struct error *err);
    bool quiet; /* not in the books: part of something that is, or reading */
} plains[] = {
    {"bundle.make", node_bundle_make, true},
    {"bundle.take", node_bundle_take, true},
    {"bundle.done", node_bundle_done, false},
    {"web.certificate", node_certificates_run, false},
    {"recover.put", node_recover_put, false},
    {"recover.done", node_recover_done, false},
    {"backup.done", node_backup_done, false},
    {"directory.set", node_numbers_set, false},
    {"directory.drop", node_numbers_drop, false},
    {"repair.note", node_repair_note, false},
    {"report.attach", node_attach_run, false},
    {"file.list", node_media_run_list, true},
    {"file.read", node_media_run_read, true},
};

static const struct plain *find_plain(const char *name)
{
    for (size_t i = 0; i < sizeof plains / sizeof *plains; i++)
        if (strcmp(plains[i].name, name) == 0)
            return &plains[i];
    return NULL;
}

static int run_plain(struct node *node, const struct call *call,
                     struct error *err)
{
    return find_plain(call->asked->command)
        ->run(node, call->args, call->out, err);
}

static bool is_quiet(const char *name)
{
    const struct plain *plain = find_plain(name);

    return (plain != NULL && plain->quiet) ||
           strcmp(name, "original.read") == 0;
}

static const struct command commands[] = {
    {"bundle.make", run_plain},
    {"bundle.take", run_plain},
    {"bundle.done", run_plain},
    {"web.certificate", run_plain},
    {"recover.put", run_plain},
    {"recover.done", run_plain},
    {"backup.done", run_plain},
    {"report.add", run_report_add},
    {"report.attach", run_plain},
    {"file.list", run_plain},
    {"file.read", run_plain},
    {"original.open", node_call_original_open},
    {"original.read", node_call_original_read},
    {"report.attachment", node_call_report_attachment},
    {"report.import", run_report_import},
    {"report.move", run_report_move},
    {"report.erase", run_report_erase},
    {"disclosure.request", run_disclosure_request},
    {"disclosure.approve", run_disclosure_approve},
    {"disclosure.refuse", run_disclosure_refuse},
    {"disclosure.open", run_disclosure_open},
    {"alert.ack", run_alert_ack},
    {"alert.shown", run_alerts_shown},
    {"alarm.clear", run_alarm_clear},
    {"quarantine.retry", run_retry},
    {"conflict.settle", run_settle},
    {"notice.approve", run_notice},
    {"notice.correct", run_notice},
    {"directory.set", run_plain},
    {"directory.drop", run_plain},
    {"notice.drop", run_notice},
    {"notice.expire", run_notice},
    {"notice.publish", run_notice},
    {"notice.return", run_notice},
    {"notice.write", run_notice},
    {"user.add", run_user_add},
    {"user.passwd", run_user_passwd},
    {"user.disable", run_user_disable},
    {"user.enable", run_user_enable},
    {"user.totp", run_user_totp},
    {"settings.body", run_settings_body},
    {"close", run_close},
    {"report.refer", node_call_report_refer},
    {"referral.accept", node_call_referral_accept},
    {"referral.refuse", node_call_referral_refuse},
    {"referral.return", node_call_referral_return},
    {"referral.done", node_call_referral_done},
    {"repair.note", run_plain},
};

const char *node_commands_name(size_t index)
{
    return index < sizeof commands / sizeof *commands ? commands[index].name
                                                      : NULL;
}

/* ---- running */

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (name != NULL && strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

void node_commands_disk_reply(struct buf *reply, const char *reason)
{
    struct error err = {""};

    (void)error_set(&err, ERR_FULL,
                    "nothing was stored, the disk did not take it: %s. Make "
                    "room or check the disk, then try again",
                    reason);
    buf_clear(reply);
    account_reply(reply, NULL, "disk", &err);
}

/* A replaced machine hands over; who takes reports is the other one. */
static int check_place(const struct node *node, const char *name,
                       struct error *err)
{
    if (!node->retired ||
        (strncmp(name, "report.", 7) != 0 && strcmp(name, "close") != 0))
        return 0;
    return error_set(err, ERR_REFUSED,
                     "this machine of %s was replaced by another one: do it "
                     "there. What was taken here goes to the district by "
                     "itself, see `status`",
                     node->keys.unit_slug);
}

/* Why a line was refused may quote a name that stood in a wrong place of it:
 * that is told once, and not kept in the books. */
static void keep_without_reasons(struct buf *out, struct bytes reply)
{
    struct json *answer = json_parse(reply, NULL);
    const struct json *lines = json_get(json_get(answer, "out"), "lines");

    for (size_t i = 0; i < json_count(lines); i++) {
        struct json *line = json_take_at(lines, i);
        const char *result = json_get_text(line, "result");

        if (result != NULL && strcmp(result, "refused") == 0)
            json_set_text(line, "reason",
                          "told once already: import this line again to read "
                          "why");
        json_free(&line);
    }
    json_write(out, answer);
    json_free(&answer);
}

/* `made`: what it made, "" for nothing that has an id. */
static int log_it(struct node *node, const struct account_call *call,
                  const char *made, struct bytes reply)
{
    const char *subject = account_call_subject(call);
    struct buf kept = {0};
    struct accounts_command done = {
        .id = call->id,
        .name = call->command,
        .actor = call->actor,
        .role = call->role == NULL ? "" : call->role,
        .from = call->from,
        .subject = *subject != '\0' ? subject : made,
        .at_ms = node->wall_ms,
        .reply = account_kept_reply(call->command, reply)};
    int rc;

    if (strcmp(call->command, "report.import") == 0) {
        keep_without_reasons(&kept, reply);
        done.reply = buf_bytes(&kept);
    }
    rc = accounts_log(node->accounts, &done);
    buf_free(&kept);
    return rc;
}

/* Inside a savepoint: either the command and its reply are stored, or nothing
 * is and the reply says why. */
static int run_one(struct node *node, const struct command *command,
                   const struct account_call *asked, struct buf *reply)
{
    struct call call = {.asked = asked,
                        .args = asked->args,
                        .actor = asked->actor,
                        .out = json_object_new()};
    struct db *db = node_store_db(node->store);
    char made[ID_TEXT_BYTES] = "";
    struct error err = {""};
    struct id id;
    int rc;

    if ((rc = db_save(db)) != 0) {
        json_free(&call.out);
        return rc;
    }
    if ((rc = check_place(node, command->name, &err)) == 0 &&
        (rc = node_bypass_check(node, asked->role, asked->args, &err)) == 0)
        rc = command->run(node, &call, &err);
    if (rc != 0) {
        json_free(&call.out);
        if (db_must_roll_back(db, rc))
            return rc;
        account_reply(reply, NULL, account_code_word(rc), &err);
        return db_undo(db);
    }
    if (json_get_text(call.out, "id") != NULL &&
        id_parse(&id, json_get_text(call.out, "id")))
        (void)id_text(made, &id);
    account_reply(reply, call.out, NULL, NULL);
    if ((rc = db_release(db)) != 0 || is_quiet(command->name) ||
        (rc = log_it(node, asked, made, buf_bytes(reply))) != 0)
        return rc;
    log_info("command.done", "command=%s actor=%s", command->name,
             asked->actor);
    return 0;
}

/* The rest is small, and what the reserve is for. */
static bool takes_room(const struct command *command)
{
    return command->run == run_report_add ||
           command->run == run_report_import ||
           strcmp(command->name, "report.attach") == 0;
}

static int refuse(struct buf *reply, int code, const char *words)
{
    struct error err = {""};

    (void)error_set(&err, code, "%s", words);
    account_reply(reply, NULL, account_code_word(code), &err);
    return 0;
}

int node_commands_run_call(struct node *node, const struct account_call *call,
                           struct buf *reply)
{
    const struct command *command = find(call->command);
    int rc;

    if (command == NULL || call->actor == NULL ||
        !text_is_line(bytes_of_text(call->actor)) ||
        strlen(call->actor) > REPORT_NAME_LIMIT)
        return refuse(reply, ERR_INVALID,
                      "not a request this node understands");
    rc = accounts_reply(node->accounts, &call->id, call->command, call->actor,
                        reply);
    if (rc == ERR_CONFLICT)
        return refuse(reply, rc, "this id was used for something else already");
    if (rc == ERR_MISSING && care_is_tight(&node->care) &&
        takes_room(command)) {
        node_commands_disk_reply(reply, "the disk is full");
        return 0;
    }
    return rc == ERR_MISSING ? run_one(node, command, call, reply) : rc;
}

static int dispatch(struct node *node, const struct json *request,
                    struct buf *reply)
{
    struct account_call call = {.command = json_get_text(request, "command"),
                                .args = json_get(request, "args"),
                                .actor = json_get_text(request, "actor"),
                                .from = ""};
    const char *word = json_get_text(request, "id");

    if (call.command != NULL && strcmp(call.command, NODE_DISK_QUESTION) == 0) {
        account_reply(reply, json_object_new(), NULL, NULL);
        return 0; /* or what a turn that fails says instead */
    }
    if (call.command == NULL || word == NULL || !id_parse(&call.id, word))
        return refuse(reply, ERR_INVALID,
                      "not a request this node understands");
    return node_commands_run_call(node, &call, reply);
}

int node_commands_run(struct node *node, struct bytes request,
                      struct buf *reply)
{
    struct error err = {""};
    struct json *parsed = json_parse(request, &err);
    int rc = 0;

    if (parsed == NULL)
        account_reply(reply, NULL, "invalid", &err);
    else
        rc = dispatch(node, parsed, reply);
    json_free(&parsed);
    return rc;
}
