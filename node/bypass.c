/* node/bypass.c - see bypass.h. */
#include "node/bypass.h"

#include <string.h>

#include "node/held.h"
#include "node/intake.h"
#include "node/referral.h"

bool node_bypass_hides(const char *role, const struct category *category)
{
    return role != NULL && category->bypasses_post &&
           strcmp(role, "officer") == 0;
}

/* Of something else, or of a time when somebody has worked on it: no. */
static int is_for_above(struct node *node, const struct id *report, bool *out,
                        struct error *err)
{
    struct held_report held = {0};
    int rc = node_held_load(node, report, &held, err);

    *out = rc == 0 && held.fact.category->bypasses_post &&
           held.fact.state == REPORT_MOI && !held.final && held.has_body;
    node_held_free(&held);
    return rc;
}

int node_bypass_pass_on(struct node *node, const struct id *report,
                        const char *by, bool *passed_on, struct error *err)
{
    struct intake_move sorted = {.id = *report,
                                 .move.to = REPORT_PHAN_LOAI,
                                 .by = by,
                                 .overtaken = true};
    struct refer_order order = {.id = *report, .by = by};
    struct id offer;
    int rc = is_for_above(node, report, passed_on, err);

    if (rc != 0 || !*passed_on)
        return rc;
    if ((rc = node_intake_move(node, &sorted, err)) != 0)
        return rc;
    return node_referral_offer(node, &order, &offer, err);
}

int node_bypass_check(struct node *node, const char *role,
                      const struct json *args, struct error *err)
{
    static const char *const keys[] = {"report", "id"};
    struct held_report held = {0};
    const char *text = NULL;
    struct id id;
    bool hidden;

    for (size_t i = 0; text == NULL && i < sizeof keys / sizeof *keys; i++)
        text = json_get_text(args, keys[i]);
    if (role == NULL || text == NULL || !id_parse(&id, text))
        return 0;
    hidden = node_held_load(node, &id, &held, NULL) == 0 &&
             node_bypass_hides(role, held.fact.category);
    node_held_free(&held);
    return hidden ? error_set(err, ERR_MISSING, "no report with this id") : 0;
}
