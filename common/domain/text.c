#include "common/domain/text.h"

#include <string.h>
#include <uchar.h>

enum { MARK_COUNT = 8, RUN_LIMIT = 8 };

/* The combining marks of Vietnamese, in the order of the columns below: grave,
 * acute, tilde, hook above, dot below, circumflex, breve, horn. Marks of one
 * class (Unicode 4.3) keep their order; others are sorted by it. */
static const struct {
    char16_t mark;
    uint8_t class;
} marks[MARK_COUNT] = {
    {0x0300, 230}, {0x0301, 230}, {0x0303, 230}, {0x0309, 230},
    {0x0323, 220}, {0x0302, 230}, {0x0306, 230}, {0x031b, 216},
};

/* Canonical compositions: a letter, and what it becomes with each mark. */
static const struct letter {
    char16_t base;
    char16_t with[MARK_COUNT];
} letters[] = {
    /* clang-format off */
    {u'a', {u'à', u'á', u'ã', u'ả', u'ạ', u'â', u'ă', 0}},
    {u'A', {u'À', u'Á', u'Ã', u'Ả', u'Ạ', u'Â', u'Ă', 0}},
    {u'ă', {u'ằ', u'ắ', u'ẵ', u'ẳ', 0, 0, 0, 0}},
    {u'Ă', {u'Ằ', u'Ắ', u'Ẵ', u'Ẳ', 0, 0, 0, 0}},
    {u'â', {u'ầ', u'ấ', u'ẫ', u'ẩ', 0, 0, 0, 0}},
    {u'Â', {u'Ầ', u'Ấ', u'Ẫ', u'Ẩ', 0, 0, 0, 0}},
    {u'ạ', {0, 0, 0, 0, 0, u'ậ', u'ặ', 0}},
    {u'Ạ', {0, 0, 0, 0, 0, u'Ậ', u'Ặ', 0}},
    {u'e', {u'è', u'é', u'ẽ', u'ẻ', u'ẹ', u'ê', 0, 0}},
    {u'E', {u'È', u'É', u'Ẽ', u'Ẻ', u'Ẹ', u'Ê', 0, 0}},
    {u'ê', {u'ề', u'ế', u'ễ', u'ể', 0, 0, 0, 0}},
    {u'Ê', {u'Ề', u'Ế', u'Ễ', u'Ể', 0, 0, 0, 0}},
    {u'ẹ', {0, 0, 0, 0, 0, u'ệ', 0, 0}},
    {u'Ẹ', {0, 0, 0, 0, 0, u'Ệ', 0, 0}},
    {u'i', {u'ì', u'í', u'ĩ', u'ỉ', u'ị', 0, 0, 0}},
    {u'I', {u'Ì', u'Í', u'Ĩ', u'Ỉ', u'Ị', 0, 0, 0}},
    {u'o', {u'ò', u'ó', u'õ', u'ỏ', u'ọ', u'ô', 0, u'ơ'}},
    {u'O', {u'Ò', u'Ó', u'Õ', u'Ỏ', u'Ọ', u'Ô', 0, u'Ơ'}},
    {u'ô', {u'ồ', u'ố', u'ỗ', u'ổ', 0, 0, 0, 0}},
    {u'Ô', {u'Ồ', u'Ố', u'Ỗ', u'Ổ', 0, 0, 0, 0}},
    {u'ơ', {u'ờ', u'ớ', u'ỡ', u'ở', u'ợ', 0, 0, 0}},
    {u'Ơ', {u'Ờ', u'Ớ', u'Ỡ', u'Ở', u'Ợ', 0, 0, 0}},
    {u'ọ', {0, 0, 0, 0, 0, u'ộ', 0, 0}},
    {u'Ọ', {0, 0, 0, 0, 0, u'Ộ', 0, 0}},
    {u'u', {u'ù', u'ú', u'ũ', u'ủ', u'ụ', 0, 0, u'ư'}},
    {u'U', {u'Ù', u'Ú', u'Ũ', u'Ủ', u'Ụ', 0, 0, u'Ư'}},
    {u'ư', {u'ừ', u'ứ', u'ữ', u'ử', u'ự', 0, 0, 0}},
    {u'Ư', {u'Ừ', u'Ứ', u'Ữ', u'Ử', u'Ự', 0, 0, 0}},
    {u'y', {u'ỳ', u'ý', u'ỹ', u'ỷ', u'ỵ', 0, 0, 0}},
    {u'Y', {u'Ỳ', u'Ý', u'Ỹ', u'Ỷ', u'Ỵ', 0, 0, 0}},
    /* clang-format on */
};
enum { LETTER_COUNT = sizeof letters / sizeof *letters };

/* A letter taken to pieces. */
struct run {
    char32_t base;
    uint8_t marks[RUN_LIMIT]; /* columns */
    size_t count;
};

static char32_t next_character(struct bytes text, size_t *at)
{
    const uint8_t *p = text.data + *at;
    size_t size = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    char32_t value = size == 1 ? p[0] : p[0] & (0x7fU >> size);

    for (size_t i = 1; i < size; i++)
        value = value << 6 | (p[i] & 0x3f);
    *at += size;
    return value;
}

static void add_character(struct buf *out, char32_t c)
{
    if (c < 0x80) {
        buf_add_u8(out, (uint8_t)c);
        return;
    }
    if (c < 0x800) {
        buf_add_u8(out, (uint8_t)(0xc0 | c >> 6));
    } else {
        if (c < 0x10000) {
            buf_add_u8(out, (uint8_t)(0xe0 | c >> 12));
        } else {
            buf_add_u8(out, (uint8_t)(0xf0 | c >> 18));
            buf_add_u8(out, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
        }
        buf_add_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
    }
    buf_add_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
}

/* The mark's column, or -1. */
static int find_mark(char32_t c)
{
    if (c < 0x0300 || c > 0x0323)
        return -1;
    for (int i = 0; i < MARK_COUNT; i++)
        if (marks[i].mark == c)
            return i;
    return -1;
}

static char32_t compose(char32_t base, uint8_t mark)
{
    for (size_t i = 0; i < LETTER_COUNT; i++)
        if (letters[i].base == base)
            return letters[i].with[mark];
    return 0;
}

/* True when `c` is a composed letter: then its base and mark. */
static bool decompose(char32_t c, char32_t *base, uint8_t *mark)
{
    for (size_t i = 0; i < LETTER_COUNT; i++)
        for (uint8_t m = 0; m < MARK_COUNT; m++)
            if (letters[i].with[m] != 0 && letters[i].with[m] == c) {
                *base = letters[i].base;
                *mark = m;
                return true;
            }
    return false;
}

static bool is_base(char32_t c)
{
    for (size_t i = 0; i < LETTER_COUNT; i++)
        if (letters[i].base == c)
            return true;
    return false;
}

/* At most two marks come out of one letter, the inner one first. */
static struct run take_apart(char32_t c)
{
    struct run run = {.base = c};
    char32_t inner;
    uint8_t outer_mark, inner_mark;

    if (!decompose(c, &run.base, &outer_mark))
        return run;
    if (decompose(run.base, &inner, &inner_mark)) {
        run.base = inner;
        run.marks[run.count++] = inner_mark;
    }
    run.marks[run.count++] = outer_mark;
    return run;
}

/* Puts the mark behind those of its own or a lower class. */
static void insert_mark(struct run *run, uint8_t mark)
{
    size_t at = run->count++;

    for (; at > 0 && marks[run->marks[at - 1]].class > marks[mark].class; at--)
        run->marks[at] = run->marks[at - 1];
    run->marks[at] = mark;
}

/* Writes the letter with all the marks it can take; the others follow it. A
 * mark is out of reach behind one of its own class that was not taken. */
static void put_together(struct buf *out, const struct run *run)
{
    char32_t letter = run->base;
    uint8_t kept[RUN_LIMIT];
    size_t kept_count = 0;

    for (size_t i = 0; i < run->count; i++) {
        uint8_t mark = run->marks[i];
        bool blocked = kept_count > 0 &&
                       marks[kept[kept_count - 1]].class == marks[mark].class;
        char32_t composed = blocked ? 0 : compose(letter, mark);

        if (composed != 0)
            letter = composed;
        else
            kept[kept_count++] = mark;
    }
    add_character(out, letter);
    for (size_t i = 0; i < kept_count; i++)
        add_character(out, marks[kept[i]].mark);
}

/* Adds the marks that follow in the text; returns where they end. */
static size_t gather_marks(struct run *run, struct bytes in, size_t at)
{
    while (at < in.size && run->count < RUN_LIMIT) {
        size_t next = at;
        int mark = find_mark(next_character(in, &next));

        if (mark < 0)
            break;
        insert_mark(run, (uint8_t)mark);
        at = next;
    }
    return at;
}

static bool mark_follows(struct bytes in, size_t at)
{
    return at < in.size && find_mark(next_character(in, &at)) >= 0;
}

int text_nfc(struct buf *out, struct bytes in)
{
    if (!utf8_valid(in))
        return ERR_INVALID;
    buf_reserve(out, in.size);
    for (size_t at = 0; at < in.size;) {
        size_t from = at;
        char32_t c = next_character(in, &at);

        if (!mark_follows(in, at)) {
            buf_add(out, in.data + from, at - from);
            continue;
        }
        struct run run = take_apart(c);

        if (is_base(run.base))
            at = gather_marks(&run, in, at);
        put_together(out, &run);
    }
    return 0;
}

/* C0, DEL, and C1 as UTF-8 (C2 80 .. C2 9F). */
static bool is_control(struct bytes text, size_t at)
{
    uint8_t byte = text.data[at];

    if (byte == 0xc2)
        return at + 1 < text.size && text.data[at + 1] < 0xa0;
    return byte < 0x20 || byte == 0x7f;
}

bool text_is_clean(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if (is_control(text, i) && text.data[i] != '\n' && text.data[i] != '\t')
            return false;
    return true;
}

bool text_is_line(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if (is_control(text, i))
            return false;
    return !text_is_blank(text) && utf8_valid(text);
}

bool text_is_blank(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!memchr(" \t\n", text.data[i], 3))
            return false;
    return true;
}

size_t text_length(struct bytes text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++)
        count += (text.data[i] & 0xc0) != 0x80;
    return count;
}
