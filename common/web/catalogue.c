/* common/web/catalogue.c - the words of the domain. */
#include "common/web/catalogue.h"

#include "common/domain/notice.h"
#include "common/domain/report.h"

static const char *const seals[] = {[SEAL_NO] = "no",
                                    [SEAL_OPT] = "opt",
                                    [SEAL_YES] = "yes",
                                    [SEAL_ALWAYS] = "always"};
static const char *const clocks[] = {
    [CLOCK_NOW] = "now",         [CLOCK_NOW_IF_LIVE] = "now_if_live",
    [CLOCK_24H] = "24h",         [CLOCK_72H] = "72h",
    [CLOCK_BOOKING] = "booking", [CLOCK_WORKING_DAY] = "working_day"};

static struct json *category_json(const struct category *category)
{
    const char group[] = {category->group, '\0'};
    struct json *one = json_object_new();

    json_set_text(one, "code", category->code);
    json_set_text(one, "vi", category->vi);
    json_set_text(one, "en", category->en);
    json_set_text(one, "group", group);
    json_set_text(one, "seal", seals[category->seal]);
    json_set_text(one, "clock", clocks[category->clock]);
    json_set_flag(one, "custodian", category_needs_custodian(category));
    json_set_flag(one, "bypasses_post", category->bypasses_post);
    return one;
}

static void set_words(struct json *out, const char *name, int first, int end,
                      const char *(*text)(int value))
{
    struct json *list = json_array_new();

    for (int i = first; i < end; i++)
        if (text(i) != NULL)
            json_add_text(list, text(i));
    json_set(out, name, list);
}

static struct json *notice_kinds(void)
{
    struct json *list = json_array_new();

    for (int i = 1; i < NOTICE_KIND_END; i++) {
        struct json *one = json_object_new();

        json_set_text(one, "code", notice_kind_text(i));
        json_set_text(one, "vi", notice_kind_vi(i));
        json_set_text(one, "en", notice_kind_en(i));
        json_add(list, one);
    }
    return list;
}

void web_catalogue(struct json *out)
{
    struct json *list = json_array_new();

    for (size_t i = 0; i < category_count; i++)
        json_add(list, category_json(&categories[i]));
    json_set(out, "categories", list);
    set_words(out, "states", REPORT_MOI, REPORT_STATE_END, report_state_text);
    set_words(out, "channels", CHANNEL_ZALO, CHANNEL_END, report_channel_text);
    set_words(out, "outcomes", OUTCOME_RESOLVED, OUTCOME_END,
              report_outcome_text);
    json_set(out, "notice_kinds", notice_kinds());
}
