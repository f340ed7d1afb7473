/* hub/machines.h - machines that are replaced, and keys that are changed
 * (PROTOCOL 8.6, 8.7): what the operator orders, what a machine is given, what
 * people are told. The conversations are in hub/exchange_machines.c.
 */
#ifndef LIENXA_HUB_MACHINES_H
#define LIENXA_HUB_MACHINES_H

#include "hub/hub.h"

enum {
    ALARM_STILL_CALLING = 102, /* a replaced machine that has not drained */
    ALARM_DRAINED = 120,       /* it may be erased */
    ALARM_COPY_ROTATED = 121   /* two held one key, and one got the new one */
};

/* `lienxa-hub node retire UNIT [--certificate N]`; N 0: the present one.
 * ERR_REFUSED with what to say instead. `*number` is what was retired. */
int hub_machines_retire(struct hub *hub, const char *unit_word,
                        uint64_t certificate, uint64_t *number,
                        struct error *err);

/* `lienxa-hub node rotate UNIT`: remembered until it is done. `*key` is the
 * present machine's entry, borrowed until the next change of the directory. */
int hub_machines_order_rotation(struct hub *hub, const char *unit_word,
                                const struct node_key **key, struct error *err);
bool hub_machines_rotation_is_due(struct hub *hub, const struct node_key *key);

/* What the machine with this key is answered to a ROTATE that came from
 * `address`: its certificate, appended to `certificate`, or why not, in `text`
 * (and an empty buffer). 0 or an error of the disk. */
int hub_machines_certify(struct hub *hub, const struct node_key *key,
                         const struct msg_rotate *rotate, const char *address,
                         struct buf *certificate, char text[LIMIT_TEXT]);

/* A replaced machine said how many changes it still holds (PROTOCOL 8.6), or
 * came and said nothing of it yet (-1). */
int hub_machines_heard(struct hub *hub, const struct node_key *key,
                       const char *address, int64_t waiting);
/* All of it is in the unit's stream, and `objects` of the vault came from it.
 */
int hub_machines_drained(struct hub *hub, const struct node_key *key,
                         uint64_t objects);
/* All its changes are, but names and words of so many are missing here and its
 * program cannot hand them over. */
void hub_machines_keeps_words(struct hub *hub, const struct node_key *key,
                              int missing);
/* A replaced machine whose program cannot drain. */
void hub_machines_too_old(struct hub *hub, const struct node_key *key,
                          const char *address);

#endif
