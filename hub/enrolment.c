/* hub/enrolment.c - tokens, certificates and the key directory. */
#include "hub/enrolment.h"

#include <stdio.h>
#include <string.h>

#include "common/base/host.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/crypto/x509.h"
#include "hub/certificates.h"
#include "hub/machines.h"
#include "hub/readmission.h"
#include "hub/restored.h"
#include "hub/rotation.h"

enum {
    CERTIFICATE_VALID_DAYS = 3650,
    ENROL_PER_MINUTE = 720,     /* frames answered, to everybody */
    ENROL_PER_PEER_MINUTE = 60, /* and to one address, of IPv6 one network */
    ENROL_PEERS = 256,
    HOST_BYTES = 100, /* of an address that fits into a token */
    ENROL_TOLD = 10,  /* refusals of a minute, each a line; then their number */
    /* a version above all that this hub may have written and lost */
    BEYOND_LOST = 1000
};

/* ---- inviting */

int hub_enrolment_check_host(const char *host, struct error *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t size = strlen(host);
    char plain[HOST_BYTES + 1] = "";
    bool boxed = size > 2 && host[0] == '[' && host[size - 1] == ']';

    if (size > 0 && size <= HOST_BYTES)
        memcpy(plain, host + boxed, size - 2 * (size_t)boxed);
    if (plain[0] != '\0' && (strspn(plain, letters) == strlen(plain)
                                 ? !boxed
                                 : x509_name_address(plain, NULL) == 16))
        return 0;
    return error_set(err, ERR_INVALID,
                     "--advertise: \"%.100s\" is not a host: give a name or an "
                     "address by itself, such as hub.example.vn or 192.0.2.1, "
                     "without https:// and without a port",
                     host);
}

/* tcp://HOST:PORT of a listening address, with the host people will dial. */
static int advertised(char out[128], const char *listening, const char *host,
                      struct error *err)
{
    const char *port = strrchr(listening, ':');

    if (port == NULL || port[1] == '\0')
        return error_set(err, ERR_REFUSED,
                         "this hub has never served, so its ports are not "
                         "known: start `lienxa-hub serve` once, then invite");
    if (host == NULL)
        (void)snprintf(out, 128, "%s", listening);
    else if (strchr(host, ':') != NULL && host[0] != '[')
        (void)snprintf(out, 128, "tcp://[%s]%s", host, port);
    else
        (void)snprintf(out, 128, "tcp://%s%s", host, port);
    if (strstr(out, "0.0.0.0") != NULL || strchr(out, '*') != NULL ||
        strstr(out, "[::]") != NULL)
        return error_set(err, ERR_REFUSED,
                         "the hub listens on every address: say which one the "
                         "nodes dial with --advertise HOST");
    return 0;
}

/* Of the newest key. */
static const char *listening(struct hub *hub, enum net_lane lane)
{
    return hub_store_setting(hub->store, hub_rotation_setting(hub, lane));
}

static int fill_addresses(struct hub *hub, struct token *token,
                          const char *advertise, struct error *err)
{
    int rc;

    if ((rc = advertised(token->express, listening(hub, NET_EXPRESS), advertise,
                         err)) != 0 ||
        (rc = advertised(token->bulk, listening(hub, NET_BULK), advertise,
                         err)) != 0)
        return rc;
    return advertised(token->enrol, listening(hub, NET_ENROL), advertise, err);
}

int hub_enrolment_invite(struct hub *hub, const char *unit_word,
                         const char *advertise, int64_t valid_ms,
                         struct buf *token, struct error *err)
{
    const struct unit *unit = roster_find(&hub->roster, unit_word);
    struct token t = {.expires_ms = hub->wall_ms + valid_ms};
    struct invite invite = {.created_ms = hub->wall_ms};
    struct bytes secret;
    int rc;

    if (unit == NULL)
        return error_set(err, ERR_MISSING,
                         "no unit \"%s\" in the roster: give its slug or code",
                         unit_word);
    if ((advertise != NULL &&
         (rc = hub_enrolment_check_host(advertise, err)) != 0) ||
        (rc = fill_addresses(hub, &t, advertise, err)) != 0)
        return rc;
    memcpy(t.hub_curve, hub_rotation_curve(hub), sizeof t.hub_curve);
    memcpy(t.root_public, hub->keys.root_public, sizeof t.root_public);
    (void)snprintf(t.hub, sizeof t.hub, "%s", hub->keys.home);
    (void)snprintf(t.unit, sizeof t.unit, "%s", unit->key);
    (void)snprintf(t.unit_name, sizeof t.unit_name, "%s", unit->name);
    (void)snprintf(t.unit_slug, sizeof t.unit_slug, "%s", unit->slug);
    random_bytes(t.secret, sizeof t.secret);
    secret = bytes_of(t.secret, sizeof t.secret);
    invite.secret_hash = crypto_sha256(&secret, 1);
    invite.expires_ms = t.expires_ms;
    memcpy(invite.unit, t.unit, sizeof invite.unit);
    rc = hub_store_add_invite(hub->store, &invite);
    wire_token_encode(token, &t);
    mem_wipe(&t, sizeof t);
    return rc;
}

/* ---- the directory */

static struct id key_record(const char *unit, uint64_t number)
{
    uint8_t digits[8];
    struct bytes pieces[] = {bytes_of_text("lienxa node key 1\n"),
                             bytes_of_text(unit), bytes_of_text("\n"),
                             bytes_of(digits, sizeof digits)};
    struct hash hash;

    put_u64(digits, number);
    hash = crypto_sha256(pieces, 4);
    return id_derive(&hash);
}

/* Appends the directory entry as its next version, `step` further on. */
static int publish(struct hub *hub, const struct node_key *key, uint64_t step,
                   struct error *err)
{
    struct id record = key_record(key->unit, key->number);
    struct record_row row = {0};
    struct buf fact = {0};
    int rc;

    rc = ledger_record(hub->ledger, hub->keys.home, &record, &row, NULL, NULL);
    if (rc != 0 && rc != ERR_MISSING)
        return rc;
    wire_node_key_encode(&fact, key);
    rc = hub_append(hub, &hub->all, KIND_NODE_KEY, &record, row.version + step,
                    CHANGE_EXPEDITED, buf_bytes(&fact), err);
    buf_free(&fact);
    return rc;
}

int hub_enrolment_publish(struct hub *hub, const struct node_key *key,
                          struct error *err)
{
    return publish(hub, key, 1, err);
}

int hub_enrolment_apply(struct hub *hub, const struct change *change,
                        struct error *err)
{
    struct node_key key;
    int rc;

    rc = wire_node_key_decode(&key, change->part[PART_FACT].bytes, err);
    if (rc != 0)
        return rc;
    hub_registry_put(hub->registry, &key);
    hub_units_add(&hub->new_for, key.unit);
    hub->directory++;
    return hub_store_put_node(hub->store, &key);
}

enum net_admission hub_enrolment_admit(void *hub, const uint8_t key[32])
{
    const struct hub *h = hub;
    const struct node_key *known = hub_registry_find(h->registry, key);

    if (known == NULL)
        return NET_UNKNOWN;
    return known->state == NODE_REVOKED ? NET_REVOKED : NET_ADMIT;
}

int hub_enrolment_revoke(struct hub *hub, const char *unit_word,
                         struct error *err)
{
    const struct unit *unit = roster_find(&hub->roster, unit_word);
    size_t found = 0, changed = 0;

    if (unit == NULL)
        return error_set(err, ERR_MISSING, "no unit \"%s\" in the roster",
                         unit_word);
    for (size_t i = 0; i < hub_registry_count(hub->registry); i++) {
        struct node_key key = *hub_registry_at(hub->registry, i);
        int rc;

        if (strcmp(key.unit, unit->key) != 0)
            continue;
        found++;
        if (key.state == NODE_REVOKED)
            continue;
        key.state = NODE_REVOKED;
        key.since_ms = hub->wall_ms;
        if ((rc = hub_enrolment_publish(hub, &key, err)) != 0)
            return rc;
        changed++;
    }
    if (found == 0)
        return error_set(err, ERR_MISSING, "%s has no machine enrolled",
                         unit->slug);
    if (changed == 0)
        return error_set(err, ERR_REFUSED, "%s is revoked already", unit->slug);
    /* nobody is to leave on what is not heard any more */
    return hub_store_clear_alarms(hub->store, unit->key, ALARM_STILL_CALLING,
                                  hub->wall_ms);
}

int hub_enrolment_shut_out(struct hub *hub, const char *unit, struct error *err)
{
    for (size_t i = 0; i < hub_registry_count(hub->registry); i++) {
        struct node_key key = *hub_registry_at(hub->registry, i);
        int rc;

        if (strcmp(key.unit, unit) != 0 || key.state == NODE_REVOKED)
            continue;
        key.state = NODE_REVOKED;
        key.since_ms = hub->wall_ms;
        if ((rc = publish(hub, &key, BEYOND_LOST, err)) != 0)
            return rc;
    }
    return 0;
}

/* ---- admitting */

/* A bounded memory of how often an address was heard in this minute. */
static struct rate {
    int64_t minute;
    uint32_t total, refused;
    struct {
        char peer[NET_PEER_BYTES];
        uint32_t count;
    } peers[ENROL_PEERS];
} rate;

/* Strangers do not fill the log, whatever they do. */
static void tell_refused(const char *peer)
{
    if (++rate.refused <= ENROL_TOLD)
        log_info("enrol.refused", "peer=%s", peer);
}

static void begin_minute(int64_t minute)
{
    if (rate.refused > ENROL_TOLD)
        log_info("enrol.refused", "more=%u",
                 (unsigned)(rate.refused - ENROL_TOLD));
    memset(&rate, 0, sizeof rate);
    rate.minute = minute;
}

static bool over_rate(const char *address, int64_t mono_ms)
{
    char peer[HOST_ADDRESS_BYTES];
    size_t i;

    (void)host_subscriber(peer, address);
    if (rate.minute != mono_ms / 60000)
        begin_minute(mono_ms / 60000);
    for (i = 0; i < ENROL_PEERS && rate.peers[i].count > 0; i++)
        if (strncmp(rate.peers[i].peer, peer, NET_PEER_BYTES) == 0)
            break;
    if (i == ENROL_PEERS)
        return true;
    (void)snprintf(rate.peers[i].peer, NET_PEER_BYTES, "%s", peer);
    if (rate.peers[i].count == ENROL_PER_PEER_MINUTE)
        return true; /* what is not answered takes nothing from others */
    rate.peers[i].count++;
    return ++rate.total > ENROL_PER_MINUTE;
}

/* Everything an Enrol must prove; the same work whatever is wrong. */
static bool proves(struct hub *hub, const struct net_message *message,
                   const struct msg_enrol *enrol, struct invite *invite)
{
    struct bytes secret = bytes_of(enrol->secret, sizeof enrol->secret);
    struct hash hash = crypto_sha256(&secret, 1);
    struct buf said = {0};
    bool good;

    wire_enrol_signed(&said, enrol);
    good = sign_verify(enrol->signature, enrol->sign_public, ENROL_SIGN_DOMAIN,
                       buf_bytes(&said));
    buf_free(&said);
    if (hub_store_invite(hub->store, &hash, invite) != 0)
        return false;
    good = good && crypto_equal(enrol->curve_public, message->key, 32);
    good = good && strcmp(enrol->unit, invite->unit) == 0;
    if (invite->used)
        return good && crypto_equal(invite->curve, enrol->curve_public, 32);
    return good && hub->wall_ms < invite->expires_ms &&
           hub_registry_find(hub->registry, enrol->curve_public) == NULL;
}

void hub_enrolment_certificate(struct hub *hub, const struct node_key *key,
                               struct buf *certificate)
{
    struct certificate c = {.number = key->number, .issued_ms = hub->wall_ms};
    struct signed_bytes blob;
    struct buf body = {0};

    memcpy(c.unit, key->unit, sizeof c.unit);
    memcpy(c.hub, hub->keys.home, sizeof c.hub);
    memcpy(c.curve_public, key->curve_public, sizeof c.curve_public);
    memcpy(c.sign_public, key->sign_public, sizeof c.sign_public);
    c.expires_ms = c.issued_ms + INT64_C(86400000) * CERTIFICATE_VALID_DAYS;
    wire_certificate_encode(&body, &c);
    hub_keys_sign(&hub->keys, &blob, CERTIFICATE_SIGN_DOMAIN, buf_bytes(&body));
    wire_signed_encode(certificate, &blob);
    buf_free(&body);
}

uint64_t hub_enrolment_next_number(struct hub *hub, const char *unit)
{
    const struct node_key *last = hub_registry_unit(hub->registry, unit);
    uint64_t known = last == NULL ? 0 : last->number;
    uint64_t least = hub_restored_numbers(hub);

    return (known > least ? known : least) + 1;
}

/* Enters the machine in the directory and makes its certificate. */
static int admit(struct hub *hub, const struct msg_enrol *enrol,
                 const struct invite *invite, struct buf *certificate,
                 struct error *err)
{
    struct node_key key = {.number =
                               hub_enrolment_next_number(hub, enrol->unit),
                           .state = NODE_ENROLLED,
                           .since_ms = hub->wall_ms};
    int rc;

    memcpy(key.unit, enrol->unit, sizeof key.unit);
    memcpy(key.curve_public, enrol->curve_public, sizeof key.curve_public);
    memcpy(key.sign_public, enrol->sign_public, sizeof key.sign_public);
    hub_enrolment_certificate(hub, &key, certificate);
    if ((rc = hub_enrolment_publish(hub, &key, err)) == 0)
        rc = hub_store_use_invite(hub->store, &invite->secret_hash,
                                  key.curve_public, buf_bytes(certificate));
    if (rc == 0)
        log_info("node.enrolled", "unit=%s number=%llu",
                 hub_unit_name(hub, key.unit), (unsigned long long)key.number);
    return rc;
}

/* The same certificate for the same key, or a new one. */
static bool certify(struct hub *hub, const struct net_message *message,
                    const struct msg_enrol *enrol, struct buf *certificate)
{
    struct invite invite;
    struct error err = {""};
    int rc;

    if (enrol->has_certificate)
        return hub_readmission(hub, message->key, enrol, certificate);
    if (!proves(hub, message, enrol, &invite))
        return false;
    if (invite.used) {
        buf_add_bytes(certificate, invite.certificate);
        return true;
    }
    if ((rc = admit(hub, enrol, &invite, certificate, &err)) != 0)
        log_error("enrol.failed", "unit=%s reason=\"%s\"",
                  hub_unit_name(hub, enrol->unit), err.text);
    return rc == 0;
}

/* What it may ask for as well (PROTOCOL 8.9); nothing is an answer. */
static void certify_pages(struct hub *hub, const struct net_message *message,
                          const struct msg_enrol *enrol,
                          struct hub_certificates_issued *out)
{
    struct error err = {""};

    buf_clear(&out->certificate);
    buf_clear(&out->authority);
    if (enrol->tls_request.size > 0 &&
        hub_certificates_issue(hub, enrol->unit, message->peer,
                               enrol->tls_request, out, &err) != 0)
        log_warn("node.web_uncertified", "unit=%s reason=\"%s\"",
                 hub_unit_name(hub, enrol->unit), err.text);
}

struct bytes hub_enrolment_answer(struct hub *hub,
                                  const struct net_message *message)
{
    static struct hub_certificates_issued web;
    static struct buf certificate;
    struct sync_message in, out = {.type = MSG_REFUSED};
    struct bytes frame = {NULL, 0};
    struct msg_enrol enrol;

    if (over_rate(message->peer, hub->mono_ms))
        return frame;
    buf_clear(&certificate);
    if (wire_decode(hub->codec, &in, message->bytes, NULL) != 0 ||
        in.type != MSG_ENROL)
        return frame;
    enrol = in.enrol;
    if (certify(hub, message, &enrol, &certificate) &&
        wire_signed_decode(&out.enrolled.certificate,
                           buf_bytes(&certificate)) == 0 &&
        wire_signed_decode(&out.enrolled.signing_key,
                           buf_bytes(&hub->keys.signing_key)) == 0) {
        out.type = MSG_ENROLLED;
        certify_pages(hub, message, &enrol, &web);
        out.enrolled.tls_certificate = buf_bytes(&web.certificate);
        out.enrolled.tls_authority = buf_bytes(&web.authority);
    }
    if (out.type == MSG_REFUSED)
        tell_refused(message->peer);
    if (wire_encode(hub->codec, &frame, &out, NULL) != 0)
        frame = (struct bytes){NULL, 0};
    mem_wipe(&enrol, sizeof enrol);
    return frame;
}
