/* Bytes as letters: hex, base64url, base32, and the check of UTF-8. */
#include "common/base/buf.h"

#include <string.h>

static const char base64url_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char base32_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void hex_encode(char *out, const void *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *in = data;

    for (size_t i = 0; i < size; i++) {
        *out++ = digits[in[i] >> 4];
        *out++ = digits[in[i] & 15];
    }
    *out = '\0';
}

static int hex_digit(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    if (letter >= 'a' && letter <= 'f')
        return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F')
        return letter - 'A' + 10;
    return -1;
}

bool hex_decode(void *out, size_t size, const char *text)
{
    uint8_t *to = out;

    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(*text);
        int low = high < 0 ? -1 : hex_digit(text[1]);

        if (low < 0)
            return false;
        to[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return *text == '\0';
}

static void encode(struct buf *out, struct bytes in, const char *letters,
                   unsigned width)
{
    uint32_t bits = 0;
    unsigned have = 0;

    for (size_t i = 0; i < in.size; i++) {
        bits = (bits << 8 | in.data[i]) & 0xffff;
        have += 8;
        while (have >= width) {
            have -= width;
            buf_add_u8(out,
                       (uint8_t)letters[bits >> have & ((1U << width) - 1)]);
        }
    }
    if (have > 0)
        buf_add_u8(
            out,
            (uint8_t)letters[bits << (width - have) & ((1U << width) - 1)]);
}

/* Bits of the letters so far that do not make a byte yet. */
struct decoder {
    struct buf *out;
    uint32_t bits;
    unsigned have, width;
};

static bool decode_letter(struct decoder *decoder, const char *letters,
                          char letter)
{
    const char *found = letter ? strchr(letters, letter) : NULL;

    if (!found)
        return false;
    decoder->bits =
        (decoder->bits << decoder->width | (uint32_t)(found - letters)) &
        0xffff;
    decoder->have += decoder->width;
    if (decoder->have >= 8) {
        decoder->have -= 8;
        buf_add_u8(decoder->out, (uint8_t)(decoder->bits >> decoder->have));
    }
    return true;
}

/* What is left is padding: less than one letter, and zero. */
static bool decode_end(const struct decoder *decoder)
{
    return decoder->have < decoder->width &&
           (decoder->bits & ((1U << decoder->have) - 1)) == 0;
}

void base64url_encode(struct buf *out, struct bytes in)
{
    encode(out, in, base64url_letters, 6);
}

bool base64url_decode(struct buf *out, const char *text)
{
    struct decoder decoder = {.out = out, .width = 6};
    size_t before = out->size;

    for (; *text; text++)
        if (!decode_letter(&decoder, base64url_letters, *text))
            break;
    if (*text == '\0' && decode_end(&decoder))
        return true;
    out->size = before;
    return false;
}

void base32_encode(struct buf *out, struct bytes in)
{
    encode(out, in, base32_letters, 5);
}

bool base32_decode(struct buf *out, const char *text)
{
    struct decoder decoder = {.out = out, .width = 5};
    size_t before = out->size;

    for (; *text; text++) {
        char letter = *text;

        if (letter == '-' || letter == ' ')
            continue;
        if (letter >= 'a' && letter <= 'z')
            letter = (char)(letter - 'a' + 'A');
        if (!decode_letter(&decoder, base32_letters, letter))
            break;
    }
    if (*text == '\0' && decode_end(&decoder))
        return true;
    out->size = before;
    return false;
}

/* The size of the character at `at`, 0 when it is not one. */
static size_t utf8_character(const uint8_t *at, size_t left)
{
    uint8_t low = 0x80, high = 0xbf; /* bounds of the second byte */
    size_t size;

    if (at[0] < 0x80)
        return at[0] ? 1 : 0;
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    size = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (at[0] == 0xe0)
        low = 0xa0; /* shorter form exists */
    else if (at[0] == 0xed)
        high = 0x9f; /* surrogates */
    else if (at[0] == 0xf0)
        low = 0x90;
    else if (at[0] == 0xf4)
        high = 0x8f; /* above U+10FFFF */
    if (left < size || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

bool utf8_valid(struct bytes text)
{
    size_t at = 0;

    while (at < text.size) {
        size_t size = utf8_character(text.data + at, text.size - at);

        if (size == 0)
            return false;
        at += size;
    }
    return true;
}
