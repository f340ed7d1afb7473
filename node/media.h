/* node/media.h - photos and files of reports (PROTOCOL 4.11, 7.12).
 *
 * Whoever takes a report makes its files ready in DATA/spool (node/spool.h):
 * cleaned, locked, the original sealed. The core gives them their names and
 * writes their rows in the transaction of the report. A name is durable before
 * the report is.
 */
#ifndef LIENXA_NODE_MEDIA_H
#define LIENXA_NODE_MEDIA_H

#include "common/format/json.h"
#include "node/node.h"

enum {
    ALARM_MEDIA_LOST = 220,
    ALARM_MEDIA_BROKEN = 221,
    ALARM_MEDIA_NOWHERE = 222,
    ALARM_MEDIA_STUCK = 223
};

int node_media_open(struct node *node, struct error *err);
/* What a change that was applied, or a tombstone, says of files. */
int node_media_named(struct node *node, const struct change *change);
/* The words of a record came back (recovered, or from the hub): the files that
 * they name have rows again, and are asked of the hub. */
int node_media_again(struct node *node, const char *home,
                     const struct id *record);
/* Of a turn: looks at some of what is here. */
void node_media_work(struct node *node);
/* The hub does not have it yet. */
void node_media_late(struct node *node, const struct hash *name);
/* The hub does not have it either. */
void node_media_nowhere(struct node *node, const struct hash *name);

/* What a command that takes a report says of its files: checked, put in place.
 * `list` may be NULL: none. Texts in `out` are borrowed from `list`.
 * ERR_INVALID, ERR_REFUSED with words. */
struct taken_media {
    size_t count;
    struct report_attachment files[REPORT_ATTACHMENTS_LIMIT];
    bool again[REPORT_ATTACHMENTS_LIMIT]; /* an earlier try put it in place */
};
int node_media_take(struct node *node, const struct json *list,
                    struct taken_media *out, struct error *err);

/* Their originals, when the report that has them is written: in the same
 * transaction, each under that report and the number the file has in it, behind
 * those that it had `before`. */
int node_media_originals(struct node *node, const struct json *list,
                         const struct taken_media *media,
                         const struct id *report, unsigned before,
                         struct error *err);

/* Words of a report, encoded: from now on none of its files stays at the
 * commune. */
int node_media_let_go(struct node *node, struct buf *body, struct error *err);

/* The files of a report: [{"number","id","name","size","type","where","kept",
 * "original"}]; where: here, sent, hub (it has it and we lost ours), lost;
 * original: of a picture of our own, whether what it was made from is here,
 * sealed. Owned. */
struct json *node_media_list(struct node *node, const char *home,
                             const struct id *record,
                             const struct report_body *body);
/* The files of a report of ours, counted. */
struct media_whereabouts {
    unsigned here, coming, lost; /* coming: the hub has it, or should */
    unsigned originals_lost;     /* of pictures: sealed, and only ever here */
};
int node_media_count(struct node *node, const struct id *report,
                     struct media_whereabouts *out);
/* Where one of them is, as above; of another commune's also "away": it is not
 * meant for us. */
const char *node_media_where(struct node *node, const struct media_use *use,
                             const struct media_row *row);
/* Is there a sealed one of this picture of ours? In a process with a shelf. */
bool node_media_has_original(struct node *node, const struct media_use *use);
/* The command file.list, for a page: "rows" of "report", those that came with
 * it from another commune as well: "key" (for file.read), "name", "size",
 * "type", "kept", "original", "where", and how many of its "pieces" it "have".
 */
int node_media_run_list(struct node *node, const struct json *args,
                        struct json *out, struct error *err);
/* `args` say "report" and "number": that file, when it is here, as "file" and
 * "type" of `out`.
 * ERR_MISSING, in words. */
int node_media_find(struct node *node, const struct json *args,
                    struct json *out, struct error *err);
/* As above, for a page: its "size" and "name" too, and "data", base64url of
 * "count" chunks of it from "from" on, at most MEDIA_READ_MOST. */
enum { MEDIA_READ_MOST = 32 };
int node_media_run_read(struct node *node, const struct json *args,
                        struct json *out, struct error *err);
/* Says to `tell` what does not fit; how many. For `verify`. */
unsigned node_media_verify(struct node *node,
                           void (*tell)(void *who, const char *text),
                           void *who);

#endif
