/* common/account/words.h - what both command lines print about accounts.
 */
#ifndef LIENXA_ACCOUNT_WORDS_H
#define LIENXA_ACCOUNT_WORDS_H

#include "common/format/json.h"

/* What user.totp answered: address and secret, then the ten recovery codes, one
 * a line; what to do with them on stderr. `out` is taken. An exit code. */
int account_words_totp(struct json *out);

#endif
