/* common/setup/serve.c - see serve.h. */
#include "common/setup/serve.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/account/call.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/notify.h"
#include "common/control/control.h"
#include "common/control/keeper.h"
#include "common/crypto/web_certificate.h"
#include "common/setup/child.h"
#include "common/setup/code.h"

enum {
    FOLDER_BYTES = 4104,
    PATH_BYTES = 4200,
    CODE_FILE_LIMIT = 4096,
    TELL_MS = 10000, /* how long a page is waited for that asks whether all is
                      * done */
    LINGER_MS = 300  /* so that the answer leaves */
};

struct setting_up {
    const struct setup_config *config;
    char folder[FOLDER_BYTES]; /* DATA/setup */
    struct setup_door *door;
    struct setup_child *child; /* NULL: nothing is being done */
    struct control_server *control, *web;
    struct keeper *pages;
    struct rlimit core; /* as it was */
    int signals;
    int64_t until_ms; /* monotonic: all is done, leave then; 0: not yet */
    bool stepped;     /* somebody took a step since the start */
    bool stopping;
};

static const char *path_in(char out[PATH_BYTES], const char *folder,
                           const char *name)
{
    (void)snprintf(out, PATH_BYTES, "%s/%s", folder, name);
    return out;
}

/* ---- the folder */

/* What says nothing of a program: a lock, sockets, the reserve, and the folder
 * that a package makes for what pages hand in. */
static bool holds_nothing(const char *name)
{
    static const char *const names[] = {".",       "..",           "lost+found",
                                        "lock",    "control.sock", "web.sock",
                                        "reserve", "upload"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_empty(const char *folder)
{
    const struct dirent *one;
    DIR *all = opendir(folder);
    bool empty = true;

    if (all == NULL)
        return errno == ENOENT;
    while (empty && (one = readdir(all)) != NULL)
        empty = holds_nothing(one->d_name);
    (void)closedir(all);
    return empty;
}

bool setup_is_wanted(const char *folder)
{
    char path[PATH_BYTES];

    return file_exists(path_in(path, folder, "setup")) || is_empty(folder);
}

/* What we made in DATA/setup; the rest of DATA is the program's now. */
static void remove_folder(const struct setting_up *s)
{
    static const char *const names[] = {"web/tls.key", "web/tls.crt",
                                        "web/tls.csr", "code"};
    char path[PATH_BYTES + 16];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", s->folder, names[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/web", s->folder);
    (void)rmdir(path);
    if (rmdir(s->folder) != 0)
        log_warn("setup.left", "folder=%s", s->folder);
}

/* ---- the code */

/* Those of earlier starts, the latest ones; then `fresh`. */
static int keep_codes(struct setting_up *s, const struct hash *fresh,
                      struct error *err)
{
    char path[PATH_BYTES], text[HASH_TEXT_BYTES];
    struct buf old = {0}, out = {0};
    const char *lines[SETUP_CODES - 1] = {NULL};
    char *rest, *line;
    size_t count = 0;
    int rc;

    if (file_exists(path_in(path, s->folder, "code")) &&
        (rc = file_read(&old, path, CODE_FILE_LIMIT, err)) != 0)
        return rc;
    rest = (char *)(uintptr_t)buf_text(&old);
    while ((line = strsep(&rest, "\n")) != NULL)
        if (*line != '\0')
            lines[count++ % (SETUP_CODES - 1)] = line;
    for (size_t i = 0; i < SETUP_CODES - 1; i++) {
        struct hash hash;

        if (lines[i] == NULL ||
            !hex_decode(hash.bytes, sizeof hash.bytes, lines[i]))
            continue;
        setup_door_code(s->door, &hash);
        buf_printf(&out, "%s\n", lines[i]);
    }
    setup_door_code(s->door, fresh);
    buf_printf(&out, "%s\n", hash_text(text, fresh));
    rc = file_write(path, buf_bytes(&out), 0600, err);
    buf_free(&old);
    buf_free(&out);
    return rc;
}

/* Everywhere it may be opened; a page that listens everywhere has many names.
 */
static void print_addresses(const char *address)
{
    const char *port = strrchr(address, ':');
    struct x509_names names = {.count = 0};

    if (strncmp(address, "0.0.0.0:", 8) != 0 &&
        strncmp(address, "[::]:", 5) != 0) {
        printf("    https://%s/\n", address);
        return;
    }
    web_certificate_names(&names, "localhost", "");
    for (size_t i = 0; i < names.count; i++)
        if (strchr(names.name[i], ':') == NULL &&
            strcmp(names.name[i], "127.0.0.1") != 0)
            printf("    https://%s%s/\n", names.name[i], port);
}

static void print_code(const struct setting_up *s, const char *code)
{
    const char *address = keeper_address(s->pages);
    char fingerprint[X509_FINGERPRINT_TEXT_BYTES];
    struct web_certificate certificate;

    web_certificate_read(&certificate, s->folder);
    (void)x509_fingerprint_text(fingerprint, certificate.server.fingerprint);
    printf("\n  Máy này chưa được thiết lập. Mở trình duyệt tới\n"
           "  This machine is not set up yet. Open in a browser:\n\n");
    print_addresses(address);
    printf("\n  Mã thiết lập (dùng đến khi xong) / set-up code (good until all "
           "is done):\n\n    %s\n\n"
           "  Trình duyệt sẽ cảnh báo: so dấu vân tay SHA-256 của chứng thư.\n"
           "  The browser will warn: compare the certificate's SHA-256 "
           "fingerprint:\n\n    %s\n\n",
           code, fingerprint);
    (void)fflush(stdout);
    log_info("setup.waiting", "address=https://%s code=%s fingerprint=%s",
             address, code, fingerprint);
}

/* ---- opening */

static bool ready(void *who, const struct keeper *keeper)
{
    static const struct {
        const char *name;
        unsigned mode;
    } shared[] = {{"", 0710},
                  {"/web", 0750},
                  {"/web/tls.key", 0640},
                  {"/web/tls.crt", 0640}};
    const struct setting_up *s = who;
    struct error err = {""};
    char path[PATH_BYTES + 16];
    int rc = keeper_share(keeper, s->config->folder, 0710, &err);

    for (size_t i = 0; rc == 0 && i < sizeof shared / sizeof *shared; i++) {
        (void)snprintf(path, sizeof path, "%s%s", s->folder, shared[i].name);
        rc = keeper_share(keeper, path, shared[i].mode, &err);
    }
    if (rc != 0)
        log_warn("web.unshared", "reason=\"%s\"", err.text);
    return rc == 0;
}

static int make_certificate(const struct setting_up *s, struct error *err)
{
    struct web_certificate have;
    struct x509_names names = {.count = 0};
    int rc = web_certificate_prepare(s->folder, err);

    if (rc != 0)
        return rc;
    web_certificate_read(&have, s->folder);
    if (have.good && have.server.expires_ms > clock_wall_ms())
        return 0; /* the same as before: browsers know it */
    web_certificate_names(&names, "localhost", "");
    return web_certificate_make_own(s->folder, &names, clock_wall_ms(), err);
}

static int open_sockets(struct setting_up *s, struct error *err)
{
    const struct setup_config *config = s->config;
    struct keeper_config pages = {.program = config->web_program,
                                  .folder = s->folder,
                                  .listen = config->listen,
                                  .user = config->user,
                                  .apart = config->apart,
                                  .flag = "--setup",
                                  .ready = ready,
                                  .who = s};
    char path[PATH_BYTES];
    uid_t uid;
    gid_t gid;
    int rc;

    path_in(path, config->folder, "control.sock");
    if ((rc = control_server_open(&s->control, path, err)) != 0 ||
        (rc = control_server_open(&s->web, path_in(path, s->folder, "web.sock"),
                                  err)) != 0 ||
        (rc = keeper_open(&s->pages, &pages, err)) != 0)
        return rc;
    return keeper_user(s->pages, &uid, &gid)
               ? control_server_share(s->web, uid, gid, err)
               : 0;
}

static int open_signals(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* Root shares and passwords pass through this process: no core file of it. */
static void forbid_core(struct setting_up *s)
{
    struct rlimit none;

    (void)getrlimit(RLIMIT_CORE, &s->core);
    none = (struct rlimit){0, s->core.rlim_max};
    (void)setrlimit(RLIMIT_CORE, &none);
}

static void begin(struct setting_up *s, enum setup_what what, struct json *args)
{
    struct setup_task task = {.steps = s->config->steps,
                              .folder = s->config->folder,
                              .what = what,
                              .args = args,
                              .shares = setup_door_shares(s->door)};
    struct error err = {""};
    struct setup_fault fault = {"broken", err.text, NULL};

    s->stepped = s->stepped || what != SETUP_LOOK;
    if (setup_child_start(&s->child, &task, &err) != 0)
        setup_door_worked(s->door, NULL, NULL, &fault);
}

static int open_all(struct setting_up *s, struct error *err)
{
    const struct setup_config *config = s->config;
    struct setup_door_config door = {.program = config->steps->program,
                                     .keeps = config->steps->keeps,
                                     .again = config->steps->shares != NULL};
    char code[SETUP_CODE_TEXT_BYTES];
    struct hash hash;
    int rc;

    s->signals = open_signals();
    forbid_core(s);
    (void)snprintf(s->folder, sizeof s->folder, "%s/setup", config->folder);
    if ((rc = file_make_folder(config->folder, err)) != 0 ||
        (rc = file_make_folder(s->folder, err)) != 0 ||
        (rc = open_sockets(s, err)) != 0 ||
        (rc = make_certificate(s, err)) != 0)
        return rc;
    s->door = setup_door_new(&door);
    setup_code_make(code);
    (void)setup_code_hash(&hash, code);
    if ((rc = keep_codes(s, &hash, err)) == 0) {
        print_code(s, code);
        setup_door_begun(s->door);
        begin(s, SETUP_LOOK, NULL);
    }
    mem_wipe(code, sizeof code);
    if (s->signals < 0 && rc == 0)
        rc = error_set(err, ERR_IO, "signalfd: %s", strerror(errno));
    return rc;
}

/* ---- serving */

/* The command line: where the page is, or that it must be used. */
static void answer_control(struct setting_up *s,
                           const struct control_request *request)
{
    struct json *whole = json_parse(request->bytes, NULL);
    const char *command = json_get_text(whole, "command");
    const char *address = keeper_address(s->pages);
    struct json *out = NULL;
    struct error err = {""};
    struct buf reply = {0}, url = {0};

    if (command != NULL && strcmp(command, "address") == 0) {
        out = json_object_new();
        buf_printf(&url, "https://%s", address);
        json_set_text(out, "web", buf_text(&url));
        json_set_flag(out, "setup", true);
    } else {
        (void)error_set(&err, ERR_REFUSED,
                        "this machine is being set up in the browser, at "
                        "https://%s: finish there, or stop `serve`",
                        address);
    }
    account_reply(&reply, out, "refused", &err);
    control_answer(s->control, request->client, buf_bytes(&reply));
    buf_free(&reply);
    buf_free(&url);
    json_free(&whole);
}

static void answer_page(struct setting_up *s,
                        const struct control_request *request)
{
    struct buf reply = {0};
    struct json *args = NULL;
    enum setup_what what = setup_door_take(s->door, request->bytes,
                                           clock_mono_ms(), &reply, &args);

    if (what != SETUP_NOTHING)
        begin(s, what, args);
    json_wipe(&args);
    control_answer(s->web, request->client, buf_bytes(&reply));
    mem_wipe(reply.data, reply.size);
    buf_free(&reply);
}

static void answer(struct setting_up *s)
{
    struct control_request request;

    while (control_next(s->control, &request))
        answer_control(s, &request);
    while (control_next(s->web, &request))
        answer_page(s, &request);
}

/* When all is done the code is worth nothing at once; the page is told, then
 * the program itself takes over. */
static void see_whether_done(struct setting_up *s, int64_t now_ms)
{
    struct error err = {""};
    char path[PATH_BYTES];

    if (!setup_door_done(s->door))
        return;
    if (s->until_ms == 0) {
        s->until_ms = s->stepped ? now_ms + TELL_MS : now_ms;
        if (file_remove(path_in(path, s->folder, "code"), &err) != 0)
            log_warn("setup.code", "reason=\"%s\"", err.text);
        log_info("setup.done", "program=%s", s->config->steps->program);
    }
    if (setup_door_told(s->door) && s->until_ms > now_ms + LINGER_MS)
        s->until_ms = now_ms + LINGER_MS;
}

static size_t add_polls(struct control_server *server, struct pollfd *out)
{
    struct control_poll polls[CONTROL_CLIENTS + 1];
    size_t count = control_server_polls(server, polls, CONTROL_CLIENTS + 1);

    for (size_t i = 0; i < count; i++)
        out[i] = (struct pollfd){polls[i].fd, polls[i].events, 0};
    return count;
}

static int wait_ms(const struct setting_up *s, int64_t now_ms)
{
    enum { LONGEST_MS = 1000 };
    int64_t at = keeper_deadline(s->pages);

    if (s->until_ms != 0 && s->until_ms < at)
        at = s->until_ms;
    if (at <= now_ms)
        return 0;
    return at - now_ms < LONGEST_MS ? (int)(at - now_ms) : LONGEST_MS;
}

static void turn(struct setting_up *s)
{
    struct pollfd fds[2 * (CONTROL_CLIENTS + 1) + 2];
    struct signalfd_siginfo info;
    size_t count = add_polls(s->control, fds);
    int64_t now_ms = clock_mono_ms();

    count += add_polls(s->web, fds + count);
    fds[count++] = (struct pollfd){s->signals, POLLIN, 0};
    if (s->child != NULL)
        fds[count++] = (struct pollfd){setup_child_fd(s->child), POLLIN, 0};
    notify_alive(now_ms);
    (void)poll(fds, (nfds_t)count, notify_wait_ms(wait_ms(s, now_ms), now_ms));
    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info)
        s->stopping = s->stopping || info.ssi_signo != SIGCHLD;
    now_ms = clock_mono_ms();
    (void)setup_child_work(&s->child, s->door);
    keeper_work(s->pages, now_ms);
    control_server_work(s->control, now_ms);
    control_server_work(s->web, now_ms);
    answer(s);
    see_whether_done(s, now_ms);
}

static void close_all(struct setting_up *s, bool done)
{
    setup_child_kill(&s->child);
    if (s->control != NULL)
        control_server_work(s->control, clock_mono_ms());
    if (s->web != NULL)
        control_server_work(s->web, clock_mono_ms());
    keeper_close(&s->pages);
    control_server_close(&s->control);
    control_server_close(&s->web);
    setup_door_free(&s->door);
    if (done)
        remove_folder(s);
    if (s->signals >= 0)
        (void)close(s->signals);
    (void)setrlimit(RLIMIT_CORE, &s->core);
}

int setup_serve(const struct setup_config *config,
                char address[LISTEN_TEXT_BYTES], struct error *err)
{
    struct setting_up *s = mem_new(sizeof *s);
    bool done = false;
    int rc;

    s->config = config;
    s->signals = -1;
    if ((rc = open_all(s, err)) == 0) {
        (void)snprintf(address, LISTEN_TEXT_BYTES, "%s",
                       keeper_address(s->pages));
        notify_say("READY=1\nSTATUS=waits to be set up in the browser, at "
                   "https://%s",
                   address);
        while (!s->stopping && !done) {
            turn(s);
            done = s->until_ms != 0 && clock_mono_ms() >= s->until_ms;
        }
        rc = done ? 0 : SETUP_STOPPED;
    }
    close_all(s, done);
    mem_free(&s);
    return rc;
}
