/* common/control/keeper.c - starting the web process, and starting it again. */
#include "common/control/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"

enum {
    PATH_BYTES = 4200,
    LISTENER = 3,
    FIRST_PAUSE_MS = 250,
    ASK_MS = 1000,
    PORT_WAIT_MS = 3000,
    PORT_LOOK_MS = 20
};

struct keeper {
    char program[PATH_BYTES];
    char *folder;
    char *flag;    /* NULL: none */
    char *metrics; /* NULL: none */
    char address[LISTEN_TEXT_BYTES];
    int listener;
    bool apart;
    bool other; /* runs as `uid`, `gid` */
    uid_t uid;
    gid_t gid;
    pid_t pid; /* 0: does not run */
    int64_t started_ms, next_ms, pause_ms;
    int64_t died_ms[KEEPER_DEATHS]; /* the last ones, in turn */
    uint64_t deaths;
    bool failing;
    bool (*ready)(void *who, const struct keeper *keeper);
    void *who;
};

/* ---- opening */

static int find_program(struct keeper *keeper, const char *name,
                        struct error *err)
{
    char self[PATH_BYTES];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash;

    if (size <= 0)
        return error_set(err, ERR_IO, "/proc/self/exe: %s", strerror(errno));
    self[size] = '\0';
    slash = strrchr(self, '/');
    if (slash != NULL)
        slash[1] = '\0';
    if (snprintf(keeper->program, sizeof keeper->program, "%s%s", self, name) >=
        (int)sizeof keeper->program)
        return error_set(err, ERR_INVALID, "%s: the path is too long", self);
    return access(keeper->program, X_OK) == 0
               ? 0
               : error_set(err, ERR_MISSING,
                           "%s: %s; install it beside this program, or say "
                           "--web off",
                           keeper->program, strerror(errno));
}

static int find_user(struct keeper *keeper, const char *name, struct error *err)
{
    const struct passwd *user;

    if (name == NULL && geteuid() != 0)
        return 0;
    user = getpwnam(name == NULL ? KEEPER_USER : name);
    if (user == NULL && name == NULL) {
        log_warn("web.user",
                 "text=\"the web process runs as root: make a user for it "
                 "(adduser --system --group " KEEPER_USER ")\"");
        return 0;
    }
    if (user == NULL)
        return error_set(err, ERR_MISSING,
                         "--web-user %s: there is no such user on this machine",
                         name);
    if (user->pw_uid == geteuid())
        return 0;
    if (geteuid() != 0 && !keeper->apart)
        return error_set(err, ERR_REFUSED,
                         "--web-user %s: only root can start a program as "
                         "another user",
                         name);
    keeper->other = true;
    keeper->uid = user->pw_uid;
    keeper->gid = user->pw_gid;
    return 0;
}

static int listen_soon(const char *at, char address[LISTEN_TEXT_BYTES],
                       struct error *err)
{
    int64_t until_ms = clock_mono_ms() + PORT_WAIT_MS;
    int fd;

    while ((fd = listen_open(at, address, err)) == ERR_EXISTS &&
           clock_mono_ms() < until_ms)
        (void)poll(NULL, 0, PORT_LOOK_MS);
    return fd;
}

/* The port of last time, where the system is to choose: people keep links. */
static int open_listener(struct keeper *keeper,
                         const struct keeper_config *config, struct error *err)
{
    size_t size = strlen(config->listen);
    const char *port =
        config->again == NULL ? NULL : strrchr(config->again, ':');
    char again[LISTEN_TEXT_BYTES];

    keeper->listener = -1;
    if (size > 2 && size < 40 && strcmp(config->listen + size - 2, ":0") == 0 &&
        port != NULL && strlen(port) < 8) {
        (void)snprintf(again, sizeof again, "%.*s%s", (int)(size - 2),
                       config->listen, port);
        keeper->listener = listen_soon(again, keeper->address, NULL);
    }
    if (keeper->listener < 0)
        keeper->listener = listen_soon(config->listen, keeper->address, err);
    return keeper->listener < 0 ? keeper->listener : 0;
}

/* Where another service listens: its address is only told. */
static int believe_address(struct keeper *keeper, const char *listen,
                           struct error *err)
{
    keeper->listener = -1;
    return snprintf(keeper->address, sizeof keeper->address, "%s", listen) <
                   (int)sizeof keeper->address
               ? 0
               : error_set(err, ERR_INVALID, "\"%s\" is not ADDRESS:PORT",
                           listen);
}

int keeper_open(struct keeper **out, const struct keeper_config *config,
                struct error *err)
{
    struct keeper *keeper = mem_new(sizeof *keeper);
    int rc;

    keeper->listener = -1;
    keeper->folder = mem_text(config->folder);
    keeper->flag = config->flag == NULL ? NULL : mem_text(config->flag);
    keeper->metrics =
        config->metrics == NULL ? NULL : mem_text(config->metrics);
    keeper->apart = config->apart;
    keeper->ready = config->ready;
    keeper->who = config->who;
    if ((!config->apart &&
         (rc = find_program(keeper, config->program, err)) != 0) ||
        (rc = find_user(keeper, config->user, err)) != 0 ||
        (rc = config->apart ? believe_address(keeper, config->listen, err)
                            : open_listener(keeper, config, err)) != 0) {
        keeper_close(&keeper);
        return rc;
    }
    *out = keeper;
    return 0;
}

const char *keeper_address(const struct keeper *keeper)
{
    return keeper->address;
}

bool keeper_user(const struct keeper *keeper, uid_t *uid, gid_t *gid)
{
    *uid = keeper->uid;
    *gid = keeper->gid;
    return keeper->other;
}

int keeper_share(const struct keeper *keeper, const char *path, unsigned mode,
                 struct error *err)
{
    struct stat now;

    if (!keeper->other || stat(path, &now) != 0)
        return 0;
    return (now.st_gid == keeper->gid ||
            chown(path, (uid_t)-1, keeper->gid) == 0) &&
                   ((now.st_mode & 07777) == mode || chmod(path, mode) == 0)
               ? 0
               : error_set(err, ERR_IO, "%s cannot be shared with the web: %s",
                           path, strerror(errno));
}

/* ---- running */

/* Between fork and exec, in a process with other threads: system calls only. */
static _Noreturn void become(const struct keeper *keeper, pid_t core,
                             char *const *arguments)
{
    static const char lost[] = "web.lost level=error\n";
    sigset_t none;
    ssize_t ignored;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    if (keeper->listener == LISTENER)
        (void)fcntl(LISTENER, F_SETFD, 0);
    else if (dup2(keeper->listener, LISTENER) < 0)
        goto lost;
    if (keeper->other && (setgroups(0, NULL) != 0 || setgid(keeper->gid) != 0 ||
                          setuid(keeper->uid) != 0))
        goto lost;
    /* after the change of user, which forgets it; and was it in time? */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != core)
        goto lost;
    (void)execv(keeper->program, arguments);
lost:
    ignored = write(STDERR_FILENO, lost, sizeof lost - 1);
    (void)ignored;
    _exit(127);
}

static void start(struct keeper *keeper, int64_t now_ms)
{
    char listener[] = "3", metrics[] = "--metrics";
    char *arguments[12] = {keeper->program,        (char[]){"serve"},
                           (char[]){"--data"},     keeper->folder,
                           (char[]){"--listener"}, listener};
    size_t count = 6;
    pid_t core = getpid(), pid;

    if (keeper->flag != NULL)
        arguments[count++] = keeper->flag;
    if (keeper->metrics != NULL) {
        arguments[count++] = metrics;
        arguments[count] = keeper->metrics;
    }
    pid = fork();
    if (pid == 0)
        become(keeper, core, arguments);
    keeper->started_ms = now_ms;
    if (pid < 0) {
        log_warn("web.fork", "reason=\"%s\"", strerror(errno));
        keeper->next_ms = now_ms + KEEPER_PAUSE_MS;
        return;
    }
    keeper->pid = pid;
    log_info("web.started", "pid=%d address=%s", (int)pid, keeper->address);
}

/* 0 ms after a good life, then 250, 500, .. */
static void plan_again(struct keeper *keeper, int64_t now_ms)
{
    if (now_ms - keeper->started_ms >= KEEPER_STEADY_MS)
        keeper->pause_ms = 0;
    keeper->next_ms = now_ms + keeper->pause_ms;
    keeper->pause_ms =
        keeper->pause_ms == 0 ? FIRST_PAUSE_MS : 2 * keeper->pause_ms;
    if (keeper->pause_ms > KEEPER_PAUSE_MS)
        keeper->pause_ms = KEEPER_PAUSE_MS;
}

static void note_death(struct keeper *keeper, int64_t now_ms)
{
    keeper->died_ms[keeper->deaths++ % KEEPER_DEATHS] = now_ms;
    if (keeper->deaths >= KEEPER_DEATHS &&
        now_ms - keeper->died_ms[keeper->deaths % KEEPER_DEATHS] <=
            KEEPER_DEATHS_MS)
        keeper->failing = true;
}

static void look(struct keeper *keeper, int64_t now_ms)
{
    int status;

    if (keeper->pid == 0 || waitpid(keeper->pid, &status, WNOHANG) == 0)
        return;
    plan_again(keeper, now_ms);
    note_death(keeper, now_ms);
    if (WIFSIGNALED(status))
        log_warn("web.ended", "pid=%d signal=%d again_ms=%lld",
                 (int)keeper->pid, WTERMSIG(status),
                 (long long)(keeper->next_ms - now_ms));
    else
        log_warn("web.ended", "pid=%d exit=%d again_ms=%lld", (int)keeper->pid,
                 WEXITSTATUS(status), (long long)(keeper->next_ms - now_ms));
    keeper->pid = 0;
}

void keeper_work(struct keeper *keeper, int64_t now_ms)
{
    if (keeper == NULL)
        return;
    look(keeper, now_ms);
    if (keeper->pid != 0 && now_ms - keeper->started_ms >= KEEPER_DEATHS_MS)
        keeper->failing = false;
    if (keeper->pid != 0 || now_ms < keeper->next_ms)
        return;
    if (!keeper->ready(keeper->who, keeper))
        keeper->next_ms = now_ms + ASK_MS;
    else if (keeper->apart)
        keeper->next_ms = now_ms + KEEPER_SHARE_MS;
    else
        start(keeper, now_ms);
}

int64_t keeper_deadline(const struct keeper *keeper)
{
    if (keeper == NULL || (keeper->pid != 0 && !keeper->failing))
        return INT64_MAX;
    return keeper->pid != 0 ? keeper->started_ms + KEEPER_DEATHS_MS
                            : keeper->next_ms;
}

bool keeper_is_failing(const struct keeper *keeper)
{
    return keeper != NULL && keeper->failing;
}

void keeper_close(struct keeper **keeper)
{
    enum { STEP_MS = 20 };
    struct keeper *k = *keeper;
    int64_t until = clock_mono_ms() + KEEPER_END_MS;

    if (k == NULL)
        return;
    if (k->pid != 0) {
        (void)kill(k->pid, SIGTERM);
        while (waitpid(k->pid, NULL, WNOHANG) == 0 && clock_mono_ms() < until)
            (void)poll(NULL, 0, STEP_MS);
        if (clock_mono_ms() >= until) {
            (void)kill(k->pid, SIGKILL);
            (void)waitpid(k->pid, NULL, 0);
        }
    }
    if (k->listener >= 0)
        (void)close(k->listener);
    mem_free(&k->folder);
    mem_free(&k->flag);
    mem_free(&k->metrics);
    mem_free(keeper);
}
