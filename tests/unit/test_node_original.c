/* tests/unit/test_node_original.c - an opened original is open for one session
 * and a little while; then its key is not in the memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/control/control.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/crypto/sign.h"
#include "common/domain/media.h"
#include "common/net/server.h"
#include "node/commands.h"
#include "node/original.h"
#include "node/people.h"
#include "node/spool.h"
#include "node/turn.h"
#include "tests/support/node_world.h"

#define REPORT "01976f48-e32e-7000-8e1f-c0d5cf39874d"
#define SPOOLED "01976f48-e32e-7000-8e1f-c0d5cf398799"
#define WHO "minh"

enum { SOON_MS = 50 };

static const char content[] = "not really a picture";
static const uint8_t password[BOX_KEY_BYTES] = {7, 7, 7}; /* stretched */
static const struct hash monday = {{1}}, tuesday = {{2}}; /* logins of WHO */

struct world {
    struct node_world *w;
    struct node *node;
    struct net_context *net;
    struct control_server *control;
    struct node_turn *turn;
};

/* ---- a report with a picture and its original */

static void path_of(char out[160], const struct world *t, const char *end)
{
    (void)snprintf(out, 160, "%s/%s%s", t->w->folder, NODE_SPOOL, end);
}

static struct media_file *new_file(const struct world *t, const char *end,
                                   struct hash *list)
{
    struct media_file *file = NULL;
    struct bytes all = bytes_of(content, sizeof content);
    struct hash chunk = media_hash(all);
    char path[160];

    path_of(path, t, end);
    assert_int_equal(media_file_make(&file, path, all.size, NULL), 0);
    assert_int_equal(media_file_put(file, 0, bytes_of(&chunk, sizeof chunk)),
                     0);
    assert_int_equal(media_file_put(file, 1, all), 0);
    *list = media_hash(bytes_of(&chunk, sizeof chunk));
    return file;
}

/* What the helper leaves of a picture: the cleaned one, the sealed one. */
static void spool_picture(struct world *t, char list[HASH_TEXT_BYTES])
{
    struct media_file *file;
    struct hash hash;
    char path[160];

    path_of(path, t, "");
    (void)mkdir(path, 0700);
    file = new_file(t, "/" SPOOLED, &hash);
    assert_int_equal(media_file_lock(file, password), 0);
    media_file_close(&file);
    (void)hash_text(list, &hash);
    file = new_file(t, "/" SPOOLED ".sealed", &hash);
    assert_int_equal(media_file_seal(file, t->w->custodian.public_key), 0);
    media_file_close(&file);
}

/* What a command says of it. */
static void add_files(struct world *t, struct buf *args)
{
    char list[HASH_TEXT_BYTES], key[2 * BOX_KEY_BYTES + 1];

    spool_picture(t, list);
    hex_encode(key, password, sizeof password);
    buf_printf(args,
               "\"attachments\":[{\"spool\":"
               "\"" SPOOLED "\",\"key\":\"%s\",\"list\":\"%s\",\"size\":%zu,"
               "\"type\":%d,\"name\":\"bai-cat.jpg\"}]}",
               key, list, sizeof content, MEDIA_JPEG);
}

static void attach_picture(struct world *t)
{
    struct buf args = {0};
    struct json *out;

    out = node_world_do(t->w, "report.import",
                        "{\"lines\":[{\"line\":1,\"report\":{\"id\":\"" REPORT
                        "\",\"category\":\"ma_tuy\",\"text\":\"x\"}}]}");
    json_free(&out);
    buf_add_text(&args, "{\"report\":\"" REPORT "\",");
    add_files(t, &args);
    out = node_world_do(t->w, "report.attach", buf_text(&args));
    json_free(&out);
    buf_free(&args);
}

/* ---- who holds the key, and is logged in twice */

static void log_in(struct world *t, const struct hash *token)
{
    struct accounts_session session = {.token = *token,
                                       .user = WHO,
                                       .from = "192.0.2.7",
                                       .opened_ms = t->node->wall_ms,
                                       .seen_ms = t->node->wall_ms};

    assert_int_equal(accounts_put_session(t->node->accounts, &session,
                                          SESSION_IDLE_MS, SESSION_LIFE_MS),
                     0);
}

static void add_custodian(struct world *t)
{
    struct accounts_user user = {
        .name = WHO, .role = "custodian", .password = "-"};
    char context[PEOPLE_CONTEXT_BYTES];
    struct buf box = {0};
    uint8_t key_id[8];

    sign_key_id(key_id, t->w->custodian.public_key);
    box_close(&box, password, node_people_context(context, WHO, key_id),
              bytes_of(t->w->custodian.secret, SEAL_SECRET_BYTES));
    assert_int_equal(node_begin(t->node), 0);
    assert_int_equal(accounts_add_user(t->node->accounts, &user, 1), 0);
    assert_int_equal(node_store_wrap_key(t->node->store, WHO, key_id,
                                         bytes_of_text("salt"),
                                         buf_bytes(&box)),
                     0);
    log_in(t, &monday);
    log_in(t, &tuesday);
    assert_int_equal(node_commit(t->node, &t->w->err), 0);
    buf_free(&box);
}

/* ---- the world */

static int set_up(void **state)
{
    struct world *t = mem_new(sizeof *t);
    struct error err = {""};
    char path[160];

    t->w = node_world_new();
    t->node = t->w->node;
    t->net = net_context_new();
    care_open(&t->node->care, t->node->folder);
    (void)snprintf(path, sizeof path, "%s/control.sock", t->w->folder);
    assert_int_equal(control_server_open(&t->control, path, &err), 0);
    assert_int_equal(node_turn_new(&t->turn, t->node, t->net, &err), 0);
    attach_picture(t);
    add_custodian(t);
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct world *t = *state;
    char command[128];

    node_turn_free(&t->turn);
    control_server_close(&t->control);
    (void)snprintf(command, sizeof command, "rm -rf %s", t->w->folder);
    node_world_free(t->w);
    net_context_free(&t->net);
    mem_free(state);
    return system(command);
}

/* A command of WHO in this login; NULL: from the command line. `ago_ms`: when
 * it was given. Owned. */
static struct json *ask(struct world *t, const struct hash *session,
                        const char *command, struct json *args, int64_t ago_ms)
{
    struct account_call call = {.id = random_id(t->node->wall_ms),
                                .command = command,
                                .args = args,
                                .actor = WHO,
                                .role = session == NULL ? NULL : "custodian",
                                .from = "",
                                .session = session};
    struct buf reply = {0};
    struct json *answer;

    assert_int_equal(node_begin(t->node), 0);
    t->node->mono_ms -= ago_ms;
    assert_int_equal(node_commands_run_call(t->node, &call, &reply), 0);
    assert_int_equal(node_commit(t->node, &t->w->err), 0);
    answer = json_parse(buf_bytes(&reply), &t->w->err);
    assert_non_null(answer);
    buf_free(&reply);
    json_free(&args);
    return answer;
}

/* By what it is read; owned. */
static char *open_original(struct world *t, const struct hash *session,
                           int64_t ago_ms)
{
    struct json *args = json_object_new(), *keys = json_array_new();
    struct json *key = json_object_new(), *answer;
    char hex[2 * BOX_KEY_BYTES + 1];
    uint8_t key_id[8];
    char *open;

    sign_key_id(key_id, t->w->custodian.public_key);
    hex_encode(hex, key_id, sizeof key_id);
    json_set_text(key, "key_id", hex);
    hex_encode(hex, password, sizeof password);
    json_set_text(key, "key", hex);
    json_add(keys, key);
    json_set_text(args, "report", REPORT);
    json_set_text(args, "number", "1");
    json_set_text(args, "reason", "Xem biển số xe");
    json_set(args, "keys", keys);
    answer = ask(t, session, "original.open", args, ago_ms);
    if (!json_get_flag(answer, "ok"))
        fail_msg("%s", json_get_text(answer, "error"));
    open = mem_text(json_get_text(json_get(answer, "out"), "open"));
    json_free(&answer);
    return open;
}

static bool may_read(struct world *t, const struct hash *session,
                     const char *open)
{
    struct json *args = json_object_new(), *answer;
    struct buf text = {0};
    bool may;

    json_set_text(args, "open", open);
    json_set_i64(args, "count", 1);
    answer = ask(t, session, "original.read", args, 0);
    may = json_get_flag(answer, "ok");
    if (may) {
        base64url_encode(&text, bytes_of(content, sizeof content));
        assert_string_equal(json_get_text(json_get(answer, "out"), "data"),
                            buf_text(&text));
    } else {
        assert_string_equal(json_get_text(answer, "code"), "missing");
    }
    buf_free(&text);
    json_free(&answer);
    return may;
}

static void log_out(struct world *t, const struct hash *session)
{
    assert_int_equal(node_begin(t->node), 0);
    assert_int_equal(accounts_end_session(t->node->accounts, session), 0);
    assert_int_equal(node_commit(t->node, &t->w->err), 0);
}

/* ---- */

static void another_login_of_the_same_person_gets_none_of_it(void **state)
{
    struct world *t = *state;
    char *open = open_original(t, &monday, 0);

    assert_true(may_read(t, &monday, open));
    assert_false(may_read(t, &tuesday, open));
    assert_false(may_read(t, NULL, open));
    assert_true(may_read(t, &monday, open));
    mem_free(&open);
}

/* Until nothing else is due so soon. */
static void settle(struct world *t)
{
    int64_t until = clock_mono_ms() + 30000;

    do
        node_turn_run(t->turn, t->control);
    while (node_turn_wait_ms(t->turn) <= SOON_MS && clock_mono_ms() < until);
    assert_true(node_turn_wait_ms(t->turn) > SOON_MS);
}

static void its_key_leaves_the_memory_when_its_time_is_over(void **state)
{
    struct world *t = *state;
    char *open;

    settle(t);
    assert_true(node_original_deadline(t->node) == INT64_MAX);
    open = open_original(t, &monday, ORIGINAL_OPEN_MS - SOON_MS);
    assert_in_range(node_turn_wait_ms(t->turn), 0, SOON_MS);
    mem_free(&open);

    open = open_original(t, &monday, 0);
    node_turn_run(t->turn, t->control);
    assert_true(may_read(t, &monday, open));
    mem_free(&open);

    open = open_original(t, &monday, ORIGINAL_OPEN_MS);
    node_turn_run(t->turn, t->control);
    assert_null(t->node->original);
    assert_true(node_original_deadline(t->node) == INT64_MAX);
    mem_free(&open);
}

static void its_key_leaves_the_memory_in_the_turn_of_the_logout(void **state)
{
    struct world *t = *state;
    char *open = open_original(t, &monday, 0);

    log_out(t, &tuesday);
    node_turn_run(t->turn, t->control);
    assert_true(may_read(t, &monday, open));
    log_out(t, &monday);
    node_turn_run(t->turn, t->control);
    assert_null(t->node->original);
    mem_free(&open);
}

static void what_the_command_line_opened_is_nobodys_login(void **state)
{
    struct world *t = *state;
    char *open = open_original(t, NULL, 0);

    node_turn_run(t->turn, t->control);
    assert_true(may_read(t, NULL, open));
    mem_free(&open);
}

/* The disk said no to the first try, or the machine went dark. */
static void an_original_goes_to_the_try_that_succeeds(void **state)
{
    struct world *t = *state;
    struct buf args = {0}, request = {0}, reply = {0};
    const struct json *file;
    struct json *out, *rows;

    buf_add_text(&args, "{\"category\":\"ma_tuy\",\"text\":\"x\",");
    add_files(t, &args);
    buf_printf(&request,
               "{\"id\":\"01976f48-e32e-7000-8e1f-c0d5cf390001\","
               "\"command\":\"report.add\",\"actor\":\"lan\",\"args\":%s}",
               buf_text(&args));
    for (int tries = 0; tries < 2; tries++) {
        buf_clear(&reply);
        assert_int_equal(node_begin(t->node), 0);
        assert_int_equal(
            node_commands_run(t->node, buf_bytes(&request), &reply), 0);
        if (tries == 0)
            node_rollback(t->node);
        else
            assert_int_equal(node_commit(t->node, &t->w->err), 0);
    }
    out = json_parse(buf_bytes(&reply), NULL);
    assert_true(json_get_flag(out, "ok"));
    buf_clear(&args);
    buf_printf(&args, "{\"report\":\"%s\"}",
               json_get_text(json_get(out, "out"), "id"));
    rows = node_world_do(t->w, "file.list", buf_text(&args));
    file = json_at(json_get(rows, "rows"), 0);
    assert_string_equal(json_get_text(file, "where"), "here");
    assert_true(json_get_flag(file, "original"));
    json_free(&rows);
    rows = node_world_do(t->w, "file.list", "{\"report\":\"" REPORT "\"}");
    file = json_at(json_get(rows, "rows"), 0);
    assert_true(json_get_flag(file, "original")); /* it kept its own */
    json_free(&rows);
    json_free(&out);
    buf_free(&args);
    buf_free(&request);
    buf_free(&reply);
}

/* Its lock was changed already when the machine went dark. */
static void a_file_that_is_locked_for_us_is_taken_all_the_same(void **state)
{
    struct world *t = *state;
    struct media_file *file = NULL;
    struct buf args = {0};
    struct json *out;
    char path[160];

    buf_add_text(&args, "{\"report\":\"" REPORT "\",");
    add_files(t, &args);
    path_of(path, t, "/" SPOOLED);
    assert_int_equal(media_file_open(&file, path, password, true, NULL), 0);
    assert_int_equal(media_file_lock(file, t->node->keys.rest), 0);
    media_file_close(&file);
    out = node_world_do(t->w, "report.attach", buf_text(&args));
    json_free(&out);
    buf_free(&args);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(another_login_of_the_same_person_gets_none_of_it),
        TEST(its_key_leaves_the_memory_when_its_time_is_over),
        TEST(its_key_leaves_the_memory_in_the_turn_of_the_logout),
        TEST(what_the_command_line_opened_is_nobodys_login),
        TEST(an_original_goes_to_the_try_that_succeeds),
        TEST(a_file_that_is_locked_for_us_is_taken_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
