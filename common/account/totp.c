/* common/account/totp.c - RFC 6238 over RFC 4226. */
#include "common/account/totp.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/mac.h"
#include "common/crypto/random.h"

enum { RECOVERY_LETTERS = 12, GROUP = 4 };

int64_t totp_step(int64_t wall_ms) { return wall_ms / TOTP_STEP_MS; }

void totp_digits(char out[TOTP_DIGITS + 1],
                 const uint8_t secret[TOTP_SECRET_BYTES], int64_t step)
{
    uint8_t counter[8], mac[MAC_SHA1_BYTES];
    uint32_t number;

    put_u64(counter, (uint64_t)step);
    mac_sha1(mac, bytes_of(secret, TOTP_SECRET_BYTES),
             bytes_of(counter, sizeof counter));
    number = get_u32(mac + (mac[MAC_SHA1_BYTES - 1] & 15)) & 0x7fffffffU;
    (void)snprintf(out, TOTP_DIGITS + 1, "%06u", (unsigned)(number % 1000000U));
}

int64_t totp_match(const uint8_t secret[TOTP_SECRET_BYTES], int64_t now_step,
                   int64_t last, const char *digits)
{
    int64_t found = 0;

    if (strnlen(digits, TOTP_DIGITS + 1) != TOTP_DIGITS)
        return 0;
    if (last > now_step + 2)
        last = 0;
    for (int64_t step = now_step + 1; step >= now_step - 1; step--) {
        char right[TOTP_DIGITS + 1];

        totp_digits(right, secret, step);
        if (crypto_equal(right, digits, TOTP_DIGITS) && step > last)
            found = step;
    }
    return found;
}

/* ---- for the authenticator */

static void add_escaped(struct buf *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *text != '\0'; text++)
        if (strchr(plain, *text) != NULL)
            buf_add(out, text, 1);
        else
            buf_printf(out, "%%%02X", (unsigned)(uint8_t)*text);
}

void totp_uri(struct buf *out, const char *issuer, const char *name,
              const uint8_t secret[TOTP_SECRET_BYTES])
{
    buf_add_text(out, "otpauth://totp/");
    add_escaped(out, issuer);
    buf_add_text(out, ":");
    add_escaped(out, name);
    buf_add_text(out, "?secret=");
    base32_encode(out, bytes_of(secret, TOTP_SECRET_BYTES));
    buf_add_text(out, "&issuer=");
    add_escaped(out, issuer);
    buf_printf(out, "&algorithm=SHA1&digits=%d&period=%d", TOTP_DIGITS,
               TOTP_STEP_MS / 1000);
}

/* ---- recovery codes */

void totp_recovery_make(char out[TOTP_RECOVERY_TEXT_BYTES])
{
    uint8_t bytes[RECOVERY_LETTERS];
    struct buf letters = {0};
    size_t at = 0;

    random_bytes(bytes, sizeof bytes);
    base32_encode(&letters, bytes_of(bytes, sizeof bytes));
    for (size_t i = 0; i < RECOVERY_LETTERS; i++) {
        if (i > 0 && i % GROUP == 0)
            out[at++] = '-';
        out[at++] = (char)letters.data[i];
    }
    out[at] = '\0';
    mem_wipe(letters.data, letters.size);
    buf_free(&letters);
}

bool totp_recovery_clean(char out[TOTP_RECOVERY_TEXT_BYTES], const char *typed)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    size_t count = 0;

    for (; *typed != '\0'; typed++) {
        char c = *typed;

        if (c == '-' || c == ' ')
            continue;
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (count == RECOVERY_LETTERS || strchr(letters, c) == NULL)
            return false;
        out[count++] = c;
    }
    out[count] = '\0';
    return count == RECOVERY_LETTERS;
}
