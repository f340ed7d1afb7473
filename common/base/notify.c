/* common/base/notify.c - see notify.h. */
#include "common/base/notify.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { TEXT_BYTES = 512, PINGS = 3 };

static struct {
    struct sockaddr_un name;
    socklen_t size;
    int fd;
    int64_t every_ms, next_ms; /* 0: no watchdog */
} supervisor = {.fd = -1};

/* "/path" or "@abstract". */
static bool read_address(const char *text)
{
    size_t size = strlen(text);

    if (size < 2 || size >= sizeof supervisor.name.sun_path ||
        (text[0] != '/' && text[0] != '@'))
        return false;
    supervisor.name.sun_family = AF_UNIX;
    memcpy(supervisor.name.sun_path, text, size);
    if (text[0] == '@')
        supervisor.name.sun_path[0] = '\0';
    supervisor.size =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    return true;
}

static void read_watchdog(void)
{
    const char *pid = getenv("WATCHDOG_PID"), *us = getenv("WATCHDOG_USEC");
    long long every = us == NULL ? 0 : strtoll(us, NULL, 10) / 1000 / PINGS;

    if (pid != NULL && strtoll(pid, NULL, 10) != getpid())
        every = 0;
    supervisor.every_ms = every > 0 && every < INT32_MAX ? every : 0;
}

void notify_open(void)
{
    const char *address = getenv("NOTIFY_SOCKET");

    if (address != NULL && supervisor.fd < 0 && read_address(address)) {
        supervisor.fd =
            socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        read_watchdog();
    }
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
}

void notify_say(const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list args;
    int size;

    if (supervisor.fd < 0)
        return;
    va_start(args, format);
    size = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (size >= (int)sizeof text)
        size = (int)sizeof text - 1;
    if (size > 0)
        (void)sendto(supervisor.fd, text, (size_t)size, MSG_NOSIGNAL,
                     (const struct sockaddr *)&supervisor.name,
                     supervisor.size);
}

void notify_alive(int64_t now_ms)
{
    if (supervisor.every_ms == 0 || now_ms < supervisor.next_ms)
        return;
    notify_say("WATCHDOG=1");
    supervisor.next_ms = now_ms + supervisor.every_ms;
}

int notify_wait_ms(int wait_ms, int64_t now_ms)
{
    if (supervisor.every_ms == 0 || supervisor.next_ms - now_ms >= wait_ms)
        return wait_ms;
    return supervisor.next_ms <= now_ms ? 0
                                        : (int)(supervisor.next_ms - now_ms);
}
