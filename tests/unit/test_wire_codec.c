/* tests/unit/test_wire_codec.c - every message as bytes and back. */
#include "test_wire_fixture.h"

struct codecs {
    struct wire_codec *plain, *zipping;
    struct sync_message message;
    struct error err;
};

static int setup(void **state)
{
    struct codecs *c = mem_new(sizeof *c);

    c->plain = wire_codec_new(false);
    c->zipping = wire_codec_new(true);
    *state = c;
    return 0;
}

static int teardown(void **state)
{
    struct codecs *c = *state;

    wire_codec_free(&c->plain);
    wire_codec_free(&c->zipping);
    wire_codec_free(&c->zipping);
    mem_free(&c);
    return 0;
}

/* Decodes `content`, which is taken, as a message of `type`. */
static const struct sync_message *
decoded(struct codecs *c, enum message_type type, struct buf *content)
{
    struct buf frame = raw_frame(type, content);
    int rc = decode_copy(c->plain, &c->message, buf_bytes(&frame), &c->err);

    if (rc != 0)
        fail_msg("type %d: %s", type, c->err.text);
    assert_int_equal(c->message.type, type);
    buf_free(&frame);
    return &c->message;
}

static const struct sync_message *decoded_full(struct codecs *c,
                                               enum message_type type)
{
    struct buf content = raw_content(type);

    return decoded(c, type, &content);
}

static void every_message_comes_back_as_the_bytes_it_was(void **state)
{
    struct codecs *c = *state;

    for (int i = 0; i < FIXTURE_TYPES; i++) {
        int type = (int)fixture_types[i];
        struct buf frame = raw_full((enum message_type)type);
        struct bytes again;

        decoded_full(c, (enum message_type)type);
        assert_int_equal(wire_encode(c->plain, &again, &c->message, &c->err),
                         0);
        assert_int_equal(again.size, frame.size);
        assert_memory_equal(again.data, frame.data, frame.size);
        buf_free(&frame);
    }
}

static void expect_name(const struct stream_name *name, const char *home,
                        const char *channel)
{
    assert_string_equal(name->home, home);
    assert_string_equal(name->channel, channel);
}

static void expect_claim(const struct stream_claim *claim, const char *channel)
{
    expect_name(&claim->name, FIXTURE_UNIT, channel);
    assert_int_equal(claim->sample_count, 2);
    assert_int_equal(claim->samples[0].seq, 300);
    expect_run(&claim->samples[0].h, 0x40, 32);
    assert_int_equal(claim->samples[1].seq, 0);
    expect_run(&claim->samples[1].h, 0x80, 32);
}

static void expect_backlog(const struct backlog *backlog)
{
    assert_int_equal(backlog->records, 5);
    assert_int_equal(backlog->bytes, 6000);
    assert_int_equal(backlog->oldest_ms, 1763888400001);
}

static void a_hello_is_read_field_by_field(void **state)
{
    const struct msg_hello *hello = &decoded_full(*state, MSG_HELLO)->hello;

    assert_int_equal(hello->minor_min, 1);
    assert_int_equal(hello->minor_max, 2);
    assert_string_equal(hello->unit, FIXTURE_UNIT);
    assert_int_equal(hello->certificate, 3);
    expect_run(&hello->instance, 0x11, 16);
    expect_run(&hello->nonce, 0x22, 16);
    assert_int_equal(hello->clock_ms, 1763888400002);
    assert_string_equal(hello->software, "lienxa-node 0.1.0");
    assert_int_equal(hello->acked, 299);
    assert_int_equal(hello->credit[LANE_EXPRESS], 1000);
    assert_int_equal(hello->credit[LANE_BULK], 2000);
    expect_backlog(&hello->backlog);
    assert_int_equal(hello->claim_count, 2);
    expect_claim(&hello->claims[0], "up");
    expect_claim(&hello->claims[1], "all");
}

static void a_welcome_is_read_field_by_field(void **state)
{
    const struct msg_welcome *w = &decoded_full(*state, MSG_WELCOME)->welcome;

    assert_int_equal(w->minor, 1);
    expect_run(&w->session, 0x11, 16);
    expect_run(&w->instance, 0x22, 16);
    assert_int_equal(w->clock_ms, 1763888400003);
    assert_int_equal(w->credit[LANE_EXPRESS], 1001);
    assert_int_equal(w->credit[LANE_BULK], 2001);
    expect_claim(&w->up, "up");
    assert_int_equal(w->channel_count, 1);
    expect_name(&w->channels[0].name, FIXTURE_HUB, "all");
    assert_int_equal(w->channels[0].head, 44);
    assert_int_equal(w->channels[0].resume, 33);
}

static void expect_ref(const struct early_ref *ref)
{
    assert_string_equal(ref->home, FIXTURE_UNIT);
    expect_run(&ref->record, 0x10, 16);
    assert_int_equal(ref->version, 7);
    expect_run(&ref->digest, 0x30, 32);
}

static void expect_change(const struct change *change)
{
    const struct part *part = change->part;
    struct buf header = raw_header();

    assert_true(bytes_equal(change->header_bytes, buf_bytes(&header)));
    buf_free(&header);
    assert_string_equal(change->header.home, FIXTURE_UNIT);
    expect_run(&change->header.record, 0x10, 16);
    assert_int_equal(change->header.kind, KIND_REPORT);
    assert_int_equal(change->header.flags, CHANGE_EXPEDITED);
    assert_int_equal(change->header.version, 3);
    assert_int_equal(change->header.clock_ms, 1763888400000);
    assert_int_equal(part[PART_FACT].form, PART_WHOLE);
    expect_run(part[PART_FACT].salt, 0x20, 16);
    assert_true(bytes_equal(part[PART_FACT].bytes, bytes_of_text("fact")));
    assert_int_equal(part[PART_BODY].form, PART_STUB);
    expect_run(&part[PART_BODY].hash, 0x30, 32);
    assert_int_equal(part[PART_VAULT].form, PART_WHOLE);
    expect_run(part[PART_VAULT].salt, 0x50, 16);
    assert_int_equal(part[PART_VAULT].bytes.size, 0);
    assert_true(change->is_signed);
    expect_run(change->key_id, 0x60, 8);
    expect_run(change->signature, 0x70, 64);
}

static void early_messages_are_read_field_by_field(void **state)
{
    const struct sync_message *m = decoded_full(*state, MSG_EARLY_LIST);

    assert_true(m->early_list.last);
    assert_int_equal(m->early_list.count, 2);
    expect_ref(&m->early_list.refs[1]);
    m = decoded_full(*state, MSG_WANT);
    assert_int_equal(m->want.count, 2);
    expect_ref(&m->want.refs[0]);
    m = decoded_full(*state, MSG_EARLY);
    assert_true(m->early.handed_back);
    expect_change(&m->early.change);
    m = decoded_full(*state, MSG_EARLY_ACK);
    expect_ref(&m->early_ack.ref);
    assert_true(m->early_ack.stored);
    assert_int_equal(m->early_ack.code, NAK_FOREIGN);
    assert_int_equal(m->early_ack.credit, 9999);
}

static void expect_signed(const struct signed_bytes *s, const char *body)
{
    assert_true(bytes_equal(s->body, bytes_of_text(body)));
    expect_run(s->key_id, 0x60, 8);
    expect_run(s->signature, 0x70, 64);
}

static void stream_messages_are_read_field_by_field(void **state)
{
    const struct sync_message *m = decoded_full(*state, MSG_BATCH);

    expect_name(&m->batch.name, FIXTURE_UNIT, "up");
    assert_int_equal(m->batch.first, 17);
    assert_int_equal(m->batch.count, 2);
    expect_change(&m->batch.changes[0]);
    expect_change(&m->batch.changes[1]);
    expect_signed(&m->batch.head, "head");
    m = decoded_full(*state, MSG_ACK);
    expect_name(&m->ack.name, FIXTURE_UNIT, "up");
    assert_int_equal(m->ack.seq, 17);
    assert_int_equal(m->ack.credit, 4711);
    m = decoded_full(*state, MSG_NAK);
    expect_name(&m->nak.name, FIXTURE_UNIT, "up");
    assert_int_equal(m->nak.expected, 17);
    assert_int_equal(m->nak.code, NAK_LATER);
    assert_int_equal(m->nak.wait_ms, 1500);
    m = decoded_full(*state, MSG_PULL);
    expect_name(&m->pull.name, FIXTURE_UNIT, "up");
    assert_int_equal(m->pull.after, 17);
    m = decoded_full(*state, MSG_ANNOUNCE);
    expect_name(&m->announce.name, FIXTURE_UNIT, "up");
    assert_int_equal(m->announce.head, 17);
}

static void the_others_are_read_field_by_field(void **state)
{
    const struct sync_message *m = decoded_full(*state, MSG_CHALLENGE);

    expect_run(&m->challenge.nonce, 0x33, 16);
    m = decoded_full(*state, MSG_BULK_OPEN);
    expect_run(&m->bulk_open.session, 0x33, 16);
    m = decoded_full(*state, MSG_CREDIT);
    assert_int_equal(m->credit.credit[LANE_EXPRESS], 123);
    assert_int_equal(m->credit.credit[LANE_BULK], 456);
    m = decoded_full(*state, MSG_STATUS);
    assert_int_equal(m->status.head, 12);
    expect_backlog(&m->status.backlog);
    assert_int_equal(m->status.clock_ms, 1763888400004);
    m = decoded_full(*state, MSG_BEACON);
    expect_signed(&m->beacon.beacon, "one");
    m = decoded_full(*state, MSG_BYE);
    assert_int_equal(m->bye.code, BYE_STOPPING);
    assert_string_equal(m->bye.text, "đang dừng");
    m = decoded_full(*state, MSG_ENROL);
    assert_string_equal(m->enrol.unit, FIXTURE_UNIT);
    expect_run(m->enrol.secret, 0x01, 32);
    expect_run(m->enrol.curve_public, 0x41, 32);
    expect_run(m->enrol.sign_public, 0x81, 32);
    expect_run(m->enrol.signature, 0xc1, 64);
    assert_int_equal(m->enrol.tls_request.size, 40);
    expect_run(m->enrol.tls_request.data, 0x31, 40);
    m = decoded_full(*state, MSG_ENROLLED);
    expect_signed(&m->enrolled.certificate, "one");
    expect_signed(&m->enrolled.signing_key, "two");
    assert_int_equal(m->enrolled.tls_certificate.size, 50);
    expect_run(m->enrolled.tls_certificate.data, 0x32, 50);
    assert_int_equal(m->enrolled.tls_authority.size, 60);
    expect_run(m->enrolled.tls_authority.data, 0x33, 60);
}

static void vault_messages_are_read_field_by_field(void **state)
{
    const struct sync_message *m = decoded_full(*state, MSG_VAULT);

    expect_name(&m->vault.name, FIXTURE_UNIT, "vault");
    assert_int_equal(m->vault.after, 17);
    assert_int_equal(m->vault.last, 19);
    assert_int_equal(m->vault.count, 2);
    expect_ref(&m->vault.objects[1].ref);
    assert_int_equal(m->vault.objects[1].bytes.size, 40);
    expect_run(m->vault.objects[1].bytes.data, 0x55, 40);
    m = decoded_full(*state, MSG_VAULT_WANT);
    assert_int_equal(m->vault_want.count, 2);
    expect_ref(&m->vault_want.refs[1]);
    m = decoded_full(*state, MSG_WELCOME);
    assert_int_equal(m->welcome.vaulted, 16);
}

static void pieces_of_files_are_read_field_by_field(void **state)
{
    const struct sync_message *m = decoded_full(*state, MSG_MEDIA_WANT);

    expect_run(&m->media_want.name, 0x31, 32);
    assert_int_equal(m->media_want.first, 7);
    assert_int_equal(m->media_want.count, LIMIT_MEDIA_WANT);
    m = decoded_full(*state, MSG_MEDIA);
    expect_run(&m->media.name, 0x31, 32);
    assert_int_equal(m->media.piece, 8);
    assert_int_equal(m->media.code, MEDIA_LATER);
    assert_int_equal(m->media.data.size, 50);
    expect_run(m->media.data.data, 0x41, 50);
}

static void files_on_a_stick_are_read_field_by_field(void **state)
{
    const struct sync_message *m = decoded_full(*state, MSG_MEDIA_LACKS);

    assert_int_equal(m->media_lacks.held, 12);
    assert_false(m->media_lacks.from_first);
    expect_run(&m->media_lacks.after, 0x10, 32);
    assert_false(m->media_lacks.to_last);
    expect_run(&m->media_lacks.last, 0x50, 32);
    assert_int_equal(m->media_lacks.count, 1);
    expect_run(&m->media_lacks.items[0].name, 0x31, 32);
    assert_int_equal(m->media_lacks.items[0].next, 9);
    m = decoded_full(*state, MSG_MEDIA_CARRIED);
    expect_run(&m->media_carried.name, 0x31, 32);
    assert_int_equal(m->media_carried.piece, 8);
    assert_int_equal(m->media_carried.data.size, 50);
    expect_run(m->media_carried.data.data, 0x41, 50);
}

static void machines_that_are_replaced_are_told_so(void **state)
{
    const struct sync_message *m = decoded_full(*state, MSG_DRAIN);

    assert_int_equal(m->drain.minor, 1);
    assert_int_equal(m->drain.up.samples[0].seq, 300);
    assert_int_equal(m->drain.channels[0].resume, 33);
    m = decoded_full(*state, MSG_DRAINED);
    assert_int_equal(m->drained.head, 77);
    m = decoded_full(*state, MSG_ROTATE);
    assert_true(bytes_equal(m->rotate.body, bytes_of_text("rotation")));
    expect_run(m->rotate.old_signature, 0x60, 64);
    expect_run(m->rotate.new_signature, 0x70, 64);
    m = decoded_full(*state, MSG_ROTATED);
    assert_true(m->rotated.certified);
    expect_signed(&m->rotated.certificate, "certificate");
    assert_string_equal(m->rotated.text, "vì sao không");
}

static void an_order_to_rotate_is_empty(void **state)
{
    struct codecs *c = *state;
    struct buf nothing = {0};
    const struct sync_message *m = decoded(c, MSG_ROTATE, &nothing);

    assert_int_equal(m->rotate.body.size, 0);
    nothing = (struct buf){0};
    m = decoded(c, MSG_ROTATED, &nothing);
    assert_false(m->rotated.certified);
}

/* What each message cannot do without; all else may be missing. */
static struct buf least(enum message_type type)
{
    struct buf b = {0}, inner = {0}, name = raw_name(FIXTURE_UNIT, "up");

    if (type == MSG_HELLO) {
        raw_run(&b, 5, 1, 16);
    } else if (type == MSG_WELCOME || type == MSG_DRAIN) {
        raw_message(&inner, 1, &name);
        raw_varint(&inner, 2 << 3 | 2);
        raw_varint(&inner, 34);
        raw_run(&inner, 2, 9, 32);
        raw_run(&b, 2, 1, 16);
        raw_run(&b, 3, 1, 16);
        raw_message(&b, 7, &inner);
    } else if (type == MSG_EARLY_ACK) {
        inner = raw_ref();
        raw_message(&b, 1, &inner);
    } else if (type == MSG_EARLY) {
        struct buf header = raw_header();

        raw_message(&inner, 1, &header);
        raw_message(&b, 1, &inner);
    } else if (type == MSG_BATCH) {
        raw_message(&b, 1, &name);
        raw_number(&b, 2, 1);
        inner = raw_signed("h");
        raw_message(&b, 5, &inner);
    } else if (type == MSG_ACK || type == MSG_PULL || type == MSG_ANNOUNCE ||
               type == MSG_VAULT) {
        raw_message(&b, 1, &name);
    } else if (type == MSG_CHALLENGE || type == MSG_BULK_OPEN ||
               type == MSG_BEACON || type == MSG_ENROL ||
               type == MSG_ENROLLED || type == MSG_MEDIA_WANT) {
        b = raw_content(type);
    } else if (type == MSG_MEDIA || type == MSG_MEDIA_CARRIED) {
        raw_run(&b, 1, 1, 32);
    }
    buf_free(&name);
    buf_free(&inner);
    return b;
}

static void a_message_of_the_least_is_read_and_comes_back(void **state)
{
    struct codecs *c = *state;

    for (int i = 0; i < FIXTURE_TYPES; i++) {
        int type = (int)fixture_types[i];
        struct buf content = least((enum message_type)type), first = {0};
        struct bytes frame;

        decoded(c, (enum message_type)type, &content);
        assert_int_equal(wire_encode(c->plain, &frame, &c->message, NULL), 0);
        buf_add_bytes(&first, frame);
        assert_int_equal(
            decode_copy(c->plain, &c->message, buf_bytes(&first), NULL), 0);
        assert_int_equal(wire_encode(c->plain, &frame, &c->message, NULL), 0);
        assert_true(bytes_equal(frame, buf_bytes(&first)));
        buf_free(&first);
    }
}

static void a_nak_may_name_no_stream(void **state)
{
    struct buf nothing = {0};
    const struct msg_nak *nak = &decoded(*state, MSG_NAK, &nothing)->nak;

    assert_string_equal(nak->name.home, "");
    assert_int_equal(nak->code, NAK_NONE);
}

static void an_unknown_message_type_is_of_a_later_version(void **state)
{
    struct codecs *c = *state;
    struct buf frame = {0};

    raw_text(&frame, 99, "?");
    assert_int_equal(
        decode_copy(c->plain, &c->message, buf_bytes(&frame), &c->err),
        ERR_VERSION);
    assert_non_null(strstr(c->err.text, "99"));
    buf_free(&frame);
}

static void an_empty_frame_is_malformed(void **state)
{
    struct codecs *c = *state;

    assert_int_equal(
        wire_decode(c->plain, &c->message, (struct bytes){NULL, 0}, &c->err),
        ERR_INVALID);
}

static void unknown_fields_of_messages_are_ignored(void **state)
{
    struct codecs *c = *state;
    struct buf content = raw_content(MSG_ACK), frame;

    raw_text(&content, 77, "later");
    frame = raw_frame(MSG_ACK, &content);
    raw_number(&frame, 88, 5);
    assert_int_equal(
        decode_copy(c->plain, &c->message, buf_bytes(&frame), &c->err), 0);
    assert_int_equal(c->message.ack.seq, 17);
    buf_free(&frame);
}

static void unknown_kinds_flags_and_header_fields_are_kept(void **state)
{
    struct buf header = {0};
    struct change_header out;

    (void)state;
    raw_text(&header, 1, FIXTURE_UNIT);
    raw_run(&header, 2, 0x10, 16);
    raw_number(&header, 3, 4000);
    raw_number(&header, 4, 0x80);
    raw_number(&header, 5, 1);
    raw_text(&header, 9, "later");
    assert_int_equal(wire_header_decode(&out, buf_bytes(&header)), 0);
    assert_int_equal(out.kind, 4000);
    assert_int_equal(out.flags, 0x80);
    buf_free(&header);
}

static void a_header_comes_back_as_it_was(void **state)
{
    struct buf expected = raw_header(), again = {0};
    struct change_header out;

    (void)state;
    assert_int_equal(wire_header_decode(&out, buf_bytes(&expected)), 0);
    wire_header_encode(&again, &out);
    assert_true(bytes_equal(buf_bytes(&again), buf_bytes(&expected)));
    buf_free(&again);
    buf_free(&expected);
}

static void the_size_of_a_change_is_told_closely(void **state)
{
    struct buf change = raw_change();
    const struct sync_message *m = decoded_full(*state, MSG_EARLY);
    size_t told = wire_change_size(&m->early.change);

    assert_in_range(told, change.size, change.size + 16);
    buf_free(&change);
}

static void a_large_batch_is_compressed_and_read_back(void **state)
{
    struct codecs *c = *state;
    struct buf content = raw_batch(200), frame = raw_frame(MSG_BATCH, &content);
    struct buf first = {0};
    struct bytes zipped;
    struct sync_message *m = &c->message;

    assert_int_equal(decode_copy(c->plain, m, buf_bytes(&frame), NULL), 0);
    assert_int_equal(wire_encode(c->zipping, &zipped, m, NULL), 0);
    assert_true(zipped.size < frame.size / 10);
    buf_add_bytes(&first, zipped);
    assert_int_equal(decode_copy(c->plain, m, buf_bytes(&first), NULL), 0);
    assert_int_equal(m->batch.count, 200);
    expect_change(&m->batch.changes[199]);
    expect_signed(&m->batch.head, "head");
    buf_free(&first);
    buf_free(&frame);
}

static void a_small_batch_is_left_plain(void **state)
{
    struct codecs *c = *state;
    struct buf frame = raw_full(MSG_BATCH);
    struct bytes out;

    assert_int_equal(
        decode_copy(c->plain, &c->message, buf_bytes(&frame), NULL), 0);
    assert_int_equal(wire_encode(c->zipping, &out, &c->message, NULL), 0);
    assert_true(bytes_equal(out, buf_bytes(&frame)));
    buf_free(&frame);
}

static void a_batch_that_does_not_shrink_is_left_plain(void **state)
{
    struct codecs *c = *state;
    struct sync_message *m = &c->message;
    struct change change;
    uint8_t noise[4096];
    uint32_t x = 1;
    struct bytes plain, zipped;

    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
    decoded_full(c, MSG_BATCH);
    change = m->batch.changes[0];
    change.part[PART_FACT].bytes = bytes_of(noise, sizeof noise);
    change.part[PART_VAULT].form = PART_ABSENT;
    m->batch.changes = &change;
    m->batch.count = 1;
    assert_int_equal(wire_encode(c->plain, &plain, m, NULL), 0);
    assert_int_equal(wire_encode(c->zipping, &zipped, m, NULL), 0);
    assert_true(bytes_equal(plain, zipped));
}

static void a_frame_that_is_too_large_is_not_made(void **state)
{
    struct codecs *c = *state;
    struct sync_message *m = &c->message;
    struct change change[3];
    struct buf body = {0};
    struct bytes frame;

    for (int i = 0; i < LIMIT_BODY; i++)
        buf_add_u8(&body, (uint8_t)i);
    decoded_full(c, MSG_BATCH);
    for (int i = 0; i < 3; i++) {
        change[i] = m->batch.changes[0];
        change[i].part[PART_VAULT].bytes = buf_bytes(&body);
    }
    m->batch.changes = change;
    m->batch.count = 3;
    assert_int_equal(wire_encode(c->plain, &frame, m, &c->err), ERR_FULL);
    assert_non_null(strstr(c->err.text, "262144"));
    m->batch.count = 2;
    assert_int_equal(wire_encode(c->plain, &frame, m, &c->err), 0);
    m->batch.count = 3;
    assert_int_equal(wire_encode(c->zipping, &frame, m, &c->err), 0);
    m->batch.count = LIMIT_BATCH_CHANGES + 1;
    assert_int_equal(wire_encode(c->plain, &frame, m, &c->err), ERR_FULL);
    buf_free(&body);
}

static void a_batch_over_the_plain_limit_is_not_compressed(void **state)
{
    struct codecs *c = *state;
    struct sync_message *m = &c->message;
    struct change change[12];
    struct buf body = {0};
    struct bytes frame;

    for (int i = 0; i < LIMIT_BODY; i++)
        buf_add_u8(&body, 'a');
    decoded_full(c, MSG_BATCH);
    for (int i = 0; i < 12; i++) {
        change[i] = m->batch.changes[0];
        change[i].part[PART_VAULT].bytes = buf_bytes(&body);
    }
    m->batch.changes = change;
    m->batch.count = 12;
    assert_int_equal(wire_encode(c->zipping, &frame, m, &c->err), ERR_FULL);
    m->batch.count = 10;
    assert_int_equal(wire_encode(c->zipping, &frame, m, &c->err), 0);
    buf_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_comes_back_as_the_bytes_it_was),
        cmocka_unit_test(a_hello_is_read_field_by_field),
        cmocka_unit_test(a_welcome_is_read_field_by_field),
        cmocka_unit_test(early_messages_are_read_field_by_field),
        cmocka_unit_test(stream_messages_are_read_field_by_field),
        cmocka_unit_test(the_others_are_read_field_by_field),
        cmocka_unit_test(vault_messages_are_read_field_by_field),
        cmocka_unit_test(pieces_of_files_are_read_field_by_field),
        cmocka_unit_test(files_on_a_stick_are_read_field_by_field),
        cmocka_unit_test(files_on_a_stick_are_read_field_by_field),
        cmocka_unit_test(machines_that_are_replaced_are_told_so),
        cmocka_unit_test(an_order_to_rotate_is_empty),
        cmocka_unit_test(a_message_of_the_least_is_read_and_comes_back),
        cmocka_unit_test(a_nak_may_name_no_stream),
        cmocka_unit_test(an_unknown_message_type_is_of_a_later_version),
        cmocka_unit_test(an_empty_frame_is_malformed),
        cmocka_unit_test(unknown_fields_of_messages_are_ignored),
        cmocka_unit_test(unknown_kinds_flags_and_header_fields_are_kept),
        cmocka_unit_test(a_header_comes_back_as_it_was),
        cmocka_unit_test(the_size_of_a_change_is_told_closely),
        cmocka_unit_test(a_large_batch_is_compressed_and_read_back),
        cmocka_unit_test(a_small_batch_is_left_plain),
        cmocka_unit_test(a_batch_that_does_not_shrink_is_left_plain),
        cmocka_unit_test(a_frame_that_is_too_large_is_not_made),
        cmocka_unit_test(a_batch_over_the_plain_limit_is_not_compressed),
    };

    return cmocka_run_group_tests_name("wire/codec", tests, setup, teardown);
}
