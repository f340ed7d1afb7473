/* node/attach.c - see attach.h. */
#include "node/attach.h"

#include <string.h>

#include "node/held.h"
#include "node/media.h"
#include "node/referral.h"

/* Who holds it may add to it; a move that is always legal stands for all. */
static int may_change(struct node *node, const struct held_report *held,
                      struct error *err)
{
    if (held->final)
        return error_set(err, ERR_REFUSED, "this report was erased");
    if (held->fact.state == REPORT_DONG)
        return error_set(err, ERR_REFUSED,
                         "this report is closed: reopen it first");
    if (!held->has_body)
        return error_set(err, ERR_REFUSED,
                         "the words of this report are not here: nothing can "
                         "be added to them");
    return node_referral_may_move(node, held, REPORT_DANG_XU_LY, err);
}

/* The words with the files behind those they name. */
static int add_files(struct node *node, const struct held_report *held,
                     const struct taken_media *media, struct buf *out,
                     struct error *err)
{
    struct report_attachment files[REPORT_ATTACHMENTS_LIMIT];
    struct report_body body;
    int rc;

    wire_arena_clear(node->arena);
    rc = wire_report_body_decode(&body, node->arena, buf_bytes(&held->body),
                                 err);
    if (rc != 0)
        return rc;
    if (body.attachment_count + media->count > REPORT_ATTACHMENTS_LIMIT)
        return error_set(err, ERR_REFUSED,
                         "this report has %zu files, and at most %d are taken",
                         body.attachment_count, REPORT_ATTACHMENTS_LIMIT);
    memcpy(files, body.attachments,
           body.attachment_count * sizeof *body.attachments);
    memcpy(files + body.attachment_count, media->files,
           media->count * sizeof *media->files);
    body.attachment_count += media->count;
    body.attachments = files;
    wire_report_body_encode(out, &body);
    return out->size <= LIMIT_BODY
               ? 0
               : error_set(err, ERR_REFUSED,
                           "words, notes and files of this report are too long "
                           "together");
}

static int write_next(struct node *node, struct held_report *held,
                      const struct buf *body, struct error *err)
{
    struct node_write write = {
        .kind = KIND_REPORT, .record = held->id, .version = held->version + 1};
    struct buf fact = {0};
    int rc;

    wire_report_fact_encode(&fact, &held->fact);
    write.part[PART_FACT] = (struct node_part){true, buf_bytes(&fact), NULL};
    write.part[PART_BODY] = (struct node_part){true, buf_bytes(body), NULL};
    write.part[PART_VAULT].keep = &held->keep[PART_VAULT];
    rc = node_append(node, &write, err);
    buf_free(&fact);
    return rc;
}

static int attach(struct node *node, struct held_report *held,
                  const struct json *list, struct error *err)
{
    struct taken_media media;
    struct buf body = {0};
    unsigned before = held->fact.attachments;
    int rc = node_media_take(node, list, &media, err);

    if (rc == 0 && media.count == 0)
        rc = error_set(err, ERR_INVALID, "no file to be added");
    if (rc == 0)
        rc = add_files(node, held, &media, &body, err);
    if (rc == 0) {
        held->fact.attachments = before + (uint32_t)media.count;
        rc = write_next(node, held, &body, err);
    }
    if (rc == 0)
        rc = node_media_originals(node, list, &media, &held->id, before, err);
    buf_free(&body);
    return rc;
}

int node_attach_run(struct node *node, const struct json *args,
                    struct json *out, struct error *err)
{
    const char *text = json_get_text(args, "report");
    struct held_report held = {0};
    struct id id;
    int rc;

    if (text == NULL || !id_parse(&id, text))
        return error_set(err, ERR_INVALID, "\"%s\" is not a report's id",
                         text == NULL ? "" : text);
    rc = node_held_load(node, &id, &held, err);
    if (rc == 0)
        rc = may_change(node, &held, err);
    if (rc == 0)
        rc = attach(node, &held, json_get(args, "attachments"), err);
    if (rc == 0) {
        json_set_text(out, "id", text);
        json_set_i64(out, "count", held.fact.attachments);
    }
    node_held_free(&held);
    return rc;
}
