/* tests/fuzz/fuzz_backup.c - a file that says it is a backup: its label, and
 * what is behind it, opened with a key. What a file of ours would say in front
 * (first byte odd) comes in front of the bytes.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "common/backup/sealed_inside.h"
#include "tests/fuzz/fuzz.h"

static const char front[] =
    "lienxa-backup 1\nprogram hub\nhome hub03a107bf@20261123\n"
    "name Quảng Điền\nmade 2026-11-23T09:00:00+07:00\nversion 1.0.0\n\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *folder;
    static struct seal_key key;
    struct backup_member member = {.name = "hub.db", .limit = 1 << 20};
    struct backup_label label;
    struct error err = {""};
    char path[64];
    int fd = memfd_create("backup", 0);

    assert(fd >= 0);
    if (folder == NULL) {
        folder = fuzz_folder();
        seal_key_generate(&key);
    }
    if (size > 0 && data[0] % 2 == 1)
        assert(write(fd, front, sizeof front - 1) == (ssize_t)sizeof front - 1);
    assert(size == 0 || write(fd, data + 1, size - 1) == (ssize_t)size - 1);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (backup_read_label(&label, path, &err) == 0 &&
        (memchr(label.home, 0, sizeof label.home) == NULL ||
         memchr(label.name, 0, sizeof label.name) == NULL))
        abort();
    if (backup_extract(path, &key, folder, &member, 1, &err) == 0)
        abort(); /* nobody has sealed anything to this key */
    (void)close(fd);
    return 0;
}
