/* common/peer/sender.h - the ledger into frames: what a session decided to
 * send, for either side of a line.
 *
 * Where the frame goes, who signs and what may leave is the host's; see struct
 * sender_host. Nothing is written to the ledger here.
 */
#ifndef LIENXA_PEER_SENDER_H
#define LIENXA_PEER_SENDER_H

#include "common/store/ledger.h"
#include "common/sync/session.h"
#include "common/wire/codec.h"

struct sender_host {
    void *who;
    /* Encodes and keeps the frame; its size, 0 when it could not be made. */
    size_t (*put)(void *who, enum lane lane, const struct sync_message *m);
    void (*sign)(void *who, struct signed_bytes *out, const char *domain,
                 struct bytes body);
    /* Turns into stubs what may not leave; NULL: everything may. */
    void (*withhold)(void *who, struct change *change);
    /* Whose changes may be handed to this peer; NULL: anybody's. */
    const char *home, *other;
    /* Signs an own change that bears no signature; NULL: nobody does. */
    void (*prove)(void *who, struct change *change, const struct hash *digest);
    /* An early copy was put; NULL: no matter. */
    void (*sent_early)(void *who, const struct change *change);
};

/* The bytes of `m` as small as this session's peer takes them (PROTOCOL 7.13);
 * `home` is ours, whose streams the peer follows. As wire_encode. */
int sender_encode(struct wire_codec *codec, const struct sync_session *session,
                  const char *home, struct bytes *out,
                  const struct sync_message *m, struct error *err);

struct sender;

struct sender *sender_new(struct ledger *ledger);
void sender_free(struct sender **sender);

/* One batch for a SYNC_PUSH; fills in seq, bytes and more of `sent`. The head
 * is signed at `wall_ms`. */
void sender_push(struct sender *s, const struct sender_host *host,
                 const struct sync_action *action, int64_t wall_ms,
                 struct sync_event *sent);
/* EARLY copies for a SYNC_EXPEDITE; `sent->seq` is where to go on. What came
 * back without its signature, because the peer's head had vouched for it, is
 * proved. */
void sender_expedite(struct sender *s, const struct sender_host *host,
                     const struct sync_action *action, struct sync_event *sent);
/* EARLY_LISTs for a SYNC_LIST_EARLY; the last one may be empty. `*listed` is
 * the newest arrival named by the last such call, here and afterwards. */
void sender_list_early(struct sender *s, const struct sender_host *host,
                       const struct sync_action *action, int64_t *listed);
/* The EARLY_LIST of a SYNC_LIST_OWN; `sent->seq` is the new cursor. */
void sender_list_own(struct sender *s, const struct sender_host *host,
                     const struct sync_action *action, struct sync_event *sent);
/* EARLY(handed_back) for a SYNC_HAND_BACK, without what may not leave. What
 * bears no signature of its own, and none of the host's, proves itself only to
 * one who knows its digest already: for a copy that is damaged there (PROTOCOL
 * 7.10). */
void sender_hand_back(struct sender *s, const struct sender_host *host,
                      const struct sync_action *action,
                      struct sync_event *sent);

/* As the ledger names a change. Borrows from `ref`. */
struct change_ref sender_ref(const struct early_ref *ref);

#endif
