/* tests/sim/sim_main.c - lienxa-sim: which lives are lived, each in a process
 * of its own, and what came of them. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/sim.h"
#include "tests/support/faulty_disk.h"

enum { JOBS_MOST = 64, STEPS = 60, LIFE_SECONDS = 240 };

struct options {
    uint64_t first, last;
    const char *story; /* or NULL */
    struct chaos_wish wish;
    unsigned jobs;
    bool trace, twice, first_only;
};

struct outcome {
    struct counts counts;
    uint64_t mark;
    int64_t fake_ms;
};

struct job {
    pid_t pid; /* 0: none */
    int pipe;
    uint64_t seed;
    char folder[128];
};

static const char usage[] =
    "lienxa-sim --seed N | --seeds A..B | --scenario FILE\n"
    "  --steps N       things that happen in a life (60)\n"
    "  --faults LIST   all, none, or of: "
    "loss,twice,delay,cut,rate,clock,kill,\n"
    "                  power,disk,full,rewind,hub,clone,replace,lie,stick,"
    "hours,\n"
    "                  rot\n"
    "  --jobs N        lives at a time (2)\n"
    "  --twice         every life twice: both must be the same to the byte\n"
    "  --until-failure the first one ends the run\n"
    "  --trace         everything that happens, on standard error\n";

/* ---- a life */

static void live(const struct options *o, uint64_t seed, int pipe)
{
    struct outcome out = {.mark = 0};
    int null = open("/dev/null", O_WRONLY);

    (void)dup2(null, STDOUT_FILENO); /* `verify` speaks there */
    (void)alarm(LIFE_SECONDS);
    (void)umask(077);
    sim_trace = o->trace;
    faulty_disk_start(seed);
    if (o->story != NULL)
        sim_story(o->story);
    else
        sim_chaos(seed, &o->wish);
    out.counts = sim_counts;
    out.mark = sim_mark();
    out.fake_ms = sim_now;
    if (write(pipe, &out, sizeof out) != (ssize_t)sizeof out)
        _Exit(3);
    _Exit(0); /* everything was in memory */
}

static int remove_one(const char *path, const struct stat *at, int type,
                      struct FTW *ftw)
{
    (void)at;
    (void)type;
    (void)ftw;
    return remove(path);
}

static bool make_folder(char out[128])
{
    struct stat at;

    (void)snprintf(out, 128, "%s/lienxa-sim.XXXXXX",
                   stat("/dev/shm", &at) == 0 ? "/dev/shm" : "/tmp");
    return mkdtemp(out) != NULL;
}

static void start(const struct options *o, struct job *job, uint64_t seed)
{
    int ends[2];

    job->seed = seed;
    if (!make_folder(job->folder) || pipe(ends) != 0) {
        perror("lienxa-sim");
        exit(2);
    }
    (void)fflush(NULL);
    job->pid = fork();
    if (job->pid < 0) {
        perror("lienxa-sim");
        exit(2);
    }
    if (job->pid == 0) {
        (void)close(ends[0]);
        if (chdir(job->folder) != 0)
            _Exit(3);
        live(o, seed, ends[1]);
    }
    (void)close(ends[1]);
    job->pipe = ends[0];
}

static void say_failure(const struct options *o, const struct job *job,
                        int status)
{
    if (WIFSIGNALED(status))
        (void)fprintf(stderr, "ended by signal %d%s\n", WTERMSIG(status),
                      WTERMSIG(status) == SIGALRM ? ": it took too long" : "");
    if (o->story != NULL)
        (void)fprintf(stderr, "FAILED: lienxa-sim --scenario %s --trace\n",
                      o->story);
    else
        (void)fprintf(stderr,
                      "FAILED: lienxa-sim --seed %llu --steps %u --faults %s "
                      "--trace\n",
                      (unsigned long long)job->seed, o->wish.steps,
                      o->wish.faults);
}

/* True when it lived to its end. */
static bool finish(const struct options *o, struct job *job, int status,
                   struct outcome *out)
{
    bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
                read(job->pipe, out, sizeof *out) == (ssize_t)sizeof *out;

    (void)close(job->pipe);
    (void)nftw(job->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (!good)
        say_failure(o, job, status);
    job->pid = 0;
    return good;
}

/* ---- many lives */

struct run {
    const struct options *o;
    struct job jobs[JOBS_MOST];
    struct counts sum;
    uint64_t good, bad;
    int64_t fake_ms;
};

static void wait_one(struct run *run)
{
    struct outcome out;
    int status;
    pid_t pid = wait(&status);

    for (unsigned i = 0; i < run->o->jobs; i++) {
        struct job *job = &run->jobs[i];

        if (job->pid != pid)
            continue;
        if (!finish(run->o, job, status, &out)) {
            run->bad++;
            return;
        }
        run->good++;
        run->fake_ms += out.fake_ms;
        sim_counts_add(&run->sum, &out.counts);
        if (run->o->first == run->o->last)
            printf("mark %016llx\n", (unsigned long long)out.mark);
        return;
    }
}

static struct job *free_job(struct run *run)
{
    for (;;) {
        for (unsigned i = 0; i < run->o->jobs; i++)
            if (run->jobs[i].pid == 0)
                return &run->jobs[i];
        wait_one(run);
    }
}

static bool any_left(const struct run *run)
{
    for (unsigned i = 0; i < run->o->jobs; i++)
        if (run->jobs[i].pid != 0)
            return true;
    return false;
}

/* Both times the same marks? */
static bool same_twice(struct run *run, uint64_t seed)
{
    const struct options *o = run->o;
    struct outcome out[2];

    for (int i = 0; i < 2; i++) {
        struct job job;
        int status;

        start(o, &job, seed);
        (void)waitpid(job.pid, &status, 0);
        if (!finish(o, &job, status, &out[i]))
            return false;
    }
    sim_counts_add(&run->sum, &out[0].counts);
    if (out[0].mark == out[1].mark)
        return true;
    (void)fprintf(stderr, "seed %llu is not the same twice\n",
                  (unsigned long long)seed);
    return false;
}

static int run_all(const struct options *o)
{
    struct run *run = calloc(1, sizeof *run);
    struct timespec began, ended;

    run->o = o;
    (void)clock_gettime(CLOCK_MONOTONIC, &began);
    for (uint64_t seed = o->first; seed <= o->last; seed++) {
        if (o->first_only && run->bad > 0)
            break;
        if (o->twice)
            same_twice(run, seed) ? run->good++ : run->bad++;
        else
            start(o, free_job(run), seed);
    }
    while (any_left(run))
        wait_one(run);
    (void)clock_gettime(CLOCK_MONOTONIC, &ended);
    sim_counts_print(stdout, &run->sum);
    printf("%llu lives, %llu failed; %.1f hours of theirs in %.1f s\n",
           (unsigned long long)(run->good + run->bad),
           (unsigned long long)run->bad, (double)run->fake_ms / 3600000,
           (double)(ended.tv_sec - began.tv_sec) +
               (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
    int rc = run->bad == 0 ? 0 : 1;
    free(run);
    return rc;
}

/* ---- the command line */

static bool parse_range(struct options *o, const char *text)
{
    char *end;

    o->first = strtoull(text, &end, 10);
    if (strncmp(end, "..", 2) != 0)
        return false;
    o->last = strtoull(end + 2, &end, 10);
    return *end == '\0' && o->first <= o->last;
}

static bool parse(struct options *o, int argc, char **argv)
{
    static const struct option known[] = {
        {"seed", required_argument, NULL, 's'},
        {"seeds", required_argument, NULL, 'r'},
        {"scenario", required_argument, NULL, 'f'},
        {"steps", required_argument, NULL, 'n'},
        {"faults", required_argument, NULL, 'x'},
        {"jobs", required_argument, NULL, 'j'},
        {"trace", no_argument, NULL, 't'},
        {"twice", no_argument, NULL, '2'},
        {"until-failure", no_argument, NULL, 'u'},
        {NULL, 0, NULL, 0}};
    bool chosen = false;
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 's' || c == 'f')
            chosen = true;
        if (c == 's')
            o->first = o->last = strtoull(optarg, NULL, 10);
        else if (c == 'r')
            chosen = parse_range(o, optarg);
        else if (c == 'f')
            o->story = realpath(optarg, NULL);
        else if (c == 'n')
            o->wish.steps = (uint32_t)strtoul(optarg, NULL, 10);
        else if (c == 'x')
            (void)snprintf(o->wish.faults, sizeof o->wish.faults, "%s", optarg);
        else if (c == 'j')
            o->jobs = (unsigned)strtoul(optarg, NULL, 10);
        else if (c == 't')
            o->trace = true;
        else if (c == '2')
            o->twice = true;
        else if (c == 'u')
            o->first_only = true;
        else
            return false;
        if (c == 'f' && o->story == NULL) {
            (void)fprintf(stderr, "%s: %s\n", optarg, strerror(errno));
            return false;
        }
    }
    return chosen && optind == argc && o->jobs >= 1 && o->jobs <= JOBS_MOST;
}

int main(int argc, char **argv)
{
    struct options o = {.wish = {STEPS, "all"}, .jobs = 2};
    int rc = 2;

    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return puts(usage) < 0;
    if (parse(&o, argc, argv))
        rc = run_all(&o);
    else
        (void)fputs(usage, stderr);
    free((void *)o.story);
    return rc;
}
