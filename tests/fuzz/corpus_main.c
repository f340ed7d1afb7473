/* tests/fuzz/corpus_main.c - lienxa-corpus FOLDER: writes the first inputs of
 * every fuzz target below FOLDER/TARGET: the golden bytes of the protocol
 * (support/golden.h), and what else each of them reads, written out below. What
 * fuzzing found is beside them (ops/fuzz) and is not touched.
 */
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/crypto/x509.h"
#include "common/wire/bundle.h"
#include "common/wire/canary.h"
#include "common/wire/codec.h"
#include "common/wire/disclosure.h"
#include "common/wire/settings.h"
#include "hub/commands.h"
#include "node/commands.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/golden.h"

enum { SESSIONS = 12, SESSION_BYTES = 700 };

/* What begins with it goes to the target, behind the byte that selects. */
static const struct place {
    const char *golden, *target;
    int select; /* -1: no such byte */
} places[] = {
    {"message_", "frame", -1},
    {"header", "signed", 0},
    {"head_body", "signed", 1},
    {"beacon_body", "signed", 2},
    {"certificate_body", "signed", 3},
    {"signing_key_body", "signed", 4},
    {"rotation_body", "signed", 5},
    {"alert_fact", "signed", 6},
    {"token", "token", 0},
    {"report_fact", "record", 0},
    {"report_body", "record", 1},
    {"report_vault", "record", 2},
    {"seal_body", "record", 3},
    {"alert_body", "record", 4},
    {"receipt_fact", "record", 5},
    {"node_key_fact", "record", 6},
    {"unit_keys_fact", "record", 7},
    {"incarnation_fact", "record", 8},
    {"referral_fact", "record", 9},
    {"carried_fact", "record", 10},
    {"change", "record", 11},
    {"note_body", "record", 12},
    {"unit_fact", "record", 13},
    {"notice_fact", "record", 14},
    {"notice_body", "record", 15},
    {"procedure_fact", "record", 16},
    {"procedure_body", "record", 17},
    {"closing_fact", "record", 18},
    {"hub_key_fact", "record", 19},
    {"disclosure_fact", "record", 20},
    {"disclosure_vault", "record", 21},
    {"unit_keys_vault", "record", 22},
    {"vault_object", "record", 23},
    {"vault_parts", "record", 24},
};

static const struct seed {
    const char *target, *name, *text; /* the first byte selects, if any does */
} seeds[] = {
    {"json", "report",
     "{\"category\":\"cat_trai_phep\",\"text\":\"Ghe hút cát\",\"urgent\":true,"
     "\"lat\":16.5667,\"lon\":107.5,\"received\":\"2026-11-23T09:00:00+07:"
     "00\"}"},
    {"json", "kinds",
     "{\"a\":[1,-2,3.5e7,\"\\u1ed9\\\"\",null,false,{\"b\":{}}]}"},
    {"csv", "roster",
     "0code,valid_from,slug,name,phone\r\n19894,2004-07-08,quang-tho,"
     "\"Quảng, Thọ\",0234 000 000\r\n"},
    {"csv", "procedures",
     "1code,name,valid_from,valid_to,legal_basis,who,papers,forms,fee,time,"
     "channel,receiving_unit,notes,last_checked\n1.004222,Đăng ký thường trú,"
     "2025-07-01,,\"Luật \"\"Cư trú\"\"\",Công dân,CT01,"
     "CT01@2023-12-15..2025-06-30; CT01@2025-07-01..,0,7 ngày,VNeID,xã,,"
     "2025-09-01\n"},
    {"words", "plain", "trom xe may"},
    {"words", "accents", "Hoà hòa ghe hút cát đá gà"},
    {"words", "marks", "\"a\" OR b* NEAR(c, 2) -d:e ^f"},
    {"http", "target", "0/api/reports/1?unit=quang-tho&text=c%C3%A1t+%26"},
    {"http", "coding", "1gzip;q=0.5, *;q=0, br"},
    {"http", "tags", "1W/\"a\", \"3f2a91c0\", *"},
    {"http", "token",
     "200112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"},
    {"http", "origin",
     "3\x04POST\x05hub:1\x0dhttps://hub:1\x0bsame-origin\x01"
     "1"},
    {"typed", "time", "02026-11-23T09:00:00+07:00"},
    {"typed", "day", "12026-11-23"},
    {"typed", "id", "2019aaffe-2a7b-7000-8000-0000000000a1"},
    {"typed", "duration", "31h30m"},
    {"typed", "period", "42026-10"},
    {"typed", "code", "5ABCD-EFGH-IJKL"},
    {"typed", "shares", "6\x20share aaaa-bbbb-cccc-dddd-eeee  share ffff-gggg"},
    {"backup", "front", "1"},
    {"backup", "mark", "0lienxa-backup 1\nprogram node\nhome a\n\n"},
    {"x509", "name", "2may-1.quang-tho.lienxa.internal"},
    {"x509", "address", "2fe80::1"},
};

/* A byte that names the command in its table comes in front. */
static const struct order {
    const char *target, *command, *args;
} orders[] = {
    {"node", "report.add",
     "{\"category\":\"cat_trai_phep\",\"text\":\"Ghe hút cát\",\"village\":"
     "\"Phước Yên\",\"urgent\":true,\"name\":\"A\",\"phone\":\"0900000001\"}"},
    {"node", "report.move",
     "{\"id\":\"019aaffe-2a7b-7000-8000-0000000000a1\",\"state\":\"dong\","
     "\"outcome\":\"tin_rac\",\"note\":\"x\"}"},
    {"node", "report.refer",
     "{\"id\":\"019aaffe-2a7b-7000-8000-0000000000a1\",\"to\":\"district\"}"},
    {"node", "report.erase",
     "{\"id\":\"019aaffe-2a7b-7000-8000-0000000000a1\",\"reason\":\"x\"}"},
    {"node", "close", "{\"from\":20415,\"to\":20444,\"period\":\"2026-10\"}"},
    {"node", "notice.publish",
     "{\"kind\":\"canh_bao_thu_doan\",\"title\":\"T\",\"text\":\"N\"}"},
    {"node", "alert.ack",
     "{\"id\":\"019aaffe-2a7b-7000-8000-0000000000b2\",\"by\":\"Lan\"}"},
    {"hub", "alert.issue",
     "{\"event\":\"flood\",\"headline\":\"Lũ\",\"text\":\"Sơ tán\","
     "\"severity\":\"extreme\",\"expires_ms\":21600000,\"to\":[\"quang-tho\"]"
     "}"},
    {"hub", "alert.cancel",
     "{\"id\":\"019aaffe-2a7b-7000-8000-0000000000b2\",\"reason\":\"x\"}"},
    {"hub", "node.invite",
     "{\"unit\":\"quang-tho\",\"advertise\":\"10.0.0.1\"}"},
    {"hub", "node.revoke", "{\"unit\":\"quang-tho\"}"},
    {"hub", "notice.publish",
     "{\"kind\":\"canh_bao_thu_doan\",\"title\":\"T\",\"text\":\"N\"}"},
};

static int write_seed(const char *folder, const char *target, const char *name,
                      int select, struct bytes bytes)
{
    struct buf content = {0};
    struct error err;
    char path[1024];
    int rc;

    if (select >= 0)
        buf_add_u8(&content, (uint8_t)select);
    buf_add_bytes(&content, bytes);
    (void)snprintf(path, sizeof path, "%s/%s", folder, target);
    rc = file_make_folder(path, &err);
    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, target, name);
    if (rc == 0)
        rc = file_write(path, buf_bytes(&content), 0644, &err);
    if (rc != 0)
        (void)fprintf(stderr, "%s\n", err.text);
    buf_free(&content);
    return rc;
}

static int write_golden(const char *folder, const struct golden_item *item)
{
    struct buf bytes = {0};
    int rc = 0;

    item->make(&bytes);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strncmp(item->name, places[i].golden, strlen(places[i].golden)) ==
            0) {
            rc = write_seed(folder, places[i].target, item->name,
                            places[i].select, buf_bytes(&bytes));
            break;
        }
    buf_free(&bytes);
    return rc;
}

static int write_order(const char *folder, const struct order *order)
{
    const char *(*name)(size_t) = strcmp(order->target, "hub") == 0
                                      ? hub_commands_name
                                      : node_commands_name;

    for (int i = 0; name((size_t)i) != NULL; i++)
        if (strcmp(name((size_t)i), order->command) == 0)
            return write_seed(folder, order->target, order->command, i,
                              bytes_of_text(order->args));
    (void)fprintf(stderr, "no command %s\n", order->command);
    return -1;
}

static int write_requests(const char *folder)
{
    static const uint8_t frame[] = {1, 0, 0, 0, 2, '{', '}'};
    int rc = write_seed(folder, "control", "frame", -1,
                        bytes_of(frame, sizeof frame));

    for (size_t i = 0; i < sizeof orders / sizeof *orders && rc == 0; i++)
        rc = write_order(folder, &orders[i]);
    if (rc == 0)
        rc = write_seed(
            folder, "node", "door", 255,
            bytes_of_text("{\"id\":\"019aaffe-2a7b-7000-8000-0000000000c1\","
                          "\"command\":\"session.salt\",\"from\":\"10.0.0.1\","
                          "\"args\":{\"name\":\"lan\"}}"));
    if (rc == 0)
        rc = write_seed(
            folder, "node", "line", 254,
            bytes_of_text("{\"category\":\"trom_cap\",\"text\":\"Mất xe\","
                          "\"received\":\"2026-11-23T09:00:00+07:00\","
                          "\"lat\":16.5,\"lon\":107.5,\"state\":\"moi\"}"));
    return rc;
}

/* Any sequence is one: bytes that are the same each time. */
static int write_sessions(const char *folder)
{
    uint8_t bytes[SESSION_BYTES];
    uint64_t state = 5;
    char name[32];
    int rc = 0;

    for (int i = 0; i < SESSIONS && rc == 0; i++) {
        for (size_t k = 0; k < sizeof bytes; k++) {
            state = state * UINT64_C(6364136223846793005) + 1;
            bytes[k] = (uint8_t)(state >> 56);
        }
        (void)snprintf(name, sizeof name, "random_%02d", i);
        rc = write_seed(folder, "session", name, -1,
                        bytes_of(bytes, sizeof bytes));
    }
    return rc;
}

/* Records that no golden file has. */
static int write_records(const char *folder)
{
    struct disclosure asked = {.rule = DISCLOSURE_BY_CUSTODIAN,
                               .stage = DISCLOSURE_ASKED,
                               .asked_by = "lan",
                               .asked_ms = GOLDEN_MS};
    struct disclosure_vault why = {.reason = "x", .refusal = ""};
    struct line_settings line = {.unit = GOLDEN_UNIT,
                                 .rule = {.rate = 32000, .from = 1140}};
    struct canary_fact canary = {.took_ms = 1200, .audit.count = 12};
    struct audit_fact audit = {.unit = GOLDEN_UNIT,
                               .audit.count = 12,
                               .at_ms = GOLDEN_MS,
                               .machine = 1};
    struct buf bytes = {0};
    int rc;

    wire_disclosure_encode(&bytes, &asked);
    rc = write_seed(folder, "record", "disclosure", 20, buf_bytes(&bytes));
    buf_clear(&bytes);
    wire_disclosure_vault_encode(&bytes, &why);
    if (rc == 0)
        rc = write_seed(folder, "record", "disclosure_why", 21,
                        buf_bytes(&bytes));
    buf_clear(&bytes);
    wire_canary_encode(&bytes, &canary);
    if (rc == 0)
        rc = write_seed(folder, "record", "canary", 25, buf_bytes(&bytes));
    buf_clear(&bytes);
    wire_audit_encode(&bytes, &audit);
    if (rc == 0)
        rc = write_seed(folder, "record", "audit", 27, buf_bytes(&bytes));
    buf_clear(&bytes);
    wire_settings_encode(&bytes, &line);
    if (rc == 0)
        rc = write_seed(folder, "record", "settings", 26, buf_bytes(&bytes));
    buf_free(&bytes);
    return rc;
}

/* A block, as a body and behind a head of its own, and the frames of a box. */
static int write_bundle(const char *folder)
{
    struct bundle_block block = {.from = GOLDEN_UNIT,
                                 .to = GOLDEN_HUB,
                                 .number = 1,
                                 .last = true,
                                 .made_ms = GOLDEN_MS,
                                 .box = bytes_of_text("sealed")};
    struct buf body = {0}, blob = {0}, piece = {0}, frames = {0}, frame = {0};
    struct signed_bytes around;
    struct bytes list[2];
    int rc;

    golden_run(block.bundle.bytes, 1, sizeof block.bundle.bytes);
    wire_bundle_block_encode(&body, &block);
    golden_sign(&around, BUNDLE_SIGN_DOMAIN, buf_bytes(&body));
    wire_signed_encode(&blob, &around);
    buf_add_u8(&piece, (uint8_t)((blob.size - 1) >> 8));
    buf_add_u8(&piece, (uint8_t)(blob.size - 1));
    buf_add_bytes(&piece, buf_bytes(&blob));
    golden_find("message_09_ack")->make(&frame);
    list[0] = list[1] = buf_bytes(&frame);
    wire_bundle_frames_encode(&frames, list, 2);
    rc = write_seed(folder, "bundle", "block", 1, buf_bytes(&piece));
    if (rc == 0)
        rc = write_seed(folder, "bundle", "body", 2, buf_bytes(&body));
    if (rc == 0)
        rc = write_seed(folder, "bundle", "frames", 3, buf_bytes(&frames));
    buf_free(&body);
    buf_free(&blob);
    buf_free(&piece);
    buf_free(&frames);
    buf_free(&frame);
    return rc;
}

/* Keys and signatures of OpenSSL are others each time: written once. */
static int write_certificates(const char *folder)
{
    struct buf key = {0}, request = {0}, pem = {0};
    struct x509_names names = {0};
    struct error err;
    char path[1024];
    int rc = 0;

    (void)snprintf(path, sizeof path, "%s/x509/request", folder);
    if (file_exists(path))
        return 0;
    (void)x509_names_add(&names, "quang-tho.lienxa.internal");
    (void)x509_names_add(&names, "192.168.1.5");
    if (x509_key_make(&key, &err) != 0 ||
        x509_request_make(&request, buf_bytes(&key), &names, &err) != 0 ||
        x509_self_signed(&pem, buf_bytes(&key), &names, GOLDEN_MS, &err) != 0)
        rc = -1;
    if (rc == 0)
        rc = write_seed(folder, "x509", "request", 0, buf_bytes(&request));
    if (rc == 0)
        rc = write_seed(folder, "x509", "certificate", 1, buf_bytes(&pem));
    buf_free(&key);
    buf_free(&request);
    buf_free(&pem);
    return rc;
}

int main(int argc, char **argv)
{
    size_t count;
    const struct golden_item *items = golden_items(&count);
    int rc = 0;

    if (argc != 2) {
        (void)fprintf(stderr, "lienxa-corpus FOLDER\n");
        return 2;
    }
    crypto_open();
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = write_golden(argv[1], &items[i]);
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds && rc == 0; i++)
        rc = write_seed(argv[1], seeds[i].target, seeds[i].name, -1,
                        bytes_of_text(seeds[i].text));
    if (rc == 0)
        rc = write_requests(argv[1]);
    if (rc == 0)
        rc = write_sessions(argv[1]);
    if (rc == 0)
        rc = write_records(argv[1]);
    if (rc == 0)
        rc = write_bundle(argv[1]);
    if (rc == 0)
        rc = write_certificates(argv[1]);
    return rc == 0 ? 0 : 1;
}
