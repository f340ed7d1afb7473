/* node/media_read.c - files of reports given to pages: node/media.h.
 *
 * A report's own files are known by their number, those that came with it when
 * another commune passed it on by "o" and theirs.
 */
#include <stdio.h>
#include <string.h>

#include "common/crypto/digest.h"
#include "common/domain/media.h"
#include "common/media/save.h"
#include "common/peer/handover.h"
#include "node/held.h"
#include "node/media.h"

static const struct hash_function hash_function = {crypto_sha256};

enum { KEY_BYTES = 16 };

/* ---- one of them */

struct looking {
    struct node *node;
    const char *key, *before; /* what stands before their numbers */
    struct media_row row;
    int number;
    bool found;
};

static int look(void *who, const struct media_use *use,
                const struct media_row *row)
{
    struct looking *l = who;
    char key[KEY_BYTES];

    (void)snprintf(key, sizeof key, "%s%d", l->before, use->number);
    if (strcmp(key, l->key) != 0)
        return 0;
    l->row = *row;
    l->number = use->number;
    l->found = true;
    return 1;
}

/* What people call it, as the words say; "" when they are not here. */
static const char *shown(struct node *node, const struct buf *words, int number)
{
    struct report_body body;

    wire_arena_clear(node->arena);
    if (words->size == 0 ||
        wire_report_body_decode(&body, node->arena, buf_bytes(words), NULL) !=
            0 ||
        (size_t)number > body.attachment_count)
        return "";
    return body.attachments[number - 1].shown;
}

static int find_passed(struct looking *l, const struct held_report *held,
                       struct json *out)
{
    const char *home = held->fact.continues_home;
    struct handover h;
    int rc = handover_look(l->node->ledger, &hash_function, home,
                           &held->fact.continues_record, &h);

    l->before = "o";
    if (rc == 0 && h.offered)
        rc = media_store_uses(l->node->media.rows, home, &h.offer_record, look,
                              l);
    if (rc == 0 && l->found)
        json_set_text(out, "name", shown(l->node, &h.words, l->number));
    handover_free(&h);
    return rc;
}

static int find(struct looking *l, const struct id *report, struct json *out,
                struct error *err)
{
    struct held_report held = {0};
    int rc = node_held_load(l->node, report, &held, err);

    if (rc == 0 && l->key[0] == 'o' && held.fact.continues_home[0] != '\0') {
        rc = find_passed(l, &held, out);
    } else if (rc == 0) {
        rc = media_store_uses(l->node->media.rows, l->node->keys.unit, report,
                              look, l);
        json_set_text(out, "name",
                      l->found ? shown(l->node, &held.body, l->number) : "");
    }
    node_held_free(&held);
    if (rc == 0 && !l->found)
        return error_set(err, ERR_MISSING, "this report has no such file");
    return rc;
}

static int read_chunks(struct node *node, const struct media_row *row,
                       const struct json *args, struct json *out,
                       struct error *err)
{
    struct buf bytes = {0}, text = {0};
    int64_t from = 0, count = 0;
    int rc;

    (void)json_get_i64(args, "from", &from);
    (void)json_get_i64(args, "count", &count);
    if (from < 0 || from > LIMIT_MEDIA || count < 0 || count > MEDIA_READ_MOST)
        return error_set(err, ERR_INVALID, "at most %d chunks at once",
                         MEDIA_READ_MOST);
    rc = media_read(&node->media.shelf, row, (uint32_t)from, (uint32_t)count,
                    &bytes);
    if (rc == 0) {
        base64url_encode(&text, buf_bytes(&bytes));
        json_set_text(out, "data", buf_text(&text));
    } else {
        (void)error_set(err, ERR_MISSING,
                        "this file is damaged or missing on this machine's "
                        "disk: it is asked of the district if it has it");
    }
    buf_wipe(&bytes);
    buf_wipe(&text);
    return rc == 0 ? 0 : ERR_MISSING;
}

int node_media_run_read(struct node *node, const struct json *args,
                        struct json *out, struct error *err)
{
    const char *text = json_get_text(args, "report");
    struct looking l = {
        .node = node, .key = json_get_text(args, "number"), .before = ""};
    char name[HASH_TEXT_BYTES];
    struct id report;
    int rc;

    if (text == NULL || !id_parse(&report, text) || l.key == NULL)
        return error_set(err, ERR_INVALID, "a report and one of its files");
    if ((rc = find(&l, &report, out, err)) != 0)
        return rc;
    if (l.row.state != MEDIA_HERE || !node->media.open)
        return error_set(err, ERR_MISSING, "this file is not on this machine");
    json_set_text(out, "file", hash_text(name, &l.row.name));
    json_set_text(out, "type", media_type_text(l.row.type));
    json_set_i64(out, "size", (int64_t)l.row.size);
    return read_chunks(node, &l.row, args, out, err);
}

/* ---- all of them */

struct listing {
    struct node *node;
    struct json *rows;
    const char *before;
    const struct buf *words;
};

static int list_one(void *who, const struct media_use *use,
                    const struct media_row *row)
{
    const struct listing *l = who;
    struct node *node = l->node;
    struct json *one = json_object_new();
    char key[KEY_BYTES];

    (void)snprintf(key, sizeof key, "%s%d", l->before, use->number);
    json_set_text(one, "key", key);
    json_set_text(one, "name", shown(node, l->words, use->number));
    json_set_i64(one, "size", (int64_t)row->size);
    json_set_text(one, "type", media_type_text(row->type));
    json_set_flag(one, "kept", use->kept);
    json_set_flag(one, "original",
                  l->before[0] == '\0' && node_media_has_original(node, use));
    json_set_text(one, "where", node_media_where(node, use, row));
    json_set_i64(one, "pieces", media_pieces(row->size));
    json_set_i64(one, "have",
                 row->state == MEDIA_HERE ? media_pieces(row->size)
                 : node->media.open ? media_shelf_have(&node->media.shelf, row)
                                    : 0);
    json_add(l->rows, one);
    return 0;
}

static int list_passed(struct listing *l, const struct report_fact *fact)
{
    struct handover h;
    int rc = handover_look(l->node->ledger, &hash_function,
                           fact->continues_home, &fact->continues_record, &h);

    l->before = "o";
    l->words = &h.words;
    if (rc == 0 && h.offered)
        rc = media_store_uses(l->node->media.rows, fact->continues_home,
                              &h.offer_record, list_one, l);
    handover_free(&h);
    return rc;
}

int node_media_run_list(struct node *node, const struct json *args,
                        struct json *out, struct error *err)
{
    const char *text = json_get_text(args, "report");
    struct listing l = {.node = node, .rows = json_array_new()};
    struct held_report held = {0};
    struct id report;
    int rc = 0;

    json_set(out, "rows", l.rows);
    if (text == NULL || !id_parse(&report, text))
        return error_set(err, ERR_INVALID, "\"%s\" is not a report's id",
                         text == NULL ? "" : text);
    rc = node_held_load(node, &report, &held, err);
    if (rc == 0 && held.fact.continues_home[0] != '\0')
        rc = list_passed(&l, &held.fact);
    l.before = "";
    l.words = &held.body;
    if (rc == 0)
        rc = media_store_uses(node->media.rows, node->keys.unit, &report,
                              list_one, &l);
    node_held_free(&held);
    return rc;
}
