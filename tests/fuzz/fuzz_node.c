/* tests/fuzz/fuzz_node.c - what a commune's core is asked to do: import lines,
 * commands with any arguments (the first byte names the command), and any bytes
 * as they come over web.sock. In a node that has joined, in a transaction that
 * is rolled back.
 *
 * Every request has a reply that is JSON, and never a failing disk.
 */
#include "common/account/door.h"
#include "common/base/log.h"
#include "node/commands.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/node_world.h"

enum { FROM_THE_DOOR = 255, AN_IMPORT_LINE = 254, AT_MS = 1000 };

static struct node_world *world;
static struct account_door *door;

static int run_call(void *who, const struct account_call *call,
                    struct buf *reply)
{
    return node_commands_run_call(who, call, reply);
}

static void set_up(void)
{
    struct account_door_config config = {.run = run_call};
    struct json *out;

    log_open(LOG_LEVEL_ERROR);
    world = node_world_new();
    fuzz_goes_at_end(world->folder);
    config.desk = world->node->logins;
    config.who = world->node;
    door = account_door_new(&config, AT_MS);
    out = node_world_do(world, "report.add",
                        "{\"id\":\"019aaffe-2a7b-7000-8000-0000000000a1\","
                        "\"category\":\"cat_trai_phep\",\"text\":\"Ghe\"}");
    json_free(&out);
}

static void is_json(struct buf *reply)
{
    struct error err;
    struct json *value = json_parse(buf_bytes(reply), &err);

    if (value == NULL || json_get(value, "ok") == NULL)
        abort();
    json_free(&value);
}

static void ask(const char *command, struct bytes args)
{
    struct buf request = {0}, reply = {0};

    buf_printf(&request,
               "{\"id\":\"019aaffe-2a7b-7000-8000-0000000000b1\","
               "\"command\":\"%s\",\"actor\":\"lan\",\"args\":",
               command);
    buf_add_bytes(&request, args);
    buf_add_text(&request, "}");
    if (node_commands_run(world->node, buf_bytes(&request), &reply) != 0)
        abort();
    is_json(&reply);
    buf_free(&request);
    buf_free(&reply);
}

static void import_line(struct bytes line)
{
    struct buf args = {0};

    buf_add_text(&args, "{\"lines\":[{\"line\":1,\"report\":");
    buf_add_bytes(&args, line);
    buf_add_text(&args, "}]}");
    ask("report.import", buf_bytes(&args));
    buf_free(&args);
}

static void knock(struct bytes request)
{
    struct buf reply = {0};
    int rc = account_door_take(door, 1, request, AT_MS, &reply);

    if (rc < 0)
        abort();
    if (rc == 0)
        is_json(&reply);
    buf_free(&reply);
}

static size_t command_count(void)
{
    size_t count = 0;

    while (node_commands_name(count) != NULL)
        count++;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    size_t which;

    if (world == NULL)
        set_up();
    which = fuzz_number(&in, 1);
    if (node_begin(world->node) != 0)
        abort();
    if (which == FROM_THE_DOOR)
        knock(in);
    else if (which == AN_IMPORT_LINE)
        import_line(in);
    else
        ask(node_commands_name(which % command_count()), in);
    node_rollback(world->node);
    return 0;
}
