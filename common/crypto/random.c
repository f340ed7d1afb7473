/* common/crypto/random.c - bytes nobody can guess, and new ids.
 */
#include "common/crypto/random.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/log.h"

enum {
    POOL_BYTES = 4096,
    POOL_LIFE_BYTES = 1 << 20, /* then a new key from the kernel */
    COUNTER_MAX = 0xfff,
    COUNTER_START = 0x7ff
};

/* Each filling begins with the key of the next one, and what was handed out is
 * zeroed: the pool cannot tell what it said before. */
static struct {
    uint8_t bytes[POOL_BYTES];
    size_t used; /* of this filling */
    size_t life; /* bytes left before a new key */
} pool = {.used = POOL_BYTES};

static struct {
    int64_t ms;
    unsigned counter;
} last_id = {.ms = -1};

/* A child must not repeat its parent's bytes. */
static void forget_pool(void)
{
    mem_wipe(pool.bytes, sizeof pool.bytes);
    pool.used = POOL_BYTES;
    pool.life = 0;
}

void crypto_open(void)
{
    static bool open;

    if (open)
        return;
    if (sodium_init() < 0 || pthread_atfork(NULL, NULL, forget_pool) != 0) {
        log_error("crypto.failed", "what=libsodium");
        abort();
    }
    open = true;
}

void random_bytes(void *out, size_t size) { randombytes_buf(out, size); }

static void fill_pool(void)
{
    static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
    uint8_t key[crypto_stream_chacha20_KEYBYTES];

    if (pool.life < POOL_BYTES) {
        random_bytes(key, sizeof key);
        pool.life = POOL_LIFE_BYTES;
    } else {
        memcpy(key, pool.bytes, sizeof key);
    }
    (void)crypto_stream_chacha20(pool.bytes, sizeof pool.bytes, nonce, key);
    pool.life -= POOL_BYTES;
    pool.used = sizeof key;
    mem_wipe(key, sizeof key);
}

void random_salt(uint8_t out[16])
{
    if (pool.used + 16 > POOL_BYTES)
        fill_pool();
    memcpy(out, pool.bytes + pool.used, 16);
    memset(pool.bytes + pool.used, 0, 16);
    pool.used += 16;
}

/* RFC 9562, 6.2, method 1: the 12 bits behind the time count within one
 * millisecond and start in their lower half; a full counter, or a clock that
 * was set back, borrows from the time. */
struct id random_id(int64_t wall_ms)
{
    uint8_t salt[16];

    random_salt(salt);
    if (wall_ms <= last_id.ms && last_id.counter < COUNTER_MAX) {
        last_id.counter++;
    } else {
        last_id.ms = wall_ms > last_id.ms ? wall_ms : last_id.ms + 1;
        last_id.counter = get_u32(salt) & COUNTER_START;
    }
    salt[4] = (uint8_t)(last_id.counter >> 8);
    salt[5] = (uint8_t)last_id.counter;
    return id_make(last_id.ms, salt + 4);
}

bool crypto_equal(const void *a, const void *b, size_t size)
{
    return size == 0 || sodium_memcmp(a, b, size) == 0;
}
