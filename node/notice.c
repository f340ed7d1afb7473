/* node/notice.c - writing; what is listed is in notice_read.c. */
#include "node/notice.h"

#include <string.h>

#include "common/crypto/random.h"
#include "common/domain/text.h"
#include "common/format/notice.h"
#include "common/wire/notice.h"
#include "node/held.h"
#include "node/store_notices.h"

/* ---- what a command names */

static int need_id(const struct notice_call *call, struct id *out,
                   struct error *err)
{
    const char *text = json_get_text(call->args, "notice");

    if (text != NULL && id_parse(out, text))
        return 0;
    return error_set(err, ERR_INVALID, "\"%.60s\" is not the id of a notice",
                     text == NULL ? "" : text);
}

static int need_leader(const struct notice_call *call, struct error *err)
{
    return call->leader != NULL
               ? 0
               : error_set(err, ERR_REFUSED,
                           "that is a leader's to decide: --leader NAME");
}

static int need_reason(const struct notice_form *form, struct error *err)
{
    return text_is_blank(bytes_of_text(form->words.reason))
               ? error_set(err, ERR_INVALID, "--reason: say why")
               : 0;
}

static void answer(const struct notice_call *call, const struct id *id,
                   const char *state)
{
    char text[ID_TEXT_BYTES];

    json_set_text(call->out, "id", id_text(text, id));
    json_set_text(call->out, "state", state);
}

/* ---- drafts */

static int load_draft(struct node *node, const struct id *id,
                      struct notice_form *form, bool *approved,
                      struct error *err)
{
    struct notice_draft draft;
    int rc = node_store_draft(node->notices, id, &draft);

    if (rc == ERR_MISSING)
        return error_set(err, rc,
                         "no draft with this id: see `notice list`; what is "
                         "published is corrected or expired");
    if (rc != 0)
        return rc;
    *approved = draft.approved;
    wire_arena_clear(node->arena);
    if ((rc = wire_notice_decode(&form->notice, draft.fact, err)) == 0)
        rc = wire_notice_words_decode(&form->words, node->arena,
                                      wire_arena_copy(node->arena, draft.body),
                                      err);
    return rc;
}

static int store_draft(struct node *node, const struct id *id,
                       const struct notice_form *form, bool approved)
{
    struct notice_draft draft = {.record = *id, .approved = approved};
    struct buf fact = {0}, body = {0};
    int rc;

    wire_notice_encode(&fact, &form->notice);
    wire_notice_words_encode(&body, &form->words);
    draft.fact = buf_bytes(&fact);
    draft.body = buf_bytes(&body);
    rc = node_store_put_draft(node->notices, &draft);
    buf_free(&fact);
    buf_free(&body);
    return rc;
}

/* The draft that is named, or a new one, with what the command says. */
static int write_form(struct node *node, const struct notice_call *call,
                      struct id *id, struct notice_form *form,
                      struct error *err)
{
    bool approved;
    int rc = 0;

    form->notice.state = NOTICE_PUBLISHED;
    if (json_get_text(call->args, "notice") == NULL)
        *id = random_id(node->wall_ms);
    else if ((rc = need_id(call, id, err)) == 0)
        rc = load_draft(node, id, form, &approved, err);
    if (rc == 0)
        rc = format_notice_read(form, call->args, node->wall_ms, err);
    form->words.to_count = 0; /* the district's only */
    form->words.by = call->actor == NULL ? "" : call->actor;
    form->words.approved_by = "";
    return rc == 0 ? notice_check(&form->notice, &form->words, err) : rc;
}

int node_notice_write(struct node *node, const struct notice_call *call,
                      struct error *err)
{
    struct notice_form form;
    struct id id;
    int rc;

    format_notice_begin(&form);
    rc = write_form(node, call, &id, &form, err);
    form.words.reason = ""; /* with which it was returned */
    if (rc == 0)
        rc = store_draft(node, &id, &form, false);
    if (rc == 0)
        answer(call, &id, "draft");
    format_notice_end(&form);
    return rc;
}

int node_notice_approve(struct node *node, const struct notice_call *call,
                        struct error *err)
{
    struct notice_form form;
    bool approved;
    struct id id;
    int rc;

    format_notice_begin(&form);
    if ((rc = need_id(call, &id, err)) == 0 &&
        (rc = need_leader(call, err)) == 0 &&
        (rc = load_draft(node, &id, &form, &approved, err)) == 0) {
        form.words.approved_by = call->leader;
        form.words.reason = "";
        if ((rc = store_draft(node, &id, &form, true)) == 0)
            answer(call, &id, "approved");
    }
    format_notice_end(&form);
    return rc;
}

/* The `reason` of the command alone becomes the form's. */
static int read_reason(struct node *node, const struct notice_call *call,
                       struct notice_form *form, struct error *err)
{
    struct json *reason = json_object_new();
    int rc;

    json_set_text(reason, "reason", json_get_text(call->args, "reason"));
    form->words.reason = "";
    rc = format_notice_read(form, reason, node->wall_ms, err);
    json_free(&reason);
    return rc == 0 ? need_reason(form, err) : rc;
}

int node_notice_return(struct node *node, const struct notice_call *call,
                       struct error *err)
{
    struct notice_form form;
    bool approved;
    struct id id;
    int rc;

    format_notice_begin(&form);
    if ((rc = need_id(call, &id, err)) == 0 &&
        (rc = need_leader(call, err)) == 0 &&
        (rc = load_draft(node, &id, &form, &approved, err)) == 0 &&
        (rc = read_reason(node, call, &form, err)) == 0) {
        form.words.approved_by = call->leader; /* store_notices.h */
        if ((rc = notice_check(&form.notice, &form.words, err)) == 0 &&
            (rc = store_draft(node, &id, &form, false)) == 0)
            answer(call, &id, "returned");
    }
    format_notice_end(&form);
    return rc;
}

int node_notice_drop(struct node *node, const struct notice_call *call,
                     struct error *err)
{
    struct notice_form form;
    bool approved;
    struct id id;
    int rc;

    format_notice_begin(&form);
    if ((rc = need_id(call, &id, err)) == 0 &&
        (rc = load_draft(node, &id, &form, &approved, err)) == 0 &&
        (rc = node_store_drop_draft(node->notices, &id)) == 0)
        answer(call, &id, "dropped");
    format_notice_end(&form);
    return rc;
}

/* ---- changes */

static int append(struct node *node, const struct id *id,
                  const struct notice_form *form, struct error *err)
{
    struct node_write write = {
        .kind = KIND_NOTICE, .record = *id, .flags = CHANGE_EXPEDITED};
    struct buf fact = {0}, body = {0};
    int rc = node_held_top(node, id, &write.version);

    if (rc != 0)
        return error_set(err, rc, "the database cannot be read");
    write.version++;
    wire_notice_encode(&fact, &form->notice);
    wire_notice_words_encode(&body, &form->words);
    write.part[PART_FACT] = (struct node_part){true, buf_bytes(&fact), NULL};
    write.part[PART_BODY] = (struct node_part){true, buf_bytes(&body), NULL};
    rc = node_append(node, &write, err);
    buf_free(&fact);
    buf_free(&body);
    return rc;
}

/* A draft is published as it was approved. */
static int refuse_words(const struct json *args, struct error *err)
{
    static const char *const words[] = {"kind",    "title", "text",
                                        "speaker", "areas", "effective",
                                        "expires", "shared"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (json_get(args, words[i]) != NULL)
            return error_set(err, ERR_INVALID,
                             "--%s: a draft is published as it was approved; "
                             "change it with `notice write --notice ID`, and "
                             "have it approved anew",
                             words[i]);
    return 0;
}

/* A draft that was approved; or, when none is named, what a leader says now. */
static int form_to_publish(struct node *node, const struct notice_call *call,
                           struct id *id, struct notice_form *form,
                           struct error *err)
{
    bool approved;
    int rc;

    if (json_get_text(call->args, "notice") == NULL) {
        if ((rc = need_leader(call, err)) == 0 &&
            (rc = write_form(node, call, id, form, err)) == 0)
            form->words.approved_by = call->leader;
        return rc;
    }
    if ((rc = need_id(call, id, err)) != 0 ||
        (rc = refuse_words(call->args, err)) != 0 ||
        (rc = load_draft(node, id, form, &approved, err)) != 0)
        return rc;
    return approved ? 0
                    : error_set(err, ERR_REFUSED,
                                "a leader has not approved it yet: `notice "
                                "approve ID --leader NAME`");
}

int node_notice_publish(struct node *node, const struct notice_call *call,
                        struct error *err)
{
    struct notice_form form;
    struct id id;
    int rc;

    format_notice_begin(&form);
    if ((rc = form_to_publish(node, call, &id, &form, err)) == 0) {
        form.notice.published_ms = node->wall_ms;
        if (form.notice.effective_ms == 0)
            form.notice.effective_ms = node->wall_ms;
        /* approved long ago, it may have run out meanwhile */
        if ((rc = notice_check(&form.notice, &form.words, err)) == 0 &&
            (rc = append(node, &id, &form, err)) == 0)
            rc = node_store_drop_draft(node->notices, &id);
    }
    if (rc == 0)
        answer(call, &id, notice_standing(&form.notice, node->wall_ms));
    format_notice_end(&form);
    return rc;
}

struct loading {
    struct node *node;
    struct notice_form *form;
    bool found;
};

static int load(void *who, const struct record_row *row,
                const struct entry *entry)
{
    struct loading *l = who;
    const struct part *part;

    if (row->kind != KIND_NOTICE || row->final || entry == NULL)
        return 0;
    part = entry->change.part;
    wire_arena_clear(l->node->arena);
    l->found =
        part[PART_BODY].form == PART_WHOLE &&
        wire_notice_decode(&l->form->notice, part[PART_FACT].bytes, NULL) ==
            0 &&
        wire_notice_words_decode(
            &l->form->words, l->node->arena,
            wire_arena_copy(l->node->arena, part[PART_BODY].bytes), NULL) == 0;
    return 0;
}

/* What is published, with what the command changes. */
static int load_published(struct node *node, const struct notice_call *call,
                          struct id *id, struct notice_form *form,
                          struct error *err)
{
    struct loading l = {node, form, false};
    int rc;

    if ((rc = need_id(call, id, err)) != 0 ||
        (rc = need_leader(call, err)) != 0)
        return rc;
    rc = ledger_record(node->ledger, node->keys.unit, id, NULL, load, &l);
    if (rc == ERR_MISSING || (rc == 0 && !l.found))
        return error_set(err, ERR_MISSING,
                         "we have published no notice with this id: see "
                         "`notice list`");
    if (rc != 0)
        return rc;
    if (form->notice.state == NOTICE_WITHDRAWN)
        return error_set(err, ERR_REFUSED, "this notice was taken back");
    form->words.by = call->actor == NULL ? "" : call->actor;
    form->words.approved_by = call->leader;
    form->words.reason = "";
    return 0;
}

int node_notice_correct(struct node *node, const struct notice_call *call,
                        struct error *err)
{
    struct notice_form form;
    struct id id;
    int rc;

    format_notice_begin(&form);
    if ((rc = load_published(node, call, &id, &form, err)) == 0) {
        bool shared = form.notice.shared;

        rc = format_notice_read(&form, call->args, node->wall_ms, err);
        form.notice.shared = shared; /* others hold it, or nobody does */
        form.words.to_count = 0;
        form.notice.corrected_ms = node->wall_ms;
    }
    if (rc == 0 && (rc = need_reason(&form, err)) == 0 &&
        (rc = notice_check(&form.notice, &form.words, err)) == 0 &&
        (rc = append(node, &id, &form, err)) == 0)
        answer(call, &id, notice_standing(&form.notice, node->wall_ms));
    format_notice_end(&form);
    return rc;
}

int node_notice_expire(struct node *node, const struct notice_call *call,
                       struct error *err)
{
    struct notice_form form;
    struct id id;
    int rc;

    format_notice_begin(&form);
    if ((rc = load_published(node, call, &id, &form, err)) == 0)
        rc = read_reason(node, call, &form, err);
    form.notice.state = NOTICE_WITHDRAWN;
    form.notice.withdrawn_ms = node->wall_ms;
    if (rc == 0 && (rc = notice_check(&form.notice, &form.words, err)) == 0 &&
        (rc = append(node, &id, &form, err)) == 0)
        answer(call, &id, "withdrawn");
    format_notice_end(&form);
    return rc;
}
