#include "hub/disclosures.h"

#include "common/format/disclosure.h"
#include "common/wire/disclosure.h"

int hub_disclosures_judge(const struct change *change, struct error *err)
{
    struct disclosure d;

    if (change->part[PART_FACT].form != PART_WHOLE)
        return error_set(err, ERR_INVALID, "a disclosure without its fact");
    return wire_disclosure_decode(&d, change->part[PART_FACT].bytes, err);
}

struct listing {
    struct hub *hub;
    struct json *out;
    int64_t now_ms;
};

static int list_one(void *who, const struct record_row *row,
                    const struct entry *entry)
{
    struct listing *l = who;
    struct disclosure d;
    char text[ID_TEXT_BYTES];
    struct json *one;

    if (entry == NULL ||
        wire_disclosure_decode(&d, entry->change.part[PART_FACT].bytes, NULL) !=
            0)
        return 0;
    one = json_object_new();
    json_set_text(one, "id", id_text(text, &row->id));
    json_set_text(one, "unit", hub_unit_name(l->hub, row->home));
    format_disclosure(one, &d, l->now_ms);
    json_add(l->out, one);
    return json_count(l->out) >= HUB_DISCLOSURES_MOST;
}

struct json *hub_disclosures_list(struct hub *hub, int64_t now_ms)
{
    struct listing l = {hub, json_array_new(), now_ms};

    (void)ledger_records(hub->ledger, KIND_DISCLOSURE, NULL, list_one, &l);
    return l.out;
}
