/* tests/unit/test_wire_schema.c - the schema: decoders have no depth limit, so
 * it must have none to need.
 */
#include "test_wire_fixture.h"
#include <protobuf-c/protobuf-c.h>

extern const ProtobufCMessageDescriptor lienxa__envelope__descriptor,
    lienxa__change_list__descriptor, lienxa__head_body__descriptor,
    lienxa__report_fact__descriptor, lienxa__report_body__descriptor,
    lienxa__alert_body__descriptor;

static void expect_no_cycle(const ProtobufCMessageDescriptor *path[], int depth)
{
    const ProtobufCMessageDescriptor *last = path[depth];

    assert_true(depth < 8);
    for (int i = 0; i < depth; i++)
        if (path[i] == last)
            fail_msg("%s contains itself", last->name);
    for (unsigned i = 0; i < last->n_fields; i++)
        if (last->fields[i].type == PROTOBUF_C_TYPE_MESSAGE) {
            path[depth + 1] = last->fields[i].descriptor;
            expect_no_cycle(path, depth + 1);
        }
}

static void no_message_contains_itself(void **state)
{
    static const ProtobufCMessageDescriptor *const roots[] = {
        &lienxa__envelope__descriptor,    &lienxa__change_list__descriptor,
        &lienxa__head_body__descriptor,   &lienxa__report_fact__descriptor,
        &lienxa__report_body__descriptor, &lienxa__alert_body__descriptor,
    };
    const ProtobufCMessageDescriptor *path[16];

    (void)state;
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        path[0] = roots[i];
        expect_no_cycle(path, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_message_contains_itself),
    };

    return cmocka_run_group_tests_name("wire/schema", tests, NULL, NULL);
}
