/* node/readmission.c - see readmission.h. */
#include "node/readmission.h"

#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "node/alerts.h"
#include "node/certificates.h"

enum {
    FIRST_MS = 10000,  /* not let in for so long */
    ANSWER_MS = 15000, /* for one try */
    RETRY_MS = 60000,
    REFUSED_MS = 600000,
    CERTIFICATE_LIMIT = 4096,
    ALARM_NOT_READMITTED = 153
};

struct readmission {
    struct node *node;
    struct net_link *link;
    struct buf certificate; /* blob, as it was signed */
    bool wanted, asked;
    int64_t at, until; /* monotonic: the next try; the end of this one */
};

static int load(struct readmission *r, struct net_context *context)
{
    struct net_link_config config = {
        .context = context,
        .key = r->node->keys.curve,
        .address = node_store_setting(r->node->store, "enrol"),
        .lane = NET_ENROL};
    char path[4200];
    int rc;

    if (config.address[0] == '\0')
        return ERR_MISSING;
    (void)snprintf(path, sizeof path, "%s/keys/certificate", r->node->folder);
    rc = file_read(&r->certificate, path, CERTIFICATE_LIMIT, NULL);
    memcpy(config.server_key, r->node->keys.hub_curve,
           sizeof config.server_key);
    if (rc == 0)
        rc = net_link_new(&r->link, &config, NULL);
    mem_wipe(&config.key, sizeof config.key);
    return rc;
}

struct readmission *node_readmission_new(struct node *node,
                                         struct net_context *context)
{
    struct readmission *r = mem_new(sizeof *r);

    r->node = node;
    if (load(r, context) != 0)
        node_readmission_free(&r);
    return r;
}

void node_readmission_free(struct readmission **readmission)
{
    if (*readmission == NULL)
        return;
    net_link_free(&(*readmission)->link);
    buf_free(&(*readmission)->certificate);
    mem_free(readmission);
}

void node_readmission_unknown(struct readmission *r)
{
    if (r == NULL || r->wanted)
        return;
    r->wanted = true;
    r->until = 0;
    r->at = r->node->mono_ms + FIRST_MS;
}

void node_readmission_known(struct readmission *r)
{
    if (r == NULL)
        return;
    r->wanted = false;
    r->until = 0; /* what was asked for besides is asked for again */
    net_link_hang_up(r->link);
}

struct net_link *node_readmission_link(struct readmission *r)
{
    return r == NULL ? NULL : r->link;
}

/* ---- asking */

static void ask(struct readmission *r)
{
    struct sync_message m = {.type = MSG_ENROL};
    const struct node_keys *keys = &r->node->keys;
    struct buf said = {0};
    struct bytes frame;

    memcpy(m.enrol.unit, keys->unit, sizeof m.enrol.unit);
    memcpy(m.enrol.curve_public, keys->curve.public_key, 32);
    memcpy(m.enrol.sign_public, keys->sign.public_key, 32);
    m.enrol.has_certificate = true;
    m.enrol.tls_request = node_certificates_question(r->node->certificates);
    if (wire_signed_decode(&m.enrol.certificate, buf_bytes(&r->certificate)) !=
        0)
        return;
    wire_enrol_signed(&said, &m.enrol);
    sign_bytes(m.enrol.signature, &keys->sign, ENROL_SIGN_DOMAIN,
               buf_bytes(&said));
    buf_free(&said);
    if (wire_encode(r->node->codec, &frame, &m, NULL) == 0)
        r->asked = net_link_send(r->link, frame) == 0;
}

static void end_try(struct readmission *r, int64_t pause_ms)
{
    net_link_hang_up(r->link);
    r->until = 0;
    r->at = r->node->mono_ms + pause_ms;
}

void node_readmission_hush(struct readmission *r)
{
    if (r != NULL && r->until != 0)
        end_try(r, 0);
}

/* The hub's present signing key comes with its answer, and is believed as
 * always: for the root's signature. */
static bool is_welcome(struct readmission *r, const struct msg_enrolled *answer)
{
    struct buf fact = {0};
    struct change change = {.header = {.kind = KIND_SIGNING_KEY}};
    int rc;

    wire_signed_encode(&fact, &answer->signing_key);
    change.part[PART_FACT].form = PART_WHOLE;
    change.part[PART_FACT].bytes = buf_bytes(&fact);
    rc = node_alerts_apply_signing_key(r->node, &change, NULL);
    buf_free(&fact);
    return rc == 0;
}

static bool hear(struct readmission *r)
{
    struct sync_message m;
    struct bytes frame;

    while (net_link_receive(r->link, &frame)) {
        if (wire_decode(r->node->codec, &m, frame, NULL) != 0)
            continue;
        if (m.type == MSG_REFUSED)
            node_certificates_answer(r->node->certificates, NULL);
        if (m.type == MSG_REFUSED && !r->wanted) {
            end_try(r, 0);
            return false;
        }
        if (m.type == MSG_REFUSED) {
            node_alarm(r->node, ALARM_NOT_READMITTED,
                       "the hub does not know this machine and does not take "
                       "it back: perhaps it was shut out. Reports are taken "
                       "and kept here; call the district");
            end_try(r, REFUSED_MS);
            return false;
        }
        if (m.type == MSG_ENROLLED && is_welcome(r, &m.enrolled)) {
            bool wanted = r->wanted;

            node_certificates_answer(r->node->certificates, &m.enrolled);
            if (!wanted) {
                end_try(r, 0);
                return false;
            }
            log_info("hub.readmitted", "hub=%s", r->node->keys.hub);
            node_readmission_known(r);
            return true;
        }
    }
    return false;
}

/* When the next try begins, or the present one ends. */
static int64_t due_at(const struct readmission *r)
{
    int64_t pages = node_certificates_ask_at(r->node->certificates);

    if (r->until != 0)
        return r->until;
    return r->wanted && r->at < pages ? r->at : pages;
}

bool node_readmission_work(struct readmission *r)
{
    int64_t now;

    if (r == NULL || (r->until == 0 && r->node->mono_ms < due_at(r)))
        return false;
    now = r->node->mono_ms;
    if (r->until == 0) {
        r->until = now + ANSWER_MS;
        r->asked = false;
        (void)net_link_dial(r->link, NULL);
    }
    while (net_link_next(r->link) != NET_LINK_NOTHING)
        ;
    if (!r->asked && net_link_state(r->link) == NET_UP)
        ask(r);
    if (hear(r))
        return true;
    if (r->until != 0 && now >= r->until) {
        node_certificates_unanswered(r->node->certificates);
        end_try(r, RETRY_MS);
    }
    return false;
}

int64_t node_readmission_deadline(const struct readmission *r)
{
    return r == NULL ? INT64_MAX : due_at(r);
}
