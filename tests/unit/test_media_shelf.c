/* tests/unit/test_media_shelf.c - files of reports: cut, fetched, proved, given
 * (PROTOCOL 4.11, 7.12), with a real folder and a real database. */
#include "common/wire/record.h"
#include "common/wire/referral.h"
#include "tests/unit/test_media_fixture.h"

static void sizes_are_cut_as_the_protocol_says(void **state)
{
    (void)state;
    assert_int_equal(media_pieces(1), 2);
    assert_int_equal(media_piece_bytes(1, 0), 32);
    assert_int_equal(media_piece_bytes(1, 1), 1);
    assert_int_equal(media_piece_bytes(1, 2), 0);
    assert_int_equal(media_chunks(16384), 1);
    assert_int_equal(media_chunks(16385), 2);
    assert_int_equal(media_piece_bytes(16385, 2), 1);
    assert_int_equal(media_list_pieces(512 * 16384), 1);
    assert_int_equal(media_list_pieces(512 * 16384 + 1), 2);
    assert_int_equal(media_piece_bytes(512 * 16384 + 1, 1), 32);
    assert_int_equal(media_list_pieces(LIMIT_MEDIA), 4);
}

static void a_file_arrives_as_it_left(void **state)
{
    static const size_t sizes[] = {1,     16383,  16384,
                                   16385, 200000, 512 * 16384 + 5};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        make_file(w, sizes[i]);
        assert_int_equal(carry(w, UINT32_MAX), media_pieces(sizes[i]));
        assert_int_equal(state_of(&w->to, &w->row.name), MEDIA_HERE);
        expect_content(w);
    }
}

static void what_was_fetched_is_not_fetched_again(void **state)
{
    struct world *w = *state;

    make_file(w, 300000);
    assert_int_equal(carry(w, 7), 7);
    assert_int_equal(state_of(&w->to, &w->row.name), MEDIA_WANTED);
    assert_int_equal(carry(w, UINT32_MAX), media_pieces(300000) - 7);
    expect_content(w);
}

static void a_piece_that_is_not_what_it_should_be_is_not_kept(void **state)
{
    struct world *w = *state;
    struct media_part part;
    struct buf piece = {0};
    char path[MEDIA_PATH];

    make_file(w, 100000);
    (void)carry(w, 3);
    assert_int_equal(media_part_open(&part, &w->to.shelf, &w->row, NULL), 0);
    assert_int_equal(part.next, 3);
    assert_int_equal(media_shelf_piece(&w->from.shelf, &w->row.name, 3, &piece),
                     0);
    piece.data[100] ^= 1;
    assert_int_equal(
        media_part_put(&part, &w->to.shelf, 3, buf_bytes(&piece), NULL),
        ERR_DAMAGED);
    media_shelf_path(&w->to.shelf, path, &w->row.name, ".part");
    assert_int_not_equal(access(path, F_OK), 0);
    media_shelf_path(&w->to.shelf, path, &w->row.name, "");
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(carry(w, UINT32_MAX), media_pieces(100000));
    buf_free(&piece);
}

static void a_list_that_does_not_give_the_name_is_thrown_away(void **state)
{
    struct world *w = *state;
    struct media_part part;
    uint8_t lies[32 * 7] = {1};

    make_file(w, 100000);
    assert_int_equal(media_part_open(&part, &w->to.shelf, &w->row, NULL), 0);
    assert_int_equal(media_part_put(&part, &w->to.shelf, 0,
                                    bytes_of(lies, sizeof lies), NULL),
                     ERR_DAMAGED);
    assert_null(part.file);
}

static void pieces_out_of_order_change_nothing(void **state)
{
    struct world *w = *state;
    struct media_part part;
    uint8_t byte = 1;

    make_file(w, 100000);
    assert_int_equal(media_part_open(&part, &w->to.shelf, &w->row, NULL), 0);
    assert_int_equal(
        media_part_put(&part, &w->to.shelf, 4, bytes_of(&byte, 1), NULL),
        ERR_AGAIN);
    assert_int_equal(part.next, 0);
    media_part_close(&part);
}

/* A unit has its share of the hub's disk; a commune's own files are its own. */
static void a_share_is_of_a_unit_and_not_of_oneself(void **state)
{
    struct world *w = *state;
    struct media_row much = {.size = MEDIA_SHARE + 1, .state = MEDIA_HERE};
    struct media_row wanted = {.size = 100, .state = MEDIA_WANTED};
    struct media_now now = {0, 0};

    much.name.bytes[0] = 1;
    wanted.name.bytes[0] = 2;
    for (int i = 0; i < 2; i++) {
        struct media_fetch fetch = {.look_ms = INT64_MIN};
        struct msg_media_want want;
        int rc;

        (void)snprintf(much.source, sizeof much.source, "%s", i ? UNIT : "");
        memcpy(wanted.source, much.source, sizeof wanted.source);
        much.name.bytes[1] = wanted.name.bytes[1] = (uint8_t)i;
        assert_int_equal(media_store_add(w->to.rows, &much), 0);
        assert_int_equal(media_store_add(w->to.rows, &wanted), 0);
        assert_int_equal(media_fetch_ask(&fetch, &w->to.shelf, wanted.source,
                                         now, &want, &rc),
                         i == 0);
        assert_int_equal(rc, 0);
        assert_int_equal(fetch.tight, i == 1);
        media_fetch_close(&fetch);
    }
}

/* What was named first has room, however much was named behind it. */
static void what_is_within_the_share_comes(void **state)
{
    struct world *w = *state;
    struct media_row wanted = {.state = MEDIA_WANTED, .source = UNIT};
    struct media_fetch fetch = {.look_ms = INT64_MIN};
    struct media_now now = {0, 0};
    struct msg_media_want want;
    int rc;

    for (uint8_t i = 1; i <= 3; i++) {
        wanted.name.bytes[0] = i;
        wanted.size = i == 1 ? 100 : MEDIA_SHARE - 100;
        assert_int_equal(media_store_add(w->to.rows, &wanted), 0);
    }
    assert_true(media_fetch_ask(&fetch, &w->to.shelf, UNIT, now, &want, &rc));
    assert_int_equal(want.name.bytes[0], 1);
    media_fetch_lost(&fetch);
    assert_int_equal(media_store_set(w->to.rows, &want.name, MEDIA_HERE), 0);
    want.name.bytes[0] = 2;
    assert_int_equal(media_store_set(w->to.rows, &want.name, MEDIA_HERE), 0);
    assert_false(media_fetch_ask(&fetch, &w->to.shelf, UNIT, now, &want, &rc));
    assert_true(fetch.tight);
    media_fetch_close(&fetch);
}

/* What one body says of a name, as `home` wrote it. */
static void say(struct world *w, const char *home, uint8_t record,
                uint8_t salt_of, uint64_t size)
{
    struct media_use use = {.number = 1, .kind = 1, .size = size};

    use.name = w->row.name;
    use.record.bytes[0] = record;
    (void)snprintf(use.home, sizeof use.home, "%s", home);
    memset(use.salt, salt_of, sizeof use.salt);
    assert_int_equal(media_store_use(w->to.rows, &use), 0);
}

/* All that is asked of `source` is answered. */
static int fetch_from(struct world *w, const char *source, struct media_now now)
{
    struct media_fetch fetch = {.look_ms = INT64_MIN};
    struct msg_media_want want;
    struct msg_media piece;
    struct buf room = {0};
    int rc = ERR_MISSING, failed;

    while (media_fetch_ask(&fetch, &w->to.shelf, source, now, &want, &failed))
        for (uint32_t i = 0; i < want.count && rc != ERR_DAMAGED; i++) {
            media_give(&w->from.shelf, true, UNIT, &want.name, want.first + i,
                       &room, &piece);
            rc = media_fetch_take(&fetch, &w->to.shelf, &piece, now);
        }
    media_fetch_close(&fetch);
    buf_free(&room);
    return rc;
}

/* Whoever speaks first must not keep everybody else's from coming. */
static void a_first_wrong_word_about_a_name_does_not_block_it(void **state)
{
    struct world *w = *state;
    struct media_row wrong;

    make_file(w, 200000);
    wrong = w->row;
    memset(wrong.salt, 0x11, sizeof wrong.salt);
    wrong.size = 7;
    (void)snprintf(wrong.source, sizeof wrong.source, "10000@20200101");
    assert_int_equal(media_store_believe(w->to.rows, &wrong), 0);
    say(w, "10000@20200101", 1, 0x11, 7);
    say(w, UNIT, 2, 0x22, 200000);
    say(w, UNIT, 3, 0x5a, 200000);
    assert_int_equal(fetch_from(w, UNIT, (struct media_now){1, 1}),
                     ERR_MISSING); /* nothing is asked of it */
    assert_int_equal(fetch_from(w, wrong.source, (struct media_now){2, 2}),
                     ERR_DAMAGED);
    assert_int_equal(fetch_from(w, UNIT, (struct media_now){3, 3}),
                     ERR_DAMAGED);
    assert_int_equal(fetch_from(w, UNIT, (struct media_now){4, 4}), 1);
    expect_content(w);
}

/* What is asked of `source` now. */
static bool asks(struct world *w, struct media_fetch *fetch, const char *source,
                 struct media_now now, struct hash *out)
{
    struct msg_media_want want;
    int rc;
    bool says = media_fetch_ask(fetch, &w->to.shelf, source, now, &want, &rc);

    assert_int_equal(rc, 0);
    if (says)
        *out = want.name;
    return says;
}

/* Another commune's file is on its way to the hub, and is asked of it: the hub
 * does not say that it does not have it, and what it has goes first. */
static void what_is_still_coming_is_not_missing(void **state)
{
    struct world *w = *state;
    struct media_fetch fetch = {.look_ms = INT64_MIN};
    struct media_row coming = {
        .size = 100, .state = MEDIA_WANTED, .source = UNIT};
    struct media_now now = {1000, 1000};
    struct msg_media piece;
    struct buf room = {0};
    struct hash name;

    memset(coming.name.bytes, 1, sizeof coming.name.bytes);
    assert_int_equal(media_store_add(w->from.rows, &coming), 0);
    media_give(&w->from.shelf, true, UNIT, &coming.name, 0, &room, &piece);
    assert_int_equal(piece.code, MEDIA_MISSING); /* nobody but it has it */
    assert_int_equal(media_store_put_off(w->from.rows, &coming.name, 5), 0);
    media_give(&w->from.shelf, true, "19873@20040708", &coming.name, 0, &room,
               &piece);
    assert_int_equal(piece.code, MEDIA_MISSING); /* nor it, as it said */
    assert_int_equal(media_store_set(w->from.rows, &coming.name, MEDIA_WANTED),
                     0);
    media_give(&w->from.shelf, true, "19873@20040708", &coming.name, 0, &room,
               &piece);
    assert_int_equal(piece.code, MEDIA_LATER);

    coming.source[0] = '\0';
    coming.since_ms = now.wall_ms;
    assert_int_equal(media_store_add(w->to.rows, &coming), 0);
    make_file(w, 100);
    w->row.source[0] = '\0';
    assert_int_equal(media_store_believe(w->to.rows, &w->row), 0);
    assert_true(asks(w, &fetch, "", now, &name));
    assert_true(hash_equal(&name, &coming.name));
    assert_int_equal(media_fetch_take(&fetch, &w->to.shelf, &piece, now), 0);
    assert_true(asks(w, &fetch, "", now, &name));
    assert_true(hash_equal(&name, &w->row.name));
    assert_int_equal(carry(w, 100), 2);
    media_fetch_lost(&fetch);
    assert_false(asks(w, &fetch, "", now, &name));
    now.mono_ms = media_fetch_deadline(&fetch);
    assert_true(now.mono_ms <= 61000);
    now.wall_ms = now.mono_ms;
    assert_true(asks(w, &fetch, "", now, &name));
    assert_true(hash_equal(&name, &coming.name));
    assert_int_equal(fetch.part.row.tries, 0);
    media_fetch_close(&fetch);
    buf_free(&room);
}

/* The disk says no to one file: the others come all the same. */
static void a_file_that_cannot_be_written_does_not_stop_others(void **state)
{
    struct world *w = *state;
    struct media_fetch fetch = {.look_ms = INT64_MIN};
    struct media_row bad = {.size = 100, .state = MEDIA_WANTED, .source = UNIT};
    struct media_now now = {1000, 1000};
    char path[MEDIA_PATH];
    struct hash name;

    memset(bad.name.bytes, 1, sizeof bad.name.bytes);
    assert_int_equal(media_store_add(w->to.rows, &bad), 0);
    make_file(w, 100);
    media_shelf_path(&w->to.shelf, path, &bad.name, ".part");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(asks(w, &fetch, UNIT, now, &name));
    assert_true(fetch.broken);
    assert_false(fetch.tight);
    now.mono_ms = media_fetch_deadline(&fetch);
    assert_true(now.mono_ms <= 6000);
    now.wall_ms = now.mono_ms;
    assert_true(asks(w, &fetch, UNIT, now, &name));
    assert_true(hash_equal(&name, &w->row.name));
    media_fetch_close(&fetch);
    assert_int_equal(rmdir(path), 0);
}

static void only_what_left_is_given_and_only_to_whom_it_went(void **state)
{
    struct world *w = *state;
    struct media_use use = {
        .home = UNIT, .number = 1, .kind = 1, .goes = "", .kept = true};

    make_file(w, 100);
    use.name = w->row.name;
    assert_int_equal(media_store_use(w->from.rows, &use), 0);
    assert_false(media_store_left(w->from.rows, &use.name, UNIT, 1, true));
    use.kept = false;
    assert_int_equal(media_store_use(w->from.rows, &use), 0);
    assert_false(media_store_left(w->from.rows, &use.name, UNIT, 1, false));
    assert_true(media_store_left(w->from.rows, &use.name, UNIT, 1, true));
    assert_true(media_store_may(w->from.rows, &use.name, UNIT));
    assert_false(media_store_may(w->from.rows, &use.name, "19873@20040708"));
    use.kind = 2;
    use.record.bytes[3] = 1;
    (void)snprintf(use.goes, sizeof use.goes, "19873@20040708");
    assert_int_equal(media_store_use(w->from.rows, &use), 0);
    assert_true(media_store_left(w->from.rows, &use.name, UNIT, 1, false));
    assert_true(media_store_may(w->from.rows, &use.name, "19873@20040708"));
}

/* `home` says in version after version whether its file stays there. */
static void says_kept(struct side *s, uint32_t kind, const char *source,
                      const struct hash *name, bool kept)
{
    struct report_attachment file = {
        .name = *name, .size = 100, .type = 5, .shown = "", .kept = kept};
    struct report_body body = {
        .text = "x", .place = "", .attachment_count = 1, .attachments = &file};
    struct referral_fact offer = {.role = REFERRAL_OFFER,
                                  .report_home = UNIT,
                                  .offer = 1,
                                  .at_ms = 1,
                                  .to = "19873@20040708",
                                  .report_version = 1,
                                  .what = {.category = category_find("khac"),
                                           .state = 1,
                                           .channel = 1,
                                           .received_ms = 1}};
    struct change change = {.header = {.home = UNIT, .kind = kind}};
    struct media_naming how = {.source = source,
                               .state = MEDIA_WANTED,
                               .kept_state = MEDIA_AWAY,
                               .wall_ms = 1};
    struct buf fact = {0}, words = {0};
    bool wanted = false;

    change.header.record.bytes[0] = (uint8_t)kind;
    if (kind == KIND_REFERRAL)
        wire_referral_encode(&fact, &offer);
    wire_report_body_encode(&words, &body);
    change.part[PART_FACT].bytes = buf_bytes(&fact);
    change.part[PART_BODY].form = PART_WHOLE;
    change.part[PART_BODY].bytes = buf_bytes(&words);
    assert_int_equal(media_named(s->rows, &change, &how, &wanted), 0);
    assert_true(wanted);
    buf_free(&fact);
    buf_free(&words);
}

/* Passed on with its film, given back before that came, passed on without: who
 * went on asking was told "not here", and accused the commune's machine. */
static void what_stays_after_all_is_asked_for_no_more(void **state)
{
    struct world *w = *state;
    struct hash name = {{7}};

    says_kept(&w->to, KIND_REPORT, UNIT, &name, true);
    assert_int_equal(state_of(&w->to, &name), MEDIA_AWAY);
    says_kept(&w->to, KIND_REFERRAL, UNIT, &name, false);
    assert_int_equal(state_of(&w->to, &name), MEDIA_WANTED);
    says_kept(&w->to, KIND_REPORT, UNIT, &name, true);
    assert_int_equal(state_of(&w->to, &name), MEDIA_WANTED);
    says_kept(&w->to, KIND_REFERRAL, UNIT, &name, true);
    assert_int_equal(state_of(&w->to, &name), MEDIA_AWAY);
    says_kept(&w->to, KIND_REFERRAL, UNIT, &name, false); /* a third time */
    assert_int_equal(state_of(&w->to, &name), MEDIA_WANTED);

    /* at the commune that it was passed on to */
    says_kept(&w->from, KIND_REFERRAL, "", &name, false);
    assert_int_equal(state_of(&w->from, &name), MEDIA_WANTED);
    says_kept(&w->from, KIND_REFERRAL, "", &name, true);
    assert_int_equal(state_of(&w->from, &name), MEDIA_AWAY);
}

/* At its own commune a film that was lost is asked for, kept or not. */
static void what_a_commune_lost_of_its_own_is_asked_for(void **state)
{
    struct world *w = *state;
    struct hash name = {{7}};

    says_kept(&w->to, KIND_REPORT, "", &name, true);
    assert_int_equal(media_store_set(w->to.rows, &name, MEDIA_WANTED), 0);
    says_kept(&w->to, KIND_REPORT, "", &name, true);
    says_kept(&w->to, KIND_REFERRAL, "", &name, true);
    assert_int_equal(state_of(&w->to, &name), MEDIA_WANTED);
}

/* One film of two reports: the one that was passed on with it ends. That the
 * commune does not have it for the other is no fault of it. */
static void what_only_stays_when_another_ended_is_not_missing(void **state)
{
    struct world *w = *state;
    struct id passed_on = {{KIND_REFERRAL}};
    struct media_fetch fetch = {.look_ms = INT64_MIN};
    struct media_now now = {1000, 1000};
    struct msg_media none = {.code = MEDIA_MISSING};
    struct hash name = {{7}};

    says_kept(&w->to, KIND_REPORT, UNIT, &name, true);
    says_kept(&w->to, KIND_REFERRAL, UNIT, &name, false);
    assert_true(asks(w, &fetch, UNIT, now, &none.name));
    assert_int_equal(media_fetch_take(&fetch, &w->to.shelf, &none, now),
                     ERR_MISSING); /* that is one */
    assert_int_equal(media_store_unuse(w->to.rows, UNIT, &passed_on), 0);
    now.mono_ms = now.wall_ms = 1000 + 2 * 60000;
    media_fetch_look(&fetch);
    if (asks(w, &fetch, UNIT, now, &none.name))
        assert_int_equal(media_fetch_take(&fetch, &w->to.shelf, &none, now), 0);
    assert_int_equal(state_of(&w->to, &name), MEDIA_AWAY);
    media_fetch_close(&fetch);
}

static void a_stolen_disk_does_not_tell_what_is_there(void **state)
{
    struct world *w = *state;
    char path[MEDIA_PATH];
    struct media_file *file = NULL;
    uint8_t key[BOX_KEY_BYTES] = {0};

    make_file(w, 5000);
    media_shelf_path(&w->from.shelf, path, &w->row.name, "");
    assert_int_equal(media_file_open(&file, path, key, false, NULL),
                     ERR_DAMAGED);
    assert_null(file);
}

static void a_sealed_original_opens_for_its_owner_only(void **state)
{
    struct world *w = *state;
    struct seal_key owner, other;
    struct media_file *file = NULL;
    struct buf out = {0};
    char path[256];

    (void)snprintf(path, sizeof path, "%s/original", w->from.data);
    seal_key_generate(&owner);
    seal_key_generate(&other);
    assert_int_equal(media_file_make(&file, path, 5, NULL), 0);
    assert_int_equal(media_file_seal(file, owner.public_key), 0);
    assert_int_equal(media_file_put(file, 1, bytes_of("first", 5)), 0);
    media_file_close(&file);
    assert_int_equal(media_file_unseal(&file, path, &other, NULL), ERR_DAMAGED);
    assert_int_equal(media_file_unseal(&file, path, &owner, NULL), 0);
    assert_int_equal(media_file_get(file, 1, &out), 0);
    assert_memory_equal(out.data, "first", 5);
    media_file_close(&file);
    buf_free(&out);
}

/* ---- common/sync/chunk.h */

static void
questions_grow_with_a_quick_line_and_shrink_with_a_slow(void **state)
{
    struct chunk_flow flow = {0};
    uint32_t first, count;
    int64_t now = 0;

    (void)state;
    for (uint32_t expected = 1; expected <= LIMIT_MEDIA_WANT; expected *= 2) {
        assert_true(chunk_flow_ask(&flow, 1000, now, &first, &count));
        assert_int_equal(count, expected);
        assert_int_equal(first, flow.next);
        assert_false(chunk_flow_ask(&flow, 1000, now, &first, &count));
        while (flow.next < flow.to)
            chunk_flow_took(&flow, now += 1);
    }
    assert_true(chunk_flow_ask(&flow, 1000, now, &first, &count));
    assert_int_equal(count, LIMIT_MEDIA_WANT);
    now += 3000;
    while (flow.next < flow.to)
        chunk_flow_took(&flow, now);
    assert_int_equal(flow.window, LIMIT_MEDIA_WANT / 2);
}

static void silence_is_asked_again_with_one_piece(void **state)
{
    struct chunk_flow flow = {.next = 4, .window = 8};
    uint32_t first, count;

    (void)state;
    assert_true(chunk_flow_ask(&flow, 100, 0, &first, &count));
    assert_true(chunk_flow_expects(&flow, 4));
    assert_false(chunk_flow_expects(&flow, 5));
    assert_int_equal(chunk_flow_deadline(&flow, 100), CHUNK_SILENT_MS);
    assert_false(
        chunk_flow_ask(&flow, 100, CHUNK_SILENT_MS - 1, &first, &count));
    assert_true(chunk_flow_ask(&flow, 100, CHUNK_SILENT_MS, &first, &count));
    assert_int_equal(first, 4);
    assert_int_equal(count, 1);
    chunk_flow_lost(&flow);
    assert_false(chunk_flow_expects(&flow, 4));
    flow.next = 100;
    assert_false(chunk_flow_ask(&flow, 100, 0, &first, &count));
    assert_true(chunk_flow_deadline(&flow, 100) == INT64_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_cut_as_the_protocol_says),
        TEST(a_file_arrives_as_it_left),
        TEST(what_was_fetched_is_not_fetched_again),
        TEST(a_piece_that_is_not_what_it_should_be_is_not_kept),
        TEST(a_list_that_does_not_give_the_name_is_thrown_away),
        TEST(pieces_out_of_order_change_nothing),
        TEST(a_share_is_of_a_unit_and_not_of_oneself),
        TEST(what_is_within_the_share_comes),
        TEST(a_first_wrong_word_about_a_name_does_not_block_it),
        TEST(what_is_still_coming_is_not_missing),
        TEST(a_file_that_cannot_be_written_does_not_stop_others),
        TEST(only_what_left_is_given_and_only_to_whom_it_went),
        TEST(what_stays_after_all_is_asked_for_no_more),
        TEST(what_a_commune_lost_of_its_own_is_asked_for),
        TEST(what_only_stays_when_another_ended_is_not_missing),
        TEST(a_stolen_disk_does_not_tell_what_is_there),
        TEST(a_sealed_original_opens_for_its_owner_only),
        cmocka_unit_test(
            questions_grow_with_a_quick_line_and_shrink_with_a_slow),
        cmocka_unit_test(silence_is_asked_again_with_one_piece),
    };

    return cmocka_run_group_tests_name("media/shelf", tests, NULL, NULL);
}
