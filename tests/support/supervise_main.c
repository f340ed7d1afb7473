/* lienxa-supervise SOCKET WATCHDOG_MS COMMAND ARGUMENT.. - what systemd does
 * for Type=notify, Restart=always and WatchdogSec=, no more: listens at SOCKET,
 * runs COMMAND, prints what it says ("said READY=1") and when it began ("pid
 * N"), kills it when it says nothing of its watchdog for so long ("hung N"),
 * starts it again when it ends. Ends on SIGTERM, the command first.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"

enum { RESTART_MS = 200 };

static int open_socket(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof name.sun_path)
        return -1;
    (void)unlink(path);
    strcpy(name.sun_path, path);
    return bind(fd, (struct sockaddr *)&name, sizeof name) == 0 ? fd : -1;
}

static int open_signals(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static pid_t run(char **argv, int64_t watchdog_ms)
{
    pid_t pid = fork();
    char text[32];
    sigset_t none;

    if (pid != 0) {
        printf("pid %d\n", (int)pid);
        return pid;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* it ends with us */
    (void)setenv("NOTIFY_SOCKET", argv[1], 1);
    (void)snprintf(text, sizeof text, "%lld", (long long)watchdog_ms * 1000);
    (void)setenv("WATCHDOG_USEC", text, 1);
    (void)snprintf(text, sizeof text, "%d", (int)getpid());
    (void)setenv("WATCHDOG_PID", text, 1);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)execv(argv[3], argv + 3);
    _exit(127);
}

/* Prints all lines but the watchdog's; true: that was among them. */
static bool hear(int fd)
{
    char text[4096];
    ssize_t size = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    bool alive = false;
    char *rest = text, *line;

    text[size < 0 ? 0 : size] = '\0';
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (strcmp(line, "WATCHDOG=1") == 0)
            alive = true;
        else if (*line != '\0')
            printf("said %s\n", line);
        alive = alive || strcmp(line, "READY=1") == 0;
    }
    return alive;
}

struct supervisor {
    char **argv;
    int socket, signals;
    int64_t watchdog_ms, until_ms; /* INT64_MAX: not ready yet */
    pid_t pid;
    bool ending;
};

/* False: all is over. */
static bool take_signals(struct supervisor *s)
{
    struct signalfd_siginfo info;
    int status;

    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info)
        if (info.ssi_signo == SIGTERM && !s->ending) {
            s->ending = true;
            (void)kill(s->pid, SIGTERM);
        }
    if (waitpid(s->pid, &status, WNOHANG) != s->pid)
        return true;
    printf("ended %d\n",
           WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    if (s->ending)
        return false;
    (void)poll(NULL, 0, RESTART_MS);
    s->pid = run(s->argv, s->watchdog_ms);
    s->until_ms = INT64_MAX;
    return true;
}

int main(int argc, char **argv)
{
    struct supervisor s = {.argv = argv, .until_ms = INT64_MAX};

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 4 || (s.watchdog_ms = strtoll(argv[2], NULL, 10)) <= 0 ||
        (s.socket = open_socket(argv[1])) < 0)
        return 2;
    s.signals = open_signals();
    s.pid = run(argv, s.watchdog_ms);
    do {
        struct pollfd fds[] = {{s.socket, POLLIN, 0}, {s.signals, POLLIN, 0}};

        (void)poll(fds, 2, 50);
        if (fds[0].revents != 0 && hear(s.socket))
            s.until_ms = clock_mono_ms() + s.watchdog_ms;
        if (clock_mono_ms() >= s.until_ms) {
            printf("hung %d\n", (int)s.pid);
            s.until_ms = INT64_MAX;
            (void)kill(s.pid, SIGKILL);
        }
    } while (take_signals(&s));
    return 0;
}
