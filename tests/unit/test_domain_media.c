/* What a file is, by how it begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/media.h"

static int type_of_box(const char *brand)
{
    uint8_t start[MEDIA_LOOK_BYTES] = {0, 0, 0, 24, 'f', 't', 'y', 'p'};

    memcpy(start + 8, brand, 4);
    return media_type_of(bytes_of(start, sizeof start));
}

/* Taken for a film it would be kept, and passed on, with the place and the
 * camera in it. */
static void a_picture_that_is_not_taken_is_no_film(void **state)
{
    static const char *const pictures[] = {"heic", "heix", "heim", "heis",
                                           "hevc", "hevx", "mif1", "msf1",
                                           "avif", "avis"};
    static const char *const films[] = {"isom", "mp41", "mp42", "avc1",
                                        "M4V ", "3gp4", "qt  ", "dash"};

    (void)state;
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
        assert_int_equal(type_of_box(pictures[i]), 0);
    for (size_t i = 0; i < sizeof films / sizeof *films; i++)
        assert_int_equal(type_of_box(films[i]), MEDIA_MP4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_that_is_not_taken_is_no_film),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
