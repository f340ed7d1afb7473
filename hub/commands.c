/* hub/commands.c - names, arguments and functions of the hub's commands. */
#include "hub/commands.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/domain/text.h"
#include "common/format/json.h"
#include "hub/alerts.h"
#include "hub/backup.h"
#include "hub/board.h"
#include "hub/bundle.h"
#include "hub/certificates.h"
#include "hub/directory.h"
#include "hub/enrolment.h"
#include "hub/exchange.h"
#include "hub/key_commands.h"
#include "hub/machines_words.h"
#include "hub/media.h"
#include "hub/notices.h"
#include "hub/referral.h"
#include "hub/repair.h"
#include "hub/settings.h"

enum { INVITE_MS = 48 * 3600 * 1000, ALERT_MS = 6 * 3600 * 1000 };

enum { QUIET = 2 };

struct command {
    const char *name;
    int changes; /* true: logged, and its reply kept; QUIET: not, for it is a
                  * part of something that is in the books as a whole */
    int (*run)(struct hub *hub, const struct json *args, struct json *out,
               struct error *err);
};

/* A text argument that must be there. */
static const char *need(const struct json *args, const char *key,
                        struct error *err)
{
    const char *text = json_get_text(args, key);

    if (text == NULL || text_is_blank(bytes_of_text(text))) {
        (void)error_set(err, ERR_INVALID, "--%s must not be empty", key);
        return NULL;
    }
    return text;
}

static int duration(const struct json *args, const char *key, int64_t usual_ms,
                    int64_t *out, struct error *err)
{
    const char *text = json_get_text(args, key);

    *out = usual_ms;
    if (text == NULL)
        return 0;
    if (!clock_duration_parse(out, text) || *out < 1000)
        return error_set(err, ERR_INVALID,
                         "--%s: \"%s\" is not a duration (90s, 15m, 6h, 2d)",
                         key, text);
    return 0;
}

/* ---- nodes */

static int run_invite(struct hub *hub, const struct json *args,
                      struct json *out, struct error *err)
{
    const char *unit = need(args, "unit", err);
    struct buf token = {0};
    int64_t valid_ms;
    int rc;

    if (unit == NULL)
        return ERR_INVALID;
    if ((rc = duration(args, "expires", INVITE_MS, &valid_ms, err)) != 0)
        return rc;
    rc = hub_enrolment_invite(hub, unit, json_get_text(args, "advertise"),
                              valid_ms, &token, err);
    if (rc == 0)
        json_set_text(out, "token", buf_text(&token));
    buf_free(&token);
    return rc;
}

static int run_revoke(struct hub *hub, const struct json *args,
                      struct json *out, struct error *err)
{
    const char *word = need(args, "unit", err);
    const struct unit *unit;
    int rc;

    if (word == NULL)
        return ERR_INVALID;
    if ((rc = hub_enrolment_revoke(hub, word, err)) != 0)
        return rc;
    unit = roster_find(&hub->roster, word);
    if (hub->exchange != NULL)
        hub_exchange_cut(hub->exchange, unit->key);
    json_set_text(out, "unit", unit->slug);
    return 0;
}

static int add_online(struct hub *hub, struct json *list)
{
    for (size_t i = 0; hub->exchange != NULL && i < hub->roster.count; i++)
        if (hub_exchange_online(hub->exchange, hub->roster.units[i].key))
            json_add_text(list, hub->roster.units[i].key);
    return 0;
}

static int run_online(struct hub *hub, const struct json *args,
                      struct json *out, struct error *err)
{
    struct json *list = json_array_new();

    (void)args;
    (void)err;
    (void)add_online(hub, list);
    json_set(out, "units", list);
    return 0;
}

static int run_address(struct hub *hub, const struct json *args,
                       struct json *out, struct error *err)
{
    const char *web;

    (void)args;
    if (hub->server == NULL)
        return error_set(err, ERR_REFUSED,
                         "the hub is not serving: start `lienxa-hub serve`");
    json_set_text(out, "express", net_server_address(hub->server, NET_EXPRESS));
    json_set_text(out, "bulk", net_server_address(hub->server, NET_BULK));
    json_set_text(out, "enrol", net_server_address(hub->server, NET_ENROL));
    web = hub_store_setting(hub->store, "web");
    json_set_text(out, "web", *web == '\0' ? NULL : web);
    return 0;
}

/* ---- alerts */

struct targets {
    const char *keys[ALERT_AUDIENCE_LIMIT];
    size_t count;
};

/* "quang-tho,19897" to unit keys; every word must be known. */
static int find_targets(struct hub *hub, const char *words, struct targets *out,
                        struct error *err)
{
    char *copy = mem_text(words);
    char *rest = copy, *word;
    int rc = 0;

    while (rc == 0 && (word = strsep(&rest, ",")) != NULL) {
        const struct unit *unit = roster_find(&hub->roster, word);

        if (unit == NULL)
            rc = error_set(err, ERR_MISSING,
                           "--to: no unit \"%s\" in the roster", word);
        else if (out->count == ALERT_AUDIENCE_LIMIT)
            rc = error_set(err, ERR_INVALID, "--to: at most %d units",
                           ALERT_AUDIENCE_LIMIT);
        else
            out->keys[out->count++] = unit->key;
    }
    mem_free(&copy);
    return rc;
}

static int give_id(struct json *out, const struct id *id)
{
    char text[ID_TEXT_BYTES];

    json_set_text(out, "id", id_text(text, id));
    return 0;
}

/* Severity, units and how long it is good, where they were given. */
static int alert_options(struct hub *hub, const struct json *args,
                         struct alert_order *order, struct targets *targets,
                         int64_t usual_ms, struct error *err)
{
    const char *severity = json_get_text(args, "severity");
    const char *to = json_get_text(args, "to");
    int64_t valid_ms;
    int rc;

    if (severity != NULL &&
        (order->severity = alert_severity_parse(severity)) == 0)
        return error_set(err, ERR_INVALID,
                         "--severity: extreme, severe, moderate or minor");
    if ((rc = duration(args, "expires", usual_ms, &valid_ms, err)) != 0 ||
        (to != NULL && (rc = find_targets(hub, to, targets, err)) != 0))
        return rc;
    order->expires_ms = valid_ms == 0 ? 0 : hub->wall_ms + valid_ms;
    order->units = targets->keys;
    order->unit_count = targets->count;
    return 0;
}

static void warn_of_clock(struct hub *hub, struct json *out)
{
    int64_t off = hub_alerts_clock_off(hub);
    long long minutes = (off < 0 ? -off : off) / 60000;
    char text[200];

    if (off == 0)
        return;
    (void)snprintf(text, sizeof text,
                   "the clock of this hub is %lld minutes %s those of the "
                   "communes, so the alert ends at the wrong time: set it "
                   "right, then say with `alert update` how long it holds",
                   minutes, off > 0 ? "behind" : "ahead of");
    json_set_i64(out, "clock_off_ms", off);
    json_set_text(out, "warning", text);
}

static int run_issue(struct hub *hub, const struct json *args, struct json *out,
                     struct error *err)
{
    struct alert_order order = {.type = ALERT_ALERT, .severity = ALERT_SEVERE};
    struct targets targets = {.count = 0};
    struct id id;
    int rc;

    order.event = need(args, "event", err);
    order.headline = order.event ? need(args, "headline", err) : NULL;
    order.text = order.headline ? need(args, "text", err) : NULL;
    if (order.text == NULL)
        return ERR_INVALID;
    if ((rc = alert_options(hub, args, &order, &targets, ALERT_MS, err)) != 0 ||
        (rc = hub_alerts_issue(hub, &order, &id, err)) != 0)
        return rc;
    hub->issued = id;
    warn_of_clock(hub, out);
    return give_id(out, &id);
}

/* What is not given stays as it was. */
static int run_update(struct hub *hub, const struct json *args,
                      struct json *out, struct error *err)
{
    struct alert_order order = {.event = json_get_text(args, "event"),
                                .headline = json_get_text(args, "headline"),
                                .text = json_get_text(args, "text")};
    const char *word = need(args, "alert", err);
    struct targets targets = {.count = 0};
    struct id id, update;
    int rc;

    if (word == NULL || (order.text != NULL && need(args, "text", err) == NULL))
        return ERR_INVALID;
    if (!id_parse(&id, word))
        return error_set(err, ERR_INVALID, "\"%s\" is not an alert's id", word);
    if ((rc = alert_options(hub, args, &order, &targets, 0, err)) != 0 ||
        (rc = hub_alerts_update(hub, &id, &order, &update, err)) != 0)
        return rc;
    hub->issued = update;
    warn_of_clock(hub, out);
    return give_id(out, &update);
}

static int run_cancel(struct hub *hub, const struct json *args,
                      struct json *out, struct error *err)
{
    const char *word = need(args, "alert", err);
    const char *reason = word ? need(args, "reason", err) : NULL;
    struct id id, cancel;
    int rc;

    if (reason == NULL)
        return ERR_INVALID;
    if (!id_parse(&id, word))
        return error_set(err, ERR_INVALID, "\"%s\" is not an alert's id", word);
    if ((rc = hub_alerts_cancel(hub, &id, reason, &cancel, err)) != 0)
        return rc;
    return give_id(out, &cancel);
}

/* ---- referrals */

static int run_answer(struct hub *hub, const struct json *args,
                      struct json *out, struct error *err)
{
    struct hub_answer order = {.by = hub->actor,
                               .text = json_get_text(args, "text")};
    const char *word = need(args, "referral", err);
    int64_t answer;
    int rc;

    if (word == NULL)
        return ERR_INVALID;
    if (!id_parse(&order.id, word))
        return error_set(err, ERR_INVALID, "\"%s\" is not the id of a referral",
                         word);
    if (!json_get_i64(args, "answer", &answer) || answer <= 0 ||
        answer >= REFERRAL_ANSWER_END)
        return error_set(err, ERR_INVALID, "no such answer");
    order.answer = (int)answer;
    if (order.by == NULL || !text_is_line(bytes_of_text(order.by)) ||
        strlen(order.by) > REPORT_NAME_LIMIT)
        order.by = "";
    if ((rc = hub_referral_answer(hub, &order, err)) != 0)
        return rc;
    return give_id(out, &order.id);
}

/* ---- people and alarms */

static int run_user_add(struct hub *hub, const struct json *args,
                        struct json *out, struct error *err)
{
    (void)args;
    return account_desk_add(hub->logins, hub->call, out, err);
}

static int run_user_passwd(struct hub *hub, const struct json *args,
                           struct json *out, struct error *err)
{
    (void)args;
    return account_desk_passwd(hub->logins, hub->call, out, err);
}

static int run_user_disable(struct hub *hub, const struct json *args,
                            struct json *out, struct error *err)
{
    (void)args;
    return account_desk_disable(hub->logins, hub->call, out, err);
}

static int run_user_enable(struct hub *hub, const struct json *args,
                           struct json *out, struct error *err)
{
    (void)args;
    return account_desk_enable(hub->logins, hub->call, out, err);
}

static int run_user_totp(struct hub *hub, const struct json *args,
                         struct json *out, struct error *err)
{
    (void)args;
    return account_desk_totp(hub->logins, hub->call, out, err);
}

static int run_clear_alarm(struct hub *hub, const struct json *args,
                           struct json *out, struct error *err)
{
    int64_t id;
    int rc;

    (void)out;
    if (!json_get_i64(args, "alarm", &id))
        return error_set(err, ERR_INVALID,
                         "give the alarm's number, see `alarm list`");
    rc = hub_store_clear_alarm(hub->store, id, hub->wall_ms);
    return rc == ERR_MISSING
               ? error_set(err, rc, "no open alarm %lld", (long long)id)
               : rc;
}

static int run_retry(struct hub *hub, const struct json *args, struct json *out,
                     struct error *err)
{
    int64_t id;

    (void)out;
    if (!json_get_i64(args, "quarantined", &id))
        return error_set(err, ERR_INVALID,
                         "give the number, see `quarantine list`");
    return ledger_quarantine_retry(hub->ledger, id, err);
}

static int run_settings_ring(struct hub *hub, const struct json *args,
                             struct json *out, struct error *err)
{
    const char *after = json_get_text(args, "after");
    int rc = hub_board_set_ring_after(hub, after, err);

    if (rc == 0)
        json_set_text(out, "after", after);
    return rc;
}

static const struct command commands[] = {
    {"node.invite", true, run_invite},
    {"node.revoke", true, run_revoke},
    {"node.retire", true, hub_machines_run_retire},
    {"node.rotate", true, hub_machines_run_rotate},
    {"node.settings", true, hub_settings_run},
    {"node.online", false, run_online},
    {"address", false, run_address},
    {"backup.done", true, hub_backup_done},
    {"bundle.make", QUIET, hub_bundle_make},
    {"bundle.take", QUIET, hub_bundle_take},
    {"bundle.done", true, hub_bundle_done},
    {"key.rotate", true, hub_key_commands_rotate},
    {"key.finish", true, hub_key_commands_finish},
    {"key.sign", true, hub_key_commands_sign},
    {"web.certificate", true, hub_certificates_run},
    {"alert.issue", true, run_issue},
    {"alert.update", true, run_update},
    {"alert.cancel", true, run_cancel},
    {"notice.publish", true, hub_notices_run_publish},
    {"notice.correct", true, hub_notices_run_correct},
    {"notice.expire", true, hub_notices_run_expire},
    {"procedure.import", true, hub_procedures_run_import},
    {"directory.set", true, hub_directory_run_set},
    {"user.add", true, run_user_add},
    {"user.passwd", true, run_user_passwd},
    {"user.disable", true, run_user_disable},
    {"user.enable", true, run_user_enable},
    {"user.totp", true, run_user_totp},
    {"referral.answer", true, run_answer},
    {"file.list", false, hub_media_run_list},
    {"file.read", false, hub_media_run_read},
    {"report.file", true, hub_media_run_file},
    {"alarm.clear", true, run_clear_alarm},
    {"quarantine.retry", true, run_retry},
    {"settings.ring", true, run_settings_ring},
    {"repair.note", true, hub_repair_note},
};

const char *hub_commands_name(size_t index)
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

void hub_commands_disk_reply(struct buf *reply, const char *reason)
{
    struct error err = {""};

    (void)error_set(&err, ERR_FULL,
                    "nothing was changed, the disk did not take it: %s. Make "
                    "room or check the disk, then try again",
                    reason);
    buf_clear(reply);
    account_reply(reply, NULL, "disk", &err);
}

static int log_it(struct hub *hub, const struct account_call *call,
                  struct bytes reply)
{
    struct accounts_command done = {
        .id = call->id,
        .name = call->command,
        .actor = call->actor,
        .role = call->role == NULL ? "" : call->role,
        .from = call->from,
        .subject = account_call_subject(call),
        .at_ms = hub->wall_ms,
        .reply = account_kept_reply(call->command, reply)};

    return accounts_log(hub->accounts, &done);
}

static int run_changing(struct hub *hub, const struct command *command,
                        const struct account_call *call, struct buf *reply)
{
    struct json *out = json_object_new();
    struct db *db = hub_store_db(hub->store);
    struct error err = {""};
    int rc;

    if ((rc = db_save(db)) != 0)
        goto out;
    hub->actor = call->actor;
    hub->call = call;
    rc = command->run(hub, call->args, out, &err);
    hub->actor = NULL;
    hub->call = NULL;
    if (rc != 0 && !db_must_roll_back(db, rc)) {
        account_reply(reply, NULL, account_code_word(rc), &err);
        if ((rc = db_undo(db)) == 0)
            hub_undone(hub);
        goto out;
    }
    if (rc != 0 || (rc = db_release(db)) != 0)
        goto out;
    account_reply(reply, out, NULL, NULL);
    out = NULL;
    rc = command->changes == QUIET ? 0 : log_it(hub, call, buf_bytes(reply));
    if (rc == 0 && command->changes != QUIET)
        log_info("command.done", "command=%s actor=%s", command->name,
                 call->actor[0] == '\0' ? "-" : call->actor);
out:
    json_free(&out);
    return rc;
}

static void run_reading(struct hub *hub, const struct command *command,
                        const struct account_call *call, struct buf *reply)
{
    struct json *out = json_object_new();
    struct error err = {""};
    int rc = command->run(hub, call->args, out, &err);

    if (rc != 0)
        json_free(&out);
    account_reply(reply, out, account_code_word(rc), &err);
}

static int refuse(struct buf *reply, int code, const char *words)
{
    struct error err = {""};

    (void)error_set(&err, code, "%s", words);
    account_reply(reply, NULL, account_code_word(code), &err);
    return 0;
}

int hub_commands_run_call(struct hub *hub, const struct account_call *call,
                          struct buf *reply)
{
    const struct command *command = find(call->command);
    int rc;

    if (command == NULL)
        return refuse(reply, ERR_INVALID, "not a request this hub understands");
    if (!command->changes) {
        run_reading(hub, command, call, reply);
        return 0;
    }
    rc = accounts_reply(hub->accounts, &call->id, call->command, call->actor,
                        reply);
    if (rc == ERR_CONFLICT)
        return refuse(reply, rc, "this id was used for something else already");
    return rc == ERR_MISSING ? run_changing(hub, command, call, reply) : rc;
}

static int dispatch(struct hub *hub, const struct json *request,
                    struct buf *reply)
{
    struct account_call call = {.command = json_get_text(request, "command"),
                                .args = json_get(request, "args"),
                                .actor = json_get_text(request, "actor"),
                                .from = ""};
    const char *word = json_get_text(request, "id");

    if (call.command == NULL || word == NULL || !id_parse(&call.id, word))
        return refuse(reply, ERR_INVALID, "not a request this hub understands");
    if (call.actor == NULL)
        call.actor = "";
    return hub_commands_run_call(hub, &call, reply);
}

int hub_commands_run(struct hub *hub, struct bytes request, struct buf *reply)
{
    struct error err = {""};
    struct json *parsed = json_parse(request, &err);
    int rc = 0;

    if (parsed == NULL)
        account_reply(reply, NULL, "invalid", &err);
    else
        rc = dispatch(hub, parsed, reply);
    json_free(&parsed);
    return rc;
}
