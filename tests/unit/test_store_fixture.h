/* tests/unit/test_store_fixture.h - a ledger of commune OURS, which hears of
 * commune FAR, for the tests of streams, records and what is refused. */
#ifndef LIENXA_TESTS_STORE_FIXTURE_H
#define LIENXA_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/store_world.h"

#define OURS "19870"
#define FAR "19873"

static inline int set_up(void **state)
{
    *state = world_new();
    return 0;
}

static inline int tear_down(void **state)
{
    struct world *w = *state;

    assert_int_equal(world_faults(w, true), 0);
    world_free(w);
    return 0;
}

static inline struct change version_of(struct world *w, const char *home,
                                       uint32_t record, uint64_t version,
                                       const char *fact)
{
    return world_change(w, &(struct spec){.home = home,
                                          .record = record,
                                          .version = version,
                                          .fact = fact,
                                          .body = "words",
                                          .vault = "sealed",
                                          .is_signed = true});
}

static inline struct change tombstone(struct world *w, const char *home,
                                      uint32_t record, uint64_t version,
                                      const char *fact)
{
    return world_change(w, &(struct spec){.home = home,
                                          .record = record,
                                          .version = version,
                                          .flags = CHANGE_TOMBSTONE,
                                          .fact = fact});
}

static inline struct change urgent(struct world *w, uint32_t record)
{
    return world_change(w, &(struct spec){.home = OURS,
                                          .record = record,
                                          .version = 1,
                                          .flags = CHANGE_EXPEDITED,
                                          .fact = "20000 a 1 1",
                                          .is_signed = true});
}

static inline struct stream_name up(void)
{
    return stream_name_make(OURS, STREAM_UP);
}

/* A far stream of `count` new reports. */
static inline void fill(struct world *w, struct far *far, uint32_t count)
{
    far_begin(far, FAR);
    for (uint32_t i = 1; i <= count; i++) {
        struct change c = version_of(w, FAR, i, 1, "20000 b 3 1");

        far_add(far, &c);
    }
}

static inline struct ledger_stream
stream_of(struct world *w, const struct stream_name *name, bool own)
{
    struct ledger_stream s = {0};

    assert_int_equal(ledger_stream(w->ledger, &s, name, own), 0);
    return s;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
