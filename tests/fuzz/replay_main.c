/* tests/fuzz/replay_main.c - lienxa-replay CORPUS: every file of CORPUS/NAME
 * once through the target of that name. What was found by fuzzing stays found,
 * under whatever sanitizers this was built with. A target without files is an
 * error.
 */
#include "common/base/file.h"
#include "tests/fuzz/fuzz.h"
#include <dirent.h>

enum { INPUT_LIMIT = 1 << 20 };

#define TARGET(name) int fuzz_##name(const uint8_t *data, size_t size);
#include "targets.inc"
#undef TARGET

static const struct target {
    const char *name;
    int (*run)(const uint8_t *data, size_t size);
} targets[] = {
#define TARGET(name) {#name, fuzz_##name},
#include "targets.inc"
#undef TARGET
};

static bool run_file(const struct target *target, const char *path)
{
    struct buf input = {0};
    struct error err;
    uint8_t *exact;

    if (file_read(&input, path, INPUT_LIMIT, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        return false;
    }
    exact = malloc(input.size + (input.size == 0)); /* a byte more is seen */
    assert(exact != NULL);
    if (input.size > 0)
        memcpy(exact, input.data, input.size);
    (void)target->run(exact, input.size);
    free(exact);
    buf_free(&input);
    return true;
}

/* How many files there were; negative: one could not be read. */
static long run_folder(const struct target *target, const char *corpus)
{
    char folder[512], path[1024];
    const struct dirent *entry;
    long count = 0;
    DIR *dir;

    (void)snprintf(folder, sizeof folder, "%s/%s", corpus, target->name);
    dir = opendir(folder);
    while (dir != NULL && count >= 0 && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        count = run_file(target, path) ? count + 1 : -1;
    }
    if (dir != NULL)
        (void)closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    int rc = 0;

    if (argc < 2) {
        (void)fprintf(stderr, "lienxa-replay CORPUS [TARGET]\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        long count;

        if (argc > 2 && strcmp(argv[2], targets[i].name) != 0)
            continue;
        count = run_folder(&targets[i], argv[1]);
        (void)printf("%-12s %ld\n", targets[i].name, count);
        rc = count <= 0 ? 1 : rc;
    }
    return rc;
}
