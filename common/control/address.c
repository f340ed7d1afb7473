/* common/control/address.c - the address of a socket in a folder of any depth.
 */
#include "common/control/address.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"

static int through_folder(struct control_address *out, const char *path,
                          struct error *err)
{
    const char *slash = strrchr(path, '/');
    const char *last = slash == NULL ? path : slash + 1;
    char *folder = slash == NULL ? mem_text(".") : mem_text(path);
    size_t room = sizeof out->name.sun_path;
    int written;

    if (slash != NULL)
        folder[slash - path + 1] = '\0';
    out->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    mem_free(&folder);
    if (out->folder < 0)
        return error_set(err, errno == ENOENT ? ERR_MISSING : ERR_IO, "%s: %s",
                         path, strerror(errno));
    written = snprintf(out->name.sun_path, room, "/proc/self/fd/%d/%s",
                       out->folder, last);
    if (written < 0 || (size_t)written >= room) {
        control_address_close(out);
        return error_set(err, ERR_INVALID,
                         "%s: the name of the socket is too "
                         "long",
                         path);
    }
    return 0;
}

int control_address_open(struct control_address *out, const char *path,
                         struct error *err)
{
    size_t size = strlen(path);

    memset(out, 0, sizeof *out);
    out->name.sun_family = AF_UNIX;
    out->folder = -1;
    if (size == 0) /* would be an abstract address, open to everybody */
        return error_set(err, ERR_INVALID, "the path of the socket is empty");
    if (size >= sizeof out->name.sun_path)
        return through_folder(out, path, err);
    memcpy(out->name.sun_path, path, size + 1);
    return 0;
}

void control_address_close(struct control_address *address)
{
    if (address->folder >= 0)
        (void)close(address->folder);
    address->folder = -1;
}

int control_socket(int flags, struct error *err)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

    return fd >= 0 ? fd : error_set(err, ERR_IO, "socket: %s", strerror(errno));
}

int control_connect(int fd, const struct control_address *address)
{
    return connect(fd, (const struct sockaddr *)&address->name,
                   sizeof address->name);
}
