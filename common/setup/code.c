/* common/setup/code.c - see code.h. */
#include "common/setup/code.h"

#include <ctype.h>
#include <string.h>

#include "common/crypto/digest.h"
#include "common/crypto/random.h"

/* No I, L, O and U (Crockford's base32). */
static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void setup_code_make(char out[SETUP_CODE_TEXT_BYTES])
{
    uint8_t random[SETUP_CODE_LETTERS];
    char *at = out;

    random_bytes(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) {
        if (i > 0 && i % 4 == 0)
            *at++ = '-';
        *at++ = letters[random[i] % 32]; /* 256 is a multiple of 32 */
    }
    *at = '\0';
    mem_wipe(random, sizeof random);
}

static char as_meant(char typed)
{
    char letter = (char)toupper((unsigned char)typed);

    return letter == 'O' ? '0' : letter == 'I' || letter == 'L' ? '1' : letter;
}

bool setup_code_hash(struct hash *out, const char *typed)
{
    static const char context[] = "lienxa set-up code 1\n";
    char clean[SETUP_CODE_LETTERS + 1] = "";
    struct bytes pieces[2];
    size_t count = 0;

    for (; *typed != '\0'; typed++) {
        char letter = as_meant(*typed);

        if (letter == '-' || isspace((unsigned char)letter))
            continue;
        if (count == SETUP_CODE_LETTERS || strchr(letters, letter) == NULL) {
            mem_wipe(clean, sizeof clean);
            return false;
        }
        clean[count++] = letter;
    }
    pieces[0] = bytes_of(context, sizeof context - 1);
    pieces[1] = bytes_of(clean, count);
    *out = crypto_sha256(pieces, 2);
    mem_wipe(clean, sizeof clean);
    return count == SETUP_CODE_LETTERS;
}
