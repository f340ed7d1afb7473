/* node/commands_pass.c - commands by which words and files are passed on, given
 * back and given out. */
#include "node/commands_inside.h"
#include "node/media.h"
#include "node/original.h"
#include "node/referral.h"

int node_call_report_attachment(struct node *node, const struct call *call,
                                struct error *err)
{
    return node_media_find(node, call->args, call->out, err);
}

int node_call_original_open(struct node *node, const struct call *call,
                            struct error *err)
{
    struct original_order order = {
        .ask = {.by = call->actor,
                .reason = json_get_text(call->args, "reason"),
                .keys = json_get(call->args, "keys"),
                .guess = call->asked->guess},
        .number = json_get_text(call->args, "number"),
        .session = call->asked->session};
    int rc = node_call_id(call, "report", "a report", &order.ask.id, err);

    return rc != 0 ? rc : node_original_open(node, &order, call->out, err);
}

int node_call_original_read(struct node *node, const struct call *call,
                            struct error *err)
{
    return node_original_read(node, call->asked, call->args, call->out, err);
}

int node_call_report_refer(struct node *node, const struct call *call,
                           struct error *err)
{
    struct refer_order order = {.to = json_get_text(call->args, "to"),
                                .by = call->actor};
    struct id offer;
    int rc = node_call_id(call, "report", "a report", &order.id, err);

    order.with_files = json_get_flag(call->args, "with_files");
    if (rc == 0)
        rc = node_referral_offer(node, &order, &offer, err);
    if (rc == 0)
        node_call_give_id(call->out, "id", &offer);
    return rc;
}

static int answer(struct node *node, const struct call *call, int answer,
                  struct error *err)
{
    struct answer_order order = {.answer = answer,
                                 .by = call->actor,
                                 .text = json_get_text(call->args, "text")};
    struct id copy;
    int rc = node_call_id(call, "referral", "a referral", &order.id, err);

    if (rc == 0)
        rc = node_referral_answer(node, &order, &copy, err);
    if (rc != 0)
        return rc;
    node_call_give_id(call->out, "id", id_is_zero(&copy) ? &order.id : &copy);
    return 0;
}

int node_call_referral_accept(struct node *node, const struct call *call,
                              struct error *err)
{
    return answer(node, call, REFERRAL_ACCEPTED, err);
}

int node_call_referral_refuse(struct node *node, const struct call *call,
                              struct error *err)
{
    return answer(node, call, REFERRAL_REFUSED, err);
}

int node_call_referral_return(struct node *node, const struct call *call,
                              struct error *err)
{
    return answer(node, call, REFERRAL_RETURNED, err);
}

int node_call_referral_done(struct node *node, const struct call *call,
                            struct error *err)
{
    return answer(node, call, REFERRAL_DONE, err);
}
