/* tests/unit/test_hub_restore.c - what a hub put back from its copy is not any
 * more, though its copy was. */
#include "tests/unit/test_hub_fixture.h"

#include <ftw.h>

#include "common/account/desk.h"
#include "common/account/password.h"
#include "common/account/totp.h"
#include "common/crypto/sign.h"
#include "common/sync/pace.h"
#include "hub/backup.h"
#include "hub/enrolment.h"
#include "hub/restore.h"
#include "hub/restored.h"
#include "hub/settings.h"
#include "hub/store_restored.h"

struct place {
    char folder[64]; /* holds "hub", "copy", "again" */
    char hub[96], copy[96], again[96];
    char shares[2][SHARE_TEXT_BYTES];
    struct token token;                     /* unused when the copy was made */
    char session[SESSION_TOKEN_TEXT_BYTES]; /* of one who was logged in */
    uint8_t totp[TOTP_SECRET_BYTES];
    uint64_t epoch;
    uint8_t sign_id[8];
    struct error err;
};

static void open_at(struct fixture *f, const char *folder, enum hub_mode mode)
{
    memset(f, 0, sizeof *f);
    if (hub_open(&f->hub, folder, mode, &f->err) != 0)
        print_error("%s\n", f->err.text);
    assert_non_null(f->hub);
    assert_int_equal(hub_begin(f->hub), 0);
}

static void close_it(struct fixture *f)
{
    hub_rollback(f->hub);
    hub_close(&f->hub);
}

static struct token invite(struct fixture *f)
{
    static const char *const lanes[] = {"express", "bulk", "enrol"};
    struct buf text = {0};
    struct token token;

    for (int i = 0; i < 3; i++)
        assert_int_equal(
            hub_store_set(f->hub->store, lanes[i], "tcp://127.0.0.1:7101"), 0);
    assert_int_equal(hub_enrolment_invite(f->hub, "quang-tho", NULL, 3600000,
                                          &text, &f->err),
                     0);
    assert_int_equal(wire_token_decode(&token, buf_text(&text), &f->err), 0);
    buf_free(&text);
    return token;
}

/* Does this paper let a new machine in? */
static bool lets_in(struct fixture *f, const struct token *token)
{
    struct wire_codec *codec = wire_codec_new(true);
    struct sync_message m = {.type = MSG_ENROL}, answer;
    struct net_message frame = {.lane = NET_ENROL, .peer = "192.0.2.7"};
    struct curve_key curve;
    struct sign_key sign;
    struct buf said = {0};

    curve_key_generate(&curve);
    sign_key_generate(&sign);
    memcpy(m.enrol.unit, token->unit, sizeof m.enrol.unit);
    memcpy(m.enrol.secret, token->secret, sizeof m.enrol.secret);
    memcpy(m.enrol.curve_public, curve.public_key, 32);
    memcpy(m.enrol.sign_public, sign.public_key, 32);
    wire_enrol_signed(&said, &m.enrol);
    sign_bytes(m.enrol.signature, &sign, ENROL_SIGN_DOMAIN, buf_bytes(&said));
    assert_int_equal(wire_encode(codec, &frame.bytes, &m, &f->err), 0);
    memcpy(frame.key, curve.public_key, sizeof frame.key);
    frame.bytes = hub_enrolment_answer(f->hub, &frame);
    assert_non_null(frame.bytes.data);
    assert_int_equal(wire_decode(codec, &answer, frame.bytes, &f->err), 0);
    wire_codec_free(&codec);
    buf_free(&said);
    return answer.type == MSG_ENROLLED;
}

/* ---- somebody who is logged in */

static const uint8_t salt[PASSWORD_SALT_BYTES] = {1}, proof[32] = {2};

static struct json *args_of(const char *text)
{
    return json_parse(bytes_of_text(text), NULL);
}

/* The answer, or NULL. `args` is taken. */
static struct json *desk_says(struct fixture *f, const char *token,
                              const char *command, struct json *args)
{
    struct account_call call = {.command = command,
                                .args = args,
                                .actor = "",
                                .role = "",
                                .from = "192.0.2.7"};
    struct account_refusal why = {.code = ""};
    struct json *out = json_object_new();

    if (account_desk_session(f->hub->logins, &call, token, out, &why) != 0)
        json_free(&out);
    json_free(&args);
    return out;
}

static struct json *opens(struct fixture *f)
{
    char text[256], hex[2 * sizeof proof + 1];

    hex_encode(hex, proof, sizeof proof);
    (void)snprintf(text, sizeof text, "{\"name\":\"Minh\",\"proof\":\"%s\"}",
                   hex);
    return desk_says(f, NULL, "session.open", args_of(text));
}

static struct json *gives_code(struct fixture *f, const char *session,
                               const uint8_t secret[TOTP_SECRET_BYTES],
                               int64_t step)
{
    char digits[TOTP_DIGITS + 1], text[64];

    totp_digits(digits, secret, step);
    (void)snprintf(text, sizeof text, "{\"code\":\"%s\"}", digits);
    return desk_says(f, session, "session.code", args_of(text));
}

static void log_somebody_in(struct place *p, struct fixture *f)
{
    struct accounts_user user = {"Minh", "duty", "", false};
    struct account_call call = {.command = "user.totp"};
    struct json *args = args_of("{\"name\":\"Minh\"}"), *out;
    struct buf secret = {0};

    account_password_text(user.password, salt, proof);
    assert_int_equal(accounts_add_user(f->hub->accounts, &user, 1), 0);
    call.args = args;
    out = json_object_new();
    assert_int_equal(account_desk_totp(f->hub->logins, &call, out, &f->err), 0);
    assert_true(base32_decode(&secret, json_get_text(out, "secret")));
    memcpy(p->totp, secret.data, sizeof p->totp);
    buf_free(&secret);
    json_free(&args);
    json_free(&out);
    out = opens(f);
    (void)snprintf(p->session, sizeof p->session, "%s",
                   json_get_text(out, "session"));
    json_free(&out);
}

static int set_up(void **state)
{
    struct place *p = mem_new(sizeof *p);
    struct hub_backup_made made;
    struct fixture f;

    crypto_open();
    log_open(LOG_LEVEL_ERROR);
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/lienxa-hub.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->hub, sizeof p->hub, "%s/hub", p->folder);
    (void)snprintf(p->copy, sizeof p->copy, "%s/copy", p->folder);
    (void)snprintf(p->again, sizeof p->again, "%s/again", p->folder);
    assert_int_equal(hub_set_up(p->hub, "Quảng Điền",
                                LIENXA_SOURCE_DIR
                                "/ops/config/roster-quang-dien.csv",
                                p->shares[0], p->shares[1], &p->err),
                     0);
    open_at(&f, p->hub, HUB_COMMAND);
    p->token = invite(&f);
    log_somebody_in(p, &f);
    p->epoch = f.hub->epoch;
    memcpy(p->sign_id, f.hub->keys.sign_id, sizeof p->sign_id);
    assert_int_equal(hub_commit(f.hub, &f.err), 0);
    close_it(&f);
    assert_int_equal(hub_backup(p->hub, p->copy, false, &made, &p->err), 0);
    *state = p;
    return 0;
}

static int remove_one(const char *path, const struct stat *at, int type,
                      struct FTW *ftw)
{
    (void)at;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    struct place *p = *state;

    assert_int_equal(nftw(p->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    mem_free(&p);
    return 0;
}

static void restore(struct place *p)
{
    const struct hub_restore order = {.folder = p->again,
                                      .file = p->copy,
                                      .revoked = "none",
                                      .shares = {p->shares[0], p->shares[1]}};
    struct backup_label label;
    int rc = hub_restore(&order, &label, &p->err);

    if (rc != 0)
        print_error("%s\n", p->err.text);
    assert_int_equal(rc, 0);
}

/* ---- */

static int note_epoch(void *who, const struct entry *entry)
{
    struct incarnation i;

    assert_int_equal(entry->change.header.kind, KIND_INCARNATION);
    assert_int_equal(
        wire_incarnation_decode(&i, entry->change.part[PART_FACT].bytes, NULL),
        0);
    *(uint64_t *)who = i.epoch;
    return 0;
}

static void it_speaks_in_a_new_epoch_and_with_a_new_key(void **state)
{
    struct place *p = *state;
    struct ledger_stream all;
    uint64_t epoch = 0;
    struct fixture f;

    restore(p);
    open_at(&f, p->again, HUB_COMMAND);
    assert_true(f.hub->epoch > p->epoch);
    /* the channel that numbers the alerts has the highest of all */
    assert_int_equal(ledger_stream(f.hub->ledger, &all, &f.hub->all, true), 0);
    assert_int_equal(ledger_read(f.hub->ledger, &f.hub->all, all.head.seq,
                                 note_epoch, &epoch),
                     0);
    assert_int_equal(epoch, f.hub->epoch);
    assert_memory_not_equal(f.hub->keys.sign_id, p->sign_id, sizeof p->sign_id);
    assert_true(hub_signers_know(f.hub->signers, p->sign_id));
    assert_true(hub_signers_know(f.hub->signers, f.hub->keys.sign_id));
    close_it(&f);
}

static void an_invitation_of_the_past_lets_nobody_in(void **state)
{
    struct place *p = *state;
    struct token token;
    struct fixture f;

    open_at(&f, p->hub, HUB_COMMAND); /* it is a good one there */
    assert_true(lets_in(&f, &p->token));
    close_it(&f);
    restore(p);
    open_at(&f, p->again, HUB_COMMAND);
    assert_false(lets_in(&f, &p->token));
    token = invite(&f);
    assert_true(lets_in(&f, &token));
    close_it(&f);
}

/* A code that was seen before the restore, and not noted in the copy, must not
 * be good a second time. */
static void nobody_is_logged_in_and_no_code_of_before_is_good(void **state)
{
    struct place *p = *state;
    struct account_session session;
    struct fixture f;
    struct hash token;
    struct json *out, *again;
    int64_t step;
    const char *fresh;

    restore(p);
    open_at(&f, p->again, HUB_COMMAND);
    assert_true(account_session_token(&token, p->session));
    assert_int_equal(
        account_session_find(f.hub->accounts, &token, f.hub->wall_ms, &session),
        ERR_MISSING);
    out = opens(&f);
    assert_non_null(out);
    fresh = json_get_text(out, "session");
    step = totp_step(f.hub->wall_ms);
    for (int64_t past = step - 1; past <= step; past++)
        assert_null(gives_code(&f, fresh, p->totp, past));
    /* the phone goes on as before: its key came back with the copy */
    account_desk_set_time(f.hub->logins, f.hub->wall_ms + 3 * TOTP_STEP_MS,
                          f.hub->mono_ms);
    again = gives_code(&f, fresh, p->totp, step + 3);
    assert_non_null(again);
    json_free(&again);
    json_free(&out);
    close_it(&f);
}

/* ---- what the district wishes of a line */

static void set_rate(struct fixture *f, const char *rate)
{
    struct json *args = json_object_new(), *out = json_object_new();

    json_set_text(args, "unit", "quang-tho");
    json_set_text(args, "rate", rate);
    assert_int_equal(hub_settings_run(f->hub, args, out, &f->err), 0);
    json_free(&args);
    json_free(&out);
    keep(f);
}

static uint64_t rate_at(struct fixture *f)
{
    return hub_settings_rule(f->hub, QUANG_THO).rate;
}

static int hand_over_one(void *who, const struct entry *entry)
{
    struct fixture *to = who;
    int rc;

    if (entry->change.header.kind != KIND_SETTINGS)
        return 0;
    rc = ledger_early(to->hub->ledger, entry, 200, &to->err);
    return rc == ERR_EXISTS ? 0 : rc;
}

/* Whoever holds what `from` ever said of the line says it to `to`. */
static void hand_over(struct fixture *from, struct fixture *to)
{
    struct stream_name channel = hub_unit_channel(from->hub, QUANG_THO);

    assert_int_equal(
        ledger_read(from->hub->ledger, &channel, 1, hand_over_one, to), 0);
}

/* The old hub's database is what the commune's machine holds of it. */
static void what_is_set_after_it_wins_over_what_was_lost(void **state)
{
    struct place *p = *state;
    struct fixture lost, f;

    open_at(&lost, p->hub, HUB_COMMAND);
    set_rate(&lost, "64k");
    set_rate(&lost, "32k");
    set_rate(&lost, "16k");
    restore(p);
    open_at(&f, p->again, HUB_COMMAND);
    assert_int_equal(rate_at(&f), 0);
    set_rate(&f, "1M");
    hand_over(&f, &lost);
    assert_int_equal(rate_at(&lost), 125000);
    hand_over(&lost, &f);
    assert_int_equal(rate_at(&f), 125000);
    set_rate(&f, "2M");
    hand_over(&f, &lost);
    assert_int_equal(rate_at(&lost), 250000);
    close_it(&f);
    close_it(&lost);
}

static void who_was_not_back_yet_is_waited_for(void **state)
{
    struct place *p = *state;
    struct hub_backup_made made;
    struct fixture f;

    open_at(&f, p->hub, HUB_COMMAND);
    assert_true(lets_in(&f, &p->token));
    assert_int_equal(hub_commit(f.hub, &f.err), 0);
    close_it(&f);
    assert_int_equal(unlink(p->copy), 0);
    assert_int_equal(hub_backup(p->hub, p->copy, false, &made, &p->err), 0);
    restore(p);
    open_at(&f, p->again, HUB_COMMAND);
    assert_int_equal(f.hub->unheard, 1);
    close_it(&f);
}

/* The turn in which the last of them spoke failed, and it speaks again. */
static void who_was_heard_in_a_failed_turn_is_heard_again(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(hub_store_restored_add(f->hub->restored, QUANG_THO, false),
                     0);
    assert_int_equal(hub_restored_tell(f->hub), 0);
    keep(f);
    assert_int_equal(hub_restored_heard(f->hub, QUANG_THO), 0);
    assert_int_equal(f->hub->unheard, 0);
    hub_rollback(f->hub);
    assert_int_equal(hub_begin(f->hub), 0);
    assert_int_equal(f->hub->unheard, 1);
    assert_int_equal(hub_restored_heard(f->hub, QUANG_THO), 0);
    assert_int_equal(hub_store_restored_heard(f->hub->restored, QUANG_THO, 1),
                     ERR_MISSING); /* it is written */
}

static void the_root_of_another_hub_opens_nothing(void **state)
{
    struct place *p = *state;
    uint8_t secret[SHARE_SECRET_BYTES];
    struct hub_restore order = {.folder = p->again,
                                .file = p->copy,
                                .revoked = "none",
                                .shares = {p->shares[0], p->shares[1]}};
    struct backup_label label;
    struct fixture f = {.hub = NULL};

    random_bytes(secret, sizeof secret);
    share_split(p->shares[0], p->shares[1], "root", secret);
    assert_int_not_equal(hub_restore(&order, &label, &p->err), 0);
    assert_int_not_equal(hub_open(&f.hub, p->again, HUB_COMMAND, &f.err), 0);
}

#define place_test(name)                                                       \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(it_speaks_in_a_new_epoch_and_with_a_new_key),
        place_test(an_invitation_of_the_past_lets_nobody_in),
        place_test(nobody_is_logged_in_and_no_code_of_before_is_good),
        place_test(what_is_set_after_it_wins_over_what_was_lost),
        place_test(who_was_not_back_yet_is_waited_for),
        hub_test(who_was_heard_in_a_failed_turn_is_heard_again),
        place_test(the_root_of_another_hub_opens_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
