/* common/setup/door.c - see door.h. */
#include "common/setup/door.h"

#include <ctype.h>
#include <string.h>

#include "common/account/call.h"
#include "common/account/throttle.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/setup/code.h"

enum {
    TOKEN_BYTES = 32,
    FROM_BYTES = 64,
    FIRST_ASKED = 3,   /* of a share's 17: what is before is alike in both .. */
    ASKED_GROUPS = 14, /* .. and the last one is short */
    GROUP_LETTERS = 4
};

struct session {
    struct hash token;
    int64_t until_ms; /* monotonic; 0: free */
};

struct setup_door {
    struct setup_door_config config;
    struct hash codes[SETUP_CODES];
    size_t code_count; /* ever; the place of the next is this modulo */
    struct session sessions[SETUP_SESSIONS];
    size_t session_count;
    struct throttle *throttle;
    struct json *look; /* as last seen, or NULL: not yet */
    bool working, told;
    int64_t work;      /* which piece of work is, or was last */
    struct json *last; /* {"failed":{..}} when it did, or NULL */
    struct setup_shares shares;
    int asked[2]; /* which group of each line is to be typed, from 1 */
};

struct setup_door *setup_door_new(const struct setup_door_config *config)
{
    struct setup_door *door = mem_new(sizeof *door);

    door->config = *config;
    door->throttle = throttle_new();
    return door;
}

void setup_door_free(struct setup_door **door)
{
    struct setup_door *d = *door;

    if (d == NULL)
        return;
    throttle_free(&d->throttle);
    json_free(&d->look);
    json_free(&d->last);
    mem_wipe(d, sizeof *d);
    mem_free(door);
}

void setup_door_code(struct setup_door *door, const struct hash *code)
{
    door->codes[door->code_count++ % SETUP_CODES] = *code;
}

/* ---- how far it is */

static const char *step(const struct setup_door *door)
{
    const char *text = json_get_text(door->look, "step");

    return text == NULL ? "" : text;
}

static bool is_step(const struct setup_door *door, const char *name)
{
    return strcmp(step(door), name) == 0;
}

static bool shows(const struct setup_door *door)
{
    return is_step(door, "shares") && door->shares.there;
}

bool setup_door_working(const struct setup_door *door) { return door->working; }

bool setup_door_done(const struct setup_door *door)
{
    return is_step(door, "done") && !door->working;
}

bool setup_door_told(const struct setup_door *door) { return door->told; }

const struct setup_shares *setup_door_shares(const struct setup_door *door)
{
    return &door->shares;
}

static void forget_shares(struct setup_door *door)
{
    mem_wipe(&door->shares, sizeof door->shares);
}

static void take_shares(struct setup_door *door,
                        const struct setup_shares *shares)
{
    uint8_t random[2];

    door->shares = *shares;
    random_bytes(random, sizeof random);
    for (size_t i = 0; i < 2; i++)
        door->asked[i] = FIRST_ASKED + random[i] % ASKED_GROUPS;
}

void setup_door_begun(struct setup_door *door)
{
    door->working = true;
    door->work++;
}

static struct json *make_failed(const struct setup_door *door,
                                const struct setup_fault *fault)
{
    struct json *whole = json_object_new(), *out = json_object_new();

    json_set_i64(out, "work", door->work);
    json_set_text(out, "code", fault->code);
    json_set_text(out, "error", fault->text);
    if (fault->about != NULL)
        json_set(out, "about", fault->about);
    json_set(whole, "failed", out);
    return whole;
}

void setup_door_worked(struct setup_door *door, struct json *look,
                       const struct setup_shares *shares,
                       const struct setup_fault *fault)
{
    door->working = false;
    json_free(&door->last);
    if (fault->code != NULL)
        door->last = make_failed(door, fault);
    if (look != NULL) {
        json_free(&door->look);
        door->look = look;
    }
    if (shares != NULL && shares->there)
        take_shares(door, shares);
    if (is_step(door, "shares") && !door->shares.there && !door->config.again)
        json_set_text(door->look, "step", "make");
    if (is_step(door, "make") || is_step(door, "done") ||
        (is_step(door, "people") && !door->config.keeps))
        forget_shares(door);
}

/* ---- replies */

static void refuse(struct buf *reply, const char *code, const char *text)
{
    struct error err = {""};

    (void)error_set(&err, ERR_REFUSED, "%s", text);
    account_reply(reply, NULL, code, &err);
}

/* A refusal with one more member. */
static void refuse_with(struct buf *reply, const char *code, const char *text,
                        const char *key, struct json *value)
{
    struct buf plain = {0};
    struct json *whole;

    refuse(&plain, code, text);
    whole = json_parse(buf_bytes(&plain), NULL);
    json_set(whole, key, value);
    json_write(reply, whole);
    json_free(&whole);
    buf_free(&plain);
}

static struct json *shares_json(const struct setup_door *door)
{
    struct json *out = json_object_new(), *ask = json_array_new();

    json_set_text(out, "first", door->shares.first);
    json_set_text(out, "second", door->shares.second);
    for (size_t i = 0; i < 2; i++) {
        struct json *one = json_object_new();

        json_set_i64(one, "group", door->asked[i]);
        json_add(ask, one);
    }
    json_set(out, "ask", ask);
    return out;
}

struct copying {
    const struct json *from;
    struct json *to;
};

static int copy_member(void *context, const char *key, const struct json *value)
{
    const struct copying *copying = context;

    (void)value;
    json_set(copying->to, key, json_take(copying->from, key));
    return 0;
}

static void give_state(struct setup_door *door, struct buf *reply)
{
    struct json *out = json_object_new();
    struct copying copying = {door->look, out};

    json_set_text(out, "program", door->config.program);
    (void)json_each(door->look, copy_member, &copying);
    json_set_flag(out, "working", door->working);
    json_set_i64(out, "work", door->work);
    json_set_null(out, "failed");
    if (!door->working && json_get(door->last, "failed") != NULL)
        json_set(out, "failed", json_take(door->last, "failed"));
    json_set_null(out, "shares");
    if (shows(door) && !door->working)
        json_set(out, "shares", shares_json(door));
    json_set_flag(out, "need_shares",
                  door->config.keeps && is_step(door, "people") &&
                      !door->shares.there);
    door->told = door->told || setup_door_done(door);
    account_reply(reply, out, NULL, NULL);
}

/* ---- who asks */

static void give_session(struct setup_door *door, int64_t mono_ms,
                         struct buf *reply)
{
    struct session *session =
        &door->sessions[door->session_count++ % SETUP_SESSIONS];
    uint8_t token[TOKEN_BYTES];
    char hex[2 * TOKEN_BYTES + 1];
    struct bytes bytes = bytes_of(token, sizeof token);
    struct json *out = json_object_new();

    random_bytes(token, sizeof token);
    session->token = crypto_sha256(&bytes, 1);
    session->until_ms = mono_ms + SETUP_SESSION_MS;
    hex_encode(hex, token, sizeof token);
    json_set_text(out, "session", hex);
    account_reply(reply, out, NULL, NULL);
    mem_wipe(token, sizeof token);
    mem_wipe(hex, sizeof hex);
}

static bool is_code(const struct setup_door *door, const char *typed)
{
    struct hash hash;
    bool found = false;

    if (typed == NULL || !setup_code_hash(&hash, typed))
        return false;
    for (size_t i = 0; i < SETUP_CODES && i < door->code_count; i++)
        found |=
            crypto_equal(hash.bytes, door->codes[i].bytes, sizeof hash.bytes);
    return found;
}

static void take_code(struct setup_door *door, const char *typed,
                      const char *from, int64_t mono_ms, struct buf *reply)
{
    struct throttle_try one = {THROTTLE_CODE, from, from};
    int64_t wait = throttle_wait_ms(door->throttle, &one, mono_ms);
    struct json *seconds;

    if (wait > 0) {
        seconds = json_object_new();
        json_set_i64(seconds, "s", (wait + 999) / 1000);
        refuse_with(reply, "busy", "too many wrong codes: wait", "retry_after",
                    json_take(seconds, "s"));
        json_free(&seconds);
    } else if (is_code(door, typed)) {
        throttle_passed(door->throttle, &one, mono_ms);
        give_session(door, mono_ms, reply);
    } else {
        throttle_failed(door->throttle, &one, mono_ms);
        refuse(reply, "login", "not the set-up code of this machine");
    }
}

static bool is_inside(const struct setup_door *door, const char *token,
                      int64_t mono_ms)
{
    uint8_t raw[TOKEN_BYTES] = {0};
    struct bytes bytes = bytes_of(raw, sizeof raw);
    struct hash hash;
    bool found = false;

    if (token == NULL || strlen(token) != 2 * sizeof raw ||
        !hex_decode(raw, sizeof raw, token))
        return false;
    hash = crypto_sha256(&bytes, 1);
    for (size_t i = 0; i < SETUP_SESSIONS; i++)
        found |= door->sessions[i].until_ms > mono_ms &&
                 crypto_equal(hash.bytes, door->sessions[i].token.bytes,
                              sizeof hash.bytes);
    mem_wipe(raw, sizeof raw);
    return found;
}

/* ---- the two lines are on paper */

/* The group of a line "share NAME-N AAAA-BBBB-..", from 1. */
static bool group_is(const char *line, int number, const char *typed)
{
    const char *at = strrchr(line, ' ') + 1;
    size_t count = 0;

    at += (size_t)(number - 1) * (GROUP_LETTERS + 1);
    for (; typed != NULL && *typed != '\0'; typed++) {
        if (isspace((unsigned char)*typed) || *typed == '-')
            continue;
        if (count == GROUP_LETTERS ||
            toupper((unsigned char)*typed) != at[count])
            return false;
        count++;
    }
    return count == GROUP_LETTERS;
}

static enum setup_what confirm(struct setup_door *door, const struct json *args,
                               struct buf *reply)
{
    static const char *const keys[2] = {"first", "second"};
    const char *lines[2] = {door->shares.first, door->shares.second};
    struct json *wrong = json_array_new();

    for (size_t i = 0; i < 2; i++)
        if (!group_is(lines[i], door->asked[i], json_get_text(args, keys[i])))
            json_add_text(wrong, keys[i]);
    if (json_count(wrong) > 0) {
        refuse_with(reply, "invalid", "not the group that was asked for",
                    "wrong", wrong);
        return SETUP_NOTHING;
    }
    json_free(&wrong);
    return SETUP_SHOWN;
}

/* ---- commands */

static const struct {
    const char *command, *step;
    enum setup_what what;
} works[] = {
    {"setup.make", "make", SETUP_MAKE},
    {"setup.shares", "shares", SETUP_SHARES},
    {"setup.confirm", "shares", SETUP_SHOWN},
    {"setup.people", "people", SETUP_PEOPLE},
};

static enum setup_what begin(struct setup_door *door, enum setup_what what,
                             struct buf *reply)
{
    struct json *out = json_object_new();

    setup_door_begun(door);
    json_set_i64(out, "work", door->work);
    account_reply(reply, out, NULL, NULL);
    return what;
}

static enum setup_what take_work(struct setup_door *door, const char *command,
                                 const struct json *args, struct buf *reply)
{
    size_t i = 0;

    while (i < sizeof works / sizeof *works &&
           strcmp(works[i].command, command) != 0)
        i++;
    if (i == sizeof works / sizeof *works) {
        refuse(reply, "missing", "no such command while it is being set up");
    } else if (door->working) {
        refuse(reply, "busy", "the step before is still being done");
    } else if (!is_step(door, works[i].step) ||
               (works[i].what == SETUP_SHARES && shows(door)) ||
               (works[i].what == SETUP_SHOWN && !shows(door))) {
        refuse(reply, "conflict", "this is done already, or not yet its turn");
    } else if (works[i].what != SETUP_SHOWN ||
               confirm(door, args, reply) == SETUP_SHOWN) {
        return begin(door, works[i].what, reply);
    }
    return SETUP_NOTHING;
}

static bool is_request(const struct json *whole, const char *command,
                       const char *from)
{
    struct id id;
    const char *id_said = json_get_text(whole, "id");

    return id_said != NULL && id_parse(&id, id_said) && command != NULL &&
           from != NULL && strlen(from) < FROM_BYTES;
}

enum setup_what setup_door_take(struct setup_door *door, struct bytes request,
                                int64_t mono_ms, struct buf *reply,
                                struct json **args)
{
    struct json *whole = json_parse(request, NULL);
    const char *command = json_get_text(whole, "command");
    const char *from = json_get_text(whole, "from");
    enum setup_what what = SETUP_NOTHING;

    *args = json_take(whole, "args");
    if (!is_request(whole, command, from))
        refuse(reply, "invalid", "not a request of ours");
    else if (strcmp(command, "setup.code") == 0)
        take_code(door, json_get_text(*args, "code"), from, mono_ms, reply);
    else if (!is_inside(door, json_get_text(whole, "session"), mono_ms))
        refuse(reply, "login", "the set-up code first");
    else if (strcmp(command, "setup.state") == 0)
        give_state(door, reply);
    else
        what = take_work(door, command, *args, reply);
    if (what == SETUP_NOTHING)
        json_wipe(args);
    json_free(&whole);
    return what;
}
