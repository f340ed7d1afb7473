/* lienxa-held ADDRESS COUNT - holds COUNT free TCP ports of ADDRESS (IPv4) for
 * the programs of a test: prints each on a line of its own and keeps them until
 * SIGTERM or its parent's death.
 *
 * A port of the system's choice is one of those it also gives to connections.
 * While the program that listened there is down, any process of the machine can
 * be given it (a node that tries to reach the hub, too), and the program that
 * comes back finds it in use. A bound socket that does not listen keeps the
 * system from that, and another may listen there: both say SO_REUSEADDR. The
 * first bind comes without it, or two of us could be given the same.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_PORTS = 64 };

/* The port, or -1. The socket stays open. */
static int hold(const char *address)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t size = sizeof name;
    const int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || inet_pton(AF_INET, address, &name.sin_addr) != 1 ||
        bind(fd, (struct sockaddr *)&name, sizeof name) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        getsockname(fd, (struct sockaddr *)&name, &size) != 0)
        return -1;
    return ntohs(name.sin_port);
}

int main(int argc, char **argv)
{
    const int count = argc == 3 ? atoi(argv[2]) : 0;
    sigset_t ends;
    int ended;

    if (count < 1 || count > MAX_PORTS) {
        fputs("lienxa-held: wants ADDRESS COUNT\n", stderr);
        return 2;
    }
    (void)close_range(3, ~0U, 0); /* a pipe of the test's stays its own */
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &ends, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    for (int i = 0; i < count; i++) {
        const int port = hold(argv[1]);

        if (port < 0) {
            perror("lienxa-held");
            return 1;
        }
        printf("%d\n", port);
    }
    if (fflush(stdout) != 0)
        return 1;
    return sigwait(&ends, &ended) == 0 ? 0 : 1;
}
