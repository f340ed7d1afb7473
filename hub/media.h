/* hub/media.h - the files of reports that were passed on to the district, or
 * through it: which there are, whether they are whole (PROTOCOL 4.11, 7.12).
 *
 * Chunks are kept like at the communes: locked under a key of this hub
 * (DATA/keys/media.key), so that a copy of the disk without its keys shows no
 * picture. They are in no backup; what is lost is fetched again.
 */
#ifndef LIENXA_HUB_MEDIA_H
#define LIENXA_HUB_MEDIA_H

#include "common/format/json.h"
#include "hub/hub.h"

enum {
    ALARM_MEDIA_LOST = 220,
    ALARM_MEDIA_ROOM = 221,
    ALARM_MEDIA_NOWHERE = 222,
    ALARM_MEDIA_STUCK = 223
};

int hub_media_open(struct hub *hub, struct error *err);
void hub_media_close(struct hub *hub);

/* A change was applied, or is a tombstone: what it says of files. */
int hub_media_named(struct hub *hub, const struct change *change);

/* Of a turn: looks at some of what is here. */
void hub_media_work(struct hub *hub);
int64_t hub_media_deadline(const struct hub *hub);

/* Says to `tell` what does not fit, of all files; how many. For `verify`. */
unsigned hub_media_verify(struct hub *hub,
                          void (*tell)(void *who, const char *text), void *who);

/* The files of a report, by its id or that of its referral: [{"key","number",
 * "name","size","type","where","pieces","have"}]; where: here, coming, commune
 * (it stays there); have: of its pieces, the rest comes. Owned; NULL:
 * no such report, in words. */
struct json *hub_media_files(struct hub *hub, const char *word,
                             struct error *err);
/* `args` say "report" and "number": that file, when it is here, as "file" of
 * `out`. ERR_MISSING, in words. */
int hub_media_run_file(struct hub *hub, const struct json *args,
                       struct json *out, struct error *err);

/* The same for a page: "size" and "name" too, and "data", base64url of "count"
 * chunks of it from "from" on. */
enum { MEDIA_READ_MOST = 32 };
int hub_media_run_read(struct hub *hub, const struct json *args,
                       struct json *out, struct error *err);
/* "rows": hub_media_files of "report". */
int hub_media_run_list(struct hub *hub, const struct json *args,
                       struct json *out, struct error *err);

#endif
