/* tests/support/year_text.c - how people say it: the words of one report. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "tests/support/year.h"

enum { MINUTE_MS = 60000, DAY_MS = 86400000 };

/* ---- letters: without marks, as typed on a phone */

/* Each list: the plain letter, then those that become it. */
static const char *const plain[] = {"aàáảãạăằắẳẵặâầấẩẫậ",
                                    "eèéẻẽẹêềếểễệ",
                                    "iìíỉĩị",
                                    "oòóỏõọôồốổỗộơờớởỡợ",
                                    "uùúủũụưừứửữự",
                                    "yỳýỷỹỵ",
                                    "dđ",
                                    "AÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬ",
                                    "EÈÉẺẼẸÊỀẾỂỄỆ",
                                    "IÌÍỈĨỊ",
                                    "OÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢ",
                                    "UÙÚỦŨỤƯỪỨỬỮỰ",
                                    "YỲÝỶỸỴ",
                                    "DĐ"};

static size_t letter_size(const char *at)
{
    uint8_t first = (uint8_t)*at;

    return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static char plain_letter(const char *at, size_t size)
{
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        for (const char *c = plain[i] + 1; *c != '\0'; c += letter_size(c))
            if (letter_size(c) == size && memcmp(c, at, size) == 0)
                return plain[i][0];
    return '\0';
}

static void strip_marks(struct buf *text)
{
    struct buf out = {0};
    const char *at = buf_text(text);

    while (*at != '\0') {
        size_t size = letter_size(at);
        char letter = size > 1 ? plain_letter(at, size) : '\0';

        buf_add(&out, letter != '\0' ? &letter : at, letter != '\0' ? 1 : size);
        at += size;
    }
    buf_free(text);
    *text = out;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           ((uint8_t)c & 0x80) != 0;
}

/* Whole words as people type them in a hurry. */
static void hurry(struct buf *text)
{
    struct buf out = {0};
    const char *start = buf_text(text), *at = start;

    while (*at != '\0') {
        size_t skipped = 0;

        for (size_t i = 0; year_hurried[i] != NULL && skipped == 0; i += 2) {
            size_t size = strlen(year_hurried[i]);

            if ((at == start || !is_letter(at[-1])) &&
                strncmp(at, year_hurried[i], size) == 0 &&
                !is_letter(at[size])) {
                buf_add_text(&out, year_hurried[i + 1]);
                skipped = size;
            }
        }
        if (skipped == 0)
            buf_add(&out, at, 1);
        at += skipped == 0 ? 1 : skipped;
    }
    buf_free(text);
    *text = out;
}

/* The first letter of a sentence; of the letters with marks only đ begins one.
 */
static void raise_first(struct buf *text, size_t at)
{
    if (at < text->size && text->data[at] >= 'a' && text->data[at] <= 'z')
        text->data[at] = (uint8_t)(text->data[at] - 'a' + 'A');
    else if (at + 1 < text->size && memcmp(text->data + at, "đ", 2) == 0)
        memcpy(text->data + at, "Đ", 2);
}

/* ---- when */

static int hour_of(int64_t ms) { return clock_hour(ms); }

static const char *part_of_day(int hour)
{
    return hour < 4    ? "đêm"
           : hour < 10 ? "sáng"
           : hour < 13 ? "trưa"
           : hour < 18 ? "chiều"
           : hour < 22 ? "tối"
                       : "đêm";
}

static void add_ago(struct buf *out, const struct year_report *r,
                    uint64_t *random)
{
    static const char *const just[] = {"vừa mới đây", "lúc nãy",
                                       "cách đây ít phút", "mới vừa rồi", NULL};
    static const char *const long_ago[] = {"mấy hôm nay", "hôm trước",
                                           "tuần này", "hôm kia", NULL};
    int32_t days = clock_day(r->received_ms) - clock_day(r->occurred_ms);
    int64_t minutes = (r->received_ms - r->occurred_ms) / MINUTE_MS;
    int hour = hour_of(r->occurred_ms);
    const char *part = part_of_day(hour);

    if (minutes < 30)
        buf_add_text(out, year_pick(just, random));
    else if (days == 0 && hour < 4)
        buf_printf(out, "khoảng %d giờ sáng nay", hour == 0 ? 1 : hour);
    else if (days == 0 && year_chance(random, 50))
        buf_printf(out, "%s nay", part);
    else if (days == 0)
        buf_printf(out, "khoảng %d giờ %s nay", hour > 12 ? hour - 12 : hour,
                   part);
    else if (days == 1 && hour >= 18)
        buf_printf(out, "%s qua", part);
    else if (days == 1)
        buf_printf(out, "%s hôm qua", part);
    else
        buf_add_text(out, year_pick(long_ago, random));
}

/* ---- where */

static const char *const *places_of(const struct year *year,
                                    enum year_place place)
{
    if (place != PLACE_WATER)
        return year_places[place];
    return year->commune->lagoon  ? year_places[PLACE_LAGOON]
           : year->commune->river ? year_places[PLACE_RIVER]
                                  : year_places[PLACE_WATER];
}

static void add_place(struct buf *out, const struct year *year,
                      const struct year_report *r, uint64_t *random)
{
    buf_add_text(out, year_pick(places_of(year, r->kind->place), random));
    if (r->village != NULL)
        buf_printf(out, " thôn %s", r->village);
}

/* ---- a sentence */

static const char *const *words(const struct year_report *r, char slot)
{
    const struct year_story *s = r->story;
    const struct year_kind *k = r->kind;

    switch (slot) {
    case 'a':
        return s != NULL && s->a != NULL ? s->a : k->a;
    case 'b':
        return s != NULL && s->b != NULL ? s->b : k->b;
    default:
        return s != NULL && s->c != NULL ? s->c : k->c;
    }
}

static void add_slot(struct buf *out, char slot, const struct year *year,
                     const struct year_report *r, uint64_t *random)
{
    if (slot == 'p')
        add_place(out, year, r, random);
    else if (slot == 't')
        add_ago(out, r, random);
    else if (slot == 's')
        buf_printf(out, "0900 000 0%02u", year_below(random, 100));
    else if (slot == 'm')
        buf_add_text(out, year_pick(year_sums, random));
    else
        buf_add_text(out, year_pick(words(r, slot), random));
}

static void add_sentence(struct buf *out, const char *pattern,
                         const struct year *year, const struct year_report *r,
                         uint64_t *random)
{
    for (const char *c = pattern; *c != '\0'; c++) {
        if (*c != '{') {
            buf_add(out, c, 1);
            continue;
        }
        add_slot(out, c[1], year, r, random);
        c += 2;
    }
}

/* ---- who */

static void pick_sender(struct year_report *r, uint64_t *random)
{
    bool closed = r->channel == CHANNEL_HOM_THU || r->channel == CHANNEL_WEB;

    if (year_chance(random, closed ? 20 : 60))
        (void)snprintf(r->name, sizeof r->name, "%s %s",
                       year_pick(year_names, random),
                       year_pick(year_given, random));
    if (year_chance(random, closed ? 25 : 55))
        (void)snprintf(r->phone, sizeof r->phone, "09000000%02u",
                       year_below(random, 100));
}

static int pick_channel(const struct year_report *r, uint64_t *random)
{
    static const uint8_t usual[] = {
        CHANNEL_ZALO,       CHANNEL_ZALO,      CHANNEL_ZALO,
        CHANNEL_ZALO,       CHANNEL_ZALO,      CHANNEL_DIEN_THOAI,
        CHANNEL_DIEN_THOAI, CHANNEL_TRUC_TIEP, CHANNEL_TRUC_TIEP,
        CHANNEL_WEB,        CHANNEL_WEB,       CHANNEL_TO_AN_NINH,
        CHANNEL_HUES,       CHANNEL_HOM_THU,   CHANNEL_KHAC};
    static const uint8_t at_once[] = {CHANNEL_DIEN_THOAI, CHANNEL_DIEN_THOAI,
                                      CHANNEL_DIEN_THOAI, CHANNEL_ZALO,
                                      CHANNEL_ZALO,       CHANNEL_TO_AN_NINH};

    int channel = r->live ? at_once[year_below(random, sizeof at_once)]
                          : usual[year_below(random, sizeof usual)];

    return channel == CHANNEL_TO_AN_NINH && r->kind->course == COURSE_QUESTION
               ? CHANNEL_TRUC_TIEP
               : channel;
}

/* Typed by the sender, not by an officer. */
static bool is_typed(int channel)
{
    return channel == CHANNEL_ZALO || channel == CHANNEL_WEB ||
           channel == CHANNEL_HUES;
}

/* ---- together */

static const char *pick_village(const struct year_commune *c, uint64_t *random)
{
    if (c->villages[0] == NULL || !year_chance(random, c->known))
        return NULL;
    return year_pick(c->villages, random);
}

static void pick_times(struct year_report *r, uint64_t *random)
{
    uint64_t lag = r->kind->lag + 1;
    uint64_t part = year_below(random, 1000);

    if (r->live)
        lag = 6;
    r->occurred_ms =
        r->received_ms -
        (int64_t)(lag * (100 + part * part / 600) / 300) * MINUTE_MS;
    r->has_occurred =
        r->kind->course != COURSE_QUESTION && year_chance(random, 60);
}

static void write_text(const struct year *year, struct year_report *r,
                       const char *pattern, uint64_t *random)
{
    const char *opening = year_pick(year_openings[r->channel], random);
    const char *ending = year_pick(year_endings, random);
    size_t start;

    if (*opening != '\0')
        buf_printf(&r->text, "%s ", opening);
    start = r->text.size;
    add_sentence(&r->text, pattern, year, r, random);
    raise_first(&r->text, start);
    if (*ending != '\0' && r->kind->course != COURSE_QUESTION &&
        r->channel != CHANNEL_TO_AN_NINH)
        buf_printf(&r->text, " %s", ending);
    if (!is_typed(r->channel))
        return;
    if (year_chance(random, 7))
        hurry(&r->text);
    if (year_chance(random, 24))
        strip_marks(&r->text);
}

void year_tell(const struct year *year, struct year_report *r, uint64_t *random)
{
    const char *pattern =
        year_pick(r->story != NULL && r->story->texts != NULL ? r->story->texts
                                                              : r->kind->texts,
                  random);

    r->live = *pattern == '!';
    r->village = pick_village(year->commune, random);
    r->channel = pick_channel(r, random);
    /* sand is at once while it is under way (reference, domain 4.1) */
    r->urgent = report_is_urgent(
        r->live && strcmp(r->kind->category, "cat_trai_phep") == 0,
        category_find(r->kind->category));
    pick_times(r, random);
    buf_clear(&r->text);
    write_text(year, r, pattern + (r->live ? 1 : 0), random);
    r->name[0] = r->phone[0] = '\0';
    pick_sender(r, random);
}
