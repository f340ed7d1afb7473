/* A real hub in a folder of its own, with the demo's roster, inside a
 * transaction that nobody commits unless the test does.
 */
#ifndef LIENXA_TEST_HUB_FIXTURE_H
#define LIENXA_TEST_HUB_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "hub/hub.h"
#include "hub/set_up.h"

#define QUANG_THO "19894@20040708"
#define QUANG_PHU "19897@20040708"

struct fixture {
    char folder[64];
    struct hub *hub;
    struct error err;
};

static inline void remove_hub_folder(const char *folder)
{
    static const char *const names[] = {
        "hub.db",         "hub.db-wal",    "hub.db-shm",  "lock",
        "keys/curve.key", "keys/sign.key", "keys/public", "keys/ca.key",
        "keys/ca.crt",    "web/ca.crt",    "web/tls.key", "web/tls.crt",
        "web/tls.csr",    "keys/media.key"};
    char path[128];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/keys", folder);
    (void)rmdir(path);
    (void)snprintf(path, sizeof path, "%s/web", folder);
    (void)rmdir(path);
    (void)snprintf(path, sizeof path, "%s/media", folder);
    (void)rmdir(path);
    assert_int_equal(rmdir(folder), 0);
}

static inline int open_hub(void **state)
{
    struct fixture *f = mem_new(sizeof *f);
    char first[SHARE_TEXT_BYTES], second[SHARE_TEXT_BYTES];

    crypto_open();
    log_open(LOG_LEVEL_ERROR);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/lienxa-hub.XXXXXX");
    if (mkdtemp(f->folder) == NULL ||
        hub_set_up(f->folder, "Quảng Điền",
                   LIENXA_SOURCE_DIR "/ops/config/roster-quang-dien.csv", first,
                   second, &f->err) != 0 ||
        hub_open(&f->hub, f->folder, HUB_COMMAND, &f->err) != 0 ||
        hub_begin(f->hub) != 0) {
        print_error("%s\n", f->err.text);
        return -1;
    }
    *state = f;
    return 0;
}

static inline int close_hub(void **state)
{
    struct fixture *f = *state;

    hub_rollback(f->hub);
    hub_close(&f->hub);
    remove_hub_folder(f->folder);
    mem_free(&f);
    return 0;
}

/* What was done stays, and the next transaction is open. */
static inline void keep(struct fixture *f)
{
    assert_int_equal(hub_commit(f->hub, &f->err), 0);
    assert_int_equal(hub_begin(f->hub), 0);
}

#define hub_test(name)                                                         \
    cmocka_unit_test_setup_teardown(name, open_hub, close_hub)

#endif
