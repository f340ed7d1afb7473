/* node/original.c - see original.h. */
#include "node/original.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/domain/media.h"
#include "common/domain/text.h"
#include "node/disclosure_inside.h"
#include "node/held.h"
#include "node/media.h"
#include "node/people.h"

enum { SHOWN_BYTES = 240, WHY_BYTES = DISCLOSURE_REASON_LIMIT + 64 };

static const struct hash no_page = {{0}};

struct node_original {
    struct media_file *file;
    struct id open;
    char by[DISCLOSURE_NAME_LIMIT + 1];
    struct hash session; /* no_page: from the command line */
    char type[64], shown[SHOWN_BYTES];
    int64_t until_ms; /* monotonic */
};

void node_original_free(struct node_original **original)
{
    if (*original == NULL)
        return;
    media_file_close(&(*original)->file);
    mem_free(original);
}

/* ---- with which key? */

struct trying {
    struct node *node;
    const struct original_order *order;
    const char *path;
    struct media_file *file; /* it is open */
    int rc;
    struct error err;
};

/* The head does not say to whom it is sealed: whoever holds keys tries them. */
static int try_key(void *who, const struct sealing_key *key)
{
    struct trying *t = who;
    enum account_guess *guess = t->order->ask.guess;
    struct seal_key half;
    int rc = node_disclosure_unwrap(t->node, &t->order->ask, key->key_id, &half,
                                    &t->err);

    if (rc != 0) {
        t->rc = rc;
        return guess != NULL && *guess == GUESS_WRONG;
    }
    rc = media_file_unseal(&t->file, t->path, &half, NULL);
    mem_wipe(&half, sizeof half);
    if (rc != 0)
        t->rc = error_set(&t->err, ERR_REFUSED,
                          "this original is sealed to another key of the "
                          "commune");
    return rc == 0;
}

/* ---- which file? */

struct finding {
    const char *number;
    struct media_use use;
    struct media_row row;
    bool found;
};

static int find_number(void *who, const struct media_use *use,
                       const struct media_row *row)
{
    struct finding *f = who;
    char text[16];

    (void)snprintf(text, sizeof text, "%d", use->number);
    if (strcmp(text, f->number) != 0)
        return 0;
    f->use = *use;
    f->row = *row;
    f->found = true;
    return 1;
}

static int find_path(struct node *node, const struct original_order *order,
                     char out[MEDIA_PATH], struct finding *f, struct error *err)
{
    char end[MEDIA_END];
    int rc;

    f->number = order->number == NULL ? "" : order->number;
    rc = media_store_uses(node->media.rows, node->keys.unit, &order->ask.id,
                          find_number, f);
    if (rc != 0)
        return error_set(err, rc, "the database cannot be read");
    if (!f->found || !node->media.open ||
        !node_media_has_original(node, &f->use))
        return error_set(err, ERR_MISSING,
                         "there is no sealed original of this file here: see "
                         "`report show`");
    media_shelf_original(end, &order->ask.id, f->use.number);
    media_shelf_path(&node->media.shelf, out, &f->row.name, end);
    return 0;
}

static int check_who(struct node *node, const char *by, struct error *err)
{
    return by != NULL && node_people_is(node, by, "custodian")
               ? 0
               : error_set(err, ERR_REFUSED,
                           "only a custodian opens originals, see `user list`");
}

static int unseal(struct node *node, const struct original_order *order,
                  struct media_file **out, struct finding *f, struct error *err)
{
    struct trying t = {.node = node, .order = order, .rc = ERR_MISSING};
    char path[MEDIA_PATH];
    int rc = check_who(node, order->ask.by, err);

    *out = NULL;
    if (rc == 0)
        rc = find_path(node, order, path, f, err);
    if (rc != 0)
        return rc;
    t.path = path;
    rc = node_store_sealing_keys(node->store, try_key, &t);
    if (rc < 0)
        return error_set(err, rc, "the database cannot be read");
    if (t.file == NULL)
        return error_set(err, t.rc, "%s",
                         t.err.text[0] != '\0' ? t.err.text
                                               : "there is no key to open it "
                                                 "with");
    if (order->ask.guess != NULL)
        *order->ask.guess = GUESS_RIGHT;
    *out = t.file;
    return 0;
}

int node_original_unseal(struct node *node, const struct original_order *order,
                         struct media_file **out, struct error *err)
{
    struct finding f = {.number = NULL};

    return unseal(node, order, out, &f, err);
}

/* ---- opening */

/* What people call it, as the words say. */
static void find_shown(struct node *node, const struct original_order *order,
                       int number, char out[SHOWN_BYTES])
{
    struct held_report held = {0};
    struct report_body body;

    (void)snprintf(out, SHOWN_BYTES, "original-%d", number);
    wire_arena_clear(node->arena);
    if (node_held_load(node, &order->ask.id, &held, NULL) == 0 &&
        held.has_body &&
        wire_report_body_decode(&body, node->arena, buf_bytes(&held.body),
                                NULL) == 0 &&
        (size_t)number <= body.attachment_count)
        (void)snprintf(out, SHOWN_BYTES, "original-%s",
                       body.attachments[number - 1].shown);
    node_held_free(&held);
}

/* Instead of the one that was. */
static struct node_original *replace(struct node *node, struct media_file *file,
                                     const struct original_order *order)
{
    struct node_original *o;
    uint8_t random[10];

    node_original_free(&node->original);
    o = node->original = mem_new(sizeof *o);
    random_bytes(random, sizeof random);
    o->open = id_make(node->wall_ms, random);
    o->file = file;
    o->until_ms = node->mono_ms + ORIGINAL_OPEN_MS;
    (void)snprintf(o->by, sizeof o->by, "%s", order->ask.by);
    if (order->session != NULL)
        o->session = *order->session;
    return o;
}

int node_original_open(struct node *node, const struct original_order *order,
                       struct json *out, struct error *err)
{
    struct finding f = {.number = NULL};
    struct media_file *file = NULL;
    struct node_original *o;
    char why[WHY_BYTES], text[ID_TEXT_BYTES];
    struct disclosure_order ask = order->ask;
    struct id record;
    int rc = unseal(node, order, &file, &f, err);

    if (rc != 0)
        return rc;
    /* it stays in the commune, and is read there */
    (void)snprintf(why, sizeof why, "bản gốc, tệp %d: %s", f.use.number,
                   ask.reason == NULL ? "" : ask.reason);
    if (ask.reason != NULL && !text_is_blank(bytes_of_text(ask.reason)))
        ask.reason = why;
    if ((rc = node_disclosure_note(node, &ask, &record, err)) != 0) {
        media_file_close(&file);
        return rc;
    }
    o = replace(node, file, order);
    (void)snprintf(o->type, sizeof o->type, "%s", media_type_text(f.row.type));
    find_shown(node, order, f.use.number, o->shown);
    json_set_text(out, "open", id_text(text, &o->open));
    json_set_text(out, "type", o->type);
    json_set_text(out, "name", o->shown);
    json_set_i64(out, "size", (int64_t)media_file_size(file));
    json_set_text(out, "disclosure", id_text(text, &record));
    log_info("original.opened", "by=%s", ask.by);
    return 0;
}

/* ---- reading */

static int give(struct node_original *o, const struct json *args,
                struct json *out, struct error *err)
{
    uint64_t size = media_file_size(o->file);
    uint32_t list = media_list_pieces(size), chunks = media_chunks(size);
    struct buf bytes = {0}, text = {0};
    int64_t from = 0, count = 0;
    int rc = 0;

    (void)json_get_i64(args, "from", &from);
    (void)json_get_i64(args, "count", &count);
    if (from < 0 || from > LIMIT_MEDIA || count < 0 || count > MEDIA_READ_MOST)
        return error_set(err, ERR_INVALID, "at most %d chunks at once",
                         MEDIA_READ_MOST);
    for (int64_t i = from; rc == 0 && i < chunks && i - from < count; i++)
        rc = media_file_get(o->file, list + (uint32_t)i, &bytes);
    base64url_encode(&text, buf_bytes(&bytes));
    json_set_text(out, "data", buf_text(&text));
    buf_wipe(&bytes);
    buf_wipe(&text);
    return rc == 0 ? 0
                   : error_set(err, ERR_MISSING,
                               "the original is damaged on this disk");
}

static bool is_of(const struct node_original *o,
                  const struct account_call *asked)
{
    return strcmp(asked->actor, o->by) == 0 &&
           hash_equal(asked->session != NULL ? asked->session : &no_page,
                      &o->session);
}

int node_original_read(struct node *node, const struct account_call *asked,
                       const struct json *args, struct json *out,
                       struct error *err)
{
    const char *word = json_get_text(args, "open");
    struct node_original *o;
    char text[ID_TEXT_BYTES];
    struct id open;

    node_original_work(node);
    o = node->original;
    if (o == NULL || word == NULL || !id_parse(&open, word) ||
        !id_equal(&open, &o->open) || !is_of(o, asked))
        return error_set(err, ERR_MISSING,
                         "this original is closed again: open it anew");
    json_set_text(out, "file", id_text(text, &o->open));
    json_set_text(out, "type", o->type);
    json_set_text(out, "name", o->shown);
    json_set_i64(out, "size", (int64_t)media_file_size(o->file));
    return give(o, args, out, err);
}

/* ---- closing */

/* Logged out, disabled, away for too long. A disk that does not say so changes
 * nothing before the time is over. */
static bool has_left(struct node *node, const struct node_original *o)
{
    struct account_session session;
    int rc;

    if (hash_equal(&o->session, &no_page))
        return false;
    rc = account_session_find(node->accounts, &o->session, node->wall_ms,
                              &session);
    return rc == ERR_MISSING || rc == ERR_REFUSED;
}

void node_original_work(struct node *node)
{
    const struct node_original *o = node->original;
    bool over;

    if (o == NULL)
        return;
    /* not the turn's time: one that the disk refused has none */
    over = clock_mono_ms() >= o->until_ms;
    if (!over && !has_left(node, o))
        return;
    log_info("original.closed", "after=%s", over ? "time" : "logout");
    node_original_free(&node->original);
}

int64_t node_original_deadline(const struct node *node)
{
    return node->original == NULL ? INT64_MAX : node->original->until_ms;
}
