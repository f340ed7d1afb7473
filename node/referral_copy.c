/* node/referral_copy.c - the receiver: answers, and the working copy of what
 * was accepted. */
#include <string.h>

#include "common/crypto/digest.h"
#include "common/domain/text.h"
#include "node/intake.h"
#include "node/referral_inside.h"
#include "node/units.h"

static const struct hash_function hash_function = {crypto_sha256};

/* ---- the working copy: a report of ours */

static int append_copy(struct node *node, const struct id *record,
                       const struct report_fact *what, uint32_t flags,
                       const struct node_part *body, struct error *err)
{
    struct node_write write = {
        .kind = KIND_REPORT, .record = *record, .flags = flags};
    struct buf fact = {0};
    int rc = node_held_top(node, record, &write.version);

    if (rc != 0)
        return error_set(err, rc, "the database cannot be read");
    write.version++;
    if (what->urgent)
        write.flags |= CHANGE_EXPEDITED;
    wire_report_fact_encode(&fact, what);
    write.part[PART_FACT] = (struct node_part){true, buf_bytes(&fact), NULL};
    if (body != NULL)
        write.part[PART_BODY] = *body;
    rc = node_append(node, &write, err);
    buf_free(&fact);
    return rc;
}

/* It begins as received, with the words as they were passed on. */
static int open_copy(struct node *node, const struct handover *h,
                     struct id *copy, struct error *err)
{
    struct report_fact what = h->offer.what;
    const struct node_part body = {true, buf_bytes(&h->words), NULL};

    *copy = handover_copy_id(&hash_function, h->offer.report_home,
                             &h->offer.report);
    what.state = REPORT_DA_TIEP_NHAN;
    what.outcome = OUTCOME_NONE;
    what.resume = 0;
    memset(what.entered_ms, 0, sizeof what.entered_ms);
    what.entered_ms[REPORT_DA_TIEP_NHAN] = node->wall_ms;
    what.attachments = 0;
    what.bodies = h->has_words;
    memcpy(what.continues_home, h->offer.report_home,
           sizeof what.continues_home);
    what.continues_record = h->offer.report;
    return append_copy(node, copy, &what, 0, h->has_words ? &body : NULL, err);
}

static int close_copy(struct node *node, const struct handover *h, int answer,
                      struct error *err)
{
    struct id copy = handover_copy_id(&hash_function, h->offer.report_home,
                                      &h->offer.report);
    struct held_report held = {0};
    int rc = node_held_load(node, &copy, &held, err);

    if (rc == 0) {
        struct node_part body = {.keep = &held.keep[PART_BODY]};

        held.fact.state = REPORT_DONG;
        held.fact.resume = 0;
        held.fact.entered_ms[REPORT_DONG] = node->wall_ms;
        held.fact.outcome = answer == REFERRAL_DONE ? OUTCOME_RESOLVED
                                                    : OUTCOME_NGOAI_THAM_QUYEN;
        if (answer == REFERRAL_DONE)
            held.fact.entered_ms[REPORT_DA_XU_LY] = node->wall_ms;
        rc = append_copy(node, &copy, &held.fact, 0, &body, err);
    }
    node_held_free(&held);
    return rc == ERR_MISSING ? 0 : rc;
}

/* ---- answering */

static int clean_text(const struct answer_order *order, struct buf *out,
                      struct error *err)
{
    bool wanted =
        order->answer == REFERRAL_REFUSED || order->answer == REFERRAL_RETURNED;
    int rc = node_intake_clean(out, "the reason",
                               order->text == NULL ? "" : order->text,
                               REPORT_NOTE_LIMIT, err);

    if (rc == 0 && wanted && text_is_blank(buf_bytes(out)))
        rc = error_set(err, ERR_INVALID,
                       "--reason: say why; the sender will read it");
    return rc;
}

static int check_answer(struct node *node, const struct handover *h, int answer,
                        struct error *err)
{
    struct unit_fact who;

    if (strcmp(h->offer.to, node->keys.unit) != 0) {
        node_units_name(node, h->offer.to, &who);
        return error_set(err, ERR_REFUSED,
                         "this is offered to %s by now, only they can answer",
                         who.name);
    }
    node_units_name(node, h->offer.report_home, &who);
    if (h->erased && answer == REFERRAL_ACCEPTED)
        return error_set(err, ERR_REFUSED, "%s has erased this report",
                         who.name);
    return referral_check_answer(h->stage, answer, err);
}

static int write_answer(struct node *node, const struct answer_order *order,
                        const struct handover *h, struct buf *text,
                        struct error *err)
{
    struct referral_fact what = {.role = REFERRAL_CONTINUATION,
                                 .report = h->offer.report,
                                 .offer = h->offer.offer,
                                 .at_ms = node->wall_ms,
                                 .answer = order->answer};
    struct report_note note = {node->wall_ms, order->by, buf_text(text)};
    struct referral_write write = {.record = h->continuation, .fact = &what};
    struct buf body = {0};
    int rc;

    memcpy(what.report_home, h->offer.report_home, sizeof what.report_home);
    if (!h->erased)
        wire_note_encode(&body, &note);
    write.body = buf_bytes(&body);
    rc = node_referral_write(node, &write, err);
    buf_free(&body);
    return rc;
}

static int answer(struct node *node, const struct answer_order *order,
                  const struct handover *h, struct id *copy, struct error *err)
{
    struct buf text = {0};
    int rc = check_answer(node, h, order->answer, err);

    if (rc == 0)
        rc = clean_text(order, &text, err);
    if (rc == 0)
        rc = write_answer(node, order, h, &text, err);
    if (rc == 0 && order->answer == REFERRAL_ACCEPTED)
        rc = open_copy(node, h, copy, err);
    if (rc == 0 &&
        (order->answer == REFERRAL_RETURNED || order->answer == REFERRAL_DONE))
        rc = close_copy(node, h, order->answer, err);
    buf_free(&text);
    return rc;
}

int node_referral_answer(struct node *node, const struct answer_order *order,
                         struct id *copy, struct error *err)
{
    struct referral_fact offer;
    struct handover h;
    int rc = node_referral_find(node, &order->id, true, &offer, err);

    memset(copy, 0, sizeof *copy);
    if (rc != 0)
        return rc;
    rc = handover_look(node->ledger, &hash_function, offer.report_home,
                       &offer.report, &h);
    if (rc != 0)
        (void)error_set(err, rc, "the database cannot be read");
    else
        rc = answer(node, order, &h, copy, err);
    handover_free(&h);
    return rc;
}

/* ---- erased by the sender */

static int erase_report(struct node *node, const struct referral_fact *offer,
                        struct error *err)
{
    struct id copy =
        handover_copy_id(&hash_function, offer->report_home, &offer->report);
    struct erasure why = {.at_ms = node->wall_ms,
                          .reason = "nơi chuyển tin đã xóa (erased by who "
                                    "passed it on)"};
    struct held_report held = {0};
    struct unit_fact from;
    int rc = node_held_load(node, &copy, &held, err);

    if (rc == 0 && !held.final) {
        node_units_name(node, offer->report_home, &from);
        why.by = from.name;
        held.fact.bodies = 0;
        rc = append_copy(node, &copy, &held.fact,
                         CHANGE_EXPEDITED | CHANGE_TOMBSTONE, NULL, err);
        if (rc == 0)
            rc = node_store_put_erasure(node->store, &copy, &why);
    }
    node_held_free(&held);
    return rc == ERR_MISSING ? 0 : rc;
}

static int see_fact(void *who, const struct record_row *row,
                    const struct entry *entry)
{
    struct handover *h = who;

    h->continuation_erased = row->final;
    h->continued =
        entry != NULL &&
        wire_referral_decode(&h->answer, entry->change.part[PART_FACT].bytes,
                             NULL) == 0;
    return 0;
}

int node_referral_erase_copy(struct node *node,
                             const struct referral_fact *offer,
                             struct error *err)
{
    /* whoever it is offered to by now: it may have been us before */
    struct id record = handover_continuation_id(
        &hash_function, offer->report_home, &offer->report);
    struct handover h = {.continued = false};
    int rc = ledger_record(node->ledger, node->keys.unit, &record, NULL,
                           see_fact, &h);

    if (rc == 0 && h.continued && !h.continuation_erased) {
        struct referral_write write = {
            .record = record, .fact = &h.answer, .flags = CHANGE_TOMBSTONE};

        rc = node_referral_write(node, &write, err);
    }
    if (rc != 0 && rc != ERR_MISSING)
        return rc;
    return erase_report(node, offer, err);
}
