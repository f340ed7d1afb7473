/* tests/sim/sim.h - a hub and its nodes in one process: the real programs'
 * turns, sessions, streams and databases; only what lies outside of them is
 * played: wire, clocks, chance, disks, people.
 *
 * Read this first. One seed gives one run, to the byte: everything that is
 * chosen comes from sim_below, everything that happens is said to sim_note, and
 * the hash of what was said is the run's mark. A run lives in a process of its
 * own (sim_main.c), so a failed assertion of the programs is a finding too.
 *
 *   sim_outside.c  clocks, chance, log, clients, as the programs ask for them
 *   sim_wire.c     net_server_* and net_link_* without sockets
 *   sim_machine.c  machines: made, started, stopped, copied, set back
 *   sim_people.c   what people do at the hub and at the nodes
 *   sim_truth.c    what was promised, and to whom it was lost
 *   sim_referral.c whose each report is, and what was erased
 *   sim_check.c    what must hold at all times, and in the end
 *   sim_signed.c   what was closed, and what lies in the vault
 *   sim_bundle.c   sticks that people carry
 *   sim_hours.c    rates and hours of lines, and whether they are kept
 *   sim_media.c    files of reports
 *   sim_chaos.c    a random life from a seed
 *   sim_story.c    a life from a text (tests/sim/scenarios)
 */
#ifndef LIENXA_TESTS_SIM_H
#define LIENXA_TESTS_SIM_H

#include <stdio.h>

#include "common/control/control.h"
#include "common/format/json.h"
#include "common/net/server.h"
#include "common/sync/session.h"
#include "hub/turn.h"
#include "node/turn.h"

enum {
    SIM_MACHINES = 40,
    SIM_UNITS = 12,
    SIM_NAME = 48,
    SIM_WORD = 24,
    SIM_START_DAY = 20417 /* 2025-11-25 */
};

/* ---- chance and time */

/* Milliseconds since the world began. */
extern int64_t sim_now;
/* 0 <= result < below; below >= 1. */
uint32_t sim_below(uint32_t below);
bool sim_chance(uint32_t per_thousand);
void sim_seed(uint64_t seed);

/* One line of what happened: hashed, and shown with --trace. */
void sim_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t sim_mark(void);
extern bool sim_trace;

/* Ends the run: it has shown a fault. */
void sim_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* ---- machines */

enum power {
    POWER_OFF, /* can be started */
    POWER_ON,  /* its program serves */
    POWER_GONE /* its disk is no more */
};

struct request { /* of a person at this machine */
    int number;
    struct buf text;
};

struct control_server { /* what the programs see of people */
    struct machine *machine;
    struct request *requests;
    size_t count, room, next;
};

struct machine {
    char name[SIM_NAME]; /* "hub", "quang-tho", "quang-tho-2" */
    char slug[SIM_NAME]; /* of its unit; "" at the hub */
    char unit[LIMIT_HOME];
    char folder[SIM_NAME]; /* below the run's folder; its disk is "/folder" */
    bool is_hub;
    bool retired; /* another machine has taken its place */
    bool revoked; /* whatever it says is not heard */
    enum power power;
    struct hub *hub;
    struct hub_turn *hub_turn;
    struct node *node;
    struct node_turn *node_turn;
    struct control_server desk;
    int64_t wall_offset_ms; /* of its clock on the wall */
    int64_t retired_ms;
    int64_t started_ms; /* world time: its program began */
    int64_t booted_ms;  /* world time at which its boot clock was 0 */
    int64_t turn_at;    /* world time of its next turn by itself */
    int64_t start_at;   /* when off: it is started by itself; or INT64_MAX */
    bool slow;          /* time passes within this turn */
    bool behind;        /* set back, copied or new, and not even with the hub
                         * since: it cannot know all of its own */
    bool lies;          /* heads that it sends are not signed by it */
    bool disk_full;
    bool rotten;           /* a bit of one of its files was turned */
    bool cut_up, cut_down; /* its line, from it and to it */
    uint32_t rate;         /* bytes a second of its line; 0: no matter */
    int64_t line_free_ms[2];
    struct disk_truth *truth;
};

struct world {
    struct machine machines[SIM_MACHINES];
    size_t machine_count;
    struct machine *at; /* whose program runs now, or NULL */
    struct machine *hub;
    bool compress;
    bool plain; /* reports of no urgent category */
    bool files; /* some reports have one */
    /* of the wire */
    uint32_t loss, twice;             /* per thousand frames */
    uint32_t delay_least, delay_most; /* ms, one way */
};
extern struct world sim;

struct counts { /* so that nobody takes an idle run for a good one */
    uint64_t turns, frames, lost_frames, twice_frames, cuts, kills, power_cuts;
    uint64_t disk_errors, disk_full, rewinds, hub_rewinds, clones, replaced;
    uint64_t clock_jumps, reports, moves, alerts, cancels, refused, unknown;
    uint64_t acks, rebases, epochs, early_back, checks, legit_lost;
    uint64_t forged, settle_ms, longest_settle_ms;
    uint64_t offers, answers, erased, closings, rotations, objects;
    uint64_t bundles, carried;
    uint64_t settings, paced, urgent_closed;
    uint64_t files, rot, files_here, files_hub, files_lost;
};
extern struct counts sim_counts;
void sim_counts_add(struct counts *sum, const struct counts *one);
void sim_counts_print(FILE *out, const struct counts *c);

/* ---- sim_machine.c */

void sim_world_make(void); /* a hub that serves, no nodes */
struct machine *sim_find(const char *name);
/* The unit's machine that has not been replaced; NULL: none. */
struct machine *sim_live(const char *slug);
/* A machine joins by the real `join`, over the wire. False: it could not. */
struct machine *sim_join(const char *slug, const char *name);
bool sim_rejoin(struct machine *m);
/* The unit's machine is replaced by a new one; the old one is burnt, or only
 * switched off. */
struct machine *sim_replace(struct machine *old, const char *name, bool burnt);
bool sim_start(struct machine *m); /* false: its disk did not let it */
enum stop { STOP_KILL, STOP_POWER };
void sim_stop(struct machine *m, enum stop how);
/* Its disk, keys included, under a label; and back again. */
void sim_save(struct machine *m, const char *label);
bool sim_has_save(const struct machine *m, const char *label);
void sim_rewind(struct machine *m, const char *label);
struct machine *sim_clone(struct machine *m, const char *name);
void sim_destroy(struct machine *m);
/* A reading ledger on the machine's disk: its program's own when it runs. */
struct ledger *sim_open_ledger(struct machine *m);
void sim_close_ledger(struct machine *m);
const char *sim_disk(char out[64], const struct machine *m);

/* ---- the world goes on */

/* The next thing that happens, at most until `until`; false: nothing before. */
bool sim_step(int64_t until);
void sim_run(int64_t ms);

/* ---- sim_wire.c */

struct net_server *sim_server_open(struct machine *m, struct hub *hub);
/* When something on the wire happens next, INT64_MAX: never; and it happens. */
int64_t sim_wire_next(void);
void sim_wire_step(void);
/* Its program died: what it had open ends; `silently`: the others notice by
 * their timeouts only. */
void sim_wire_died(struct machine *m, bool silently);
/* The line's cut has changed. */
void sim_wire_cut(struct machine *m, bool at_once);
/* Every connection on which a frame was lost or doubled ends. */
void sim_wire_clean(void);
void sim_wire_reset(void); /* all of them end */
/* Batches of it under way are bent; a message in its name that its program
 * never made. */
void sim_wire_bend(struct machine *m);
void sim_wire_forge(struct machine *m, const struct sync_message *message);
/* Something waits to be read by this machine. */
bool sim_wire_waits(const struct machine *m);

/* ---- sim_people.c */

enum asked { ASKED_REPORT, ASKED_MOVE, ASKED_ALERT, ASKED_CANCEL, ASKED_OTHER };

/* Asks; what comes of it is known when the machine has answered. */
void sim_report(struct machine *m, bool urgent);
void sim_move(struct machine *m);
void sim_alert(const char *label, const char *to);
void sim_cancel(const char *label_or_null);
/* Any report of the machine's unit is passed on to the unit with this slug, ""
 * the district. */
void sim_refer(struct machine *m, const char *to);
/* One that was passed on to this machine's unit, or the hub's district, is
 * answered (enum referral_answer), whether that is possible or not. */
void sim_answer(struct machine *m, int answer);
/* The slug of one of those that something was passed on to; "": the district;
 * NULL: nothing was. */
const char *sim_passed_to(void);
void sim_erase(struct machine *m);
void sim_close(struct machine *m, const char *period);
/* How the unit's line may be used, as people write it; NULL: as it is. */
void sim_settings(const char *slug, const char *rate, const char *hours);
/* To the hub, about a unit: "node.rotate". */
void sim_order(const char *command, const char *unit);
/* The word that is in this report's text and nowhere else. */
const char *sim_word(char out[SIM_WORD], const struct id *report);
/* A command whose answer is awaited: the world goes on until then. The reply is
 * owned; NULL: none came. */
struct json *sim_ask(struct machine *m, const char *command, const char *args);
void sim_answered(struct machine *m, int number, struct bytes reply);
/* Its program died: nobody is answered any more. */
void sim_people_lost(struct machine *m);
const struct id *sim_alert_id(const char *label); /* NULL: not issued */

/* ---- sim_bundle.c */

/* What this machine has for the unit with this slug (its own, or any at the
 * hub) is written on a stick. False: it is torn. */
bool sim_bundle_write(struct machine *m, const char *slug, const char *label);
/* .. and taken in where it belongs, if a program runs there. False: there is no
 * such stick. */
bool sim_bundle_bring(const char *label);
/* One is written by or for this node, or any is brought, perhaps in part. */
void sim_bundle_any(struct machine *node);

/* ---- sim_hours.c */

/* A frame of bulk that counts (BATCH, VAULT, MEDIA) leaves for this client's
 * line, or comes from it. */
void sim_hours_frame(struct machine *from, struct machine *client,
                     size_t bytes);
void sim_hours_changed(void);           /* a node has taken settings */
void sim_hours_turn(struct machine *m); /* a turn has ended */
/* The district changes how this node's line may be used. */
void sim_hours_any(struct machine *node);
/* Nothing is wrong any more; the world goes on until the hours leave time for
 * the end. What is urgent has not waited for them. */
void sim_hours_open(void);

/* ---- sim_media.c */

/* A file is made ready for a report, and said in what `report.add` is given.
 * False: not now. */
bool sim_media_attach(struct machine *m, const struct id *report,
                      struct buf *args);
bool sim_media_has(const struct id *report); /* one was attached to it */
/* What it did not sync may be torn, or have its old name. */
void sim_media_power_cut(const struct machine *m);
void sim_media_rot(struct machine *m);
/* From one folder to another, or left behind: they are in no backup. */
void sim_media_copy(const char *from, const char *to);
void sim_media_heal(void);
bool sim_media_again(void);                     /* somebody was started anew */
const char *sim_media_waits(struct machine *m); /* or NULL */
/* Every file that was asked for is whole where it was asked for, or it is
 * nowhere and that was told; those of erased reports are nowhere; every file
 * has a row. */
void sim_media_check_end(void);

/* ---- sim_truth.c */

bool sim_can_look(const struct machine *m); /* its database is open */

void sim_truth_turn(struct machine *m); /* a turn has ended */
/* A person was told that this report has this version (add: 1). */
void sim_truth_told(struct machine *m, const struct id *record,
                    uint64_t version);
/* A frame that promises something leaves the machine. */
void sim_truth_frame(struct machine *m, struct bytes frame);
/* The machine starts again after a crash: is everything there? */
void sim_truth_crashed(struct machine *m);
/* A disk is about to lose what it holds, and has lost it. */
void sim_truth_before_loss(struct machine *m);
void sim_truth_after_loss(struct machine *m);
void sim_truth_new_disk(struct machine *m, const struct machine *from);
/* Everything promised is on some disk. */
void sim_truth_check(void);
/* Everything promised is in the hub's copy, once. */
void sim_truth_check_end(void);
/* How many reports of the unit there must be, working copies among them; and
 * how many must count in all. */
uint64_t sim_truth_reports(const char *unit);
uint64_t sim_truth_counted(void);
/* A lie in somebody's name: this record must be believed nowhere. */
void sim_truth_lie(const struct id *record);

/* ---- sim_referral.c */

/* A change of kind REFERRAL or CARRIED has come to some ledger. */
void sim_referral_see(const struct change *change);
/* Somebody's disk or program has changed. */
void sim_referral_changed(void);
/* No two communes (or the district) decide about one report. */
void sim_referral_check(void);
/* Everybody agrees about all of them. */
void sim_referral_check_end(void);
/* False: it was known already. */
bool sim_erased(const char *home, const struct id *report);
bool sim_is_erased(const char *home, const struct id *report);
/* No word of what was erased is on any disk. */
void sim_erased_check_end(void);

/* ---- sim_signed.c */

/* Every closing at the hub names a head that the hub's copy has. */
void sim_closings_check_end(void);
/* The hub's vault has what the node holds, and opens to the same. */
void sim_vault_check(struct machine *node);
/* What of its vault is under way still, or NULL. */
const char *sim_vault_waits(struct machine *node);

/* ---- sim_memory_hub.c, sim_memory_node.c: room for frames that wait */

struct sim_memory {
    size_t frames, bytes;
};
struct sim_memory sim_memory_hub(const struct hub *hub);
struct sim_memory sim_memory_node(const struct node *node);
enum sync_state sim_session_state(const struct node *node);

/* ---- sim_check.c */

void sim_check_turn(struct machine *m);
void sim_check_wire(struct bytes frame);
void sim_check_rebase(const struct machine *m);
void sim_check_welcome(const struct machine *m);
void sim_check_verify(struct machine *m);
void sim_check_numbers(void);
/* Heals everything, lets the world go on until both ends are equal and silent,
 * at most `limit_ms`, then checks everything. */
void sim_heal(void);
void sim_settle(int64_t limit_ms);
bool sim_is_settled(const char **why);
bool sim_is_even(struct machine *node); /* with the hub, in conversation */
/* Machines of the unit that are neither replaced nor gone. */
unsigned sim_machines_of(const char *slug);
void sim_check_end(void);
/* Distinct reports (of one home, or NULL) whose state is held. */
uint64_t sim_reports_in(struct ledger *l, const char *home_or_null);
bool sim_has_alarm(struct machine *m, const char *words);

/* ---- lives */

struct chaos_wish {
    uint32_t steps;
    char faults[256]; /* "all", "none" or names with commas */
};
void sim_chaos(uint64_t seed, const struct chaos_wish *wish);
void sim_story(const char *path); /* ends by sim_fail when it does not hold */

#endif
