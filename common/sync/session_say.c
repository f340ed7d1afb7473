#include <string.h>

#include "common/base/mem.h"
#include "common/sync/session_inside.h"

enum { ACTIONS_ROOM = 16, MEMORY_ROOM = 8 };

void sync_actions_clear(struct sync_actions *actions) { actions->count = 0; }

void sync_actions_free(struct sync_actions *actions)
{
    mem_free(&actions->items);
    memset(actions, 0, sizeof *actions);
}

struct sync_action *session_act(struct session_step *at,
                                enum sync_action_type type)
{
    struct sync_actions *out = at->out;
    struct sync_action *action;

    if (out->count == out->room) {
        out->room = out->room == 0 ? ACTIONS_ROOM : out->room * 2;
        out->items = mem_grow(out->items, out->room, sizeof *out->items);
    }
    action = &out->items[out->count++];
    memset(action, 0, sizeof *action);
    action->type = type;
    return action;
}

struct sync_action *session_act_on(struct session_step *at,
                                   enum sync_action_type type,
                                   const struct stream_name *name, uint64_t seq)
{
    struct sync_action *action = session_act(at, type);

    action->name = *name;
    action->seq = seq;
    return action;
}

void *session_memory(struct sync_session *s, size_t count, size_t bytes)
{
    void *memory = mem_array(count, bytes);

    if (s->memory_count == s->memory_room) {
        s->memory_room += MEMORY_ROOM;
        s->memory = mem_grow(s->memory, s->memory_room, sizeof *s->memory);
    }
    s->memory[s->memory_count++] = memory;
    return memory;
}

void session_forget(struct sync_session *s)
{
    for (size_t i = 0; i < s->memory_count; i++)
        mem_free(&s->memory[i]);
    s->memory_count = 0;
    if (s->memory_room > MEMORY_ROOM) {
        mem_free(&s->memory);
        s->memory_room = 0;
    }
}

struct sync_message *session_say_to(struct session_step *at,
                                    enum message_type type, enum lane lane,
                                    const struct sync_route *route)
{
    struct sync_message *message = session_memory(at->s, 1, sizeof *message);
    struct sync_action *action = session_act(at, SYNC_SEND);

    message->type = type;
    action->lane = lane;
    action->message = message;
    if (route != NULL)
        action->route = *route;
    return message;
}

struct sync_message *session_say(struct session_step *at,
                                 enum message_type type, enum lane lane)
{
    return session_say_to(at, type, lane, &at->s->hub.route[lane]);
}

void session_text(char out[LIMIT_TEXT], const char *text)
{
    size_t length = strnlen(text, LIMIT_TEXT - 1);

    memcpy(out, text, length);
    out[length] = '\0';
}

void session_bye(struct session_step *at, enum bye_code code, enum lane lane,
                 const struct sync_route *route, const char *text)
{
    struct sync_message *message = session_say_to(at, MSG_BYE, lane, route);

    message->bye.code = code;
    session_text(message->bye.text, text);
}

struct sync_action *session_alarm(struct session_step *at,
                                  enum sync_alarm alarm, uint64_t seq,
                                  const char *text)
{
    struct sync_action *action = session_act(at, SYNC_ALARM);

    action->code = (int)alarm;
    action->seq = seq;
    session_text(action->text, text);
    return action;
}
