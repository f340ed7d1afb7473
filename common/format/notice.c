#include "common/format/notice.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/domain/text.h"

static void set_time(struct json *out, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_BYTES];

    json_set_text(out, key, wall_ms == 0 ? NULL : clock_text(text, wall_ms));
}

static void set_day(struct json *out, const char *key, int32_t day)
{
    char text[CLOCK_TEXT_BYTES];

    json_set_text(out, key, day == 0 ? NULL : clock_day_text(text, day));
}

static void set_words(struct json *out, const struct notice_words *words)
{
    struct json *areas = json_array_new(), *to = json_array_new();

    json_set_text(out, "title", words->title);
    json_set_text(out, "text", words->text);
    json_set_text(out, "speaker", *words->speaker ? words->speaker : NULL);
    json_set_text(out, "by", words->by);
    json_set_text(out, "approved_by",
                  *words->approved_by ? words->approved_by : NULL);
    json_set_text(out, "reason", *words->reason ? words->reason : NULL);
    for (size_t i = 0; i < words->area_count; i++)
        json_add_text(areas, words->areas[i]);
    json_set(out, "areas", areas);
    for (size_t i = 0; i < words->to_count; i++)
        json_add_text(to, words->to[i]);
    json_set(out, "to", to);
}

void format_notice(struct json *out, const struct notice *notice,
                   const struct notice_words *words, int64_t now_ms)
{
    json_set_text(out, "kind", notice_kind_text(notice->kind));
    json_set_text(out, "state", notice_standing(notice, now_ms));
    json_set_flag(out, "shared", notice->shared);
    if (words != NULL)
        set_words(out, words);
    set_time(out, "effective", notice->effective_ms);
    set_time(out, "expires", notice->expires_ms);
    set_time(out, "published", notice->published_ms);
    set_time(out, "corrected", notice->corrected_ms);
    set_time(out, "withdrawn", notice->withdrawn_ms);
}

static void make_brief(struct json *row)
{
    enum { CHARACTERS = 240 };
    const char *text = json_get_text(row, "text");

    json_set_null(row, "speaker");
    if (text != NULL)
        json_set_text_cut(row, "text", text, CHARACTERS);
}

void format_notices_brief(struct json *rows)
{
    for (size_t i = 0; i < json_count(rows); i++) {
        struct json *one = json_take_at(rows, i);

        make_brief(one);
        json_free(&one);
    }
}

static struct json *forms_of(const struct procedure *procedure, int32_t today)
{
    struct json *forms = json_array_new();

    for (size_t i = 0; i < procedure->form_count; i++) {
        const struct procedure_form *form = &procedure->forms[i];
        struct json *one = json_object_new();

        json_set_text(one, "name", form->name);
        set_day(one, "valid_from", form->valid.from);
        set_day(one, "valid_to", form->valid.to);
        json_set_flag(one, "holds", procedure_holds(&form->valid, today));
        json_add(forms, one);
    }
    return forms;
}

void format_procedure(struct json *out, const struct procedure *procedure,
                      int32_t today)
{
    json_set_text(out, "code", procedure->code);
    json_set_text(out, "name", procedure->name);
    set_day(out, "valid_from", procedure->valid.from);
    set_day(out, "valid_to", procedure->valid.to);
    json_set_flag(out, "holds", procedure_holds(&procedure->valid, today));
    for (int i = 0; i < PROCEDURE_TEXTS; i++)
        json_set_text(out, procedure_text_names[i],
                      *procedure->texts[i] ? procedure->texts[i] : NULL);
    json_set(out, "forms", forms_of(procedure, today));
    set_day(out, "last_checked", procedure->checked);
}

struct json *format_fixed_numbers(void)
{
    struct json *list = json_array_new();

    for (const struct fixed_number *n = fixed_numbers; n->number != NULL; n++) {
        struct json *one = json_object_new();

        json_set_text(one, "phone", n->number);
        json_set_text(one, "name", n->vi);
        json_set_text(one, "name_en", n->en);
        json_set_flag(one, "fixed", true);
        json_add(list, one);
    }
    return list;
}

/* ---- reading */

void format_notice_begin(struct notice_form *form)
{
    memset(form, 0, sizeof *form);
    form->words = (struct notice_words){.title = "",
                                        .text = "",
                                        .speaker = "",
                                        .by = "",
                                        .approved_by = "",
                                        .reason = ""};
}

void format_notice_end(struct notice_form *form)
{
    buf_free(&form->title);
    buf_free(&form->text);
    buf_free(&form->speaker);
    buf_free(&form->reason);
    buf_free(&form->areas_text);
    buf_free(&form->to_text);
}

/* What is under `key`, in NFC, lines ended by LF; nothing when it is not there.
 */
static int read_words(const struct json *args, const char *key, struct buf *out,
                      const char **words, struct error *err)
{
    const char *given = json_get_text(args, key);
    struct buf plain = {0};
    int rc;

    if (given == NULL)
        return 0;
    for (const char *at = given; *at != '\0'; at++)
        if (at[0] != '\r' || at[1] != '\n')
            buf_add_u8(&plain, (uint8_t)*at);
    buf_clear(out);
    rc = text_nfc(out, buf_bytes(&plain));
    buf_free(&plain);
    if (rc != 0)
        return error_set(err, ERR_INVALID, "%s is not UTF-8", key);
    *words = buf_text(out);
    return 0;
}

struct listing { /* "A, B" */
    const char *key;
    struct buf *text;
    const char **items;
    size_t most;
};

static int read_list(const struct listing *l, const struct json *args,
                     const char *const **items, size_t *count,
                     struct error *err)
{
    const char *list = NULL;
    char *rest, *item;
    size_t n = 0;
    int rc = read_words(args, l->key, l->text, &list, err);

    if (rc != 0 || list == NULL)
        return rc;
    rest = (char *)l->text->data;
    while ((item = strsep(&rest, ",")) != NULL) {
        size_t size;

        item += strspn(item, " ");
        size = strlen(item);
        while (size > 0 && item[size - 1] == ' ')
            item[--size] = '\0';
        if (size == 0)
            continue;
        if (n == l->most)
            return error_set(err, ERR_INVALID, "%s: at most %zu", l->key,
                             l->most);
        l->items[n++] = item;
    }
    *items = l->items;
    *count = n;
    return 0;
}

static int read_lists(struct notice_form *form, const struct json *args,
                      struct error *err)
{
    const struct listing areas = {"areas", &form->areas_text, form->areas,
                                  NOTICE_AREAS_LIMIT};
    const struct listing to = {"to", &form->to_text, form->to, NOTICE_TO_LIMIT};
    int rc = read_list(&areas, args, &form->words.areas,
                       &form->words.area_count, err);

    return rc == 0 ? read_list(&to, args, &form->words.to,
                               &form->words.to_count, err)
                   : rc;
}

/* A time, or a duration from `from_ms`. */
static int read_time(const struct json *args, const char *key, int64_t from_ms,
                     int64_t *out, struct error *err)
{
    const char *text = json_get_text(args, key);
    int64_t span;

    if (text == NULL)
        return 0;
    *out = 0;
    if (*text == '\0' || clock_parse(out, text))
        return 0;
    if (!clock_duration_parse(&span, text))
        return error_set(err, ERR_INVALID,
                         "%s: \"%.40s\" is neither a time such as "
                         "2026-11-23T20:15:01+07:00 nor a duration such as 30d",
                         key, text);
    *out = from_ms + span;
    return 0;
}

int format_notice_read(struct notice_form *form, const struct json *args,
                       int64_t now_ms, struct error *err)
{
    struct notice *n = &form->notice;
    struct notice_words *w = &form->words;
    const char *kind = json_get_text(args, "kind");
    int rc;

    if (kind != NULL && (n->kind = notice_kind_parse(kind)) == 0)
        return error_set(err, ERR_INVALID, "kind: there is no \"%.40s\"", kind);
    if (json_get(args, "shared") != NULL)
        n->shared = json_get_flag(args, "shared");
    if ((rc = read_words(args, "title", &form->title, &w->title, err)) != 0 ||
        (rc = read_words(args, "text", &form->text, &w->text, err)) != 0 ||
        (rc = read_words(args, "speaker", &form->speaker, &w->speaker, err)) !=
            0 ||
        (rc = read_words(args, "reason", &form->reason, &w->reason, err)) !=
            0 ||
        (rc = read_time(args, "effective", now_ms, &n->effective_ms, err)) !=
            0 ||
        (rc = read_time(args, "expires",
                        n->effective_ms > now_ms ? n->effective_ms : now_ms,
                        &n->expires_ms, err)) != 0)
        return rc;
    return read_lists(form, args, err);
}
