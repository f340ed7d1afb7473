#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/fold.h"

static void folds(const char *text, const char *plain, const char *exact)
{
    struct buf out = {0};

    fold_words(&out, text, FOLD_PLAIN);
    assert_string_equal(buf_text(&out), plain);
    buf_clear(&out);
    fold_words(&out, text, FOLD_EXACT);
    assert_string_equal(buf_text(&out), exact);
    buf_free(&out);
}

static void every_letter_of_vietnamese_has_a_base(void **state)
{
    (void)state;
    folds("ÀÁẢÃẠ ĂẰẮẲẴẶ ÂẦẤẨẪẬ", " aaaaa aaaaaa aaaaaa ",
          " aaaaa14235 ăăăăăă14235 ââââââ14235 ");
    folds("ÈÉẺẼẸ ÊỀẾỂỄỆ ÌÍỈĨỊ", " eeeee eeeeee iiiii ",
          " eeeee14235 êêêêêê14235 iiiii14235 ");
    folds("ÒÓỎÕỌ ÔỒỐỔỖỘ ƠỜỚỞỠỢ", " ooooo oooooo oooooo ",
          " ooooo14235 ôôôôôô14235 ơơơơơơ14235 ");
    folds("ÙÚỦŨỤ ƯỪỨỬỮỰ ỲÝỶỸỴ Đđ", " uuuuu uuuuuu yyyyy dd ",
          " uuuuu14235 ưưưưưư14235 yyyyy14235 đđ ");
    folds("àáảãạăằắẳẵặ", " aaaaaaaaaaa ", " aaaaaăăăăăă14235142 ");
    folds("ùúủũụưừứửữự", " uuuuuuuuuuu ", " uuuuuưưưưưư14235142 ");
}

static void words_end_where_people_end_them(void **state)
{
    (void)state;
    folds("", " ", " ");
    folds(" ... !", " ", " ");
    folds("(nhà),\n“Trường”–2", " nha truong 2 ", " nha1 trương1 2 ");
    folds("0905.123/4", " 0905 123 4 ", " 0905 123 4 ");
    folds("日本 Ж×2 😀", " 日本 Ж 2 😀 ", " 日本 Ж 2 😀 ");
    folds("x\xcc\x81y", " xy ", " x\xcc\x81y ");
}

static void
the_place_of_the_tone_does_not_matter_but_the_tone_does(void **state)
{
    (void)state;
    folds("hòa hoà HÒA thủy thuỷ", " hoa hoa hoa thuy thuy ",
          " hoa1 hoa1 hoa1 thuy2 thuy2 ");
    folds("hóa họa hoa", " hoa hoa hoa ", " hoa4 hoa5 hoa ");
    folds("của cũa cua cưa", " cua cua cua cua ", " cua2 cua3 cua cưa ");
}

static void only_words_with_accents_can_be_asked_for(void **state)
{
    struct buf out = {0};

    (void)state;
    fold_words(&out, "mat trộm,ga Đồng 1", FOLD_ACCENTED);
    assert_string_equal(buf_text(&out), " trôm5 đông1 ");
    buf_clear(&out);
    fold_words(&out, "mat ga", FOLD_ACCENTED);
    assert_string_equal(buf_text(&out), " ");
    assert_true(fold_has_accents(bytes_of_text("đen")));
    assert_true(fold_has_accents(bytes_of_text("x\xcc\x81")));
    assert_false(fold_has_accents(bytes_of_text("den 1 Ж")));
    buf_free(&out);
}

static void a_word_cut_in_a_letter_is_read_to_its_end(void **state)
{
    struct buf out = {0};

    (void)state;
    fold_word(&out, bytes_of("tr\xe1\xbb", 4), FOLD_EXACT);
    assert_true(out.size >= 2);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_letter_of_vietnamese_has_a_base),
        cmocka_unit_test(words_end_where_people_end_them),
        cmocka_unit_test(
            the_place_of_the_tone_does_not_matter_but_the_tone_does),
        cmocka_unit_test(only_words_with_accents_can_be_asked_for),
        cmocka_unit_test(a_word_cut_in_a_letter_is_read_to_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
