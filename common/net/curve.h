/* common/net/curve.h - CURVE key pairs (libzmq's form).
 */
#ifndef LIENXA_NET_CURVE_H
#define LIENXA_NET_CURVE_H

#include <stdbool.h>
#include <stdint.h>

enum { CURVE_BYTES = 32, CURVE_TEXT_BYTES = 41 };

struct curve_key {
    uint8_t public_key[CURVE_BYTES];
    uint8_t secret[CURVE_BYTES];
};

void curve_key_generate(struct curve_key *out);
/* Z85, 40 characters and NUL. */
void curve_text(char out[CURVE_TEXT_BYTES], const uint8_t key[CURVE_BYTES]);
bool curve_parse(uint8_t out[CURVE_BYTES], const char *text);

#endif
