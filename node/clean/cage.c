/* node/clean/cage.c - see cage.h. */
#include "node/clean/cage.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/sync/limits.h"

enum { CPU_SECONDS = 10, WALL_SECONDS = 60, MEMORY_BYTES = 640 * 1024 * 1024 };

#if defined(__x86_64__)
#define CAGE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CAGE_ARCH AUDIT_ARCH_AARCH64
#endif

static int limit(enum __rlimit_resource what, rlim_t most)
{
    struct rlimit r = {most, most};

    return setrlimit(what, &r);
}

static int limits(void)
{
/* a sanitizer's shadow is larger than any machine */
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    if (limit(RLIMIT_AS, MEMORY_BYTES) != 0)
        return -1;
#endif
    return limit(RLIMIT_CPU, CPU_SECONDS) != 0 || limit(RLIMIT_CORE, 0) != 0 ||
                   limit(RLIMIT_NPROC, 0) != 0 ||
                   limit(RLIMIT_FSIZE, LIMIT_MEDIA + 1) != 0
               ? -1
               : 0;
}

/* A rule set that allows nothing. An old kernel without it is no reason to look
 * at no picture: seccomp forbids open() as well. */
static int no_files(void)
{
    struct landlock_ruleset_attr all = {.handled_access_fs =
                                            (UINT64_C(1) << 13) - 1};
    long rules = syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    int rc;

    if (rules < 0)
        return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
    rc = (int)syscall(SYS_landlock_restrict_self, (int)rules, 0);
    (void)close((int)rules);
    return rc;
}

#define ALLOW(call)                                                            \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1),                         \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int no_calls(void)
{
#if defined(CAGE_ARCH) && !defined(__SANITIZE_ADDRESS__)
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CAGE_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(SYS_read),
        ALLOW(SYS_write),
        ALLOW(SYS_brk),
        ALLOW(SYS_mmap),
        ALLOW(SYS_munmap),
        ALLOW(SYS_mremap),
        ALLOW(SYS_madvise),
        ALLOW(SYS_futex),
        ALLOW(SYS_getrandom), /* malloc begins with it */
        ALLOW(SYS_rt_sigreturn),
        ALLOW(SYS_exit),
        ALLOW(SYS_exit_group),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof rules / sizeof *rules, rules};

    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : -1;
#elif defined(CAGE_ARCH)
    return 0; /* the sanitizer's own calls are many */
#else
    return -1; /* a machine whose calls nobody wrote down here */
#endif
}

/* Whoever waits for us does not wait for ever: one that sleeps uses no CPU. */
static int end_in_time(void)
{
    sigset_t none;

    if (signal(SIGALRM, SIG_DFL) == SIG_ERR || sigemptyset(&none) != 0 ||
        sigprocmask(SIG_SETMASK, &none, NULL) != 0)
        return -1;
    (void)alarm(WALL_SECONDS);
    return 0;
}

int cage_close(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || limits() != 0 ||
        end_in_time() != 0 || no_files() != 0)
        return -1;
    return no_calls();
}
