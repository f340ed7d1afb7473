/* tests/support/clock_preload.c - lienxa-clock.so: put before a program, its
 * clocks go by what stands in the file that LIENXA_CLOCK names: milliseconds in
 * decimal, at most 20 characters, padded to 20. Whoever writes there (without
 * truncating it) moves the clocks of all of them at once, while they run.
 *
 * Moved are the wall clock and CLOCK_BOOTTIME, which are all that our programs
 * read (common/base/clock.c). CLOCK_MONOTONIC, by which libzmq and the C
 * library wait, goes on as it does.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 20 };

static const char *moved; /* NULL: by nothing */
static int (*real)(clockid_t, struct timespec *);

__attribute__((constructor)) static void open_clock(void)
{
    const char *path = getenv("LIENXA_CLOCK");
    uintptr_t found = (uintptr_t)dlsym(RTLD_NEXT, "clock_gettime");
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    void *memory;

    memcpy(&real, &found, sizeof real);
    if (fd < 0)
        return;
    memory = mmap(NULL, WIDTH, PROT_READ, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (memory != MAP_FAILED)
        moved = memory;
}

static int64_t moved_ms(void)
{
    char text[WIDTH + 1] = "";

    memcpy(text, moved, WIDTH);
    return strtoll(text, NULL, 10);
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    int rc = real(which, now);
    int64_t ns, ms;

    if (rc != 0 || moved == NULL ||
        (which != CLOCK_REALTIME && which != CLOCK_BOOTTIME))
        return rc;
    ms = moved_ms();
    now->tv_sec += ms / 1000;
    ns = (int64_t)now->tv_nsec + ms % 1000 * 1000000;
    now->tv_sec += ns < 0 ? -1 : ns >= 1000000000 ? 1 : 0;
    now->tv_nsec = (long)(ns < 0             ? ns + 1000000000
                          : ns >= 1000000000 ? ns - 1000000000
                                             : ns);
    return 0;
}
