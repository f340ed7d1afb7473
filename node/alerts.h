/* node/alerts.h - alerts as they arrive here, and the receipts we give.
 *
 * PROTOCOL 9. A node verifies by itself: root -> signing key -> alert.
 */
#ifndef LIENXA_NODE_ALERTS_H
#define LIENXA_NODE_ALERTS_H

#include "node/node.h"

/* Checks an ALERT change before it is stored: 0, or ERR_REFUSED with the
 * verdict and its words ("208 bad signature") in err: the change is
 * quarantined. */
int node_alerts_judge(struct node *node, const struct change *change,
                      int *verdict, struct error *err);
/* Enters it in the alert table with its verdict; makes the receipt due: while
 * it serves, after a rest of a few ms, for all machines of a district do the
 * same at one moment, and those that are not through with it should be first.
 */
int node_alerts_apply(struct node *node, const struct change *change,
                      struct error *err);
/* SIGNING_KEY changes: signed by the pinned root, or refused. */
int node_alerts_apply_signing_key(struct node *node,
                                  const struct change *change,
                                  struct error *err);
/* Writes the receipts that are due, as changes of `up`, expedited; when they
 * rest: nothing. Record id: id_derive(SHA-256("lienxa receipt 1\n" alert-id
 * unit)). */
int node_alerts_write_receipts(struct node *node, struct error *err);
bool node_alerts_receipts_rest(const struct node *node); /* in this turn */
/* What came in this turn was brought by hand, and what goes back may be asked
 * for next: no receipt rests. */
void node_alerts_carried(struct node *node);
/* Monotonic ms of the turn that is to write them; INT64_MAX: none rests. */
int64_t node_alerts_deadline(const struct node *node);
/* A signed beacon came in: remember its time. */
void node_alerts_beacon(struct node *node, const struct signed_bytes *beacon);
/* The program starts, in its first transaction: did the machine as well since
 * the last beacon? Later that is not to be seen any more. */
void node_alerts_started(struct node *node);
/* The best known time (design 7): last beacon plus CLOCK_BOOTTIME since; after
 * a reboot the later of that and the wall clock. */
int64_t node_alerts_now_ms(struct node *node);
/* "active", "updated", "cancelled", "expired". */
const char *node_alerts_state(const struct node_alert *alert, int64_t now_ms);

/* Two machines of this commune have given a receipt of one alert (a new one for
 * a lost one, or a copy): another is due, which says all that is known. */
int node_alerts_receipt_twice(struct node *node, const struct change *change,
                              struct error *err);

#endif
