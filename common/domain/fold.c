#include "common/domain/fold.h"

#include <stddef.h>
#include <uchar.h>

/* Letters that are one and the same without their accents. */
static const struct {
    char16_t first, last;
    char base;
} families[] = {
    {0xc0, 0xc5, 'a'},     {0xc7, 0xc7, 'c'},     {0xc8, 0xcb, 'e'},
    {0xcc, 0xcf, 'i'},     {0xd0, 0xd0, 'd'},     {0xd1, 0xd1, 'n'},
    {0xd2, 0xd6, 'o'},     {0xd9, 0xdc, 'u'},     {0xdd, 0xdd, 'y'},
    {0xe0, 0xe5, 'a'},     {0xe7, 0xe7, 'c'},     {0xe8, 0xeb, 'e'},
    {0xec, 0xef, 'i'},     {0xf0, 0xf0, 'd'},     {0xf1, 0xf1, 'n'},
    {0xf2, 0xf6, 'o'},     {0xf9, 0xfc, 'u'},     {0xfd, 0xfd, 'y'},
    {0x102, 0x103, 'a'},   {0x110, 0x111, 'd'},   {0x128, 0x129, 'i'},
    {0x168, 0x169, 'u'},   {0x1a0, 0x1a1, 'o'},   {0x1af, 0x1b0, 'u'},
    {0x1ea0, 0x1eb7, 'a'}, {0x1eb8, 0x1ec7, 'e'}, {0x1ec8, 0x1ecb, 'i'},
    {0x1ecc, 0x1ee3, 'o'}, {0x1ee4, 0x1ef1, 'u'}, {0x1ef2, 0x1ef9, 'y'},
};

/* A vowel in lower case, then with huyền, hỏi, ngã, sắc, nặng. */
enum { TONES = 5, LAST_OF_OURS = 0x1ef9 };
static const char16_t vowels[][1 + TONES] = {
    {'a', 0xe0, 0x1ea3, 0xe3, 0xe1, 0x1ea1},
    {0x103, 0x1eb1, 0x1eb3, 0x1eb5, 0x1eaf, 0x1eb7},
    {0xe2, 0x1ea7, 0x1ea9, 0x1eab, 0x1ea5, 0x1ead},
    {'e', 0xe8, 0x1ebb, 0x1ebd, 0xe9, 0x1eb9},
    {0xea, 0x1ec1, 0x1ec3, 0x1ec5, 0x1ebf, 0x1ec7},
    {'i', 0xec, 0x1ec9, 0x129, 0xed, 0x1ecb},
    {'o', 0xf2, 0x1ecf, 0xf5, 0xf3, 0x1ecd},
    {0xf4, 0x1ed3, 0x1ed5, 0x1ed7, 0x1ed1, 0x1ed9},
    {0x1a1, 0x1edd, 0x1edf, 0x1ee1, 0x1edb, 0x1ee3},
    {'u', 0xf9, 0x1ee7, 0x169, 0xfa, 0x1ee5},
    {0x1b0, 0x1eeb, 0x1eed, 0x1eef, 0x1ee9, 0x1ef1},
    {'y', 0x1ef3, 0x1ef7, 0x1ef9, 0xfd, 0x1ef5},
};

/* 0 when it stands for itself. */
static char base_of(char32_t c)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (c >= families[i].first && c <= families[i].last)
            return families[i].base;
    return 0;
}

/* Capitals of Vietnamese and Latin-1. */
static char32_t to_lower(char32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7))
        return c + 0x20;
    if (c == 0x1af)
        return c + 1;
    return c >= 0x102 && c <= 0x1ef9 && c % 2 == 0 && base_of(c) != 0 &&
                   c != 0x1b0
               ? c + 1
               : c;
}

static bool is_mark(char32_t c) { return c >= 0x300 && c <= 0x36f; }

static bool is_letter(char32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
               (c >= 'a' && c <= 'z');
    return c >= 0xc0 && c != 0xd7 && c != 0xf7 &&
           !(c >= 0x2000 && c <= 0x206f) && !(c >= 0x3000 && c <= 0x303f);
}

/* The character at `at` and how many bytes it takes, of `room` (at least 1). */
static char32_t character(const uint8_t *at, size_t room, size_t *size)
{
    char32_t value;

    *size = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (*size > room)
        *size = room;
    value = *size == 1 ? at[0] : at[0] & (0x7fU >> *size);
    for (size_t i = 1; i < *size; i++)
        value = value << 6 | (at[i] & 0x3f);
    return value;
}

static void add_character(struct buf *out, char32_t c)
{
    if (c < 0x80) {
        buf_add_u8(out, (uint8_t)c);
    } else if (c < 0x800) {
        buf_add_u8(out, (uint8_t)(0xc0 | c >> 6));
        buf_add_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else {
        buf_add_u8(out, (uint8_t)(0xe0 | c >> 12));
        buf_add_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        buf_add_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    }
}

/* The letter without its tone, and the tone, 0 for none. */
static char32_t without_tone(char32_t c, int *tone)
{
    *tone = 0;
    for (size_t i = 0; c >= 0x80 && i < sizeof vowels / sizeof *vowels; i++)
        for (int k = 1; k <= TONES; k++)
            if (vowels[i][k] == c) {
                *tone = k;
                return vowels[i][0];
            }
    return c;
}

struct folding {
    struct buf *out;
    enum fold_how how;
    char tones[8]; /* of the word at hand */
    size_t tone_count;
    size_t start; /* of the word, in `out` */
    bool in_word, accented;
};

static void add_letter(struct folding *f, const uint8_t *at, size_t size,
                       char32_t c)
{
    char base = base_of(c);
    int tone;

    if (!f->in_word)
        f->start = f->out->size;
    f->in_word = true;
    f->accented |= base != 0;
    if (c > LAST_OF_OURS) {
        buf_add(f->out, at, size);
    } else if (f->how == FOLD_PLAIN && base != 0) {
        buf_add_u8(f->out, (uint8_t)base);
    } else {
        add_character(f->out, without_tone(to_lower(c), &tone));
        if (tone != 0 && f->tone_count < sizeof f->tones)
            f->tones[f->tone_count++] = (char)('0' + tone);
    }
}

static void end_word(struct folding *f, const char *gap)
{
    if (f->how == FOLD_ACCENTED && !f->accented) {
        f->out->size = f->start;
    } else {
        buf_add(f->out, f->tones, f->tone_count);
        buf_add_text(f->out, gap);
    }
    f->tone_count = 0;
    f->in_word = f->accented = false;
}

/* Folds the letters and marks; others end a word, and are told by `gap`. */
static void fold(struct folding *f, struct bytes text, const char *gap)
{
    size_t size;

    for (size_t at = 0; at < text.size; at += size) {
        char32_t c = character(text.data + at, text.size - at, &size);

        if (is_mark(c)) {
            f->accented |= f->in_word;
            if (f->how != FOLD_PLAIN && f->in_word)
                buf_add(f->out, text.data + at, size);
        } else if (is_letter(c)) {
            add_letter(f, text.data + at, size, c);
        } else if (f->in_word) {
            end_word(f, gap);
        }
    }
    if (f->in_word)
        end_word(f, gap);
}

void fold_words(struct buf *out, const char *text, enum fold_how how)
{
    struct folding f = {.out = out, .how = how};

    buf_add_text(out, " ");
    fold(&f, bytes_of_text(text), " ");
}

void fold_word(struct buf *out, struct bytes word, enum fold_how how)
{
    struct folding f = {.out = out, .how = how};

    fold(&f, word, "");
}

bool fold_has_accents(struct bytes word)
{
    size_t size;

    for (size_t at = 0; at < word.size; at += size) {
        char32_t c = character(word.data + at, word.size - at, &size);

        if (base_of(c) != 0 || is_mark(c))
            return true;
    }
    return false;
}
