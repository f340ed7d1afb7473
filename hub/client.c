/* hub/client.c - asking the serving core, or doing it here. */
#include "hub/client.h"

#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "hub/commands.h"

enum { CALL_MS = 60000, STARTING_MS = 5000, RETRY_MS = 50 };

static struct buf request_text(const char *command, struct json *args)
{
    struct json *request = json_object_new();
    struct id id = random_id(clock_wall_ms());
    const struct passwd *user = getpwuid(getuid());
    char text[ID_TEXT_BYTES];
    struct buf out = {0};

    json_set_text(request, "id", id_text(text, &id));
    json_set_text(request, "command", command);
    json_set_text(request, "actor", user == NULL ? "?" : user->pw_name);
    json_set(request, "args", args);
    json_write(&out, request);
    json_free(&request);
    return out;
}

static int open_socket(struct control_client **out, const char *folder)
{
    char path[4200];

    (void)snprintf(path, sizeof path, "%s/control.sock", folder);
    return control_client_open(out, path, NULL);
}

static int run_here(struct hub *hub, struct bytes request, struct buf *reply,
                    struct error *err)
{
    int rc = hub_begin(hub);

    if (rc == 0)
        rc = hub_commands_run(hub, request, reply);
    if (rc == 0)
        rc = hub_commit(hub, err);
    if (rc != 0) {
        hub_commands_disk_reply(reply, db_reason(hub_store_db(hub->store)));
        hub_rollback(hub);
    }
    return 0;
}

/* ERR_AGAIN while a hub is starting or a command of somebody else runs. */
static int ask_once(const char *folder, struct bytes request, struct buf *reply,
                    struct error *err)
{
    struct control_client *client = NULL;
    struct hub *hub = NULL;
    int rc = open_socket(&client, folder);

    if (rc == 0) {
        rc = control_call(client, request, reply, CALL_MS, err);
        control_client_close(&client);
        return rc == ERR_AGAIN
                   ? error_set(err, ERR_IO, "the hub did not answer in time")
                   : rc;
    }
    if ((rc = hub_open(&hub, folder, HUB_COMMAND, err)) != 0)
        return rc;
    rc = run_here(hub, request, reply, err);
    hub_close(&hub);
    return rc;
}

static int ask(const char *folder, struct bytes request, struct buf *reply,
               struct error *err)
{
    int64_t until = clock_mono_ms() + STARTING_MS;
    int rc;

    while ((rc = ask_once(folder, request, reply, err)) == ERR_AGAIN &&
           clock_mono_ms() < until)
        (void)poll(NULL, 0, RETRY_MS);
    return rc;
}

static struct json *call(const char *folder, const char *command,
                         struct json *args, bool here, struct error *err)
{
    struct buf request = request_text(command, args), reply = {0};
    struct json *answer = NULL, *out = NULL;
    struct hub *hub = NULL;

    if (here) {
        if (hub_open(&hub, folder, HUB_COMMAND, err) == 0 &&
            run_here(hub, buf_bytes(&request), &reply, err) == 0)
            answer = json_parse(buf_bytes(&reply), err);
        hub_close(&hub);
    } else if (ask(folder, buf_bytes(&request), &reply, err) == 0) {
        answer = json_parse(buf_bytes(&reply), err);
    }
    if (answer != NULL && json_get_flag(answer, "ok"))
        out = json_take(answer, "out");
    else if (answer != NULL)
        (void)error_set(err, ERR_REFUSED, "%s", json_get_text(answer, "error"));
    json_free(&answer);
    mem_wipe(request.data, request.size);
    buf_free(&request);
    buf_free(&reply);
    return out;
}

struct json *hub_client_call(const char *folder, const char *command,
                             struct json *args, struct error *err)
{
    return call(folder, command, args, false, err);
}

struct json *hub_client_call_here(const char *folder, const char *command,
                                  struct json *args, struct error *err)
{
    return call(folder, command, args, true, err);
}

bool hub_client_is_serving(const char *folder)
{
    struct control_client *client = NULL;
    bool serving = open_socket(&client, folder) == 0;

    control_client_close(&client);
    return serving;
}
