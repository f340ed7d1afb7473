#include "common/wire/notice.h"

#include "common/wire/inside.h"

/* ---- notices */

void wire_notice_encode(struct buf *out, const struct notice *notice)
{
    Lienxa__NoticeFact f = LIENXA__NOTICE_FACT__INIT;

    f.kind = (uint32_t)notice->kind;
    f.state = (uint32_t)notice->state;
    f.shared = notice->shared;
    f.effective_ms = wire_time(notice->effective_ms);
    f.expires_ms = wire_time(notice->expires_ms);
    f.published_ms = wire_time(notice->published_ms);
    f.corrected_ms = wire_time(notice->corrected_ms);
    f.withdrawn_ms = wire_time(notice->withdrawn_ms);
    wire_pack(out, &f.base);
}

static void read_notice(struct wire_reader *r, struct notice *out,
                        const Lienxa__NoticeFact *in)
{
    wire_read_known(r, &in->base, "notice fact");
    out->kind = wire_read_enum(r, in->kind, NOTICE_KIND_END - 1, "kind");
    out->state = wire_read_enum(r, in->state, NOTICE_STATE_END - 1, "state");
    out->shared = in->shared;
    out->effective_ms = wire_read_time(r, in->effective_ms, "effective");
    out->expires_ms = wire_read_time(r, in->expires_ms, "expires");
    out->published_ms = wire_read_time(r, in->published_ms, "published");
    out->corrected_ms = wire_read_time(r, in->corrected_ms, "corrected");
    out->withdrawn_ms = wire_read_time(r, in->withdrawn_ms, "withdrawn");
    if ((out->state == NOTICE_WITHDRAWN) != (out->withdrawn_ms != 0))
        wire_read_fail(r, ERR_INVALID, "withdrawn and no time, or the reverse");
}

int wire_notice_decode(struct notice *out, struct bytes bytes,
                       struct error *err)
{
    struct wire_small small;
    const Lienxa__NoticeFact *in;

    *out = (struct notice){0};
    wire_small_open(&small, err);
    in = wire_unpack(&small.reader, &lienxa__notice_fact__descriptor, bytes,
                     "notice fact");
    if (in)
        read_notice(&small.reader, out, in);
    return wire_small_close(&small);
}

void wire_notice_words_encode(struct buf *out, const struct notice_words *words)
{
    Lienxa__NoticeBody b = LIENXA__NOTICE_BODY__INIT;

    b.title = (char *)words->title;
    b.text = (char *)words->text;
    b.speaker = (char *)words->speaker;
    b.areas = (char **)words->areas;
    b.n_areas = words->area_count;
    b.to = (char **)words->to;
    b.n_to = words->to_count;
    b.by = (char *)words->by;
    b.approved_by = (char *)words->approved_by;
    b.reason = (char *)words->reason;
    wire_pack(out, &b.base);
}

static void read_areas(struct wire_reader *r, struct notice_words *out,
                       const Lienxa__NoticeBody *in)
{
    const char **areas;

    if (!wire_read_count(r, in->n_areas, NOTICE_AREAS_LIMIT, "areas") ||
        (areas = wire_read_array(r, in->n_areas, sizeof *areas)) == NULL)
        return;
    for (size_t i = 0; i < in->n_areas; i++)
        areas[i] = wire_read_words(r, in->areas[i], NOTICE_AREA_LIMIT, "area");
    out->areas = areas;
    out->area_count = in->n_areas;
}

static void read_to(struct wire_reader *r, struct notice_words *out,
                    const Lienxa__NoticeBody *in)
{
    const char **to;

    if (!wire_read_count(r, in->n_to, NOTICE_TO_LIMIT, "to") ||
        (to = wire_read_array(r, in->n_to, sizeof *to)) == NULL)
        return;
    for (size_t i = 0; i < in->n_to; i++)
        to[i] = wire_read_words(r, in->to[i], NOTICE_UNIT_LIMIT, "to");
    out->to = to;
    out->to_count = in->n_to;
}

int wire_notice_words_decode(struct notice_words *out, struct wire_arena *arena,
                             struct bytes bytes, struct error *err)
{
    struct wire_reader r = {arena, err, 0};
    const Lienxa__NoticeBody *in =
        wire_unpack(&r, &lienxa__notice_body__descriptor, bytes, "notice body");

    *out = (struct notice_words){.title = "",
                                 .text = "",
                                 .speaker = "",
                                 .by = "",
                                 .approved_by = "",
                                 .reason = ""};
    if (!in)
        return r.rc;
    out->title = wire_read_words(&r, in->title, NOTICE_TITLE_LIMIT, "title");
    out->text = wire_read_words(&r, in->text, NOTICE_TEXT_LIMIT, "text");
    out->speaker =
        wire_read_words(&r, in->speaker, NOTICE_SPEAKER_LIMIT, "speaker");
    out->by = wire_read_words(&r, in->by, NOTICE_BY_LIMIT, "by");
    out->approved_by =
        wire_read_words(&r, in->approved_by, NOTICE_BY_LIMIT, "approved by");
    out->reason =
        wire_read_words(&r, in->reason, NOTICE_REASON_LIMIT, "reason");
    read_areas(&r, out, in);
    read_to(&r, out, in);
    return r.rc;
}

/* ---- procedures */

void wire_procedure_encode(struct buf *out, const struct procedure *p)
{
    Lienxa__ProcedureFact f = LIENXA__PROCEDURE_FACT__INIT;

    f.code = (char *)p->code;
    f.valid_from = p->valid.from;
    f.valid_to = p->valid.to;
    wire_pack(out, &f.base);
}

static void read_days(struct wire_reader *r, struct procedure_days *out,
                      int32_t from, int32_t to)
{
    if (from < 0 || to < 0 || (to != 0 && to < from))
        wire_read_fail(r, ERR_INVALID, "days that end before they begin");
    *out = (struct procedure_days){from, to};
}

int wire_procedure_decode(struct procedure *out, struct wire_arena *arena,
                          struct bytes bytes, struct error *err)
{
    struct wire_reader r = {arena, err, 0};
    const Lienxa__ProcedureFact *in = wire_unpack(
        &r, &lienxa__procedure_fact__descriptor, bytes, "procedure fact");

    *out = (struct procedure){.code = "", .name = ""};
    for (int i = 0; i < PROCEDURE_TEXTS; i++)
        out->texts[i] = "";
    if (!in)
        return r.rc;
    wire_read_known(&r, &in->base, "procedure fact");
    out->code = wire_read_words(&r, in->code, PROCEDURE_CODE_LIMIT, "code");
    read_days(&r, &out->valid, in->valid_from, in->valid_to);
    if (*out->code == '\0' || out->valid.from == 0)
        wire_read_fail(&r, ERR_INVALID, "a procedure without code or day");
    return r.rc;
}

void wire_procedure_words_encode(struct buf *out, const struct procedure *p)
{
    Lienxa__ProcedureBody b = LIENXA__PROCEDURE_BODY__INIT;
    Lienxa__ProcedureForm forms[PROCEDURE_FORMS_LIMIT];
    Lienxa__ProcedureForm *list[PROCEDURE_FORMS_LIMIT];

    b.name = (char *)p->name;
    b.texts = (char **)p->texts;
    b.n_texts = PROCEDURE_TEXTS;
    for (size_t i = 0; i < p->form_count; i++) {
        lienxa__procedure_form__init(&forms[i]);
        forms[i].name = (char *)p->forms[i].name;
        forms[i].valid_from = p->forms[i].valid.from;
        forms[i].valid_to = p->forms[i].valid.to;
        list[i] = &forms[i];
    }
    b.forms = list;
    b.n_forms = p->form_count;
    b.checked = p->checked;
    wire_pack(out, &b.base);
}

static void read_forms(struct wire_reader *r, struct procedure *out,
                       const Lienxa__ProcedureBody *in)
{
    if (!wire_read_count(r, in->n_forms, PROCEDURE_FORMS_LIMIT, "forms"))
        return;
    for (size_t i = 0; i < in->n_forms && r->rc == 0; i++) {
        struct procedure_form *form = &out->forms[i];

        wire_read_text(r, form->name, sizeof form->name, in->forms[i]->name,
                       "form");
        read_days(r, &form->valid, in->forms[i]->valid_from,
                  in->forms[i]->valid_to);
        out->form_count = i + 1;
    }
}

int wire_procedure_words_decode(struct procedure *out, struct wire_arena *arena,
                                struct bytes bytes, struct error *err)
{
    struct wire_reader r = {arena, err, 0};
    const Lienxa__ProcedureBody *in = wire_unpack(
        &r, &lienxa__procedure_body__descriptor, bytes, "procedure body");

    if (!in)
        return r.rc;
    out->name = wire_read_words(&r, in->name, PROCEDURE_NAME_LIMIT, "name");
    if (wire_read_count(&r, in->n_texts, PROCEDURE_TEXTS, "texts"))
        for (size_t i = 0; i < in->n_texts; i++)
            out->texts[i] =
                wire_read_words(&r, in->texts[i], PROCEDURE_TEXT_LIMIT, "text");
    read_forms(&r, out, in);
    out->checked = in->checked < 0 ? 0 : in->checked;
    return r.rc;
}
