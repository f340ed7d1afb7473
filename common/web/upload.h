/* common/web/upload.h - one file that a page hands in, part by part: on the
 * disk, without HTTP.
 *
 * Parts come in their order, each a box under a key made of the session's token
 * and the file's id, which is written nowhere: nobody but that session reads
 * it, goes on with it, or finds it. What a crash left half written is not
 * there. Any thread; the same file in two of them is fine.
 */
#ifndef LIENXA_WEB_UPLOAD_H
#define LIENXA_WEB_UPLOAD_H

#include "common/base/id.h"
#include "common/crypto/seal.h"
#include "common/format/json.h"

enum {
    UPLOAD_PART = 256 << 10,
    UPLOAD_MOST = 32 << 20,     /* one file */
    UPLOAD_FILES = 40,          /* of one session in a day .. */
    UPLOAD_SESSION = 256 << 20, /* .. and their bytes */
    UPLOAD_NAME_BYTES = 201,    /* what people call it, with its end */
    UPLOAD_PATH_BYTES = 4300
};

struct upload {
    char folder[UPLOAD_PATH_BYTES];
    char part[UPLOAD_PATH_BYTES + 100], done[UPLOAD_PATH_BYTES + 100];
    char tag[17]; /* whose it is: the beginning of the token's hash */
    uint8_t key[BOX_KEY_BYTES];
    uint64_t size;
};

/* `token`: the session's, in hex, 64 letters; `id`: as the page says it; `size`
 * too, in digits. ERR_INVALID; ERR_REFUSED: larger than UPLOAD_MOST. Wipe it
 * with upload_close. */
int upload_open(struct upload *out, const char *folder, const char *token,
                const char *id, const char *size, struct error *err);
void upload_close(struct upload *upload);

/* How many bytes are here. */
uint64_t upload_have(const struct upload *upload);

/* A part, numbered from 0; one that is here already changes nothing. `have` is
 * set also by ERR_CONFLICT: another one is the next. ERR_INVALID: not such a
 * part; ERR_REFUSED: this session's share is used up; ERR_FULL, ERR_IO: the
 * disk took nothing of it. */
int upload_put(struct upload *upload, const char *part, struct bytes bytes,
               uint64_t *have, struct error *err);

/* The whole as it was sent, in a file without a name; its SHA-256 is `sha256`
 * in hex. Returns the descriptor, the caller's. ERR_CONFLICT: not all of it is
 * here, or it arrived as something else and was thrown away; ERR_FULL: no room
 * to make it ready, it stays; ERR_IO. */
int upload_whole(struct upload *upload, const char *sha256, struct error *err);
/* It is ready, and this is what is said of it: kept, so that a lost answer can
 * be given again; the parts go. ERR_FULL, ERR_IO. */
int upload_done(struct upload *upload, const struct json *file,
                struct error *err);
/* It is of no use: the parts go. */
void upload_throw(struct upload *upload);
/* What upload_done was given. Owned; NULL: it is not ready. */
struct json *upload_ready(const struct upload *upload);
/* All of it goes, with what was made ready in the folder ("spool"). */
void upload_drop(struct upload *upload);

/* What people call it as a line without a folder in front. */
void upload_clean_name(char out[UPLOAD_NAME_BYTES], const char *name);

#endif
