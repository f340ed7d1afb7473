/* common/setup/code.h - the one-time code that lets somebody set a program up
 * in the browser: twenty letters and digits in groups of four, 100 random bits.
 *
 * Only its SHA-256 is kept. What people mistake is read as meant: O as 0, I and
 * L as 1, small letters, spaces and dashes anywhere.
 */
#ifndef LIENXA_SETUP_CODE_H
#define LIENXA_SETUP_CODE_H

#include <stdbool.h>

#include "common/base/id.h"

enum { SETUP_CODE_LETTERS = 20, SETUP_CODE_TEXT_BYTES = 25 };

/* "7QKM-2F9X-..". Wipe it when it was printed. */
void setup_code_make(char out[SETUP_CODE_TEXT_BYTES]);

/* What is kept of it. False: no code by its looks. */
bool setup_code_hash(struct hash *out, const char *typed);

#endif
