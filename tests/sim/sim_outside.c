/* tests/sim/sim_outside.c - what the programs ask of the world: the time,
 * chance, a log, and people who wait for answers.
 *
 * clock_* and node_certificates_request are wrapped by the linker; log_* and
 * control_next/answer stand here in the place of their modules; randombytes is
 * libsodium's own door. */
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "tests/sim/sim.h"

int64_t __wrap_clock_wall_ms(void);
int64_t __wrap_clock_mono_ms(void);
int64_t __wrap_clock_mono_us(void);
int64_t __wrap_clock_thread_us(void);
int __wrap_node_certificates_request(const char *folder, const char *slug,
                                     const char *more, struct buf *der,
                                     struct error *err);

int64_t sim_now;
bool sim_trace;
struct world sim;
struct counts sim_counts;

static const int64_t day_ms = 86400000;

/* ---- there are no pages here, and a request would never be the same twice */

int __wrap_node_certificates_request(const char *folder, const char *slug,
                                     const char *more, struct buf *der,
                                     struct error *err)
{
    (void)folder;
    (void)slug;
    (void)more;
    (void)der;
    return error_set(err, ERR_REFUSED, "no pages in the world in memory");
}

/* ---- chance: splitmix64, one for what happens, one for the programs */

static uint64_t fate, draw, mark = 0xcbf29ce484222325;

static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

uint32_t sim_below(uint32_t below)
{
    return (uint32_t)((next(&fate) >> 32) * below >> 32);
}

bool sim_chance(uint32_t per_thousand)
{
    return sim_below(1000) < per_thousand;
}

static const char *chance_name(void) { return "sim"; }

static uint32_t chance_word(void) { return (uint32_t)next(&draw); }

static void chance_buf(void *out, size_t size)
{
    uint8_t *at = out;

    for (size_t i = 0; i < size; i += 8) {
        uint64_t word = next(&draw);

        memcpy(at + i, &word, size - i < 8 ? size - i : 8);
    }
}

static struct randombytes_implementation chance = {
    .implementation_name = chance_name,
    .random = chance_word,
    .buf = chance_buf,
};

void sim_seed(uint64_t seed)
{
    fate = seed * 2 + 1;
    draw = seed * 2 + 0x5851f42d4c957f2d;
    (void)randombytes_set_implementation(&chance);
    crypto_open();
}

/* ---- what is said */

static void put(const char *who, const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        mark = (mark ^ (uint8_t)*c) * 0x100000001b3;
    mark = (mark ^ (uint64_t)sim_now) * 0x100000001b3;
    if (sim_trace)
        (void)fprintf(stderr, "%9.3f %-14s %s\n", (double)sim_now / 1000, who,
                      text);
}

void sim_note(const char *format, ...)
{
    char text[1200];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put("*", text);
}

uint64_t sim_mark(void) { return mark; }

void sim_fail(const char *format, ...)
{
    char text[1200];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)fprintf(stderr, "%9.3f FAULT: %s\n", (double)sim_now / 1000, text);
    (void)fflush(NULL);
    _Exit(1);
}

static void say(const char *event, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void say(const char *event, const char *format, va_list args)
{
    char text[1200];
    size_t used = (size_t)snprintf(text, sizeof text, "%s ", event);

    (void)vsnprintf(text + used, sizeof text - used, format, args);
    if (strcmp(event, "stream.rebased") == 0)
        sim_check_rebase(sim.at);
    if (strcmp(event, "line.settings") == 0)
        sim_hours_changed();
    if (strcmp(event, "hub.online") == 0)
        sim_check_welcome(sim.at);
    put(sim.at != NULL ? sim.at->name : "-", text);
}

#define LOG(level)                                                             \
    void log_##level(const char *event, const char *format, ...)               \
    {                                                                          \
        va_list args;                                                          \
                                                                               \
        va_start(args, format);                                                \
        say(event, format, args);                                              \
        va_end(args);                                                          \
    }
LOG(error)
LOG(warn)
LOG(info)
LOG(debug)

void log_open(enum log_level level) { (void)level; }

/* ---- time */

static int64_t wall(void)
{
    return SIM_START_DAY * day_ms + sim_now +
           (sim.at != NULL ? sim.at->wall_offset_ms : 0);
}

int64_t __wrap_clock_wall_ms(void) { return wall(); }

/* In a slow turn every look at the clock takes a while. */
int64_t __wrap_clock_mono_ms(void)
{
    if (sim.at != NULL && sim.at->slow)
        sim_now += sim_below(12);
    return sim_now - (sim.at != NULL ? sim.at->booted_ms : 0);
}

int64_t __wrap_clock_mono_us(void)
{
    return (sim_now - (sim.at != NULL ? sim.at->booted_ms : 0)) * 1000 +
           sim_below(1000);
}

/* How long the processor worked is not of this world. */
int64_t __wrap_clock_thread_us(void) { return 0; }

/* ---- people who wait */

bool control_next(struct control_server *server, struct control_request *out)
{
    struct request *r;

    if (server->next == server->count)
        return false;
    r = &server->requests[server->next++];
    out->client = r->number;
    out->uid = 0;
    out->bytes = buf_bytes(&r->text);
    return true;
}

void control_answer(struct control_server *server, int client,
                    struct bytes reply)
{
    sim_answered(server->machine, client, reply);
}
