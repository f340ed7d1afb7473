/* common/account/words.c - see words.h. */
#include "common/account/words.h"

#include <stdio.h>

int account_words_totp(struct json *out)
{
    const struct json *codes = json_get(out, "codes");

    printf("%s\nsecret %s\n", json_get_text(out, "uri"),
           json_get_text(out, "secret"));
    for (size_t i = 0; i < json_count(codes); i++)
        printf("code %s\n", json_text(json_at(codes, i)));
    (void)fprintf(stderr,
                  "%s now logs in with a code from the phone: put the first "
                  "line into the authenticator (as a QR code), or type the "
                  "secret there. Each of the ten codes below it works once "
                  "when the phone is not at hand: print them, lock them "
                  "away. All of this is shown this once.\n",
                  json_get_text(out, "name"));
    json_free(&out);
    return 0;
}
