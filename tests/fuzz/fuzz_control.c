/* tests/fuzz/fuzz_control.c - any bytes on a local socket, as the framing of
 * control.sock and web.sock takes them, in pieces whose sizes the bytes say.
 *
 * A request that comes out is one of those that went in, whole, and no larger
 * than the limit.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/control/control.h"
#include "tests/fuzz/fuzz.h"

enum { PIECES = 16, REPLY_BYTES = 700 };

static struct sockaddr_un address = {.sun_family = AF_UNIX};

static struct control_server *new_server(void)
{
    struct control_server *server;
    struct error err;

    log_open(LOG_LEVEL_ERROR);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/socket",
                   fuzz_folder());
    if (control_server_open(&server, address.sun_path, &err) != 0)
        abort();
    return server;
}

static void answer_all(struct control_server *server, size_t sent)
{
    static const uint8_t reply[REPLY_BYTES];
    struct control_request request;

    while (control_next(server, &request)) {
        if (request.bytes.size > CONTROL_REQUEST_LIMIT ||
            request.bytes.size > sent)
            abort();
        control_answer(server, request.client, bytes_of(reply, sizeof reply));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct control_server *server;
    static int64_t now_ms;
    struct bytes in = bytes_of(data, size);
    size_t sent = 0;
    int fd;

    if (server == NULL)
        server = new_server();
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        abort();
    for (int i = 0; i < PIECES && in.size > 0; i++) {
        struct bytes piece = fuzz_bytes(&in, 1 + fuzz_number(&in, 1) * 16);
        ssize_t got = send(fd, piece.data, piece.size, MSG_NOSIGNAL);

        sent += got > 0 ? (size_t)got : 0;
        control_server_work(server, now_ms += 10);
        answer_all(server, sent);
    }
    (void)close(fd);
    control_server_work(server, now_ms += CONTROL_IDLE_MS + 1);
    return 0;
}
