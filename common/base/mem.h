/* common/base/mem.h - memory that is there or the process is not.
 *
 * None of these returns NULL: out of memory ends the process with one line on
 * stderr; the supervisor starts it again and the database is the truth. What a
 * peer sends is bounded before it is allocated (common/sync/limits.h).
 */
#ifndef LIENXA_BASE_MEM_H
#define LIENXA_BASE_MEM_H

#include <stddef.h>

/* `bytes` zeroed bytes (at least 1). Owned: free with mem_free or free. */
void *mem_new(size_t bytes);

/* `count` zeroed elements; ends the process when the product overflows. */
void *mem_array(size_t count, size_t bytes);

/* Like realloc for `count` elements; new space is not zeroed. */
void *mem_grow(void *memory, size_t count, size_t bytes);

/* Owned copies. mem_text of NULL is "". */
void *mem_copy(const void *bytes, size_t size);
char *mem_text(const char *text);

/* Frees `*pointer` and sets it to NULL. Call as mem_free(&thing). */
#define mem_free(pointer) mem_free_(*(pointer)), (void)(*(pointer) = NULL)
void mem_free_(void *memory);

/* Overwrites with zeros in a way the compiler keeps. For secrets. */
void mem_wipe(void *memory, size_t bytes);

#endif
