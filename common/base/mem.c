#include "common/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Not through stdio, which may want memory; no core, which may hold keys. */
static _Noreturn void die(void)
{
    static const char line[] = "mem.exhausted level=error\n";
    ssize_t ignored = write(STDERR_FILENO, line, sizeof line - 1);

    (void)ignored;
    _exit(1);
}

void *mem_new(size_t bytes) { return mem_array(1, bytes); }

void *mem_array(size_t count, size_t bytes)
{
    void *memory =
        count == 0 || bytes == 0 ? calloc(1, 1) : calloc(count, bytes);

    if (!memory)
        die();
    return memory;
}

void *mem_grow(void *memory, size_t count, size_t bytes)
{
    void *grown = count == 0 || bytes == 0 ? realloc(memory, 1)
                                           : reallocarray(memory, count, bytes);

    if (!grown)
        die();
    return grown;
}

void *mem_copy(const void *bytes, size_t size)
{
    void *copy = mem_new(size);

    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

char *mem_text(const char *text)
{
    return text ? mem_copy(text, strlen(text) + 1) : mem_new(1);
}

void mem_free_(void *memory) { free(memory); }

void mem_wipe(void *memory, size_t bytes)
{
    if (bytes > 0)
        explicit_bzero(memory, bytes);
}
