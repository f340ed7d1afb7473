/* hub/readmission.c - see readmission.h. */
#include "hub/readmission.h"

#include <string.h>

#include "common/base/log.h"
#include "common/crypto/random.h"
#include "hub/enrolment.h"
#include "hub/restored.h"

/* Ours, for this machine, still good, and shown by who holds its keys. */
static bool proves(struct hub *hub, const uint8_t line_key[32],
                   const struct msg_enrol *enrol, struct certificate *c)
{
    const struct signed_bytes *shown = &enrol->certificate;
    struct buf said = {0};
    bool good;

    wire_enrol_signed(&said, enrol);
    good = sign_verify(enrol->signature, enrol->sign_public, ENROL_SIGN_DOMAIN,
                       buf_bytes(&said));
    buf_free(&said);
    return good && crypto_equal(enrol->curve_public, line_key, 32) &&
           hub_signers_verify(hub->signers, shown->key_id, shown->signature,
                              CERTIFICATE_SIGN_DOMAIN, shown->body) &&
           wire_certificate_decode(c, shown->body) == 0 &&
           strcmp(c->hub, hub->keys.home) == 0 &&
           strcmp(c->unit, enrol->unit) == 0 &&
           crypto_equal(c->curve_public, enrol->curve_public, 32) &&
           crypto_equal(c->sign_public, enrol->sign_public, 32) &&
           c->expires_ms > hub->wall_ms && c->number > 0;
}

/* Another machine was certified under the same number since. */
static bool number_taken(const struct hub *hub, const struct certificate *c)
{
    for (size_t i = 0; i < hub_registry_count(hub->registry); i++) {
        const struct node_key *key = hub_registry_at(hub->registry, i);

        if (key->number == c->number && strcmp(key->unit, c->unit) == 0)
            return true;
    }
    return false;
}

static struct node_key key_of(const struct certificate *c)
{
    struct node_key key = {
        .number = c->number, .state = NODE_ENROLLED, .since_ms = c->issued_ms};

    memcpy(key.unit, c->unit, sizeof key.unit);
    memcpy(key.curve_public, c->curve_public, sizeof key.curve_public);
    memcpy(key.sign_public, c->sign_public, sizeof key.sign_public);
    return key;
}

static int put_back(struct hub *hub, const struct certificate *c,
                    struct error *err)
{
    struct node_key key = key_of(c);
    int rc;

    if ((rc = hub_enrolment_publish(hub, &key, err)) != 0 ||
        (rc = hub_restored_adopted(hub, &key, err)) != 0)
        return rc;
    log_info("node.readmitted", "unit=%s number=%llu",
             hub_unit_name(hub, key.unit), (unsigned long long)key.number);
    return 0;
}

/* The hub was set back to before this machine was certified, and has given its
 * number to another one since. Both have reports of their own: this one hands
 * its over, and the present one stays what it is, above it. */
static int put_beside(struct hub *hub, const struct certificate *c,
                      struct error *err)
{
    struct node_key present = *hub_registry_unit(hub->registry, c->unit);
    struct node_key key = key_of(c);
    int rc;

    key.number = present.number + 1;
    key.state = NODE_RETIRING;
    present.number += 2;
    if ((present.state == NODE_ENROLLED &&
         (rc = hub_enrolment_publish(hub, &present, err)) != 0) ||
        (rc = hub_enrolment_publish(hub, &key, err)) != 0)
        return rc;
    log_info("node.readmitted", "unit=%s number=%llu beside=%llu",
             hub_unit_name(hub, key.unit), (unsigned long long)key.number,
             (unsigned long long)present.number);
    return 0;
}

bool hub_readmission(struct hub *hub, const uint8_t line_key[32],
                     const struct msg_enrol *enrol, struct buf *out)
{
    const struct node_key *known;
    struct certificate c;
    struct error err = {""};

    if (!proves(hub, line_key, enrol, &c) ||
        roster_find(&hub->roster, c.unit) == NULL ||
        !hub_restored_admits(hub, c.unit, c.issued_ms))
        return false;
    known = hub_registry_find(hub->registry, line_key);
    if (known != NULL && known->state == NODE_REVOKED)
        return false;
    if (known == NULL &&
        (number_taken(hub, &c) ? put_beside : put_back)(hub, &c, &err) != 0) {
        log_error("readmission.failed", "unit=%s reason=\"%s\"",
                  hub_unit_name(hub, c.unit), err.text);
        return false;
    }
    wire_signed_encode(out, &enrol->certificate);
    return true;
}
