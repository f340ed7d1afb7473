/* tests/unit/test_setup_steps.c - hub/first.h and node/first.h: what each step
 * of setting up does to the folder, and what an interrupted one leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "hub/first.h"
#include "hub/hub.h"
#include "hub/reading.h"
#include "node/first.h"
#include "node/join.h"
#include "node/reading.h"
#include "tests/support/node_world.h"

#define ROSTER                                                                 \
    "code,valid_from,slug,name,phone\\n"                                       \
    "19894,2004-07-08,quang-tho,Quảng Thọ,\\n"

static struct json *args_of(const char *text)
{
    struct json *args = json_parse(bytes_of_text(text), NULL);

    assert_non_null(args);
    return args;
}

static void step_is(const struct setup_steps *steps, const char *folder,
                    const char *step)
{
    struct json *out = json_object_new();
    struct error err = {""};

    assert_int_equal(steps->look(folder, out, &err), 0);
    assert_string_equal(json_get_text(out, "step"), step);
    json_free(&out);
}

/* ---- the hub */

static int set_up_hub(void **state)
{
    char folder[] = "/tmp/lienxa-first.XXXXXX";

    assert_non_null(mkdtemp(folder));
    *state = mem_text(folder);
    return 0;
}

static int remove_hub(void **state)
{
    char command[128], *folder = *state;

    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    mem_free(&folder);
    return system(command);
}

static int make_hub(const char *folder, const char *text,
                    struct setup_shares *shares, struct error *err)
{
    struct json *args = args_of(text);
    int rc = hub_first_steps.make(folder, args, shares, NULL, err);

    json_free(&args);
    return rc;
}

static int add_operator(const char *folder, const char *text, struct error *err)
{
    struct json *args = args_of(text);
    int rc = hub_first_steps.people(folder, args, NULL, err);

    json_free(&args);
    return rc;
}

static void a_hub_is_made_step_by_step(void **state)
{
    const char *folder = *state;
    struct setup_shares shares = {.there = false};
    struct error err = {""};
    struct hub *hub = NULL;
    struct json *users;

    assert_true(hub_first_is_wanted(folder));
    step_is(&hub_first_steps, folder, "make");
    assert_int_equal(
        make_hub(folder, "{\"name\":\"Quảng Điền\",\"roster\":\"" ROSTER "\"}",
                 &shares, &err),
        0);
    assert_true(shares.there);
    assert_memory_equal(shares.first, "share root-1 ", 13);
    assert_true(hub_first_is_wanted(folder)); /* nobody has seen the shares */
    step_is(&hub_first_steps, folder, "shares");
    assert_int_equal(hub_first_steps.shown(folder, &err), 0);
    step_is(&hub_first_steps, folder, "people");
    assert_int_equal(add_operator(folder,
                                  "{\"name\":\"minh\",\"password\":\"short\"}",
                                  &err),
                     ERR_INVALID);
    step_is(&hub_first_steps, folder, "people");
    assert_int_equal(add_operator(folder,
                                  "{\"name\":\"minh\",\"password\":\"một mật "
                                  "khẩu dài\"}",
                                  &err),
                     0);
    step_is(&hub_first_steps, folder, "done");
    assert_false(hub_first_is_wanted(folder));
    assert_int_equal(hub_open(&hub, folder, HUB_READ, &err), 0);
    users = hub_reading_users(hub);
    assert_int_equal(json_count(users), 1);
    assert_string_equal(json_get_text(json_at(users, 0), "role"), "operator");
    json_free(&users);
    hub_close(&hub);
}

/* As a Mac types it; it stands on every page and in every token's app. */
static void the_name_of_a_hub_is_written_in_one_piece_a_letter(void **state)
{
    const char *folder = *state;
    struct setup_shares shares = {.there = false};
    struct error err = {""};
    struct hub *hub = NULL;

    assert_int_equal(make_hub(folder,
                              "{\"name\":\"Qua\xcc\x89ng "
                              "\xc4\x90ie\xcc\x82\xcc\x80n\",\"roster\":"
                              "\"" ROSTER "\"}",
                              &shares, &err),
                     0);
    assert_int_equal(hub_first_steps.shown(folder, &err), 0);
    assert_int_equal(hub_open(&hub, folder, HUB_READ, &err), 0);
    assert_string_equal(hub_store_setting(hub->store, "name"), "Quảng Điền");
    hub_close(&hub);
}

static void a_hub_whose_shares_nobody_saw_is_made_anew(void **state)
{
    const char *folder = *state;
    struct setup_shares one = {.there = false}, other = {.there = false};
    struct error err = {""};

    assert_int_equal(make_hub(folder,
                              "{\"name\":\"A\",\"roster\":\"" ROSTER "\"}",
                              &one, &err),
                     0);
    assert_int_equal(make_hub(folder,
                              "{\"name\":\"B\",\"roster\":\"" ROSTER "\"}",
                              &other, &err),
                     0);
    assert_string_not_equal(one.first, other.first);
    assert_int_equal(hub_first_steps.shown(folder, &err), 0);
    assert_int_equal(make_hub(folder,
                              "{\"name\":\"C\",\"roster\":\"" ROSTER "\"}",
                              &one, &err),
                     ERR_EXISTS); /* now somebody has */
    step_is(&hub_first_steps, folder, "people");
}

static void a_fault_of_the_roster_names_its_line_and_makes_nothing(void **state)
{
    const char *folder = *state;
    struct setup_shares shares = {.there = false};
    struct error err = {""};

    assert_int_equal(make_hub(folder,
                              "{\"name\":\"A\",\"roster\":\"" ROSTER
                              "x,2004-07-08,a,A,\\n\"}",
                              &shares, &err),
                     ERR_INVALID);
    assert_non_null(strstr(err.text, "line 3"));
    assert_false(shares.there);
    step_is(&hub_first_steps, folder, "make");
    assert_int_equal(make_hub(folder, "{\"name\":\"A\"}", &shares, &err),
                     ERR_INVALID);
    assert_int_equal(make_hub(folder,
                              "{\"name\":\"  \",\"roster\":\"" ROSTER "\"}",
                              &shares, &err),
                     ERR_INVALID);
    assert_true(setup_is_wanted(folder)); /* as empty as before */
}

static void a_folder_with_something_in_it_is_not_taken(void **state)
{
    const char *folder = *state;
    char path[64];

    (void)snprintf(path, sizeof path, "%s/lock", folder);
    assert_int_equal(file_write(path, bytes_of_text(""), 0600, NULL), 0);
    assert_true(setup_is_wanted(folder)); /* as a refused command leaves it */
    (void)snprintf(path, sizeof path, "%s/notes.txt", folder);
    assert_int_equal(file_write(path, bytes_of_text("x"), 0600, NULL), 0);
    assert_false(setup_is_wanted(folder));
    assert_true(setup_is_wanted("/tmp/lienxa-first.not-there"));
}

/* ---- the node: joined, and nobody was shown the shares yet */

static int set_up_node(void **state)
{
    struct node_world *w = node_world_new();

    if (node_begin(w->node) != 0 || /* as `join` does */
        node_store_set(w->node->store, "unit", NODE_WORLD_UNIT) != 0 ||
        node_commit(w->node, &w->err) != 0)
        return -1;
    node_world_close(w);
    *state = w;
    return 0;
}

static int free_node(void **state)
{
    node_world_free(*state);
    return 0;
}

#define LEADER                                                                 \
    "{\"name\":\"hoa\",\"role\":\"leader\",\"password\":\"mật khẩu A\"}"
#define CUSTODIAN                                                              \
    "{\"name\":\"binh\",\"role\":\"custodian\",\"password\":\"mật khẩu B\"}"

static int add_people(struct node_world *w, const char *text,
                      const struct setup_shares *shares)
{
    struct json *args = args_of(text);
    int rc;

    w->err.text[0] = '\0';
    rc = node_first_steps.people(w->folder, args, shares, &w->err);
    json_free(&args);
    return rc;
}

static int64_t user_count(struct node_world *w)
{
    struct node *node = NULL;
    struct json *users;
    int64_t count;

    assert_int_equal(node_open(&node, w->folder, NODE_READ, &w->err), 0);
    users = node_reading_users(node);
    count = (int64_t)json_count(users);
    json_free(&users);
    node_close(&node);
    return count;
}

static void
shares_that_nobody_saw_are_replaced_and_open_everything(void **state)
{
    struct node_world *w = *state;
    struct setup_shares one = {.there = false}, other = {.there = false};

    step_is(&node_first_steps, w->folder, "shares");
    assert_int_equal(node_first_steps.shares(w->folder, &one, &w->err), 0);
    assert_int_equal(node_first_steps.shares(w->folder, &other, &w->err), 0);
    assert_true(other.there);
    assert_string_not_equal(one.first, other.first);
    assert_int_equal(node_first_steps.shown(w->folder, &w->err), 0);
    step_is(&node_first_steps, w->folder, "people");
    assert_int_equal(node_first_steps.shares(w->folder, &one, &w->err),
                     ERR_EXISTS);
    assert_int_equal(
        add_people(w, "{\"users\":[" LEADER "," CUSTODIAN "]}", &other), 0);
    step_is(&node_first_steps, w->folder, "done");
}

static void the_first_people_come_together_or_not_at_all(void **state)
{
    struct node_world *w = *state;
    struct setup_shares shares = {.there = false};

    assert_int_equal(node_first_steps.shares(w->folder, &shares, &w->err), 0);
    assert_int_equal(node_first_steps.shown(w->folder, &w->err), 0);
    assert_int_equal(add_people(w, "{\"users\":[" LEADER "]}", &shares),
                     ERR_INVALID);
    assert_int_equal(add_people(w,
                                "{\"users\":[" LEADER
                                ",{\"name\":\"hoa\",\"role\":"
                                "\"custodian\",\"password\":\"mật khẩu B\"}]}",
                                &shares),
                     ERR_INVALID); /* one name twice */
    assert_int_equal(add_people(w,
                                "{\"users\":[" LEADER
                                ",{\"name\":\"binh\",\"role\":"
                                "\"custodian\",\"password\":\"ngắn\"}]}",
                                &shares),
                     ERR_INVALID);
    assert_int_equal(user_count(w), 0);
    step_is(&node_first_steps, w->folder, "people");
}

static void after_a_power_cut_the_shares_come_from_the_paper(void **state)
{
    struct node_world *w = *state;
    struct setup_shares shares = {.there = false};
    struct json *args = args_of("{\"users\":[" LEADER "," CUSTODIAN "]}");
    struct json *lines = json_array_new();

    assert_int_equal(node_first_steps.shares(w->folder, &shares, &w->err), 0);
    assert_int_equal(node_first_steps.shown(w->folder, &w->err), 0);
    assert_int_equal(node_first_steps.people(w->folder, args, NULL, &w->err),
                     ERR_INVALID);
    json_add_text(lines, shares.second);
    json_add_text(lines, w->shares[0]); /* of the keys of before */
    json_set(args, "shares", lines);
    assert_int_not_equal(
        node_first_steps.people(w->folder, args, NULL, &w->err), 0);
    lines = json_array_new();
    json_add_text(lines, shares.second);
    json_add_text(lines, shares.first);
    json_set(args, "shares", lines);
    assert_int_equal(node_first_steps.people(w->folder, args, NULL, &w->err),
                     0);
    step_is(&node_first_steps, w->folder, "done");
    json_free(&args);
}

/* ---- a token that cannot be used is told apart, without asking anybody */

static int join(const char *folder, const char *token, struct json *about,
                struct error *err)
{
    struct setup_shares shares = {.there = false};
    struct json *args = json_object_new();
    int rc;

    json_set_text(args, "token", token);
    rc = node_first_steps.make(folder, args, &shares, about, err);
    json_free(&args);
    assert_false(shares.there);
    return rc;
}

static void a_token_that_is_cut_or_over_is_told_apart(void **state)
{
    const char *folder = *state;
    struct token token = {.express = "tcp://127.0.0.1:1",
                          .bulk = "tcp://127.0.0.1:2",
                          .enrol = "tcp://127.0.0.1:3",
                          .hub = NODE_WORLD_HUB,
                          .unit = NODE_WORLD_UNIT,
                          .unit_name = "Quảng Thọ",
                          .unit_slug = "quang-tho",
                          .expires_ms = 1000000000000};
    struct json *about = json_object_new();
    struct error err = {""};
    struct buf text = {0};

    assert_int_equal(join(folder, "lienxa1nonsense", about, &err), ERR_INVALID);
    assert_int_equal(json_count(about), 0);
    wire_token_encode(&text, &token);
    assert_int_equal(join(folder, buf_text(&text), about, &err), ERR_REFUSED);
    assert_true(json_get_flag(about, "expired"));
    assert_string_equal(json_get_text(about, "hub"), "tcp://127.0.0.1:3");
    assert_string_equal(json_get_text(about, "unit"), "Quảng Thọ");
    assert_non_null(json_get_text(about, "clock"));
    step_is(&node_first_steps, folder, "make");
    json_free(&about);
    buf_free(&text);
}

#define HUB(name) cmocka_unit_test_setup_teardown(name, set_up_hub, remove_hub)
#define NODE(name) cmocka_unit_test_setup_teardown(name, set_up_node, free_node)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HUB(a_hub_is_made_step_by_step),
        HUB(the_name_of_a_hub_is_written_in_one_piece_a_letter),
        HUB(a_hub_whose_shares_nobody_saw_is_made_anew),
        HUB(a_fault_of_the_roster_names_its_line_and_makes_nothing),
        HUB(a_folder_with_something_in_it_is_not_taken),
        HUB(a_token_that_is_cut_or_over_is_told_apart), /* an empty folder */
        NODE(shares_that_nobody_saw_are_replaced_and_open_everything),
        NODE(the_first_people_come_together_or_not_at_all),
        NODE(after_a_power_cut_the_shares_come_from_the_paper),
    };

    crypto_open();
    log_open(LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
