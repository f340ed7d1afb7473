/* hub/enrolment.h - inviting, admitting and revoking machines (PROTOCOL 8).
 */
#ifndef LIENXA_HUB_ENROLMENT_H
#define LIENXA_HUB_ENROLMENT_H

#include "hub/hub.h"

/* A name or address by itself, that a machine can be told to dial: 0, or
 * ERR_INVALID in words. */
int hub_enrolment_check_host(const char *host, struct error *err);

/* A one-time token for the unit. Only the hash of its secret is kept. */
int hub_enrolment_invite(struct hub *hub, const char *unit_word,
                         const char *advertise, int64_t valid_ms,
                         struct buf *token, struct error *err);

/* Answers a frame that came in at the enrolment endpoint: the reply's bytes are
 * borrowed until the next call. Every refusal is the same frame after the same
 * work; NULL bytes: say nothing (over the rate). */
struct bytes hub_enrolment_answer(struct hub *hub,
                                  const struct net_message *message);

/* Takes the unit's machines out for good: signed, in `all`, expedited. */
int hub_enrolment_revoke(struct hub *hub, const char *unit_word,
                         struct error *err);

/* The same for every machine the unit had before a restore, whatever else may
 * be known of it elsewhere; none is fine. */
int hub_enrolment_shut_out(struct hub *hub, const char *unit,
                           struct error *err);
/* Appends the directory entry as its next version: signed, in `all`. */
int hub_enrolment_publish(struct hub *hub, const struct node_key *key,
                          struct error *err);
/* For the unit's next certificate: above every number that was given, also
 * before a restore and lost. */
uint64_t hub_enrolment_next_number(struct hub *hub, const char *unit);
/* The signed certificate for an entry, appended. */
void hub_enrolment_certificate(struct hub *hub, const struct node_key *key,
                               struct buf *certificate);

/* Appends a directory entry as its record's next version. */
int hub_enrolment_publish(struct hub *hub, const struct node_key *key,
                          struct error *err);

/* Applies a NODE_KEY change. */
int hub_enrolment_apply(struct hub *hub, const struct change *change,
                        struct error *err);

/* For the gate: what ZAP answers to this key. */
enum net_admission hub_enrolment_admit(void *hub, const uint8_t key[32]);

#endif
