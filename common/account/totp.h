/* common/account/totp.h - six digits that change every half minute (RFC 6238:
 * SHA-1, 30 seconds, 6 digits, as every authenticator knows them), and recovery
 * codes for the day the phone is gone. Pure.
 */
#ifndef LIENXA_ACCOUNT_TOTP_H
#define LIENXA_ACCOUNT_TOTP_H

#include "common/base/buf.h"
#include "common/base/id.h"

enum {
    TOTP_SECRET_BYTES = 20,
    TOTP_STEP_MS = 30000,
    TOTP_DIGITS = 6,
    TOTP_RECOVERY_CODES = 10,
    TOTP_RECOVERY_TEXT_BYTES = 15 /* "ABCD-EFGH-IJKL" */
};

int64_t totp_step(int64_t wall_ms);

/* The six digits of a step. */
void totp_digits(char out[TOTP_DIGITS + 1],
                 const uint8_t secret[TOTP_SECRET_BYTES], int64_t step);

/* Which step do these digits belong to: this one, the one before or the one
 * after, and later than `last`; 0: none. A `last` that is too far ahead is of a
 * clock that was wrong, and holds nobody back. Constant time in the digits. */
int64_t totp_match(const uint8_t secret[TOTP_SECRET_BYTES], int64_t now_step,
                   int64_t last, const char *digits);

/* otpauth://totp/ISSUER:NAME?secret=..&issuer=.., to be shown as a QR code. */
void totp_uri(struct buf *out, const char *issuer, const char *name,
              const uint8_t secret[TOTP_SECRET_BYTES]);

void totp_recovery_make(char out[TOTP_RECOVERY_TEXT_BYTES]);
/* Is this a recovery code by its looks? Writes its 12 letters without the
 * dashes, upper case. */
bool totp_recovery_clean(char out[TOTP_RECOVERY_TEXT_BYTES], const char *typed);

#endif
