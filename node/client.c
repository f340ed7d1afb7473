/* node/client.c - asking the serving core, or doing it here. */
#include "node/client.h"

#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "node/commands.h"

enum {
    CALL_MS = 60000,
    STARTING_MS = 5000,
    RETRY_MS = 50,
    DISK_MS = 2000 /* who only looks does not wait long */
};

struct node_client {
    char *folder;
    struct control_client *control; /* one of the two, or neither yet */
    struct node *node;
};

struct node_client *node_client_new(const char *folder)
{
    struct node_client *client = mem_new(sizeof *client);

    client->folder = mem_text(folder);
    return client;
}

static void hang_up(struct node_client *client)
{
    control_client_close(&client->control);
    node_close(&client->node);
}

void node_client_free(struct node_client **client)
{
    if (*client == NULL)
        return;
    hang_up(*client);
    mem_free(&(*client)->folder);
    mem_free(client);
}

static int open_socket(struct control_client **out, const char *folder)
{
    char path[4200];

    (void)snprintf(path, sizeof path, "%s/control.sock", folder);
    return control_client_open(out, path, NULL);
}

bool node_client_is_serving(const char *folder)
{
    struct control_client *control = NULL;
    bool serving = open_socket(&control, folder) == 0;

    control_client_close(&control);
    return serving;
}

static struct buf request_text(const char *command, struct json *args)
{
    struct json *request = json_object_new();
    struct id id = random_id(clock_wall_ms());
    const struct passwd *user = getpwuid(getuid());
    const char *as = json_get_text(args, "as"); /* a user of the node's */
    char text[ID_TEXT_BYTES];
    struct buf out = {0};

    json_set_text(request, "id", id_text(text, &id));
    json_set_text(request, "command", command);
    json_set_text(request, "actor",
                  as != NULL     ? as
                  : user == NULL ? "?"
                                 : user->pw_name);
    json_set(request, "args", args);
    json_write(&out, request);
    json_free(&request);
    return out;
}

static int run_here(struct node *node, struct bytes request, struct buf *reply,
                    struct error *err)
{
    int rc = node_begin(node);

    if (rc == 0)
        rc = node_commands_run(node, request, reply);
    if (rc == 0)
        rc = node_commit(node, err);
    if (rc != 0) {
        node_commands_disk_reply(reply, db_reason(node_store_db(node->store)));
        node_rollback(node);
    }
    return 0;
}

/* ERR_AGAIN while a node is starting, stopping, or a command of somebody else
 * runs. */
static int ask_once(struct node_client *client, struct bytes request,
                    struct buf *reply, struct error *err)
{
    int rc;

    if (client->node == NULL && client->control == NULL &&
        open_socket(&client->control, client->folder) != 0 &&
        (rc = node_open(&client->node, client->folder, NODE_COMMAND, err)) != 0)
        return rc;
    if (client->node != NULL)
        return run_here(client->node, request, reply, err);
    rc = control_call(client->control, request, reply, CALL_MS, err);
    if (rc == 0)
        return 0;
    hang_up(client);
    if (rc == ERR_AGAIN)
        return error_set(err, ERR_IO, "the node did not answer in time");
    return rc == ERR_IO ? ERR_AGAIN : rc;
}

static int ask(struct node_client *client, struct bytes request,
               struct buf *reply, struct error *err)
{
    int64_t until = clock_mono_ms() + STARTING_MS;
    int rc;

    while ((rc = ask_once(client, request, reply, err)) == ERR_AGAIN &&
           clock_mono_ms() < until)
        (void)poll(NULL, 0, RETRY_MS);
    return rc;
}

int node_client_ask_disk(const char *folder, struct error *err)
{
    struct control_client *control = NULL;
    struct buf request, reply = {0};
    struct json *answer = NULL;
    int rc = 0;

    if (open_socket(&control, folder) != 0)
        return 0;
    request = request_text(NODE_DISK_QUESTION, json_object_new());
    if (control_call(control, buf_bytes(&request), &reply, DISK_MS, NULL) == 0)
        answer = json_parse(buf_bytes(&reply), NULL);
    if (answer != NULL && !json_get_flag(answer, "ok"))
        rc = error_set(err, ERR_IO, "%s", json_get_text(answer, "error"));
    json_free(&answer);
    buf_free(&request);
    buf_free(&reply);
    control_client_close(&control);
    return rc;
}

struct json *node_client_call(struct node_client *client, const char *command,
                              struct json *args, struct error *err)
{
    struct buf request = request_text(command, args), reply = {0};
    struct json *answer = NULL, *out = NULL;

    if (ask(client, buf_bytes(&request), &reply, err) == 0)
        answer = json_parse(buf_bytes(&reply), err);
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
