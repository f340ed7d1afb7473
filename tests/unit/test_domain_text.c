/* tests/unit/test_domain_text.c - Vietnamese text on its way in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/text.h"

/* Combining marks. */
#define GRAVE "\xcc\x80"
#define ACUTE "\xcc\x81"
#define CIRCUMFLEX "\xcc\x82"
#define TILDE "\xcc\x83"
#define BREVE "\xcc\x86"
#define DIAERESIS "\xcc\x88"
#define HOOK "\xcc\x89"
#define HORN "\xcc\x9b"
#define DOT "\xcc\xa3"

static void expect_nfc(const char *in, const char *expected)
{
    struct buf out = {0};

    assert_int_equal(text_nfc(&out, bytes_of_text(in)), 0);
    if (strcmp(buf_text(&out), expected) != 0)
        fail_msg("%s became %s, not %s", in, buf_text(&out), expected);
    buf_clear(&out);
    assert_int_equal(text_nfc(&out, bytes_of_text(expected)), 0);
    assert_string_equal(buf_text(&out), expected); /* and stays so */
    buf_free(&out);
}

static const struct {
    const char *nfc, *nfd;
} words[] = {
    {"Quảng Điền", "Qua\xcc\x89ng \xc4\x90ie\xcc\x82\xcc\x80n"},
    {"Tiếng Việt", "Tie\xcc\x82\xcc\x81ng Vie\xcc\xa3\xcc\x82t"},
    {"Thừa Thiên Huế", "Thu\xcc\x9b\xcc\x80"
                       "a Thie\xcc\x82n Hue\xcc\x82\xcc\x81"},
    {"Trộm cắp", "Tro\xcc\xa3\xcc\x82m ca\xcc\x86\xcc\x81p"},
    {"Đuối nước", "\xc4\x90uo\xcc\x82\xcc\x81i nu\xcc\x9bo\xcc\x9b\xcc\x81"
                  "c"},
    {"Người mất tích",
     "Ngu\xcc\x9bo\xcc\x9b\xcc\x80i ma\xcc\x82\xcc\x81t ti\xcc\x81"
     "ch"},
    {"Phước Yên", "Phu\xcc\x9bo\xcc\x9b\xcc\x81"
                  "c Ye\xcc\x82n"},
    {"Niêm Phò", "Nie\xcc\x82m Pho\xcc\x80"},
    {"Phú Lễ", "Phu\xcc\x81 Le\xcc\x82\xcc\x83"},
    {"Ngư Mỹ Thạnh", "Ngu\xcc\x9b My\xcc\x83 Tha\xcc\xa3nh"},
    {"Bác Vọng", "Ba\xcc\x81"
                 "c Vo\xcc\xa3ng"},
    {"Cưỡng đoạt", "Cu\xcc\x9bo\xcc\x9b\xcc\x83ng \xc4\x91oa\xcc\xa3t"},
    {"Khẩn cấp", "Kha\xcc\x82\xcc\x89n ca\xcc\x82\xcc\x81p"},
    {"Nghĩa vụ", "Nghi\xcc\x83"
                 "a vu\xcc\xa3"},
    {"Lừa đảo qua mạng", "Lu\xcc\x9b\xcc\x80"
                         "a \xc4\x91"
                         "a\xcc\x89o qua ma\xcc\xa3ng"},
    {"Hủy hoại", "Hu\xcc\x89y hoa\xcc\xa3i"},
    {"HỘ KHẨU ĐẶC BIỆT", "HO\xcc\xa3\xcc\x82 KHA\xcc\x82\xcc\x89U \xc4\x90"
                         "A\xcc\xa3\xcc\x86"
                         "C BIE\xcc\xa3\xcc\x82T"},
    {"SỬA LỖI ĐƯỜNG THỦY",
     "SU\xcc\x9b\xcc\x89"
     "A LO\xcc\x82\xcc\x83I \xc4\x90U\xcc\x9bO\xcc\x9b\xcc\x80NG THU\xcc\x89Y"},
    {"Ỷ LẠI", "Y\xcc\x89 LA\xcc\xa3I"},
    {"ậặệộợự",
     "a\xcc\xa3\xcc\x82"
     "a\xcc\xa3\xcc\x86"
     "e\xcc\xa3\xcc\x82o\xcc\xa3\xcc\x82o\xcc\x9b\xcc\xa3u\xcc\x9b\xcc\xa3"},
    {"ẬẶỆỘỢỰ",
     "A\xcc\xa3\xcc\x82"
     "A\xcc\xa3\xcc\x86"
     "E\xcc\xa3\xcc\x82O\xcc\xa3\xcc\x82O\xcc\x9b\xcc\xa3U\xcc\x9b\xcc\xa3"},
};

/* Every letter of the alphabet with every tone, both cases. */
static const char all_letters[] = "àáãảạÀÁÃẢẠằắẵẳặăẰẮẴẲẶĂ"
                                  "ầấẫẩậâẦẤẪẨẬÂèéẽẻẹÈÉẼẺẸ"
                                  "ềếễểệêỀẾỄỂỆÊìíĩỉịÌÍĨỈỊ"
                                  "òóõỏọÒÓÕỎỌồốỗổộôỒỐỖỔỘÔ"
                                  "ờớỡởợơỜỚỠỞỢƠùúũủụÙÚŨỦỤ"
                                  "ừứữửựưỪỨỮỬỰƯỳýỹỷỵỲÝỸỶỴ";
static const char all_letters_nfd[] =
    "a\xcc\x80"
    "a\xcc\x81"
    "a\xcc\x83"
    "a\xcc\x89"
    "a\xcc\xa3"
    "A\xcc\x80"
    "A\xcc\x81"
    "A\xcc\x83"
    "A\xcc\x89"
    "A\xcc\xa3"
    "a\xcc\x86\xcc\x80"
    "a\xcc\x86\xcc\x81"
    "a\xcc\x86\xcc\x83"
    "a\xcc\x86\xcc\x89"
    "a\xcc\xa3\xcc\x86"
    "a\xcc\x86"
    "A\xcc\x86\xcc\x80"
    "A\xcc\x86\xcc\x81"
    "A\xcc\x86\xcc\x83"
    "A\xcc\x86\xcc\x89"
    "A\xcc\xa3\xcc\x86"
    "A\xcc\x86"
    "a\xcc\x82\xcc\x80"
    "a\xcc\x82\xcc\x81"
    "a\xcc\x82\xcc\x83"
    "a\xcc\x82\xcc\x89"
    "a\xcc\xa3\xcc\x82"
    "a\xcc\x82"
    "A\xcc\x82\xcc\x80"
    "A\xcc\x82\xcc\x81"
    "A\xcc\x82\xcc\x83"
    "A\xcc\x82\xcc\x89"
    "A\xcc\xa3\xcc\x82"
    "A\xcc\x82"
    "e\xcc\x80"
    "e\xcc\x81"
    "e\xcc\x83"
    "e\xcc\x89"
    "e\xcc\xa3"
    "E\xcc\x80"
    "E\xcc\x81"
    "E\xcc\x83"
    "E\xcc\x89"
    "E\xcc\xa3"
    "e\xcc\x82\xcc\x80"
    "e\xcc\x82\xcc\x81"
    "e\xcc\x82\xcc\x83"
    "e\xcc\x82\xcc\x89"
    "e\xcc\xa3\xcc\x82"
    "e\xcc\x82"
    "E\xcc\x82\xcc\x80"
    "E\xcc\x82\xcc\x81"
    "E\xcc\x82\xcc\x83"
    "E\xcc\x82\xcc\x89"
    "E\xcc\xa3\xcc\x82"
    "E\xcc\x82i\xcc\x80"
    "i\xcc\x81i\xcc\x83i\xcc\x89i\xcc\xa3I\xcc\x80I\xcc\x81"
    "I\xcc\x83I\xcc\x89I\xcc\xa3o\xcc\x80o\xcc\x81o\xcc\x83"
    "o\xcc\x89o\xcc\xa3O\xcc\x80O\xcc\x81O\xcc\x83O\xcc\x89"
    "O\xcc\xa3o\xcc\x82\xcc\x80o\xcc\x82\xcc\x81o\xcc\x82\xcc\x83o\xcc\x82\xcc"
    "\x89"
    "o\xcc\xa3\xcc\x82o\xcc\x82O\xcc\x82\xcc\x80O\xcc\x82\xcc\x81O\xcc\x82\xcc"
    "\x83"
    "O\xcc\x82\xcc\x89O\xcc\xa3\xcc\x82O\xcc\x82o\xcc\x9b\xcc\x80o\xcc\x9b\xcc"
    "\x81"
    "o\xcc\x9b\xcc\x83o\xcc\x9b\xcc\x89o\xcc\x9b\xcc\xa3o\xcc\x9bO\xcc\x9b\xcc"
    "\x80"
    "O\xcc\x9b\xcc\x81O\xcc\x9b\xcc\x83O\xcc\x9b\xcc\x89O\xcc\x9b\xcc\xa3"
    "O\xcc\x9bu\xcc\x80u\xcc\x81u\xcc\x83u\xcc\x89u\xcc\xa3"
    "U\xcc\x80U\xcc\x81U\xcc\x83U\xcc\x89U\xcc\xa3u\xcc\x9b\xcc\x80"
    "u\xcc\x9b\xcc\x81u\xcc\x9b\xcc\x83u\xcc\x9b\xcc\x89u\xcc\x9b\xcc\xa3"
    "u\xcc\x9bU\xcc\x9b\xcc\x80U\xcc\x9b\xcc\x81U\xcc\x9b\xcc\x83U\xcc\x9b\xcc"
    "\x89"
    "U\xcc\x9b\xcc\xa3U\xcc\x9by\xcc\x80y\xcc\x81y\xcc\x83y\xcc\x89"
    "y\xcc\xa3Y\xcc\x80Y\xcc\x81Y\xcc\x83Y\xcc\x89Y\xcc\xa3";

static void words_in_pieces_are_put_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        assert_string_not_equal(words[i].nfc, words[i].nfd);
        expect_nfc(words[i].nfd, words[i].nfc);
    }
}

static void every_vietnamese_letter_is_known(void **state)
{
    (void)state;
    assert_int_equal(text_length(bytes_of_text(all_letters)), 132);
    expect_nfc(all_letters_nfd, all_letters);
}

static void marks_may_stand_in_any_equal_order(void **state)
{
    (void)state;
    expect_nfc("o" DOT CIRCUMFLEX, "ộ");
    expect_nfc("o" CIRCUMFLEX DOT, "ộ");
    expect_nfc("a" BREVE DOT, "ặ");
    expect_nfc("a" DOT BREVE, "ặ");
    expect_nfc("E" CIRCUMFLEX DOT, "Ệ");
    expect_nfc("o" HORN DOT, "ợ");
    expect_nfc("o" DOT HORN, "ợ");
    expect_nfc("U" ACUTE HORN, "Ứ");
    expect_nfc("u" HORN ACUTE, "ứ");
    expect_nfc("u" TILDE HORN, "ữ");
}

static void half_composed_letters_are_finished(void **state)
{
    (void)state;
    expect_nfc("ô" DOT, "ộ");
    expect_nfc("ọ" CIRCUMFLEX, "ộ");
    expect_nfc("ă" DOT, "ặ");
    expect_nfc("ạ" BREVE, "ặ");
    expect_nfc("ê" HOOK, "ể");
    expect_nfc("ơ" GRAVE, "ờ");
    expect_nfc("ò" HORN, "ờ");
    expect_nfc("Ư" TILDE, "Ữ");
    expect_nfc("ụ" HORN, "ự");
}

static void what_is_not_vietnamese_stays_as_it_was(void **state)
{
    (void)state;
    expect_nfc("", "");
    expect_nfc("plain, 123\n\tđĐ 😀 漢", "plain, 123\n\tđĐ 😀 漢");
    expect_nfc("n" TILDE, "n" TILDE);
    expect_nfc("x" CIRCUMFLEX DOT, "x" CIRCUMFLEX DOT);
    expect_nfc("e" BREVE, "e" BREVE);
    expect_nfc("u" DIAERESIS, "u" DIAERESIS);
    expect_nfc("a" DIAERESIS ACUTE, "a" DIAERESIS ACUTE);
    expect_nfc(ACUTE "a", ACUTE "a");
    expect_nfc("😀" ACUTE "漢" DOT, "😀" ACUTE "漢" DOT);
}

static void a_mark_too_many_stays_behind_the_letter(void **state)
{
    (void)state;
    expect_nfc("a" ACUTE ACUTE, "á" ACUTE);
    expect_nfc("a" ACUTE CIRCUMFLEX, "á" CIRCUMFLEX); /* not equal to ấ */
    expect_nfc("a" GRAVE DOT, "ạ" GRAVE);
    expect_nfc("ấ" ACUTE "b", "ấ" ACUTE "b");
    expect_nfc("a" HORN ACUTE, "á" HORN);
    expect_nfc("e" BREVE CIRCUMFLEX, "e" BREVE CIRCUMFLEX);
    expect_nfc("a" DOT DOT CIRCUMFLEX, "ậ" DOT);
    expect_nfc("a" ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE,
               "á" ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE);
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    struct buf out = {0};

    (void)state;
    buf_add_text(&out, "kept");
    assert_int_equal(text_nfc(&out, bytes_of("a\xcc", 2)), ERR_INVALID);
    assert_int_equal(text_nfc(&out, bytes_of("a\0b", 3)), ERR_INVALID);
    assert_int_equal(text_nfc(&out, bytes_of("\xff", 1)), ERR_INVALID);
    assert_int_equal(text_nfc(&out, bytes_of(NULL, 0)), 0);
    assert_string_equal(buf_text(&out), "kept");
    assert_int_equal(text_nfc(&out, bytes_of("a\xcc\x81\xcc\x82", 3)), 0);
    assert_string_equal(buf_text(&out), "keptá");
    buf_free(&out);
}

static bool clean(const char *text)
{
    return text_is_clean(bytes_of_text(text));
}

static void clean_text_has_newlines_and_tabs_but_no_other_control(void **state)
{
    char text[2] = "";

    (void)state;
    assert_true(clean("Quảng Điền:\n\tnghĩa\xc2\xa0vụ"));
    for (int c = 1; c < 0x20; c++) {
        text[0] = (char)c;
        assert_int_equal(clean(text), c == '\n' || c == '\t');
    }
    assert_false(clean("a\x7f"));
    assert_false(clean("a\xc2\x80"));
    assert_false(clean("a\xc2\x9f"
                       "b"));
    assert_false(text_is_clean(bytes_of("a\0", 2)));
    assert_true(text_is_clean(bytes_of(NULL, 0)));
}

static bool line(const char *text) { return text_is_line(bytes_of_text(text)); }

static void a_line_says_something_and_ends_nowhere(void **state)
{
    (void)state;
    assert_true(line("Quảng Thái"));
    assert_true(line(" x"));
    assert_false(line(""));
    assert_false(line("  "));
    assert_false(line("a\nb"));
    assert_false(line("a\tb"));
    assert_false(line("a\xc2\x85"));
    assert_false(line("a\xff"));
    assert_true(text_is_blank(bytes_of_text(" \t\n")));
    assert_false(text_is_blank(bytes_of_text(" \t.")));
}

static void length_is_counted_in_characters(void **state)
{
    (void)state;
    assert_int_equal(text_length(bytes_of_text("")), 0);
    assert_int_equal(text_length(bytes_of_text("Điền 😀")), 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_in_pieces_are_put_together),
        cmocka_unit_test(every_vietnamese_letter_is_known),
        cmocka_unit_test(marks_may_stand_in_any_equal_order),
        cmocka_unit_test(half_composed_letters_are_finished),
        cmocka_unit_test(what_is_not_vietnamese_stays_as_it_was),
        cmocka_unit_test(a_mark_too_many_stays_behind_the_letter),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(clean_text_has_newlines_and_tabs_but_no_other_control),
        cmocka_unit_test(a_line_says_something_and_ends_nowhere),
        cmocka_unit_test(length_is_counted_in_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
