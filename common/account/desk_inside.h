/* common/account/desk_inside.h - what the files of the desk share. Not for
 * others.
 */
#ifndef LIENXA_ACCOUNT_DESK_INSIDE_H
#define LIENXA_ACCOUNT_DESK_INSIDE_H

#include "common/account/desk.h"
#include "common/account/throttle.h"
#include "common/account/totp.h"

enum { DESK_KEY_BYTES = 32 };

struct account_desk {
    struct accounts *accounts;
    const struct policy *policy;
    char *folder, *issuer;
    struct throttle *throttle;
    bool has_key;
    uint8_t key[DESK_KEY_BYTES];
    int64_t wall_ms, mono_ms;
};

/* Sets the refusal and returns ERR_REFUSED. */
int desk_refuse(struct account_refusal *why, const char *code,
                const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ERR_REFUSED, "busy": wait before this try is looked at. */
int desk_wait(struct account_desk *desk, const struct throttle_try *one,
              struct account_refusal *why);

/* The argument "name" as names are stored, or false and "": nobody's. */
bool desk_clean_name(char out[ACCOUNT_NAME_BYTES], const struct json *args);

/* The key of DATA/keys/account.key, made when it is not there yet. */
int desk_key(struct account_desk *desk, struct error *err);

/* A new second factor for `user`: secret, uri and codes into `out`, their boxes
 * and hashes into the tables. ERR_IO and the like of the key, in words. */
int desk_new_totp(struct account_desk *desk, const char *user, bool pending,
                  struct json *out, struct error *err);
/* ERR_DAMAGED: it does not open with our key. */
int desk_open_totp(struct account_desk *desk, const char *user,
                   const uint8_t box[ACCOUNT_BOX_BYTES],
                   uint8_t secret[TOTP_SECRET_BYTES], struct error *err);
int desk_hash_recovery(struct account_desk *desk, const char *user,
                       const char *letters, struct hash *out,
                       struct error *err);

#endif
