/* tests/fuzz/fuzz_record.c - any bytes as a part of a record. The first
 * byte says which.
 *
 * Property: fuzz_holds.
 */
#include "common/wire/canary.h"
#include "common/wire/disclosure.h"
#include "common/wire/notice.h"
#include "common/wire/record.h"
#include "common/wire/referral.h"
#include "common/wire/settings.h"
#include "common/wire/vault.h"
#include "tests/fuzz/fuzz.h"

static struct wire_arena *arena;

/* Decodes `in` and appends what that encodes to `out`; false when refused. */
static bool again_fact(struct buf *out, struct bytes in)
{
    struct report_fact fact;

    if (wire_report_fact_decode(&fact, in, NULL) != 0)
        return false;
    wire_report_fact_encode(out, &fact);
    return true;
}

static bool again_body(struct buf *out, struct bytes in)
{
    struct report_body body;

    if (wire_report_body_decode(&body, arena, in, NULL) != 0)
        return false;
    wire_report_body_encode(out, &body);
    return true;
}

static bool again_vault(struct buf *out, struct bytes in)
{
    struct report_vault vault;

    if (wire_report_vault_decode(&vault, in) != 0)
        return false;
    wire_report_vault_encode(out, &vault);
    return true;
}

static bool again_seal(struct buf *out, struct bytes in)
{
    struct seal_body body;

    if (wire_seal_body_decode(&body, arena, in) != 0)
        return false;
    wire_seal_body_encode(out, &body);
    return true;
}

static bool again_alert(struct buf *out, struct bytes in)
{
    struct alert alert;

    if (wire_alert_decode(&alert, arena, in, NULL) != 0)
        return false;
    wire_alert_encode(out, &alert);
    return true;
}

static bool again_receipt(struct buf *out, struct bytes in)
{
    struct receipt receipt;

    if (wire_receipt_decode(&receipt, in, NULL) != 0)
        return false;
    wire_receipt_encode(out, &receipt);
    return true;
}

static bool again_node_key(struct buf *out, struct bytes in)
{
    struct node_key key;

    if (wire_node_key_decode(&key, in, NULL) != 0)
        return false;
    wire_node_key_encode(out, &key);
    return true;
}

static bool again_unit_keys(struct buf *out, struct bytes in)
{
    struct unit_keys keys;

    if (wire_unit_keys_decode(&keys, in, NULL) != 0)
        return false;
    wire_unit_keys_encode(out, &keys);
    return true;
}

static bool again_incarnation(struct buf *out, struct bytes in)
{
    struct incarnation incarnation;

    if (wire_incarnation_decode(&incarnation, in, NULL) != 0)
        return false;
    wire_incarnation_encode(out, &incarnation);
    return true;
}

static bool again_referral(struct buf *out, struct bytes in)
{
    struct referral_fact fact;

    if (wire_referral_decode(&fact, in, NULL) != 0)
        return false;
    wire_referral_encode(out, &fact);
    return true;
}

static bool again_carried(struct buf *out, struct bytes in)
{
    struct carried_fact fact;

    if (wire_carried_decode(&fact, in, NULL) != 0)
        return false;
    wire_carried_encode(out, &fact);
    return true;
}

static bool again_change(struct buf *out, struct bytes in)
{
    struct change change;

    if (wire_change_decode(&change, arena, in, NULL) != 0)
        return false;
    wire_change_encode(out, &change);
    return true;
}

static bool again_note(struct buf *out, struct bytes in)
{
    struct report_note note;

    if (wire_note_decode(&note, arena, in, NULL) != 0)
        return false;
    wire_note_encode(out, &note);
    return true;
}

static bool again_unit(struct buf *out, struct bytes in)
{
    struct unit_fact fact;

    if (wire_unit_decode(&fact, in, NULL) != 0)
        return false;
    wire_unit_encode(out, &fact);
    return true;
}

static bool again_notice(struct buf *out, struct bytes in)
{
    struct notice notice;

    if (wire_notice_decode(&notice, in, NULL) != 0)
        return false;
    wire_notice_encode(out, &notice);
    return true;
}

static bool again_notice_words(struct buf *out, struct bytes in)
{
    struct notice_words words;

    if (wire_notice_words_decode(&words, arena, in, NULL) != 0)
        return false;
    wire_notice_words_encode(out, &words);
    return true;
}

static bool again_procedure(struct buf *out, struct bytes in)
{
    struct procedure procedure;

    if (wire_procedure_decode(&procedure, arena, in, NULL) != 0)
        return false;
    wire_procedure_encode(out, &procedure);
    return true;
}

static bool again_procedure_words(struct buf *out, struct bytes in)
{
    struct procedure procedure = {.name = "",
                                  .texts = {"", "", "", "", "", "", "", ""}};

    if (wire_procedure_words_decode(&procedure, arena, in, NULL) != 0)
        return false;
    wire_procedure_words_encode(out, &procedure);
    return true;
}

static bool again_closing(struct buf *out, struct bytes in)
{
    struct closing closing;

    if (wire_closing_decode(&closing, in, NULL) != 0)
        return false;
    wire_closing_encode(out, &closing);
    return true;
}

static bool again_hub_key(struct buf *out, struct bytes in)
{
    struct hub_key key;

    if (wire_hub_key_decode(&key, in, NULL) != 0)
        return false;
    wire_hub_key_encode(out, &key);
    return true;
}

static bool again_disclosure(struct buf *out, struct bytes in)
{
    struct disclosure disclosure;

    if (wire_disclosure_decode(&disclosure, in, NULL) != 0)
        return false;
    wire_disclosure_encode(out, &disclosure);
    return true;
}

static bool again_disclosure_vault(struct buf *out, struct bytes in)
{
    struct disclosure_vault vault;

    if (wire_disclosure_vault_decode(&vault, arena, in) != 0)
        return false;
    wire_disclosure_vault_encode(out, &vault);
    return true;
}

static bool again_unit_keys_vault(struct buf *out, struct bytes in)
{
    struct unit_keys_vault vault;

    if (wire_unit_keys_vault_decode(&vault, arena, in, NULL) != 0)
        return false;
    wire_unit_keys_vault_encode(out, &vault);
    return true;
}

static bool again_vault_object(struct buf *out, struct bytes in)
{
    struct vault_locked locked;

    if (wire_vault_object_decode(&locked, in) != 0)
        return false;
    wire_vault_object_encode(out, &locked);
    return true;
}

static bool again_vault_parts(struct buf *out, struct bytes in)
{
    struct change change = {0};
    struct buf plain = {0};
    bool ok = wire_vault_parts_decode(change.part, &plain, in) == 0;

    if (ok)
        wire_vault_parts_encode(out, &change);
    buf_free(&plain);
    return ok;
}

static bool again_canary(struct buf *out, struct bytes in)
{
    struct canary_fact fact;

    if (wire_canary_decode(&fact, in, NULL) != 0)
        return false;
    wire_canary_encode(out, &fact);
    return true;
}

static bool again_audit(struct buf *out, struct bytes in)
{
    struct audit_fact fact;

    if (wire_audit_decode(&fact, in, NULL) != 0)
        return false;
    wire_audit_encode(out, &fact);
    return true;
}

static bool again_settings(struct buf *out, struct bytes in)
{
    struct line_settings settings;

    if (wire_settings_decode(&settings, in, NULL) != 0)
        return false;
    wire_settings_encode(out, &settings);
    return true;
}

static bool (*const again[])(struct buf *, struct bytes) = {
    again_fact,
    again_body,
    again_vault,
    again_seal,
    again_alert,
    again_receipt,
    again_node_key,
    again_unit_keys,
    again_incarnation,
    again_referral,
    again_carried,
    again_change,
    again_note,
    again_unit,
    again_notice,
    again_notice_words,
    again_procedure,
    again_procedure_words,
    again_closing,
    again_hub_key,
    again_disclosure,
    again_disclosure_vault,
    again_unit_keys_vault,
    again_vault_object,
    again_vault_parts,
    again_canary,
    again_settings,
    again_audit,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!arena)
        arena = wire_arena_new();
    if (size == 0)
        return 0;
    wire_arena_clear(arena);
    fuzz_holds(again[data[0] % (sizeof again / sizeof *again)],
               bytes_of(data + 1, size - 1));
    return 0;
}
