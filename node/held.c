#include "node/held.h"

#include <string.h>

#include "common/crypto/digest.h"

static const struct hash_function hash_function = {crypto_sha256};

struct holding {
    struct held_report *out;
    int rc;
};

static int hold(void *who, const struct record_row *row,
                const struct entry *entry)
{
    struct holding *h = who;
    struct held_report *out = h->out;

    if (row->kind != KIND_REPORT || entry == NULL) {
        h->rc = ERR_MISSING;
        return 0;
    }
    h->rc = wire_report_fact_decode(&out->fact,
                                    entry->change.part[PART_FACT].bytes, NULL);
    for (int i = PART_BODY; i < PART_COUNT; i++) {
        const struct part *part = &entry->change.part[i];

        if (part->form == PART_ABSENT)
            continue;
        out->keep[i].form = PART_STUB;
        out->keep[i].hash = part_hash(&hash_function, part);
    }
    out->version = row->version;
    out->final = row->final;
    out->has_body = entry->change.part[PART_BODY].form == PART_WHOLE;
    if (out->has_body)
        buf_add_bytes(&out->body, entry->change.part[PART_BODY].bytes);
    return 0;
}

int node_held_load(struct node *node, const struct id *id,
                   struct held_report *out, struct error *err)
{
    struct holding h = {out, 0};
    int rc;

    memset(out, 0, sizeof *out);
    out->id = *id;
    rc = ledger_record(node->ledger, node->keys.unit, id, NULL, hold, &h);
    if (rc == 0)
        rc = h.rc != 0 ? h.rc : out->version == 0 ? ERR_MISSING : 0;
    if (rc == ERR_MISSING)
        return error_set(err, rc, "no report with this id: see `report list`");
    if (rc != 0)
        return error_set(err, rc, "this report cannot be read: run `verify`");
    return 0;
}

void node_held_free(struct held_report *held) { buf_free(&held->body); }

static int note_version(void *who, const struct record_row *row,
                        const struct entry *entry)
{
    uint64_t *most = who;

    (void)row;
    if (entry != NULL && entry->change.header.version > *most)
        *most = entry->change.header.version;
    return 0;
}

int node_held_top(struct node *node, const struct id *record, uint64_t *out)
{
    int rc;

    *out = 0;
    rc = ledger_history(node->ledger, node->keys.unit, record, note_version,
                        out);
    return rc == ERR_MISSING ? 0 : rc;
}
