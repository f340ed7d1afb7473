/* lienxa-caged CALLS ADDRESSES COMMAND ARGUMENT.. - runs COMMAND under the
 * system call filter of its unit in ops/systemd, as systemd would put it: CALLS
 * is a file of the names that are allowed, ADDRESSES the allowed families of
 * sockets ("1,2,10"), memory that is written is never executed. Stricter than
 * systemd: what is not allowed kills (SIGSYS) instead of being refused.
 */
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static int refuse(const char *what, const char *why)
{
    (void)fprintf(stderr, "lienxa-caged: %s: %s\n", what, why);
    return 2;
}

/* One line, one call; what this machine does not know is left out. */
static int allow_calls(scmp_filter_ctx filter, const char *path)
{
    FILE *file = fopen(path, "r");
    char name[128];
    int count = 0;

    if (file == NULL)
        return -1;
    while (fscanf(file, "%127s", name) == 1) {
        int call = seccomp_syscall_resolve_name(name);

        if (call == __NR_SCMP_ERROR || call < 0 ||
            call == seccomp_syscall_resolve_name("socket") ||
            call == seccomp_syscall_resolve_name("mmap") ||
            call == seccomp_syscall_resolve_name("mprotect"))
            continue;
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0)
            count++;
    }
    (void)fclose(file);
    return count;
}

/* RestrictAddressFamilies= */
static int allow_sockets(scmp_filter_ctx filter, const char *families)
{
    int rc = 0;

    for (const char *at = families; rc == 0 && *at != '\0';) {
        char *end;
        unsigned long family = strtoul(at, &end, 10);

        if (end == at)
            return -EINVAL;
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                              SCMP_A0(SCMP_CMP_EQ, family, 0));
        at = *end == ',' ? end + 1 : end;
    }
    return rc;
}

/* MemoryDenyWriteExecute=: no mapping both ways, none made executable later. */
static int allow_memory(scmp_filter_ctx filter)
{
    int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

    if (rc == 0)
        rc = seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC));
    return rc != 0
               ? rc
               : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                                  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

int main(int argc, char **argv)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int rc;

    if (argc < 4)
        return refuse("usage", "CALLS ADDRESSES COMMAND ARGUMENT..");
    if (filter == NULL || allow_calls(filter, argv[1]) < 50)
        return refuse(argv[1], "no list of calls");
    if ((rc = allow_sockets(filter, argv[2])) != 0 ||
        (rc = allow_memory(filter)) != 0)
        return refuse("rules", strerror(-rc));
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if ((rc = seccomp_load(filter)) != 0)
        return refuse("seccomp", strerror(-rc));
    (void)execv(argv[3], argv + 3);
    return refuse(argv[3], strerror(errno));
}
