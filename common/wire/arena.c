/* common/wire/arena.c - memory of one unpacked message.
 *
 * protobuf-c asks for many small pieces and multiplies what was on the wire;
 * here they lie in a row, below a hard limit.
 */
#include <string.h>

#include "common/base/mem.h"
#include "common/wire/inside.h"

enum {
    BLOCK_FIRST = 16 * 1024,
    BLOCK_KEPT = 1024 * 1024, /* a larger one is not kept for the next */
    ALIGNMENT = 8
};

struct arena_block {
    struct arena_block *next;
    size_t size; /* of what follows */
};

static void *allocate(void *arena, size_t size)
{
    return wire_arena_take(arena, size);
}

/* Everything goes at once, in clear or close. */
static void forget(void *arena, void *piece)
{
    (void)arena;
    (void)piece;
}

void wire_arena_open(struct wire_arena *arena, void *room, size_t size,
                     size_t limit)
{
    *arena = (struct wire_arena){.allocator = {allocate, forget, arena},
                                 .limit = limit,
                                 .first = room,
                                 .first_size = size};
    arena->at = room;
    arena->end = room ? arena->at + size : NULL;
}

static void drop_blocks(struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;

        mem_free(&block);
        block = next;
    }
}

void wire_arena_close(struct wire_arena *arena)
{
    drop_blocks(arena->blocks);
    *arena = (struct wire_arena){0};
}

/* The newest block is the largest, so soon one block holds every message. */
void wire_arena_clear(struct wire_arena *arena)
{
    struct arena_block *block = arena->blocks;

    arena->taken = 0;
    if (!block)
        return;
    drop_blocks(block->next);
    block->next = NULL;
    if (block->size > BLOCK_KEPT) {
        mem_free(&arena->blocks);
        arena->at = arena->end = NULL;
        return;
    }
    arena->at = (uint8_t *)(block + 1);
    arena->end = arena->at + block->size;
}

/* Not zeroed, unlike mem_new: what is not touched costs nothing. */
static void add_block(struct wire_arena *arena, size_t need)
{
    size_t size = arena->blocks ? arena->blocks->size * 2 : BLOCK_FIRST;
    struct arena_block *block;

    if (size > arena->limit + BLOCK_FIRST)
        size = arena->limit + BLOCK_FIRST;
    if (size < need)
        size = need;
    block = mem_grow(NULL, 1, sizeof *block + size);
    block->next = arena->blocks;
    block->size = size;
    arena->blocks = block;
    arena->at = (uint8_t *)(block + 1);
    arena->end = arena->at + size;
}

void *wire_arena_take(struct wire_arena *arena, size_t size)
{
    size_t need =
        sizeof(uint64_t) + ((size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1));
    uint64_t size64 = size;
    uint8_t *piece;

    if (size > arena->limit || arena->taken + need > arena->limit)
        return NULL;
    if ((size_t)(arena->end - arena->at) < need)
        add_block(arena, need);
    arena->taken += need;
    memcpy(arena->at, &size64, sizeof size64);
    piece = arena->at + sizeof size64;
    arena->at += need;
    return piece;
}

size_t wire_arena_size(const void *piece)
{
    uint64_t size;

    memcpy(&size, (const uint8_t *)piece - sizeof size, sizeof size);
    return (size_t)size;
}

static bool lies_in(const void *piece, const void *room, size_t size)
{
    return (uintptr_t)piece - (uintptr_t)room < size;
}

bool wire_arena_owns(const struct wire_arena *arena, const void *piece)
{
    if (arena->first && lies_in(piece, arena->first, arena->first_size))
        return true;
    for (const struct arena_block *b = arena->blocks; b; b = b->next)
        if (lies_in(piece, b + 1, b->size))
            return true;
    return false;
}

struct wire_arena *wire_arena_new(void)
{
    struct wire_arena *arena = mem_new(sizeof *arena);

    wire_arena_open(arena, NULL, 0, ARENA_LIMIT);
    return arena;
}

void wire_arena_free(struct wire_arena **arena)
{
    if (!*arena)
        return;
    wire_arena_close(*arena);
    mem_free(arena);
}

struct bytes wire_arena_copy(struct wire_arena *arena, struct bytes bytes)
{
    void *piece = wire_arena_take(arena, bytes.size);

    if (!piece)
        return (struct bytes){0};
    if (bytes.size > 0)
        memcpy(piece, bytes.data, bytes.size);
    return bytes_of(piece, bytes.size);
}
