/* common/crypto/share.h - a 32-byte secret as two lines on paper.
 *
 * secret = a XOR b with a random: one line alone says nothing. A line is
 *   share NAME-1 XXXX-XXXX-.. (base32 in groups of four)
 * and holds part number, 4-byte id of the pair, 32 bytes, and a 4-byte SHA-256
 * checksum, so that a wrong, foreign or repeated line is told apart in words.
 */
#ifndef LIENXA_CRYPTO_SHARE_H
#define LIENXA_CRYPTO_SHARE_H

#include "common/base/error.h"
#include <stdint.h>

enum { SHARE_SECRET_BYTES = 32, SHARE_TEXT_BYTES = 160 };

/* `name`: "root" or "recovery". */
void share_split(char first[SHARE_TEXT_BYTES], char second[SHARE_TEXT_BYTES],
                 const char *name, const uint8_t secret[SHARE_SECRET_BYTES]);

/* Either order, any case, spaces or dashes. ERR_INVALID names the faulty line
 * and why. */
int share_join(uint8_t out[SHARE_SECRET_BYTES], const char *name,
               const char *one, const char *other, struct error *err);

#endif
