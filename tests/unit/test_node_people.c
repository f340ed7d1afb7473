#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "common/base/mem.h"
#include "node/people.h"
#include "tests/support/node_world.h"

#define PASSWORD "mật khẩu dài"

static int set_up(void **state)
{
    *state = node_world_new();
    return 0;
}

static int tear_down(void **state)
{
    node_world_free(*state);
    return 0;
}

static struct new_user with_shares(struct node_world *w, const char *name,
                                   const char *role)
{
    return (struct new_user){
        name, role, PASSWORD, {w->shares[0], w->shares[1]}, NULL};
}

/* Prepares as the command line does and runs the command; NULL: added, else the
 * refusal (owned). */
static char *add(struct node_world *w, const struct new_user *user)
{
    struct json *args = json_object_new(), *answer;
    struct buf text = {0};
    char *error = NULL;

    if (node_people_prepare(w->node, user, args, &w->err) != 0) {
        json_free(&args);
        return mem_text(w->err.text);
    }
    json_write(&text, args);
    assert_null(strstr(buf_text(&text), PASSWORD));
    answer = node_world_ask(w, NULL, "user.add", buf_text(&text));
    if (!json_get_flag(answer, "ok"))
        error = mem_text(json_get_text(answer, "error"));
    json_free(&answer);
    json_free(&args);
    buf_free(&text);
    return error;
}

static void is_added(struct node_world *w, struct new_user user)
{
    char *error = add(w, &user);

    if (error != NULL)
        fail_msg("%s", error);
}

static void is_refused(struct node_world *w, struct new_user user,
                       const char *words)
{
    char *error = add(w, &user);

    assert_non_null(error);
    assert_string_equal(error, words);
    mem_free(&error);
}

/* Opens the user's copy of a key with the password alone. */
static bool opens(struct node_world *w, const char *user,
                  const struct seal_key *key, const char *password)
{
    uint8_t key_id[8], wrap[BOX_KEY_BYTES];
    char path[160], context[PEOPLE_CONTEXT_BYTES];
    struct buf secret = {0};
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    bool good = false;

    sign_key_id(key_id, key->public_key);
    (void)snprintf(path, sizeof path, "%s/node.db", w->folder);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT salt, box FROM wrapped_key"
                                        " WHERE user = ? AND key_id = ?",
                                        -1, &q, NULL),
                     SQLITE_OK);
    (void)sqlite3_bind_text(q, 1, user, -1, SQLITE_STATIC);
    (void)sqlite3_bind_blob(q, 2, key_id, sizeof key_id, SQLITE_STATIC);
    if (sqlite3_step(q) == SQLITE_ROW) {
        assert_int_equal(sqlite3_column_bytes(q, 0), PASSWORD_SALT_BYTES);
        assert_int_equal(
            password_key(wrap, sqlite3_column_blob(q, 0), password), 0);
        good =
            box_open(&secret, wrap, node_people_context(context, user, key_id),
                     bytes_of(sqlite3_column_blob(q, 1),
                              (size_t)sqlite3_column_bytes(q, 1))) == 0 &&
            bytes_equal(buf_bytes(&secret),
                        bytes_of(key->secret, sizeof key->secret));
    }
    (void)sqlite3_finalize(q);
    (void)sqlite3_close(db);
    buf_free(&secret);
    return good;
}

static void
the_shares_give_a_custodian_both_keys_under_the_password(void **state)
{
    struct node_world *w = *state;

    is_added(w, with_shares(w, "Lan", "custodian"));
    assert_true(opens(w, "Lan", &w->duty, PASSWORD));
    assert_true(opens(w, "Lan", &w->custodian, PASSWORD));
    assert_false(opens(w, "Lan", &w->custodian, "mật khẩu khác"));
    assert_true(node_people_is(w->node, "Lan", "custodian"));
    assert_false(node_people_is(w->node, "Lan", "leader"));
    assert_false(node_people_is(w->node, "lan", "custodian"));
}

static void officers_and_leaders_get_the_duty_key_only(void **state)
{
    struct node_world *w = *state;

    is_added(w, with_shares(w, "Hai", "officer"));
    is_added(w, with_shares(w, "Ba", "leader"));
    assert_true(opens(w, "Hai", &w->duty, PASSWORD));
    assert_true(opens(w, "Ba", &w->duty, PASSWORD));
    assert_false(opens(w, "Hai", &w->custodian, PASSWORD));
    assert_false(opens(w, "Ba", &w->custodian, PASSWORD));
}

static void the_first_custodian_must_give_the_shares(void **state)
{
    struct node_world *w = *state;

    is_refused(w, (struct new_user){"Lan", "custodian", PASSWORD, {NULL}, NULL},
               "the first custodian must hold the key: give the two recovery "
               "shares as lines 2 and 3 of standard input");
    assert_false(node_people_is(w->node, "Lan", "custodian"));
    is_added(w, with_shares(w, "Lan", "custodian"));
    is_added(w, (struct new_user){"Sen", "custodian", PASSWORD, {NULL}, NULL});
    assert_false(opens(w, "Sen", &w->custodian, PASSWORD));
}

static void a_password_in_pieces_is_the_same_password(void **state)
{
    struct node_world *w = *state;
    struct new_user user = with_shares(w, "Lan", "officer");

    user.password = "pha\xcc\x81p ly\xcc\x81 10";
    is_added(w, user);
    assert_true(opens(w, "Lan", &w->duty, "ph\xc3\xa1p l\xc3\xbd 10"));
}

static void every_fault_has_its_words(void **state)
{
    struct node_world *w = *state;
    struct new_user user = with_shares(w, "Lan", "king");
    char first[SHARE_TEXT_BYTES], second[SHARE_TEXT_BYTES];
    struct seal_key other;

    is_refused(w, user, "--role: officer, leader, custodian or auditor");
    user = with_shares(w, " ", "officer");
    is_refused(w, user, "a name is one line of at most 64 bytes");
    user = with_shares(w, "Lan", "officer");
    user.password = "chín ký t"; /* nine */
    is_refused(w, user,
               "the password must have 10 characters at least and 1024 bytes "
               "at most");
    is_refused(w, with_shares(w, "Lan", "auditor"),
               "an auditor opens no names: leave the shares out");
    seal_key_generate(&other);
    share_split(first, second, "recovery", other.secret);
    user = (struct new_user){"Lan", "officer", PASSWORD, {first, second}, NULL};
    is_refused(w, user,
               "these shares are of another node: use the two lines that "
               "`join` printed here");
    is_added(w, with_shares(w, "Lan", "officer"));
    is_refused(w, with_shares(w, "Lan", "leader"),
               "there is a user \"Lan\" already");
}

static void the_core_takes_no_key_that_a_role_may_not_hold(void **state)
{
    struct node_world *w = *state;
    struct new_user user = with_shares(w, "Lan", "custodian");
    struct json *args = json_object_new();
    struct buf text = {0};
    char *error;

    assert_int_equal(node_people_prepare(w->node, &user, args, &w->err), 0);
    json_set_text(args, "role", "officer");
    json_write(&text, args);
    error = node_world_refused(w, "user.add", buf_text(&text));
    assert_string_equal(error, "a wrapped key that this role may not hold");
    assert_false(node_people_is(w->node, "Lan", "officer"));
    mem_free(&error);
    error = node_world_refused(w, "user.add",
                               "{\"name\":\"Lan\",\"role\":\"officer\","
                               "\"password\":\"secret\"}");
    assert_string_equal(error, "not a password's hash");
    mem_free(&error);
    json_free(&args);
    buf_free(&text);
}

/* ---- another password */

/* Prepares as the command line does and runs the command; NULL: done, else the
 * refusal (owned). */
static char *change(struct node_world *w, const struct new_user *user)
{
    struct json *args = json_object_new(), *answer;
    struct buf text = {0};
    char *error = NULL;

    if (node_people_prepare_change(w->node, user, args, &w->err) != 0) {
        json_free(&args);
        return mem_text(w->err.text);
    }
    json_write(&text, args);
    assert_null(strstr(buf_text(&text), user->password));
    answer = node_world_ask(w, NULL, "user.passwd", buf_text(&text));
    if (!json_get_flag(answer, "ok"))
        error = mem_text(json_get_text(answer, "error"));
    json_free(&answer);
    json_free(&args);
    buf_free(&text);
    return error;
}

static void changes(struct node_world *w, struct new_user user)
{
    char *error = change(w, &user);

    if (error != NULL)
        fail_msg("%s", error);
}

static void does_not_change(struct node_world *w, struct new_user user,
                            const char *words)
{
    char *error = change(w, &user);

    assert_non_null(error);
    assert_non_null(strstr(error, words));
    mem_free(&error);
}

#define NEW "một mật khẩu mới"

static void a_new_password_opens_what_the_old_one_did(void **state)
{
    struct node_world *w = *state;
    struct new_user lan = {.name = "Lan", .password = NEW, .old = PASSWORD};

    is_added(w, with_shares(w, "Lan", "custodian"));
    changes(w, lan);
    assert_true(opens(w, "Lan", &w->duty, NEW));
    assert_true(opens(w, "Lan", &w->custodian, NEW));
    assert_false(opens(w, "Lan", &w->custodian, PASSWORD));
}

static void whoever_forgot_it_needs_the_shares(void **state)
{
    struct node_world *w = *state;
    struct new_user lan = {.name = "Lan", .password = NEW};

    is_added(w, with_shares(w, "Lan", "custodian"));
    does_not_change(w, lan, "Lan opens sealed names: give the present");
    lan.old = "không phải cái đó";
    does_not_change(w, lan, "not the present password of Lan");
    assert_true(opens(w, "Lan", &w->custodian, PASSWORD));
    lan.old = NULL;
    lan.shares[0] = w->shares[0];
    lan.shares[1] = w->shares[1];
    changes(w, lan);
    assert_true(opens(w, "Lan", &w->duty, NEW));
    assert_true(opens(w, "Lan", &w->custodian, NEW));
}

static void who_opens_nothing_needs_a_new_password_only(void **state)
{
    struct node_world *w = *state;
    struct new_user ba = {.name = "Ba", .password = NEW};

    is_added(w, (struct new_user){"Ba", "auditor", PASSWORD, {NULL}, NULL});
    changes(w, ba);
    ba.name = "Năm";
    does_not_change(w, ba, "there is no user");
    ba.name = "Ba";
    ba.password = "ngắn";
    does_not_change(w, ba, "10 characters at least");
}

/* Whatever a page sends: nobody loses a key by a new password. */
static void a_password_that_would_lose_keys_is_refused(void **state)
{
    struct node_world *w = *state;
    char *error;

    is_added(w, with_shares(w, "Lan", "custodian"));
    error = node_world_refused(
        w, "user.passwd",
        "{\"name\":\"Lan\",\"password\":"
        "\"proof1$00112233445566778899aabbccddeeff$"
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"}");
    assert_non_null(strstr(error, "could not any more"));
    mem_free(&error);
    assert_true(opens(w, "Lan", &w->custodian, PASSWORD));
}

/* A box is bound to the name: typed in pieces it would open for nobody. */
static void a_name_in_pieces_is_the_same_name(void **state)
{
    struct node_world *w = *state;
    struct new_user user = with_shares(w, "Ha\xcc\xa3nh", "custodian");

    is_added(w, user);
    assert_true(opens(w, "H\xe1\xba\xa1nh", &w->custodian, PASSWORD));
    user.password = NEW;
    user.shares[0] = user.shares[1] = NULL;
    user.old = PASSWORD;
    changes(w, user);
    assert_true(opens(w, "H\xe1\xba\xa1nh", &w->custodian, NEW));
}

static void who_is_shut_out_is_no_custodian_any_more(void **state)
{
    struct node_world *w = *state;
    struct json *out;
    int64_t left = -1;

    is_added(w, with_shares(w, "Lan", "custodian"));
    out = node_world_do(w, "user.disable", "{\"name\":\"Lan\"}");
    assert_true(json_get_i64(out, "custodians", &left));
    assert_int_equal(left, 0);
    json_free(&out);
    assert_false(node_people_is(w->node, "Lan", "custodian"));
    out = node_world_do(w, "user.enable", "{\"name\":\"Lan\"}");
    assert_true(json_get_i64(out, "custodians", &left));
    assert_int_equal(left, 1);
    json_free(&out);
    assert_true(node_people_is(w->node, "Lan", "custodian"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(the_shares_give_a_custodian_both_keys_under_the_password),
        T(officers_and_leaders_get_the_duty_key_only),
        T(the_first_custodian_must_give_the_shares),
        T(a_password_in_pieces_is_the_same_password),
        T(every_fault_has_its_words),
        T(the_core_takes_no_key_that_a_role_may_not_hold),
        T(a_new_password_opens_what_the_old_one_did),
        T(whoever_forgot_it_needs_the_shares),
        T(who_opens_nothing_needs_a_new_password_only),
        T(a_password_that_would_lose_keys_is_refused),
        T(a_name_in_pieces_is_the_same_name),
        T(who_is_shut_out_is_no_custodian_any_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
