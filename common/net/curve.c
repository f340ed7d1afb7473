/* common/net/curve.c - CURVE key pairs, made and written by libzmq. */
#include "common/net/curve.h"

#include <assert.h>
#include <string.h>
#include <zmq.h>

#include "common/base/mem.h"

void curve_key_generate(struct curve_key *out)
{
    char public_text[CURVE_TEXT_BYTES];
    char secret_text[CURVE_TEXT_BYTES];
    bool ok = zmq_curve_keypair(public_text, secret_text) == 0 &&
              curve_parse(out->public_key, public_text) &&
              curve_parse(out->secret, secret_text);

    assert(ok); /* a libzmq without CURVE cannot run this program */
    mem_wipe(secret_text, sizeof secret_text);
}

void curve_text(char out[CURVE_TEXT_BYTES], const uint8_t key[CURVE_BYTES])
{
    const char *text = zmq_z85_encode(out, key, CURVE_BYTES);

    assert(text);
}

bool curve_parse(uint8_t out[CURVE_BYTES], const char *text)
{
    return strnlen(text, CURVE_TEXT_BYTES) == CURVE_TEXT_BYTES - 1 &&
           zmq_z85_decode(out, text) != NULL;
}
