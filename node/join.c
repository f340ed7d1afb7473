/* node/join.c - token, keys, the question to the hub, what its answer proves,
 * and the first words of the database. */
#include "node/join.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/crypto/seal.h"
#include "common/net/link.h"
#include "node/certificates.h"
#include "node/node.h"
#include "node/rotation.h"
#include "node/unit_keys.h"

enum {
    PATH_BYTES = 4200,
    ANSWER_MS = 15000, /* for the whole question */
    REPEAT_MS = 3000,
    DIAL_MS = 1000,
    WAIT_MS = 200
};

static const char *path_of(char out[PATH_BYTES], const char *folder,
                           const char *name)
{
    (void)snprintf(out, PATH_BYTES, "%s/%s", folder, name);
    return out;
}

/* ---- asking the hub */

struct proof { /* of an answer that was believed */
    struct certificate certificate;
    struct signing_key signing;
    struct buf blob;    /* the certificate as it was signed */
    struct buf request; /* for web pages (node/certificates.h) .. */
    struct buf tls_certificate, tls_authority; /* .. and what came of it */
};

static int doubt(struct error *err, const char *what)
{
    return error_set(err, ERR_DAMAGED,
                     "the hub's answer proves nothing (%s): do not use this "
                     "token, ask the district by telephone",
                     what);
}

/* Root -> signing key -> certificate (PROTOCOL 8). */
static int check_proof(const struct token *token, const struct node_keys *keys,
                       const struct msg_enrolled *answer, struct proof *out,
                       struct error *err)
{
    const struct signed_bytes *key = &answer->signing_key;
    const struct signed_bytes *certificate = &answer->certificate;
    struct certificate *c = &out->certificate;

    if (!sign_verify(key->signature, token->root_public,
                     SIGNING_KEY_SIGN_DOMAIN, key->body) ||
        wire_signing_key_decode(&out->signing, key->body) != 0 ||
        strcmp(out->signing.hub, token->hub) != 0)
        return doubt(err, "its signing key is not the root's");
    if (!sign_verify(certificate->signature, out->signing.sign_public,
                     CERTIFICATE_SIGN_DOMAIN, certificate->body) ||
        wire_certificate_decode(c, certificate->body) != 0)
        return doubt(err, "the certificate's signature");
    if (strcmp(c->unit, token->unit) != 0 || strcmp(c->hub, token->hub) != 0 ||
        !crypto_equal(c->curve_public, keys->curve.public_key, 32) ||
        !crypto_equal(c->sign_public, keys->sign.public_key, 32) ||
        c->expires_ms <= clock_wall_ms())
        return doubt(err, "a certificate for somebody else, or expired");
    wire_signed_encode(&out->blob, certificate);
    buf_add_bytes(&out->tls_certificate, answer->tls_certificate);
    buf_add_bytes(&out->tls_authority, answer->tls_authority);
    return 0;
}

static void write_question(struct buf *out, struct wire_codec *codec,
                           const struct token *token,
                           const struct node_keys *keys, struct bytes request)
{
    struct sync_message message = {.type = MSG_ENROL};
    struct msg_enrol *enrol = &message.enrol;
    struct buf said = {0};
    struct bytes frame;

    memcpy(enrol->unit, token->unit, sizeof enrol->unit);
    memcpy(enrol->secret, token->secret, sizeof enrol->secret);
    memcpy(enrol->curve_public, keys->curve.public_key,
           sizeof enrol->curve_public);
    memcpy(enrol->sign_public, keys->sign.public_key,
           sizeof enrol->sign_public);
    wire_enrol_signed(&said, enrol);
    sign_bytes(enrol->signature, &keys->sign, ENROL_SIGN_DOMAIN,
               buf_bytes(&said));
    enrol->tls_request = request;
    if (wire_encode(codec, &frame, &message, NULL) == 0)
        buf_add_bytes(out, frame);
    mem_wipe(&message, sizeof message);
    mem_wipe(said.data, said.size);
    buf_free(&said);
}

struct question {
    const struct token *token;
    const struct node_keys *keys;
    struct wire_codec *codec;
    struct net_link *link;
    struct buf frame;
    int64_t send_at, dial_at; /* monotonic */
};

/* ERR_AGAIN: nothing that decides has come. */
static int read_answers(struct question *q, struct proof *out,
                        struct error *err)
{
    struct sync_message message;
    struct bytes frame;

    while (net_link_receive(q->link, &frame)) {
        if (wire_decode(q->codec, &message, frame, NULL) != 0)
            continue;
        if (message.type == MSG_REFUSED)
            return error_set(err, ERR_REFUSED,
                             "the hub refused this token: it may be used, "
                             "expired or for another machine; ask for a new "
                             "one");
        if (message.type == MSG_ENROLLED)
            return check_proof(q->token, q->keys, &message.enrolled, out, err);
    }
    return ERR_AGAIN;
}

static void dial_and_send(struct question *q, int64_t now_ms)
{
    while (net_link_next(q->link) != NET_LINK_NOTHING)
        ;
    if (net_link_state(q->link) == NET_DOWN && now_ms >= q->dial_at) {
        (void)net_link_dial(q->link, NULL);
        q->dial_at = now_ms + DIAL_MS;
    }
    if (net_link_state(q->link) == NET_UP && now_ms >= q->send_at) {
        (void)net_link_send(q->link, buf_bytes(&q->frame));
        q->send_at = now_ms + REPEAT_MS;
    }
}

static int converse(struct question *q, struct proof *out, struct error *err)
{
    int64_t until = clock_mono_ms() + ANSWER_MS;
    bool was_up = false;
    int rc;

    for (int64_t now = until - ANSWER_MS; now < until; now = clock_mono_ms()) {
        dial_and_send(q, now);
        was_up = was_up || net_link_state(q->link) == NET_UP;
        if ((rc = read_answers(q, out, err)) != ERR_AGAIN)
            return rc;
        rc = net_links_wait(&q->link, 1, NULL, 0, WAIT_MS);
        if (rc != 0)
            return error_set(err, rc, "waiting for the hub failed");
    }
    if (was_up)
        return error_set(err, ERR_AGAIN,
                         "the hub at %s was reached but did not answer: wait a "
                         "minute, then run the same command again",
                         q->token->enrol);
    return error_set(err, ERR_AGAIN,
                     "no hub at %s: check that this machine is online, that "
                     "`lienxa-hub serve` runs there and that no firewall "
                     "closes that port; then run the same command again",
                     q->token->enrol);
}

static int ask_hub(const struct token *token, const struct node_keys *keys,
                   struct proof *out, struct error *err)
{
    struct net_context *context = net_context_new();
    struct question q = {
        .token = token, .keys = keys, .codec = wire_codec_new(false)};
    struct net_link_config config = {.context = context,
                                     .key = keys->curve,
                                     .address = token->enrol,
                                     .lane = NET_ENROL};
    int rc;

    memcpy(config.server_key, token->hub_curve, sizeof config.server_key);
    write_question(&q.frame, q.codec, token, keys, buf_bytes(&out->request));
    if ((rc = net_link_new(&q.link, &config, err)) == 0)
        rc = converse(&q, out, err);
    net_link_free(&q.link);
    net_context_free(&context);
    wire_codec_free(&q.codec);
    mem_wipe(&config, sizeof config);
    if (q.frame.size > 0)
        mem_wipe(q.frame.data, q.frame.size);
    buf_free(&q.frame);
    return rc;
}

/* ---- keys */

/* The keys under `folder`, made and saved when there are none. `rest`, when not
 * NULL, is the at-rest key they must share. */
static int load_or_make(struct node_keys *keys, const char *folder,
                        const uint8_t *rest, bool *made, struct error *err)
{
    char path[PATH_BYTES];
    int rc;

    *made = !file_exists(path_of(path, folder, "keys/pinned"));
    if (!*made)
        return node_keys_load(keys, folder, err);
    node_keys_make(keys);
    if (rest != NULL)
        memcpy(keys->rest, rest, sizeof keys->rest);
    if ((rc = file_make_folder(folder, err)) != 0)
        return rc;
    return node_keys_save(keys, folder, err);
}

/* A hub that knows this machine's keys from before takes no new token for them:
 * then it is asked with new ones, kept in DATA/joining until they are good. */
static int ask_with_new_keys(struct node_keys *keys, const char *folder,
                             const struct token *token, struct proof *out,
                             struct error *err)
{
    struct node_keys fresh;
    char path[PATH_BYTES];
    bool made;
    int rc;

    rc = load_or_make(&fresh, path_of(path, folder, "joining"), keys->rest,
                      &made, err);
    if (rc == 0 && (rc = ask_hub(token, &fresh, out, err)) == 0)
        *keys = fresh;
    node_keys_wipe(&fresh);
    return rc;
}

static void forget_joining(const char *folder)
{
    static const char *const names[] = {
        "joining/keys/curve.key", "joining/keys/sign.key",
        "joining/keys/rest.key", "joining/keys/pinned"};
    char path[PATH_BYTES];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)unlink(path_of(path, folder, names[i]));
    (void)rmdir(path_of(path, folder, "joining/keys"));
    (void)rmdir(path_of(path, folder, "joining"));
}

/* Everything the answer proved, pinned. */
static int pin(struct node_keys *keys, const char *folder,
               const struct token *token, const struct proof *proof,
               struct error *err)
{

    memcpy(keys->unit, token->unit, sizeof keys->unit);
    memcpy(keys->unit_name, token->unit_name, sizeof keys->unit_name);
    memcpy(keys->unit_slug, token->unit_slug, sizeof keys->unit_slug);
    memcpy(keys->hub, token->hub, sizeof keys->hub);
    memcpy(keys->express, token->express, sizeof keys->express);
    memcpy(keys->bulk, token->bulk, sizeof keys->bulk);
    memcpy(keys->hub_curve, token->hub_curve, sizeof keys->hub_curve);
    memcpy(keys->root_public, token->root_public, sizeof keys->root_public);
    keys->certificate = proof->certificate;
    /* the certificate as signed: shown to a hub that was restored (design 5) */
    node_rotation_forget(folder);
    return node_rotation_switch(folder, keys, buf_bytes(&proof->blob), err);
}

/* ---- the database */

static int make_database(const char *folder, const char *unit,
                         struct error *err)
{
    struct node_store *store = NULL;
    char path[PATH_BYTES];
    const char *known;
    int rc;

    rc = node_store_open(&store, path_of(path, folder, "node.db"), DB_WRITE,
                         err);
    if (rc == 0) {
        known = node_store_setting(store, "unit");
        if (known[0] != '\0' && strcmp(known, unit) != 0)
            rc = error_set(err, ERR_REFUSED,
                           "%s holds the reports of %s: another unit needs a "
                           "folder of its own",
                           folder, known);
    }
    node_store_close(&store);
    return rc;
}

static int put_sealing_key(struct node *node, const struct seal_key *key,
                           const uint8_t recovery[SEAL_PUBLIC_BYTES],
                           bool custodian)
{
    struct sealing_key row = {.custodian = custodian,
                              .since_ms = node->wall_ms};
    struct buf box = {0};
    int rc;

    sign_key_id(row.key_id, key->public_key); /* the same rule for all keys */
    memcpy(row.public_key, key->public_key, sizeof row.public_key);
    rc = seal_close(&box, recovery, bytes_of(key->secret, sizeof key->secret));
    row.recovery_box = buf_bytes(&box);
    if (rc == 0)
        rc = node_store_put_sealing_key(node->store, &row);
    buf_free(&box);
    return rc;
}

/* Recovery, duty and custodian keys. Only the shares hold the recovery secret,
 * and only it opens the other two. Those of before, whose shares nobody was
 * shown, open for nobody: who is given keys later must not stumble over them.
 */
static int make_recovery(struct node *node, struct node_joined *out,
                         struct error *err)
{
    struct seal_key recovery, duty, custodian;
    char hex[2 * SEAL_PUBLIC_BYTES + 1];
    int rc;

    seal_key_generate(&recovery);
    seal_key_generate(&duty);
    seal_key_generate(&custodian);
    share_split(out->first, out->second, "recovery", recovery.secret);
    hex_encode(hex, recovery.public_key, sizeof recovery.public_key);
    if ((rc = node_store_drop_unheld_keys(node->store)) == 0 &&
        (rc = node_store_set(node->store, "recovery_public", hex)) == 0 &&
        (rc = put_sealing_key(node, &duty, recovery.public_key, false)) == 0 &&
        (rc = put_sealing_key(node, &custodian, recovery.public_key, true)) ==
            0)
        rc = node_unit_keys_refresh(node, err);
    out->has_shares = rc == 0;
    mem_wipe(&recovery, sizeof recovery);
    mem_wipe(&duty, sizeof duty);
    mem_wipe(&custodian, sizeof custodian);
    return rc;
}

static int make_streams(struct node *node)
{
    struct ledger_stream s;
    int rc;

    if ((rc = ledger_stream(node->ledger, &s, &node->up, true)) != 0 ||
        (rc = ledger_stream(node->ledger, &s, &node->all, false)) != 0)
        return rc;
    return ledger_stream(node->ledger, &s, &node->orders, false);
}

static int first_words(struct node *node, const struct signing_key *signing,
                       struct node_joined *out, struct error *err)
{
    uint8_t id[SIGN_KEY_ID_BYTES];
    int rc;

    sign_key_id(id, signing->sign_public);
    if ((rc = node_begin(node)) != 0 ||
        (rc = node_store_set(node->store, "unit", node->keys.unit)) != 0 ||
        (rc = node_store_set(node->store, "retired", "0")) != 0 ||
        (rc = node_store_set(node->store, "enrol", out->enrol)) != 0 ||
        (rc = make_streams(node)) != 0 ||
        (rc = node_store_put_trust(node->store, id, signing->number,
                                   signing->sign_public)) != 0)
        return rc;
    if (strcmp(node_store_setting(node->store, "recovery_shown"), "1") != 0 &&
        (rc = make_recovery(node, out, err)) != 0)
        return rc;
    return node_commit(node, err);
}

static int fill(const char *folder, const struct signing_key *signing,
                struct node_joined *out, struct error *err)
{
    struct node *node = NULL;
    int rc = node_open(&node, folder, NODE_COMMAND, err);

    if (rc == 0 && (rc = first_words(node, signing, out, err)) != 0) {
        if (err->text[0] == '\0')
            (void)error_set(err, rc, "the database refused: %s",
                            db_reason(node_store_db(node->store)));
        node_rollback(node);
    }
    node_close(&node);
    return rc;
}

/* ---- the whole of it */

/* Keys that are known to the hub when this returns 0. */
static int enrol(struct node_keys *keys, const char *folder,
                 const struct token *token, struct proof *proof,
                 struct error *err)
{
    bool made;
    int rc;

    if ((rc = load_or_make(keys, folder, NULL, &made, err)) != 0)
        return rc;
    if (keys->unit[0] != '\0' && strcmp(keys->unit, token->unit) != 0)
        return error_set(err, ERR_REFUSED,
                         "%s is the node of %s, the token is for %s: another "
                         "unit needs a folder of its own (--data)",
                         folder, keys->unit, token->unit);
    if (made && token->expires_ms <= clock_wall_ms())
        return error_set(err, ERR_REFUSED,
                         "this token has expired (or this machine's clock is "
                         "wrong): ask for a new one");
    rc = ask_hub(token, keys, proof, err);
    if (rc == ERR_REFUSED && !made)
        rc = ask_with_new_keys(keys, folder, token, proof, err);
    return rc;
}

/* Without a certificate for pages it joins as well, and asks again later. */
static void ask_for_pages(const char *folder, const struct token *token,
                          struct proof *proof)
{
    struct error err = {""};

    if (node_certificates_request(folder, token->unit_slug, "", &proof->request,
                                  &err) != 0)
        log_warn("web.unasked", "reason=\"%s\"", err.text);
}

static void keep_for_pages(const char *folder, const struct proof *proof)
{
    struct msg_enrolled answer = {
        .tls_certificate = buf_bytes(&proof->tls_certificate),
        .tls_authority = buf_bytes(&proof->tls_authority)};
    struct error err = {""};

    if (node_certificates_take(folder, buf_bytes(&proof->request), &answer,
                               &err) != 0)
        log_warn("web.uncertified", "reason=\"%s\"", err.text);
}

static int join_locked(struct node_joined *out, const char *folder,
                       const struct token *token, struct proof *proof,
                       struct error *err)
{
    struct node_keys keys = {0};
    char path[PATH_BYTES];
    int lock = file_lock(path_of(path, folder, "lock"), err);
    int rc = lock;

    if (lock >= 0)
        ask_for_pages(folder, token, proof);
    if (lock >= 0 && (rc = node_rotation_settle(folder, err)) == 0 &&
        (rc = enrol(&keys, folder, token, proof, err)) == 0 &&
        (rc = make_database(folder, token->unit, err)) == 0 &&
        (rc = pin(&keys, folder, token, proof, err)) == 0) {
        forget_joining(folder);
        node_rotation_forget(folder);
        keep_for_pages(folder, proof);
    }
    node_keys_wipe(&keys);
    if (lock >= 0)
        (void)close(lock); /* node_open takes it again */
    else if (lock == ERR_AGAIN)
        (void)error_set(err, rc, "%s is in use: stop `lienxa-node serve` first",
                        folder);
    return rc >= 0 ? fill(folder, &proof->signing, out, err) : rc;
}

int node_join(struct node_joined *out, const char *folder, const char *text,
              struct error *err)
{
    struct proof proof = {.blob = {0}};
    struct token token;
    int rc;

    memset(out, 0, sizeof *out);
    if ((rc = wire_token_decode(&token, text, err)) != 0)
        return rc;
    memcpy(out->unit, token.unit, sizeof out->unit);
    memcpy(out->unit_name, token.unit_name, sizeof out->unit_name);
    memcpy(out->enrol, token.enrol, sizeof out->enrol);
    if ((rc = file_make_folder(folder, err)) == 0)
        rc = join_locked(out, folder, &token, &proof, err);
    buf_free(&proof.blob);
    buf_free(&proof.request);
    buf_free(&proof.tls_certificate);
    buf_free(&proof.tls_authority);
    mem_wipe(&token, sizeof token);
    if (rc != 0)
        mem_wipe(out, sizeof *out);
    return rc;
}

static int make_again(struct node *node, struct node_joined *out,
                      struct error *err)
{
    int rc = node_begin(node);

    if (rc == 0 &&
        strcmp(node_store_setting(node->store, "recovery_shown"), "1") == 0)
        rc = error_set(err, ERR_EXISTS,
                       "the two recovery shares were shown: they are made "
                       "once");
    if (rc == 0 && (rc = make_recovery(node, out, err)) == 0)
        rc = node_commit(node, err);
    if (rc != 0)
        node_rollback(node);
    return rc;
}

int node_join_again(struct node_joined *out, const char *folder,
                    struct error *err)
{
    struct node *node = NULL;
    int rc;

    memset(out, 0, sizeof *out);
    rc = node_open(&node, folder, NODE_COMMAND, err);
    if (rc == 0 && (rc = make_again(node, out, err)) != 0)
        mem_wipe(out, sizeof *out);
    node_close(&node);
    return rc;
}

int node_join_shown(const char *folder, struct error *err)
{
    struct node *node = NULL;
    int rc = node_open(&node, folder, NODE_COMMAND, err);

    if (rc == 0 &&
        ((rc = node_begin(node)) != 0 ||
         (rc = node_store_set(node->store, "recovery_shown", "1")) != 0 ||
         (rc = node_commit(node, err)) != 0))
        node_rollback(node);
    node_close(&node);
    return rc;
}
