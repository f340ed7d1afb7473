/* common/account/door.c - see door.h. */
#include "common/account/door.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/domain/text.h"

struct account_door {
    struct account_door_config config;
    struct watch *watch;
};

/* A request, taken apart; everything borrowed from its JSON. */
struct request {
    struct account_call call;
    const char *token;
};

struct account_door *account_door_new(const struct account_door_config *config,
                                      int64_t wall_ms)
{
    struct account_door *door = mem_new(sizeof *door);

    door->config = *config;
    door->watch = watch_new(wall_ms);
    return door;
}

void account_door_free(struct account_door **door)
{
    if (*door == NULL)
        return;
    watch_free(&(*door)->watch);
    mem_free(door);
}

static bool is_short_line(const char *text, size_t most)
{
    return text != NULL && strlen(text) <= most &&
           text_is_line(bytes_of_text(text));
}

static bool take_apart(struct request *out, const struct json *whole)
{
    const char *id = json_get_text(whole, "id");
    const char *from = json_get_text(whole, "from");

    *out = (struct request){.call = {.command = json_get_text(whole, "command"),
                                     .args = json_get(whole, "args"),
                                     .actor = "",
                                     .role = "",
                                     .from = from},
                            .token = json_get_text(whole, "session")};
    return id != NULL && id_parse(&out->call.id, id) &&
           is_short_line(out->call.command, 64) &&
           is_short_line(from, ACCOUNT_FROM_BYTES - 1);
}

static void refuse(struct buf *reply, const struct account_refusal *why)
{
    struct json *answer;
    struct buf text = {0};

    account_reply(&text, NULL, why->code, &why->err);
    if (why->retry_after_s > 0) {
        answer = json_parse(buf_bytes(&text), NULL);
        json_set_i64(answer, "retry_after", why->retry_after_s);
        buf_clear(&text);
        json_write(&text, answer);
        json_free(&answer);
    }
    buf_add_bytes(reply, buf_bytes(&text));
    buf_free(&text);
}

/* 0 when refused is all it is. */
static int settle(int rc, const struct account_refusal *why, struct buf *reply)
{
    if (rc != ERR_REFUSED)
        return rc;
    refuse(reply, why);
    return 0;
}

static int take_session(struct account_door *door, const struct request *r,
                        struct buf *reply)
{
    struct account_refusal why = {.code = "refused"};
    struct json *out = json_object_new();
    int rc =
        account_desk_session(door->config.desk, &r->call, r->token, out, &why);

    if (rc == 0) {
        account_reply(reply, out, NULL, NULL);
        return 0;
    }
    json_free(&out);
    return settle(rc, &why, reply);
}

static int take_command(struct account_door *door, struct request *r,
                        struct buf *reply)
{
    struct account_refusal why = {.code = "refused"};
    struct account_session session;
    enum account_guess guess = GUESS_NONE;
    struct account_desk *desk = door->config.desk;
    int rc = account_desk_judge(desk, &r->call, r->token, &session, &why);

    if (rc == 0)
        rc = account_desk_before_guess(desk, &r->call, session.user, &why);
    if (rc != 0)
        return settle(rc, &why, reply);
    r->call.actor = session.user;
    r->call.role = session.role;
    r->call.session = &session.token;
    r->call.guess = &guess;
    rc = door->config.run(door->config.who, &r->call, reply);
    account_desk_guessed(desk, &r->call, session.user, guess);
    return rc;
}

static int take_watch(struct account_door *door, int client,
                      const struct request *r, int64_t mono_ms)
{
    int64_t since = 0;

    (void)json_get_i64(r->call.args, "since", &since);
    watch_add(door->watch, client, since, mono_ms);
    return DOOR_HELD;
}

static int take(struct account_door *door, int client, const struct json *whole,
                int64_t mono_ms, struct buf *reply)
{
    struct error err = {""};
    struct request r;

    if (!take_apart(&r, whole)) {
        (void)error_set(&err, ERR_INVALID, "not a request of ours");
        account_reply(reply, NULL, "invalid", &err);
        return 0;
    }
    if (strcmp(r.call.command, "watch") == 0)
        return take_watch(door, client, &r, mono_ms);
    return strncmp(r.call.command, "session.", 8) == 0
               ? take_session(door, &r, reply)
               : take_command(door, &r, reply);
}

int account_door_take(struct account_door *door, int client,
                      struct bytes request, int64_t mono_ms, struct buf *reply)
{
    struct error err = {""};
    struct json *whole = json_parse(request, &err);
    int rc = 0;

    if (whole == NULL)
        account_reply(reply, NULL, "invalid", &err);
    else
        rc = take(door, client, whole, mono_ms, reply);
    json_free(&whole);
    return rc;
}

void account_door_committed(struct account_door *door, unsigned topics)
{
    watch_changed(door->watch, topics);
}

bool account_door_next(struct account_door *door, int64_t mono_ms, int *client,
                       struct buf *reply)
{
    struct watch_answer answer;
    struct json *out, *topics;

    if (!watch_next(door->watch, mono_ms, &answer))
        return false;
    out = json_object_new();
    topics = json_array_new();
    for (unsigned bit = 1; bit < TOPIC_ALL; bit <<= 1)
        if ((answer.topics & bit) != 0)
            json_add_text(topics, topic_name(bit));
    json_set_i64(out, "rev", answer.revision);
    json_set(out, "topics", topics);
    account_reply(reply, out, NULL, NULL);
    *client = answer.client;
    return true;
}

int64_t account_door_deadline(const struct account_door *door)
{
    return watch_deadline(door->watch);
}
