/* tests/support/recorder_preload.c - lienxa-recorder.so: see recording.h.
 *
 * Each function below stands in for the C library's (or libzmq's) of its name:
 * it calls the real one and writes down what was done. Errors of the recorder
 * itself end the program: a record with a hole is worth nothing.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/support/recording.h"

enum { MOST_FDS = 4096, FAULTS_BYTES = 512 };

/* The libzmq message is opaque to us: two functions of the library read it. */
typedef struct zmq_msg_t zmq_msg_t;
void *zmq_msg_data(zmq_msg_t *message) __attribute__((weak));
size_t zmq_msg_size(const zmq_msg_t *message) __attribute__((weak));

#define REAL(name) ((__typeof__(&name))real(#name))

static struct {
    pthread_mutex_t lock;
    char folder[PATH_MAX];
    int log; /* -1: nothing is recorded */
    const char *faults;
    uint64_t last_handle;
    uint64_t handles[MOST_FDS]; /* 0: not below the folder */
} rec = {.lock = PTHREAD_MUTEX_INITIALIZER, .log = -1};

static uintptr_t real(const char *name)
{
    return (uintptr_t)dlsym(RTLD_NEXT, name);
}

static void give_up(const char *what)
{
    (void)dprintf(2, "lienxa-recorder: %s: %s\n", what, strerror(errno));
    abort();
}

/* ---- writing down */

static void put(enum recording_kind kind, uint64_t handle, uint64_t offset,
                const char *path, const void *data, size_t size)
{
    struct recording_head head = {.magic = RECORDING_MAGIC,
                                  .kind = kind,
                                  .handle = handle,
                                  .offset = offset,
                                  .path_size =
                                      path ? (uint32_t)strlen(path) : 0,
                                  .data_size = (uint32_t)size};
    struct iovec parts[3] = {{&head, sizeof head},
                             {(char *)(uintptr_t)path, head.path_size},
                             {(void *)(uintptr_t)data, size}};
    int kept = errno;

    if (rec.log < 0)
        return;
    if (REAL(writev)(rec.log, parts, 3) !=
        (ssize_t)(sizeof head + head.path_size + size))
        give_up("the record");
    errno = kept;
}

static uint64_t handle_of(int fd)
{
    return fd >= 0 && fd < MOST_FDS ? rec.handles[fd] : 0;
}

/* ---- which files */

static bool is_watched(const char *path)
{
    size_t length = strlen(rec.folder), size = strlen(path);

    if (length == 0 || strncmp(path, rec.folder, length) != 0 ||
        (path[length] != '/' && path[length] != '\0'))
        return false;
    return size < 4 || strcmp(path + size - 4, "-shm") != 0;
}

/* `path` from the root, its folder's links resolved; false: not ours. */
static bool resolve(char out[2 * PATH_MAX], const char *path)
{
    char copy[PATH_MAX], folder[PATH_MAX];
    int kept = errno;
    char *slash;
    bool good;

    (void)snprintf(copy, sizeof copy, "%s%s", strchr(path, '/') ? "" : "./",
                   path);
    for (size_t end = strlen(copy); end > 1 && copy[end - 1] == '/'; end--)
        copy[end - 1] = '\0';
    slash = strrchr(copy, '/');
    if (!slash)
        return false;
    *slash = '\0';
    good = realpath(copy[0] != '\0' ? copy : "/", folder) != NULL;
    (void)snprintf(out, 2 * PATH_MAX, "%s/%s", good ? folder : "", slash + 1);
    errno = kept;
    return good && is_watched(out);
}

/* A new descriptor: is it of a file below the folder? */
static int opened(int fd, int flags)
{
    char link[64], path[PATH_MAX] = "";
    ssize_t size;
    int kept = errno;

    if (fd < 0 || fd >= MOST_FDS || rec.folder[0] == '\0')
        return fd;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    size = readlink(link, path, sizeof path - 1);
    path[size > 0 ? size : 0] = '\0';
    (void)pthread_mutex_lock(&rec.lock);
    rec.handles[fd] = 0;
    if (size > 0 && is_watched(path)) {
        rec.handles[fd] = (uint64_t)getpid() << 32 | ++rec.last_handle;
        put(REC_OPENED, rec.handles[fd], 0, path, NULL, 0);
        if ((flags & O_TRUNC) != 0)
            put(REC_TRUNCATED, rec.handles[fd], 0, NULL, NULL, 0);
    }
    (void)pthread_mutex_unlock(&rec.lock);
    errno = kept;
    return fd;
}

/* ---- faults */

/* True, and errno set: this call is to fail now. */
static bool fails(const char *call)
{
    char text[FAULTS_BYTES], *line, *rest;
    int kept = errno;
    ssize_t size;
    int fd;

    if (rec.faults == NULL)
        return false;
    fd = REAL(open)(rec.faults, O_RDONLY | O_CLOEXEC);
    size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        (void)REAL(close)(fd);
    text[size > 0 ? size : 0] = '\0';
    errno = kept;
    for (line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *number = strchr(line, ' ');

        if (number == NULL)
            continue;
        *number = '\0';
        if (strcmp(line, call) == 0) {
            errno = (int)strtol(number + 1, NULL, 10);
            return true;
        }
    }
    return false;
}

static bool fails_on(int fd, const char *call)
{
    return handle_of(fd) != 0 && fails(call);
}

static bool fails_at(const char *path, const char *call)
{
    char where[2 * PATH_MAX];

    return rec.faults != NULL && resolve(where, path) && fails(call);
}

/* ---- opening and closing */

static bool refuses(const char *path, int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY && fails_at(path, "open");
}

static mode_t mode_of(int flags, va_list args)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
}

#define OPEN_LIKE(name, before, given)                                         \
    int name(before const char *path, int flags, ...);                         \
    int name(before const char *path, int flags, ...)                          \
    {                                                                          \
        va_list args;                                                          \
        va_start(args, flags);                                                 \
        mode_t mode = mode_of(flags, args);                                    \
        va_end(args);                                                          \
        return refuses(path, flags)                                            \
                   ? -1                                                        \
                   : opened(REAL(name)(given path, flags, mode), flags);       \
    }
#define NOTHING
#define FOLDER_FD int folder,
#define FOLDER_GIVEN folder,
OPEN_LIKE(open, NOTHING, NOTHING)
OPEN_LIKE(open64, NOTHING, NOTHING)
OPEN_LIKE(openat, FOLDER_FD, FOLDER_GIVEN)
OPEN_LIKE(openat64, FOLDER_FD, FOLDER_GIVEN)

#define FORTIFIED_OPEN(name)                                                   \
    int name(const char *path, int flags);                                     \
    int name(const char *path, int flags)                                      \
    {                                                                          \
        return refuses(path, flags) ? -1                                       \
                                    : opened(REAL(name)(path, flags), flags);  \
    }
FORTIFIED_OPEN(__open_2)
FORTIFIED_OPEN(__open64_2)

#define TEMPORARY(name, more, given)                                           \
    int name(char *pattern more);                                              \
    int name(char *pattern more)                                               \
    {                                                                          \
        return fails_at(pattern, "open")                                       \
                   ? -1                                                        \
                   : opened(REAL(name)(pattern given), 0);                     \
    }
#define FLAGS , int flags
#define FLAGS_GIVEN , flags
TEMPORARY(mkstemp, NOTHING, NOTHING)
TEMPORARY(mkstemp64, NOTHING, NOTHING)
TEMPORARY(mkostemp, FLAGS, FLAGS_GIVEN)
TEMPORARY(mkostemp64, FLAGS, FLAGS_GIVEN)

int close(int fd)
{
    if (fd >= 0 && fd < MOST_FDS)
        rec.handles[fd] = 0;
    return REAL(close)(fd);
}

/* ---- writing */

static ssize_t wrote(int fd, const void *data, ssize_t size, off_t offset)
{
    uint64_t handle = handle_of(fd);

    if (handle == 0 || size <= 0)
        return size;
    (void)pthread_mutex_lock(&rec.lock);
    put(REC_WROTE, handle, (uint64_t)offset, NULL, data, (size_t)size);
    (void)pthread_mutex_unlock(&rec.lock);
    return size;
}

ssize_t write(int fd, const void *data, size_t size)
{
    if (handle_of(fd) == 0)
        return REAL(write)(fd, data, size);
    off_t offset = lseek(fd, 0, SEEK_CUR);

    return fails_on(fd, "write")
               ? -1
               : wrote(fd, data, REAL(write)(fd, data, size), offset);
}

#define PWRITE_LIKE(name)                                                      \
    ssize_t name(int fd, const void *data, size_t size, off_t offset);         \
    ssize_t name(int fd, const void *data, size_t size, off_t offset)          \
    {                                                                          \
        return fails_on(fd, "write")                                           \
                   ? -1                                                        \
                   : wrote(fd, data, REAL(name)(fd, data, size, offset),       \
                           offset);                                            \
    }
PWRITE_LIKE(pwrite)
PWRITE_LIKE(pwrite64)

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (handle_of(fd) != 0)
        give_up("writev below the folder is not recorded");
    return REAL(writev)(fd, parts, count);
}

#define TRUNCATE_LIKE(name)                                                    \
    int name(int fd, off_t size);                                              \
    int name(int fd, off_t size)                                               \
    {                                                                          \
        uint64_t handle = handle_of(fd);                                       \
        int rc = fails_on(fd, "truncate") ? -1 : REAL(name)(fd, size);         \
        if (rc == 0 && handle != 0) {                                          \
            (void)pthread_mutex_lock(&rec.lock);                               \
            put(REC_TRUNCATED, handle, (uint64_t)size, NULL, NULL, 0);         \
            (void)pthread_mutex_unlock(&rec.lock);                             \
        }                                                                      \
        return rc;                                                             \
    }
TRUNCATE_LIKE(ftruncate)
TRUNCATE_LIKE(ftruncate64)

#define SYNC_LIKE(name)                                                        \
    int name(int fd);                                                          \
    int name(int fd)                                                           \
    {                                                                          \
        uint64_t handle = handle_of(fd);                                       \
        int rc = fails_on(fd, "sync") ? -1 : REAL(name)(fd);                   \
        if (rc == 0 && handle != 0) {                                          \
            (void)pthread_mutex_lock(&rec.lock);                               \
            put(REC_SYNCED, handle, 0, NULL, NULL, 0);                         \
            (void)pthread_mutex_unlock(&rec.lock);                             \
        }                                                                      \
        return rc;                                                             \
    }
SYNC_LIKE(fsync)
SYNC_LIKE(fdatasync)

/* ---- names */

static int told(int rc, enum recording_kind kind, const char *path,
                const char *other)
{
    if (rc == 0) {
        (void)pthread_mutex_lock(&rec.lock);
        put(kind, 0, 0, path, other, other ? strlen(other) : 0);
        (void)pthread_mutex_unlock(&rec.lock);
    }
    return rc;
}

int rename(const char *from, const char *to)
{
    char source[2 * PATH_MAX], target[2 * PATH_MAX];
    bool ours = resolve(source, from);

    if (ours != resolve(target, to))
        give_up("a rename over the folder's edge");
    if (ours && fails("rename"))
        return -1;
    return ours ? told(REAL(rename)(from, to), REC_RENAMED, source, target)
                : REAL(rename)(from, to);
}

#define REMOVE_LIKE(name)                                                      \
    int name(const char *path)                                                 \
    {                                                                          \
        char where[2 * PATH_MAX];                                              \
        if (!resolve(where, path))                                             \
            return REAL(name)(path);                                           \
        return fails("remove")                                                 \
                   ? -1                                                        \
                   : told(REAL(name)(path), REC_REMOVED, where, NULL);         \
    }
REMOVE_LIKE(unlink)
REMOVE_LIKE(rmdir)

int mkdir(const char *path, mode_t mode)
{
    char where[2 * PATH_MAX];

    if (!resolve(where, path))
        return REAL(mkdir)(path, mode);
    return fails("open")
               ? -1
               : told(REAL(mkdir)(path, mode), REC_FOLDER, where, NULL);
}

/* Ways round the record: none of ours is known to take them. */
#define NOT_RECORDED(name, arguments, given, path)                             \
    int name arguments;                                                        \
    int name arguments                                                         \
    {                                                                          \
        char where[2 * PATH_MAX];                                              \
        if (resolve(where, path))                                              \
            give_up(#name " below the folder is not recorded");                \
        return REAL(name) given;                                               \
    }
NOT_RECORDED(unlinkat, (int fd, const char *path, int flags), (fd, path, flags),
             path)
NOT_RECORDED(link, (const char *from, const char *to), (from, to), to)
NOT_RECORDED(renameat, (int a, const char *from, int b, const char *to),
             (a, from, b, to), to)
NOT_RECORDED(truncate, (const char *path, off_t size), (path, size), path)

/* ---- words */

static void said(enum recording_ear ear, const void *data, size_t size)
{
    (void)pthread_mutex_lock(&rec.lock);
    put(REC_SAID, (uint64_t)getpid() << 32, ear, NULL, data, size);
    (void)pthread_mutex_unlock(&rec.lock);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    int family = 0;
    socklen_t room = sizeof family;

    if (rec.log >= 0 &&
        getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &room) == 0 &&
        family == AF_UNIX)
        said(REC_SOCKET, data, size);
    return REAL(send)(fd, data, size, flags);
}

int zmq_send(void *socket, const void *data, size_t size, int flags);
int zmq_send(void *socket, const void *data, size_t size, int flags)
{
    if (rec.log >= 0)
        said(REC_FRAME, data, size);
    return REAL(zmq_send)(socket, data, size, flags);
}

int zmq_msg_send(zmq_msg_t *message, void *socket, int flags);
int zmq_msg_send(zmq_msg_t *message, void *socket, int flags)
{
    if (rec.log >= 0)
        said(REC_FRAME, zmq_msg_data(message), zmq_msg_size(message));
    return REAL(zmq_msg_send)(message, socket, flags);
}

static ssize_t print(void *cookie, const char *data, size_t size)
{
    (void)cookie;
    said(REC_STDOUT, data, size);
    return REAL(write)(STDOUT_FILENO, data, size);
}

/* ---- the beginning */

__attribute__((constructor)) static void begin(void)
{
    const char *folder = getenv("LIENXA_RECORD_DIR");
    const char *log = getenv("LIENXA_RECORD_LOG");
    cookie_io_functions_t ours = {.write = print};

    if (folder == NULL)
        return;
    rec.faults = getenv("LIENXA_FAULTS");
    (void)snprintf(rec.folder, sizeof rec.folder, "%s", folder);
    if (log == NULL)
        return;
    rec.log = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (rec.log < 0)
        give_up(log);
    stdout = fopencookie(NULL, "w", ours); /* all that is printed passes here */
    if (stdout == NULL)
        give_up("standard output");
}
