#include "node/erase.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/domain/fold.h"
#include "common/domain/text.h"
#include "node/disclosure.h"
#include "node/held.h"
#include "node/intake.h"
#include "node/referral.h"

enum {
    REASON_LIMIT = 1000,
    WORDS_IN_A_ROW = 4 /* of the report: no reason says so many by chance */
};

/* ---- a reason that would keep what is to go */

/* The end of the word that begins behind the space at `at`. */
static char *word_end(char *at) { return strchr(at + 1, ' '); }

/* Does `reason` hold a run of words of `words`, or all when they are fewer?
 * Both folded: " a b c ". A single word says nothing. */
static bool repeats(char *words, const char *reason)
{
    for (char *at = words; at[1] != '\0'; at = word_end(at)) {
        char *end = at;
        int count = 0;
        char kept;
        bool found;

        while (count < WORDS_IN_A_ROW && end[1] != '\0') {
            end = word_end(end);
            count++;
        }
        if (count < (at == words ? 2 : WORDS_IN_A_ROW))
            return false;
        kept = end[1];
        end[1] = '\0';
        found = strstr(reason, at) != NULL;
        end[1] = kept;
        if (found)
            return true;
    }
    return false;
}

static bool repeats_words(struct node *node, const struct held_report *held,
                          const char *reason)
{
    struct buf words = {0}, said = {0};
    struct report_body body;
    bool same = false;

    wire_arena_clear(node->arena);
    if (held->has_body &&
        wire_report_body_decode(&body, node->arena, buf_bytes(&held->body),
                                NULL) == 0) {
        char *copy;

        fold_words(&words, body.text, FOLD_PLAIN);
        fold_words(&said, reason, FOLD_PLAIN);
        copy = mem_text(buf_text(&words));
        same = repeats(copy, buf_text(&said));
        mem_wipe(copy, words.size);
        mem_free(&copy);
        mem_wipe(words.data, words.size);
    }
    buf_free(&words);
    buf_free(&said);
    return same;
}

static int check_reason(struct node *node, const struct held_report *held,
                        struct buf *reason, struct error *err)
{
    if (text_is_blank(buf_bytes(reason)))
        return error_set(err, ERR_INVALID,
                         "--reason: say why it is erased; this is kept");
    if (report_find_phones(buf_text(reason), NULL) > 0)
        return error_set(err, ERR_INVALID,
                         "--reason holds a telephone number: it is kept, so "
                         "say why without naming anybody");
    if (repeats_words(node, held, buf_text(reason)))
        return error_set(err, ERR_INVALID,
                         "--reason repeats the report's words: it is kept, so "
                         "say why without them");
    return 0;
}

/* ---- the tombstone */

static int write_tombstone(struct node *node, const struct held_report *held,
                           struct error *err)
{
    struct node_write write = {.kind = KIND_REPORT,
                               .record = held->id,
                               .flags = CHANGE_EXPEDITED | CHANGE_TOMBSTONE};
    struct report_fact what = held->fact;
    struct buf fact = {0};
    int rc = node_held_top(node, &held->id, &write.version);

    if (rc != 0)
        return rc;
    write.version++;
    what.bodies = 0;
    wire_report_fact_encode(&fact, &what);
    write.part[PART_FACT] = (struct node_part){true, buf_bytes(&fact), NULL};
    rc = node_append(node, &write, err);
    buf_free(&fact);
    return rc;
}

static int erase(struct node *node, const struct held_report *held,
                 const struct erase_order *order, struct buf *reason,
                 struct error *err)
{
    struct erasure kept = {node->wall_ms, order->by, buf_text(reason)};
    int rc = check_reason(node, held, reason, err);

    if (rc == 0)
        rc = write_tombstone(node, held, err);
    if (rc == 0)
        rc = node_referral_erase(node, &held->id, err);
    if (rc == 0)
        rc = node_disclosure_forget(node, &held->id);
    return rc != 0 ? rc : node_store_put_erasure(node->store, &held->id, &kept);
}

int node_erase_report(struct node *node, const struct erase_order *order,
                      struct error *err)
{
    struct held_report held = {0};
    struct buf reason = {0};
    int rc = node_intake_clean(&reason, "--reason",
                               order->reason == NULL ? "" : order->reason,
                               REASON_LIMIT, err);

    if (rc == 0)
        rc = node_held_load(node, &order->id, &held, err);
    if (rc == 0 && held.fact.continues_home[0] != '\0')
        rc = error_set(err, ERR_REFUSED,
                       "the words of this report are of the commune that "
                       "passed it on: only they can erase them, and then they "
                       "go here too");
    else if (rc == 0 && !held.final)
        rc = erase(node, &held, order, &reason, err);
    if (held.body.size > 0)
        mem_wipe(held.body.data, held.body.size);
    node_held_free(&held);
    buf_free(&reason);
    return rc;
}
