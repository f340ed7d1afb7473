#include "common/sync/stream.h"

#include <string.h>

bool stream_name_equal(const struct stream_name *a, const struct stream_name *b)
{
    return strncmp(a->home, b->home, sizeof a->home) == 0 &&
           strncmp(a->channel, b->channel, sizeof a->channel) == 0;
}

/* Printable ASCII without spaces, not empty, ended within `room`. */
static bool word_valid(const char *word, size_t room)
{
    size_t length = strnlen(word, room);

    if (length == 0 || length == room)
        return false;
    for (size_t i = 0; i < length; i++)
        if (word[i] <= ' ' || word[i] > '~')
            return false;
    return true;
}

bool stream_name_valid(const struct stream_name *name)
{
    return word_valid(name->home, sizeof name->home) &&
           word_valid(name->channel, sizeof name->channel);
}

/* What does not fit stays empty: never valid, never another's name. */
static void word_set(char *out, size_t room, const char *word)
{
    size_t length = strlen(word);

    if (length < room)
        memcpy(out, word, length);
}

struct stream_name stream_name_make(const char *home, const char *channel)
{
    struct stream_name name;

    memset(&name, 0, sizeof name);
    word_set(name.home, sizeof name.home, home);
    word_set(name.channel, sizeof name.channel, channel);
    return name;
}

struct hash stream_zero(const struct hash_function *f,
                        const struct stream_name *name)
{
    const struct bytes line = bytes_of_text("\n");
    const struct bytes pieces[] = {
        bytes_of_text("lienxa stream 1\n"),
        bytes_of_text(name->home),
        line,
        bytes_of_text(name->channel),
        line,
    };

    return f->sha256(pieces, sizeof pieces / sizeof *pieces);
}

struct hash stream_next(const struct hash_function *f, const struct hash *h,
                        uint64_t n, const struct hash *digest)
{
    uint8_t number[8];

    put_u64(number, n);

    const struct bytes pieces[] = {
        bytes_of(h->bytes, sizeof h->bytes),
        bytes_of(number, sizeof number),
        bytes_of(digest->bytes, sizeof digest->bytes),
    };

    return f->sha256(pieces, sizeof pieces / sizeof *pieces);
}

size_t stream_sample_seqs(uint64_t head, uint64_t out[LIMIT_SAMPLES])
{
    size_t count = 0;

    out[count++] = head;
    for (unsigned bit = 0; bit < 64 && UINT64_C(1) << bit < head; bit++)
        out[count++] = head - (UINT64_C(1) << bit);
    if (head != 0)
        out[count++] = 0;
    return count;
}

struct stream_relation stream_relate(const struct stream_claim *claim,
                                     const struct stream_lookup *ours)
{
    struct stream_relation relation = {.prefix = false, .common = 0};
    struct hash h;

    for (size_t i = 0; i < claim->sample_count; i++) {
        const struct stream_position *sample = &claim->samples[i];

        if (!ours->hash_at(ours->who, &claim->name, sample->seq, &h) ||
            !hash_equal(&h, &sample->h))
            continue;
        relation.prefix = i == 0;
        relation.common = sample->seq;
        break;
    }
    return relation;
}

bool stream_claim_valid(const struct stream_claim *claim)
{
    size_t count = claim->sample_count;

    if (!stream_name_valid(&claim->name) || count == 0 || count > LIMIT_SAMPLES)
        return false;
    for (size_t i = 1; i < count; i++)
        if (claim->samples[i].seq >= claim->samples[i - 1].seq)
            return false;
    return claim->samples[count - 1].seq == 0;
}
