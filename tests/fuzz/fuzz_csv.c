/* tests/fuzz/fuzz_csv.c - a list from a spreadsheet. First byte even: a roster,
 * which must find every unit that it names; odd: a catalogue of procedures,
 * each of which must hold as a record (wire/notice.h).
 */
#include "common/base/clock.h"
#include "common/domain/procedure.h"
#include "common/domain/unit.h"
#include "common/wire/notice.h"
#include "tests/fuzz/fuzz.h"

static void read_roster(struct bytes csv)
{
    struct roster roster = {0};
    struct error err;

    if (roster_parse(&roster, csv, &err) == 0)
        for (size_t i = 0; i < roster.count && i < 50; i++)
            if (!unit_key_valid(roster.units[i].key) ||
                roster_find(&roster, roster.units[i].key) != &roster.units[i])
                abort();
    roster_free(&roster);
}

static int take(void *who, const struct procedure *procedure, struct error *err)
{
    struct wire_arena *arena = who;
    struct procedure again = {.name = "",
                              .texts = {"", "", "", "", "", "", "", ""}};
    struct buf fact = {0}, words = {0};

    (void)err;
    wire_procedure_encode(&fact, procedure);
    wire_procedure_words_encode(&words, procedure);
    wire_arena_clear(arena);
    if (wire_procedure_decode(&again, arena, buf_bytes(&fact), err) != 0 ||
        wire_procedure_words_decode(&again, arena, buf_bytes(&words), err) !=
            0 ||
        strcmp(again.name, procedure->name) != 0 ||
        again.form_count != procedure->form_count)
        abort();
    buf_free(&fact);
    buf_free(&words);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wire_arena *arena;
    struct bytes in = bytes_of(data, size);
    struct procedure_reader reader;
    struct error err;

    if (arena == NULL)
        arena = wire_arena_new();
    reader = (struct procedure_reader){clock_day_parse, take, arena};
    if (fuzz_number(&in, 1) % 2 == 0)
        read_roster(in);
    else
        (void)procedure_read_csv(in, &reader, &err);
    return 0;
}
