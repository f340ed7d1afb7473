/* tests/fuzz/fuzz_json.c - JSON as a form, a client or an import line says it.
 * Property: fuzz_holds.
 */
#include "common/format/json.h"
#include "tests/fuzz/fuzz.h"

static bool again_json(struct buf *out, struct bytes in)
{
    struct error err;
    struct json *value = json_parse(in, &err);

    if (value == NULL)
        return false;
    json_write(out, value);
    json_free(&value);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_holds(again_json, bytes_of(data, size));
    return 0;
}
