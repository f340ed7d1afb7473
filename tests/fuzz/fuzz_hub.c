/* tests/fuzz/fuzz_hub.c - what a district's core is asked to do: commands with
 * any arguments (the first byte names the command). In a new hub with the
 * demo's roster, in a transaction that is rolled back.
 *
 * Every request has a reply that is JSON, and never a failing disk.
 */
#include "common/base/log.h"
#include "common/crypto/random.h"
#include "common/crypto/share.h"
#include "hub/commands.h"
#include "hub/set_up.h"
#include "tests/fuzz/fuzz.h"

static struct hub *new_hub(void)
{
    const char *folder = fuzz_folder();
    char first[SHARE_TEXT_BYTES], second[SHARE_TEXT_BYTES];
    struct error err = {""};
    struct hub *hub;

    crypto_open();
    log_open(LOG_LEVEL_ERROR);
    if (hub_set_up(folder, "Quảng Điền",
                   LIENXA_SOURCE_DIR "/ops/config/roster-quang-dien.csv", first,
                   second, &err) != 0 ||
        hub_open(&hub, folder, HUB_COMMAND, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        abort();
    }
    return hub;
}

static size_t command_count(void)
{
    size_t count = 0;

    while (hub_commands_name(count) != NULL)
        count++;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hub *hub;
    struct bytes in = bytes_of(data, size);
    struct buf request = {0}, reply = {0};
    struct error err;
    struct json *value;

    if (hub == NULL)
        hub = new_hub();
    if (hub_begin(hub) != 0)
        abort();
    buf_printf(&request,
               "{\"id\":\"019aaffe-2a7b-7000-8000-0000000000b1\","
               "\"command\":\"%s\",\"actor\":\"minh\",\"args\":",
               hub_commands_name(fuzz_number(&in, 1) % command_count()));
    buf_add_bytes(&request, in);
    buf_add_text(&request, "}");
    if (hub_commands_run(hub, buf_bytes(&request), &reply) != 0)
        abort();
    value = json_parse(buf_bytes(&reply), &err);
    if (value == NULL || json_get(value, "ok") == NULL)
        abort();
    json_free(&value);
    hub_rollback(hub);
    buf_free(&request);
    buf_free(&reply);
    return 0;
}
