#include "node/audit.h"

#include <string.h>

#include "common/crypto/digest.h"
#include "common/crypto/sign.h"
#include "node/store_keys.h"

static const struct hash_function hash_function = {crypto_sha256};

int node_audit_judge(const struct node *node, const struct change *change,
                     struct error *err)
{
    struct id record = audit_record(&hash_function, node->keys.unit);
    struct audit_fact fact;
    int rc = wire_audit_decode(&fact, change->part[PART_FACT].bytes, err);

    if (rc == 0 && (strcmp(fact.unit, node->keys.unit) != 0 ||
                    !id_equal(&record, &change->header.record)))
        rc = error_set(err, ERR_REFUSED, "of the audit log of another unit");
    return rc;
}

static bool is_signed(void *who, const struct change *change,
                      struct bytes digest)
{
    const struct node *node = who;
    uint8_t public_key[SIGN_PUBLIC_BYTES];

    return node_store_trust_ever(node->hub_keys, change->key_id, public_key) ==
               0 &&
           sign_verify(change->signature, public_key, CHANGE_SIGN_DOMAIN,
                       digest);
}

/* What the hub has signed of this machine's log. Signed under another
 * certificate, and of another log: it is an earlier machine's. */
static int read_seen(struct node *node, struct audit_head *here,
                     struct audit_seen *out)
{
    int rc = audit_read_seen(node->ledger, &hash_function, node->keys.hub,
                             node->keys.unit, is_signed, node, out);

    if (rc == 0)
        rc = audit_read_head(accounts_chain(node->accounts), here);
    if (rc == 0 && out->fact.machine != node->keys.certificate.number &&
        audit_step(&out->fact.audit, here) == AUDIT_OTHER)
        out->fact = (struct audit_fact){.unit = ""};
    return rc;
}

int node_audit_seen(struct node *node, struct audit_fact *out, bool *holds)
{
    struct audit_head here;
    struct audit_seen seen;
    int rc = read_seen(node, &here, &seen);

    if (rc == 0)
        rc =
            audit_holds(accounts_chain(node->accounts), &seen.fact.audit, NULL);
    *out = seen.fact;
    *holds = rc == 0 && (seen.fact.audit.count == 0 || seen.is_proved);
    return rc == ERR_DAMAGED ? 0 : rc;
}

static void keep_first(void *who, const char *text)
{
    struct error *err = who;

    if (err->text[0] == '\0')
        (void)error_set(err, ERR_DAMAGED, "%s", text);
}

/* 0: all that came since the hub last signed fits to what it signed. */
static int look(struct node *node, struct audit_head *here, struct error *why)
{
    struct audit *audit = accounts_chain(node->accounts);
    struct audit_seen seen;
    struct audit_found found;
    int rc = read_seen(node, here, &seen);

    if (rc != 0)
        return error_set(why, rc, "it cannot be read");
    if ((rc = audit_holds(audit, &seen.fact.audit, why)) != 0)
        return rc;
    rc = audit_check(audit, seen.fact.audit.count, keep_first, why, &found);
    if (rc != 0)
        return error_set(why, rc, "it cannot be read");
    return found.faults > 0 ? ERR_DAMAGED : 0;
}

int node_audit_say(struct node *node, struct canary_fact *out)
{
    struct error why = {""};

    out->broken = look(node, &out->audit, &why) != 0;
    out->machine = node->keys.certificate.number;
    if (!out->broken)
        return node_store_clear_alarms(node->store, ALARM_AUDIT, node->wall_ms);
    node_alarm(node, ALARM_AUDIT,
               "the audit log of this machine is not what was written: %s. "
               "Type `lienxa-node audit verify`",
               why.text);
    return 0;
}

int node_audit_verify(struct node *node, struct error *err)
{
    struct audit_head here;
    struct audit_seen seen;
    int rc = read_seen(node, &here, &seen);

    if (rc != 0)
        return error_set(err, rc, "the database cannot be read: see `verify`");
    return audit_verify(accounts_chain(node->accounts), &seen, err);
}
