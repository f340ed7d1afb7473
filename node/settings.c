/* node/settings.c - see settings.h. */
#include "node/settings.h"

#include <string.h>

#include "common/crypto/digest.h"
#include "common/peer/settings.h"
#include "common/wire/settings.h"

static const struct hash_function hash_function = {crypto_sha256};

int node_settings_judge(const struct node *node, const struct change *change,
                        struct error *err)
{
    struct id record = settings_record(&hash_function, node->keys.unit);
    struct line_settings settings;
    int rc =
        wire_settings_decode(&settings, change->part[PART_FACT].bytes, err);

    if (rc == 0 && (strcmp(settings.unit, node->keys.unit) != 0 ||
                    !id_equal(&record, &change->header.record)))
        rc = error_set(err, ERR_REFUSED, "settings of another unit");
    return rc;
}

struct pace_rule node_settings_rule(struct node *node)
{
    struct pace_rule rule;

    (void)settings_read(node->ledger, &hash_function, node->keys.hub,
                        node->keys.unit, &rule, NULL);
    return rule;
}

void node_settings_json(struct node *node, struct json *out)
{
    struct pace_rule rule = node_settings_rule(node);
    char text[SETTINGS_TEXT_BYTES];

    json_set_text(out, "rate", settings_rate_text(text, &rule));
    json_set_text(out, "hours", settings_hours_text(text, &rule));
}
