/* common/base/helper.c - see helper.h. */
#include "common/base/helper.h"

#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 4400, WHY_BYTES = 200, STANDARD = 3 };

static int find(char out[PATH_BYTES], const char *name, struct error *err)
{
    char self[PATH_BYTES - 64];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash;

    if (size <= 0)
        return error_set(err, ERR_IO, "/proc/self/exe: %s",
                         strerrordesc_np(errno));
    self[size] = '\0';
    slash = strrchr(self, '/');
    if (slash != NULL)
        slash[1] = '\0';
    (void)snprintf(out, PATH_BYTES, "%s%s", self, name);
    return access(out, X_OK) == 0
               ? 0
               : error_set(err, ERR_MISSING,
                           "%s: %s; pictures are looked at by it: install it "
                           "beside this program",
                           out, strerrordesc_np(errno));
}

/* What the running program has open is none of its business. */
static int start(const char *path, char *const *arguments,
                 const int fds[STANDARD], pid_t *pid)
{
    char *const none[] = {NULL};
    posix_spawn_file_actions_t actions;
    int rc = posix_spawn_file_actions_init(&actions);

    if (rc != 0)
        return rc;
    for (int i = 0; rc == 0 && i < STANDARD; i++)
        rc = posix_spawn_file_actions_adddup2(&actions, fds[i], i);
    if (rc == 0)
        rc = posix_spawn_file_actions_addclosefrom_np(&actions, STANDARD);
    if (rc == 0)
        rc = posix_spawn(pid, path, &actions, NULL, arguments, none);
    (void)posix_spawn_file_actions_destroy(&actions);
    return rc;
}

static int wait_for(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int refused(int why, int code, const char *otherwise, struct error *err)
{
    char text[WHY_BYTES] = "";
    ssize_t n = code < 0 ? 0 : pread(why, text, sizeof text - 1, 0);

    if (n <= 0)
        return error_set(err, ERR_INVALID, "%s", otherwise);
    text[strcspn(text, "\n")] = '\0';
    return error_set(err, ERR_INVALID, "%s", text);
}

int helper_run(const char *name, const char *argument, int input,
               const char *otherwise, struct error *err)
{
    int out = memfd_create("made", MFD_CLOEXEC);
    int why = memfd_create("why", MFD_CLOEXEC);
    const int fds[STANDARD] = {input, out, why};
    char *const arguments[] = {(char *)(uintptr_t)name,
                               (char *)(uintptr_t)argument, NULL};
    char path[PATH_BYTES];
    pid_t pid;
    int rc = 0, code;

    if (out < 0 || why < 0 || lseek(input, 0, SEEK_SET) != 0)
        rc = error_set(err, ERR_IO, "a file without a name: %s",
                       strerrordesc_np(errno));
    if (rc == 0 && (rc = find(path, name, err)) == 0) {
        code = start(path, arguments, fds, &pid);
        if (code != 0)
            rc = error_set(err, ERR_IO, "%s: %s", path, strerrordesc_np(code));
        else if ((code = wait_for(pid)) != 0)
            rc = refused(why, code, otherwise, err);
    }
    if (why >= 0)
        (void)close(why);
    if (rc != 0 && out >= 0)
        (void)close(out);
    return rc != 0 ? rc : out;
}
