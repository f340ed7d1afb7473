/* tests/support/asker_main.c - lienxa-asker: speaks to web.sock as the process
 * of the pages does.
 *
 *   lienxa-asker SOCKET             each line of standard input is a request,
 *                                   each line of standard output its reply
 *   lienxa-asker --proof SALT WORD  what session.open wants of a password
 *   lienxa-asker --code SECRET      what the phone shows now
 */
#include <stdio.h>
#include <string.h>

#include "common/account/password.h"
#include "common/account/totp.h"
#include "common/base/clock.h"
#include "common/control/control.h"
#include "common/crypto/random.h"

enum { ANSWER_MS = 60000, LINE_BYTES = 65536 };

static int say_proof(const char *hex, const char *password)
{
    uint8_t salt[PASSWORD_SALT_BYTES], proof[ACCOUNT_PROOF_BYTES];
    char text[2 * ACCOUNT_PROOF_BYTES + 1];

    if (!hex_decode(salt, sizeof salt, hex) ||
        account_password_proof(proof, salt, password) != 0)
        return 1;
    hex_encode(text, proof, sizeof proof);
    return puts(text) < 0;
}

static int say_code(const char *text)
{
    char digits[TOTP_DIGITS + 1];
    struct buf secret = {0};
    bool good =
        base32_decode(&secret, text) && secret.size == TOTP_SECRET_BYTES;

    if (good)
        totp_digits(digits, secret.data, totp_step(clock_wall_ms()));
    buf_free(&secret);
    return good ? puts(digits) < 0 : 1;
}

static int talk(const char *path)
{
    static char line[LINE_BYTES];
    struct control_client *client = NULL;
    struct error err = {""};
    struct buf reply = {0};
    int rc = control_client_open(&client, path, &err);

    while (rc == 0 && fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        buf_clear(&reply);
        rc = control_call(client, bytes_of_text(line), &reply, ANSWER_MS, &err);
        if (rc == 0)
            (void)puts(buf_text(&reply));
        (void)fflush(stdout);
    }
    if (rc != 0)
        (void)fprintf(stderr, "lienxa-asker: %s\n", err.text);
    buf_free(&reply);
    control_client_close(&client);
    return rc != 0;
}

int main(int argc, char **argv)
{
    crypto_open();
    if (argc == 4 && strcmp(argv[1], "--proof") == 0)
        return say_proof(argv[2], argv[3]);
    if (argc == 3 && strcmp(argv[1], "--code") == 0)
        return say_code(argv[2]);
    return argc == 2 ? talk(argv[1]) : 2;
}
