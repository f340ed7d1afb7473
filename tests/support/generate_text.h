/* tests/support/generate_text.h - the words lienxa-generate makes reports of.
 *
 * Invented, in NFC. Lists end with NULL; a word that stands twice is picked
 * twice as often.
 */
#ifndef LIENXA_GENERATE_TEXT_H
#define LIENXA_GENERATE_TEXT_H

/* {p} place, {t} time, {w} one of the things. Weights are per 10,000. */
struct generate_kind {
    const char *category;
    int weight;
    const char *texts[4];  /* ends with NULL */
    const char *things[4]; /* all four are there */
};
extern const struct generate_kind
    generate_kinds[]; /* ends with category NULL */

/* Only villages that public sources confirm (design 14). */
struct generate_place {
    const char *unit, *villages[5];
};
extern const struct generate_place generate_places[]; /* ends with unit NULL */

extern const char *const generate_spots[],
    *const generate_hours[], *const generate_endings[],
                                 *const generate_channels[],
                                     *const generate_open_states[],
                                         *const generate_families[],
                                             *const generate_middles[],
                                                 *const generate_given[];

#endif
