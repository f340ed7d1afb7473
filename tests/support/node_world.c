#include "tests/support/node_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "node/commands.h"

#define MUST(good) must((good), __LINE__)

static void must(bool good, int line)
{
    if (good)
        return;
    (void)fprintf(stderr, "node_world.c:%d does not hold\n", line);
    abort();
}

static const char *path_of(char out[160], const struct node_world *w,
                           const char *name)
{
    (void)snprintf(out, 160, "%s/%s", w->folder, name);
    return out;
}

static void fill_keys(struct node_keys *keys)
{
    struct certificate *c = &keys->certificate;

    node_keys_make(keys);
    (void)snprintf(keys->unit, sizeof keys->unit, "%s", NODE_WORLD_UNIT);
    (void)snprintf(keys->unit_name, sizeof keys->unit_name, "Quảng Thọ");
    (void)snprintf(keys->unit_slug, sizeof keys->unit_slug, "quang-tho");
    (void)snprintf(keys->hub, sizeof keys->hub, "%s", NODE_WORLD_HUB);
    (void)snprintf(keys->express, sizeof keys->express, "tcp://127.0.0.1:1");
    (void)snprintf(keys->bulk, sizeof keys->bulk, "tcp://127.0.0.1:2");
    memcpy(c->unit, keys->unit, sizeof c->unit);
    memcpy(c->hub, keys->hub, sizeof c->hub);
    memcpy(c->curve_public, keys->curve.public_key, sizeof c->curve_public);
    memcpy(c->sign_public, keys->sign.public_key, sizeof c->sign_public);
    c->number = 1;
    c->issued_ms = clock_wall_ms();
    c->expires_ms = c->issued_ms + 86400000;
}

static void put_key(struct node_world *w, const struct seal_key *key,
                    bool custodian)
{
    struct sealing_key row = {.custodian = custodian, .since_ms = 1};
    struct buf box = {0};

    sign_key_id(row.key_id, key->public_key);
    memcpy(row.public_key, key->public_key, sizeof row.public_key);
    MUST(seal_close(&box, w->recovery.public_key,
                    bytes_of(key->secret, sizeof key->secret)) == 0);
    row.recovery_box = buf_bytes(&box);
    MUST(node_store_put_sealing_key(w->node->store, &row) == 0);
    buf_free(&box);
}

static void fill_database(struct node_world *w)
{
    char hex[2 * SEAL_PUBLIC_BYTES + 1];
    struct ledger_stream s;

    hex_encode(hex, w->recovery.public_key, sizeof w->recovery.public_key);
    MUST(node_begin(w->node) == 0);
    MUST(ledger_stream(w->node->ledger, &s, &w->node->up, true) == 0);
    MUST(ledger_stream(w->node->ledger, &s, &w->node->all, false) == 0);
    MUST(node_store_set(w->node->store, "recovery_public", hex) == 0);
    put_key(w, &w->duty, false);
    put_key(w, &w->custodian, true);
    MUST(node_commit(w->node, &w->err) == 0);
}

struct node_world *node_world_new(void)
{
    struct node_world *w = mem_new(sizeof *w);
    struct node_store *store = NULL;
    char path[160];

    crypto_open();
    (void)snprintf(w->folder, sizeof w->folder, "/tmp/lienxa-node.XXXXXX");
    MUST(mkdtemp(w->folder) != NULL);
    fill_keys(&w->keys);
    seal_key_generate(&w->recovery);
    seal_key_generate(&w->duty);
    seal_key_generate(&w->custodian);
    share_split(w->shares[0], w->shares[1], "recovery", w->recovery.secret);
    MUST(node_keys_save(&w->keys, w->folder, &w->err) == 0);
    MUST(node_store_open(&store, path_of(path, w, "node.db"), DB_WRITE,
                         &w->err) == 0);
    node_store_close(&store);
    node_world_open(w, NODE_COMMAND);
    fill_database(w);
    return w;
}

void node_world_open(struct node_world *w, enum node_mode mode)
{
    node_world_close(w);
    if (node_open(&w->node, w->folder, mode, &w->err) != 0)
        (void)fprintf(stderr, "%s\n", w->err.text);
    MUST(w->node != NULL);
}

void node_world_close(struct node_world *w) { node_close(&w->node); }

void node_world_free(struct node_world *w)
{
    static const char *const names[] = {
        "node.db",       "node.db-wal",    "node.db-shm",
        "lock",          "keys/curve.key", "keys/sign.key",
        "keys/rest.key", "keys/pinned",    "lines"};
    char path[160];

    node_world_close(w);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)unlink(path_of(path, w, names[i]));
    (void)rmdir(path_of(path, w, "keys"));
    (void)rmdir(w->folder);
    node_keys_wipe(&w->keys);
    mem_free(&w);
}

struct json *node_world_ask(struct node_world *w, const char *id,
                            const char *command, const char *args)
{
    struct id fresh = random_id(clock_wall_ms());
    char text[ID_TEXT_BYTES];
    struct buf request = {0}, reply = {0};
    struct json *answer;

    buf_printf(&request,
               "{\"id\":\"%s\",\"command\":\"%s\",\"actor\":\"lan\","
               "\"args\":%s}",
               id != NULL ? id : id_text(text, &fresh), command, args);
    MUST(node_begin(w->node) == 0);
    MUST(node_commands_run(w->node, buf_bytes(&request), &reply) == 0);
    MUST(node_commit(w->node, &w->err) == 0);
    answer = json_parse(buf_bytes(&reply), &w->err);
    MUST(answer != NULL);
    buf_free(&request);
    buf_free(&reply);
    return answer;
}

struct json *node_world_do(struct node_world *w, const char *command,
                           const char *args)
{
    struct json *answer = node_world_ask(w, NULL, command, args);
    struct json *out = json_take(answer, "out");

    if (out == NULL)
        (void)fprintf(stderr, "%s: %s\n", command,
                      json_get_text(answer, "error"));
    json_free(&answer);
    MUST(out != NULL);
    return out;
}

char *node_world_refused(struct node_world *w, const char *command,
                         const char *args)
{
    struct json *answer = node_world_ask(w, NULL, command, args);
    char *text;

    MUST(!json_get_flag(answer, "ok"));
    MUST(json_get(answer, "out") == NULL);
    text = mem_text(json_get_text(answer, "error"));
    json_free(&answer);
    return text;
}

uint64_t node_world_head(struct node_world *w)
{
    struct ledger_stream s;

    MUST(ledger_stream(w->node->ledger, &s, &w->node->up, true) == 0);
    return s.head.seq;
}

bool node_world_holds(struct node_world *w, const char *text)
{
    static const char *const names[] = {"node.db", "node.db-wal"};
    bool found = false;

    for (size_t i = 0; i < 2; i++) {
        struct buf content = {0};
        char path[160];

        if (file_read(&content, path_of(path, w, names[i]), 64 << 20, NULL) ==
            0)
            found = found || memmem(content.data, content.size, text,
                                    strlen(text)) != NULL;
        buf_free(&content);
    }
    return found;
}
