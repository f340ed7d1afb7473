/* hub/key_commands.c - arguments into calls of hub/rotation.h, hub/signing.h.
 */
#include "hub/key_commands.h"

#include <string.h>

#include "common/base/mem.h"
#include "hub/enrolment.h"
#include "hub/rotation.h"
#include "hub/signing.h"

enum { BLOB_LIMIT = 1024 };

int hub_key_commands_rotate(struct hub *hub, const struct json *args,
                            struct json *out, struct error *err)
{
    const struct rotation_order order = {
        .address = {json_get_text(args, "express"), json_get_text(args, "bulk"),
                    json_get_text(args, "enrol")},
        .advertise = json_get_text(args, "advertise"),
        .stolen = json_get_flag(args, "stolen"),
        .again = json_get_flag(args, "again")};
    int rc = order.advertise == NULL
                 ? 0
                 : hub_enrolment_check_host(order.advertise, err);

    if (rc == 0)
        rc = hub_rotation_begin(hub, &order, err);
    if (rc == ERR_EXISTS) /* it is told how far it is */
        rc = 0;
    if (rc == 0)
        hub_rotation_status(hub, out);
    return rc;
}

int hub_key_commands_finish(struct hub *hub, const struct json *args,
                            struct json *out, struct error *err)
{
    int rc = hub_rotation_finish(hub, json_get_flag(args, "anyway"), err);

    if (rc == 0)
        hub_rotation_status(hub, out);
    return rc;
}

int hub_key_commands_sign(struct hub *hub, const struct json *args,
                          struct json *out, struct error *err)
{
    const char *seed_hex = json_get_text(args, "seed");
    const char *blob_hex = json_get_text(args, "blob");
    size_t size = blob_hex == NULL ? 0 : strlen(blob_hex) / 2;
    uint8_t seed[SIGN_SEED_BYTES], blob[BLOB_LIMIT];
    int rc;

    if (seed_hex == NULL || !hex_decode(seed, sizeof seed, seed_hex) ||
        size == 0 || size > sizeof blob || !hex_decode(blob, size, blob_hex))
        return error_set(err, ERR_INVALID, "not a signing key");
    rc = hub_signing_begin(hub, seed, bytes_of(blob, size), err);
    mem_wipe(seed, sizeof seed);
    if (rc == 0)
        json_set_i64(out, "number", (int64_t)hub_signers_last(hub->signers));
    return rc;
}
