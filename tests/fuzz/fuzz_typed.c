/* tests/fuzz/fuzz_typed.c - short things that people type: times, days,
 * durations, ids, periods, codes, shares of a key. The first byte says which.
 * What is understood must be understood again as it is written by us.
 */
#include "common/account/totp.h"
#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/crypto/share.h"
#include "common/domain/period.h"
#include "common/setup/code.h"
#include "tests/fuzz/fuzz.h"

static void read_time(const char *text)
{
    int64_t ms, again;
    char out[CLOCK_TEXT_BYTES];

    if (clock_parse(&ms, text) && (!clock_parse(&again, clock_text(out, ms)) ||
                                   again / 1000 != ms / 1000))
        abort();
}

static void read_day(const char *text)
{
    int32_t day, again;
    char out[CLOCK_TEXT_BYTES];

    if (clock_day_parse(&day, text) &&
        (!clock_day_parse(&again, clock_day_text(out, day)) || again != day))
        abort();
}

static void read_id(const char *text)
{
    struct id id, again;
    char out[ID_TEXT_BYTES];

    if (id_parse(&id, text) &&
        (!id_parse(&again, id_text(out, &id)) || !id_equal(&id, &again)))
        abort();
}

static void read_shares(struct bytes in)
{
    uint8_t secret[SHARE_SECRET_BYTES];
    struct error err;
    char *first = fuzz_text(fuzz_bytes(&in, fuzz_number(&in, 1)));
    char *second = fuzz_text(in);

    (void)share_join(secret, "root", first, second, &err);
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    uint64_t which = fuzz_number(&in, 1) % 7;
    char *text = fuzz_text(in);
    char recovery[TOTP_RECOVERY_TEXT_BYTES];
    struct period period;
    struct error err;
    struct hash hash;
    int64_t ms;

    switch (which) {
    case 0:
        read_time(text);
        break;
    case 1:
        read_day(text);
        break;
    case 2:
        read_id(text);
        break;
    case 3:
        if (clock_duration_parse(&ms, text) && ms < 0)
            abort();
        break;
    case 4:
        (void)period_parse(&period, text, &err);
        break;
    case 5:
        (void)setup_code_hash(&hash, text);
        (void)totp_recovery_clean(recovery, text);
        break;
    case 6:
        read_shares(in);
        break;
    }
    free(text);
    return 0;
}
