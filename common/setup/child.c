/* common/setup/child.c - see child.h. What the child has to say comes through a
 * pipe as {"fault":{"code","error","about"},"shares":{"first","second"},
 * "look":{..}}, each of them there or not. */
#include "common/setup/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mem.h"

enum { SAID_LIMIT = 64 * 1024 };

struct setup_child {
    pid_t pid;
    int fd;
    struct buf said;
};

/* ---- in the child */

/* The word of the state's "failed". */
static const char *word_of(int rc)
{
    switch ((enum error_code)rc) {
    case ERR_OK:
        return NULL;
    case ERR_INVALID:
        return "invalid";
    case ERR_REFUSED:
    case ERR_MISSING:
        return "refused";
    case ERR_EXISTS:
    case ERR_CONFLICT:
        return "conflict";
    case ERR_AGAIN:
        return "away";
    case ERR_FULL:
        return "disk";
    case ERR_DAMAGED:
        return "damaged";
    case ERR_IO:
    case ERR_VERSION:
    case ERR_CRYPTO:
        break;
    }
    return "broken";
}

static int run(const struct setup_task *task, struct setup_shares *shares,
               struct json *about, struct error *err)
{
    const struct setup_steps *steps = task->steps;

    switch (task->what) {
    case SETUP_NOTHING:
    case SETUP_LOOK:
        return 0;
    case SETUP_MAKE:
        return steps->make(task->folder, task->args, shares, about, err);
    case SETUP_SHARES:
        return steps->shares == NULL
                   ? error_set(err, ERR_REFUSED, "not in this program")
                   : steps->shares(task->folder, shares, err);
    case SETUP_SHOWN:
        return steps->shown(task->folder, err);
    case SETUP_PEOPLE:
        return steps->people(task->folder, task->args, task->shares, err);
    }
    return ERR_INVALID;
}

static void add_fault(struct json *out, int rc, const struct error *err,
                      struct json *about)
{
    struct json *fault = json_object_new();

    json_set_text(fault, "code", word_of(rc));
    json_set_text(fault, "error",
                  err->text[0] == '\0' ? error_name(rc) : err->text);
    json_set(fault, "about", about);
    json_set(out, "fault", fault);
}

static void add_shares(struct json *out, const struct setup_shares *shares)
{
    struct json *lines = json_object_new();

    json_set_text(lines, "first", shares->first);
    json_set_text(lines, "second", shares->second);
    json_set(out, "shares", lines);
}

static void say(int fd, const struct json *out)
{
    struct buf text = {0};
    size_t done = 0;
    ssize_t n;

    json_write(&text, out);
    while (done < text.size &&
           ((n = write(fd, text.data + done, text.size - done)) > 0 ||
            errno == EINTR))
        done += n > 0 ? (size_t)n : 0;
    mem_wipe(text.data, text.size);
    buf_free(&text);
}

static _Noreturn void live(const struct setup_task *task, int fd, pid_t parent)
{
    struct json *out = json_object_new(), *about = json_object_new();
    struct json *look = json_object_new();
    struct setup_shares shares = {.there = false};
    struct error err = {""};
    int rc;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    if ((rc = run(task, &shares, about, &err)) != 0)
        add_fault(out, rc, &err, about);
    else if (shares.there)
        add_shares(out, &shares);
    if (rc == 0)
        json_free(&about);
    err.text[0] = '\0';
    if (task->steps->look(task->folder, look, &err) == 0) {
        json_set(out, "look", look);
    } else {
        log_error("setup.unseen", "reason=\"%s\"", err.text);
        json_free(&look);
    }
    say(fd, out);
    json_free(&out); /* it may hold shares */
    _exit(0);
}

/* ---- in the parent */

int setup_child_start(struct setup_child **out, const struct setup_task *task,
                      struct error *err)
{
    struct setup_child *child;
    pid_t parent = getpid(), pid;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(err, ERR_IO, "pipe: %s", strerror(errno));
    if ((pid = fork()) == 0) {
        (void)close(ends[0]);
        live(task, ends[1], parent);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return error_set(err, ERR_IO, "fork: %s", strerror(errno));
    }
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    child = mem_new(sizeof *child);
    child->pid = pid;
    child->fd = ends[0];
    *out = child;
    return 0;
}

int setup_child_fd(const struct setup_child *child) { return child->fd; }

/* Frees it when the process has been waited for. */
static void put_away(struct setup_child **child)
{
    struct setup_child *c = *child;

    (void)close(c->fd);
    (void)waitpid(c->pid, NULL, 0);
    if (c->said.data != NULL)
        mem_wipe(c->said.data, c->said.size);
    buf_free(&c->said);
    mem_free(child);
}

static void copy_line(char out[SHARE_TEXT_BYTES], const char *text, bool *good)
{
    size_t size = text == NULL ? 0 : strlen(text);

    *good = *good && size > 0 && size < SHARE_TEXT_BYTES;
    if (*good)
        memcpy(out, text, size + 1);
}

static void tell(struct setup_door *door, struct bytes said)
{
    struct json *whole = json_parse(said, NULL);
    const struct json *lines = json_get(whole, "shares");
    const struct json *fault = json_get(whole, "fault");
    struct setup_shares shares = {.there = lines != NULL};
    struct setup_fault why = {.code = json_get_text(fault, "code"),
                              .text = json_get_text(fault, "error"),
                              .about = json_take(fault, "about")};

    copy_line(shares.first, json_get_text(lines, "first"), &shares.there);
    copy_line(shares.second, json_get_text(lines, "second"), &shares.there);
    if (whole == NULL) {
        why.code = "broken";
        why.text = "the step ended without an answer: try again";
    }
    setup_door_worked(door, json_take(whole, "look"), &shares, &why);
    mem_wipe(&shares, sizeof shares);
    json_free(&whole);
}

/* 1: there may be more; 0: that is all. */
static int read_some(struct setup_child *child)
{
    uint8_t part[4096];
    ssize_t n = read(child->fd, part, sizeof part);

    if (n > 0 && child->said.size + (size_t)n <= SAID_LIMIT) {
        buf_reserve(&child->said, SAID_LIMIT); /* one place, to be wiped */
        buf_add(&child->said, part, (size_t)n);
    }
    mem_wipe(part, sizeof part);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

bool setup_child_work(struct setup_child **child, struct setup_door *door)
{
    struct setup_child *c = *child;

    if (c == NULL || read_some(c))
        return false;
    tell(door, buf_bytes(&c->said));
    put_away(child);
    return true;
}

void setup_child_kill(struct setup_child **child)
{
    if (*child == NULL)
        return;
    (void)kill((*child)->pid, SIGKILL);
    put_away(child);
}
