/* node/first.c - see first.h. Every function runs in a process of its own. */
#include "node/first.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "node/certificates.h"
#include "node/commands.h"
#include "node/join.h"
#include "node/people.h"
#include "node/reading.h"

enum { PATH_BYTES = 4200, USERS_LIMIT = 8 };

/* ---- how far it is */

static bool has_role(const struct json *users, const char *role)
{
    for (size_t i = 0; i < json_count(users); i++) {
        const char *has = json_get_text(json_at(users, i), "role");

        if (has != NULL && strcmp(has, role) == 0)
            return true;
    }
    return false;
}

static const char *step_of(struct node *node)
{
    struct json *users;
    bool enough;

    if (strcmp(node_store_setting(node->store, "recovery_shown"), "1") != 0)
        return "shares";
    users = node_reading_users(node);
    enough = has_role(users, "leader") && has_role(users, "custodian");
    json_free(&users);
    return enough ? "done" : "people";
}

/* The fingerprint by which browsers come to trust the pages. */
static void look_at_authority(const char *folder, struct json *out)
{
    struct json *shown = json_object_new();

    if (node_certificates_show(folder, shown, NULL) == 0)
        json_set(out, "authority", json_take(shown, "authority"));
    json_free(&shown);
}

static int look(const char *folder, struct json *out, struct error *err)
{
    struct node *node = NULL;
    char path[PATH_BYTES];
    int rc;

    (void)snprintf(path, sizeof path, "%s/node.db", folder);
    if (file_exists(path) &&
        (rc = node_open(&node, folder, NODE_READ, err)) != 0 &&
        rc != ERR_MISSING)
        return rc;
    if (node == NULL || *node_store_setting(node->store, "unit") == '\0') {
        json_set_text(out, "step", "make");
    } else {
        json_set_text(out, "step", step_of(node));
        json_set_text(out, "name", node->keys.unit_name);
        json_set_text(out, "unit", node->keys.unit_slug);
        look_at_authority(folder, out);
    }
    node_close(&node);
    return 0;
}

/* ---- joining */

static void give_shares(struct setup_shares *out,
                        const struct node_joined *joined)
{
    out->there = joined->has_shares;
    memcpy(out->first, joined->first, sizeof out->first);
    memcpy(out->second, joined->second, sizeof out->second);
}

/* For the words of a failure: whose token it is, what it would call, and
 * whether it is over by this machine's clock. */
static void tell_token(struct json *about, const char *text)
{
    char time[CLOCK_TEXT_BYTES];
    struct token token;

    if (wire_token_decode(&token, text, NULL) != 0)
        return;
    json_set_text(about, "unit", token.unit_name);
    json_set_text(about, "hub", token.enrol);
    json_set_text(about, "expires", clock_text(time, token.expires_ms));
    json_set_text(about, "clock", clock_text(time, clock_wall_ms()));
    json_set_flag(about, "expired", token.expires_ms <= clock_wall_ms());
    mem_wipe(&token, sizeof token);
}

static int make(const char *folder, const struct json *args,
                struct setup_shares *shares, struct json *about,
                struct error *err)
{
    const char *token = json_get_text(args, "token");
    struct node_joined joined;
    int rc;

    if (token == NULL)
        return error_set(err, ERR_INVALID, "a token is wanted");
    tell_token(about, token);
    if ((rc = node_join(&joined, folder, token, err)) == 0)
        give_shares(shares, &joined);
    mem_wipe(&joined, sizeof joined);
    return rc;
}

static int make_shares(const char *folder, struct setup_shares *shares,
                       struct error *err)
{
    struct node_joined joined;
    int rc = node_join_again(&joined, folder, err);

    if (rc == 0)
        give_shares(shares, &joined);
    mem_wipe(&joined, sizeof joined);
    return rc;
}

/* ---- the first users */

static const char *share_at(const struct json *args,
                            const struct setup_shares *shares, size_t place)
{
    if (shares != NULL && shares->there)
        return place == 0 ? shares->first : shares->second;
    return json_text(json_at(json_get(args, "shares"), place));
}

/* The arguments of each user.add, made where password and shares are. */
static int prepare(const char *folder, const struct json *args,
                   const struct setup_shares *shares, struct json *out,
                   struct error *err)
{
    const struct json *users = json_get(args, "users");
    struct node *node = NULL;
    int rc = node_open(&node, folder, NODE_READ, err);

    for (size_t i = 0; rc == 0 && i < json_count(users); i++) {
        const struct json *one = json_at(users, i);
        struct new_user user = {
            .name = json_get_text(one, "name"),
            .role = json_get_text(one, "role"),
            .password = json_get_text(one, "password"),
            .shares = {share_at(args, shares, 0), share_at(args, shares, 1)}};
        struct json *made = json_object_new();

        if (user.name == NULL || user.role == NULL || user.password == NULL ||
            user.shares[0] == NULL || user.shares[1] == NULL)
            rc = error_set(err, ERR_INVALID,
                           "name, role, password and the two shares are "
                           "wanted");
        else
            rc = node_people_prepare(node, &user, made, err);
        json_add(out, made);
    }
    node_close(&node);
    return rc;
}

/* One user.add, as every command is run; its words of refusal into `err`. */
static int run_add(struct node *node, struct json *args, struct error *err)
{
    struct json *request = json_object_new(), *answer;
    struct id id = random_id(clock_wall_ms());
    char text[ID_TEXT_BYTES];
    struct buf said = {0}, reply = {0};
    int rc;

    json_set_text(request, "id", id_text(text, &id));
    json_set_text(request, "command", "user.add");
    json_set_text(request, "actor", "setup");
    json_set(request, "args", args);
    json_write(&said, request);
    json_free(&request);
    rc = node_commands_run(node, buf_bytes(&said), &reply);
    answer = rc == 0 ? json_parse(buf_bytes(&reply), NULL) : NULL;
    if (rc == 0 && !json_get_flag(answer, "ok"))
        rc = error_set(err, ERR_INVALID, "%s", json_get_text(answer, "error"));
    json_free(&answer);
    buf_free(&said);
    buf_free(&reply);
    return rc;
}

static int add_all(struct node *node, const struct json *prepared,
                   struct error *err)
{
    int rc = node_begin(node);

    for (size_t i = 0; rc == 0 && i < json_count(prepared); i++)
        rc = run_add(node, json_take_at(prepared, i), err);
    if (rc == 0)
        rc = node_commit(node, err);
    if (rc != 0) {
        if (err->text[0] == '\0')
            (void)error_set(err, rc, "the database refused: %s",
                            db_reason(node_store_db(node->store)));
        node_rollback(node);
    }
    return rc;
}

static int people(const char *folder, const struct json *args,
                  const struct setup_shares *shares, struct error *err)
{
    const struct json *users = json_get(args, "users");
    struct json *prepared = json_array_new();
    struct node *node = NULL;
    int rc = 0;

    if (!has_role(users, "leader") || !has_role(users, "custodian") ||
        json_count(users) > USERS_LIMIT)
        rc = error_set(err, ERR_INVALID,
                       "a leader and a custodian are wanted, and at most %d "
                       "people",
                       USERS_LIMIT);
    if (rc == 0 && (rc = prepare(folder, args, shares, prepared, err)) == 0 &&
        (rc = node_open(&node, folder, NODE_COMMAND, err)) == 0)
        rc = add_all(node, prepared, err);
    node_close(&node);
    json_wipe(&prepared);
    return rc;
}

const struct setup_steps node_first_steps = {.program = "node",
                                             .keeps = true,
                                             .look = look,
                                             .make = make,
                                             .shares = make_shares,
                                             .shown = node_join_shown,
                                             .people = people};
