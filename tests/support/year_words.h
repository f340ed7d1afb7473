/* tests/support/year_words.h - the words of the sample year: data only.
 *
 * Written for this project, in NFC; nothing in it happened. A text holds slots:
 *   {p} a place   {t} when   {a} {b} {c} one of the kind's own words
 *   {s} an invented telephone number   {m} a sum of money
 * One that begins with '!' tells of what is going on while it is told.
 */
#ifndef LIENXA_YEAR_WORDS_H
#define LIENXA_YEAR_WORDS_H

#include <stdint.h>

enum year_hours { /* when it is told */
                  HOURS_OFFICE,
                  HOURS_DAY,
                  HOURS_EVENING,
                  HOURS_NIGHT,
                  HOURS_MORNING, /* found after the night */
                  HOURS_ANY,
                  HOURS_END
};

enum year_season {
    SEASON_FLAT,
    SEASON_DRY, /* low water, stubble burns */
    SEASON_WET, /* September to December */
    SEASON_SUMMER,
    SEASON_FEASTS, /* weddings: January to May, and the summer */
    SEASON_YEAR_END,
    SEASON_END
};

enum year_place {
    PLACE_ANY,
    PLACE_HOME,
    PLACE_ROAD,
    PLACE_RIVER,
    PLACE_LAGOON,
    PLACE_WATER, /* the commune's: river, lagoon or ditch */
    PLACE_END
};

/* How it is dealt with. */
enum year_course {
    COURSE_QUESTION,
    COURSE_RESCUE, /* people go there at once */
    COURSE_CRIME,
    COURSE_ORDER, /* reminded, fined, tidied */
    COURSE_END
};

struct year_kind {
    const char *category;
    uint32_t share;         /* of 1000 reports of an inland commune; */
    uint32_t river, lagoon; /* and more where there is one */
    uint32_t tet, weekend;  /* percent of an ordinary day */
    uint32_t lag;           /* minutes from the event to the report */
    enum year_hours hours;
    enum year_season season;
    enum year_place place;
    enum year_course course;
    const char *const *texts; /* lists end with NULL */
    const char *const *a, *const *b, *const *c;
};

extern const struct year_kind year_order[]; /* end with category NULL */
extern const struct year_kind year_life[];

/* Told in the fortnight of the swindle, in the flood, in the collection of
 * weapons. The slots are the kind's own. */
struct year_story {
    const char *category;
    uint32_t share; /* of 1000 reports of a year, within its days */
    const char *const *texts;
    const char *const *a, *const *b, *const *c; /* NULL: the kind's */
};
extern const struct year_story year_swindle[], year_flood[], year_weapons[];

extern const char *const *const year_places[PLACE_END];

/* Only villages that public sources confirm (design 14). `known` is how many
 * of 100 reports name one. */
struct year_commune {
    const char *slug;
    uint32_t tips, questions; /* of a year */
    _Bool river, lagoon, cut_off;
    uint32_t known;
    const char *villages[5];
};
extern const struct year_commune year_communes[]; /* ends with slug NULL */

extern const char *const *const year_openings[]; /* by enum report_channel */
extern const char *const year_endings[];
extern const char *const year_sums[];
extern const char *const year_names[], *const year_given[];
/* Pairs: a word and how it is typed in a hurry. */
extern const char *const year_hurried[];

/* What officers write: when done, by course; when closed early, by outcome. */
extern const char *const *const year_done[COURSE_END];
extern const char *const *const year_ended[]; /* by enum report_outcome */
extern const char *const year_asked[], *const year_reopened[];

#define YEAR_LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

#endif
