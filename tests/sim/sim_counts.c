/* tests/sim/sim_counts.c - what happened in many lives, as one paragraph. */
#include <stdio.h>

#include "tests/sim/sim.h"

/* struct counts is numbers and nothing else; the longest is the longest. */
void sim_counts_add(struct counts *sum, const struct counts *one)
{
    uint64_t longest = sum->longest_settle_ms > one->longest_settle_ms
                           ? sum->longest_settle_ms
                           : one->longest_settle_ms;
    const uint64_t *from = (const uint64_t *)one;
    uint64_t *to = (uint64_t *)sum;

    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
        to[i] += from[i];
    sum->longest_settle_ms = longest;
}

#define N(field) (unsigned long long)c->field

void sim_counts_print(FILE *out, const struct counts *c)
{
    (void)fprintf(out,
                  "%llu turns, %llu frames (%llu lost, %llu doubled), %llu "
                  "acknowledgements held\n"
                  "people: %llu reports, %llu moves, %llu alerts (%llu "
                  "cancelled), %llu refused, %llu never answered\n",
                  N(turns), N(frames), N(lost_frames), N(twice_frames), N(acks),
                  N(reports), N(moves), N(alerts), N(cancels), N(refused),
                  N(unknown));
    (void)fprintf(out,
                  "        %llu reports passed on, %llu answers, %llu erased, "
                  "%llu closings, %llu bundles, %llu blocks carried\n",
                  N(offers), N(answers), N(erased), N(closings), N(bundles),
                  N(carried));
    (void)fprintf(
        out,
        "files:  %llu attached, %llu turned in a bit; in the end %llu "
        "are where they should be (%llu at the hub), %llu are lost and "
        "told\n",
        N(files), N(rot), N(files_here), N(files_hub), N(files_lost));
    (void)fprintf(out,
                  "faults: %llu cuts, %llu kills, %llu power cuts, %llu disk "
                  "errors, %llu full disks, %llu clock jumps,\n"
                  "        %llu nodes set back, %llu hubs set back, %llu "
                  "clones, %llu machines replaced, %llu lies\n"
                  "lines: %llu settings, %llu frames of bulk under them, %llu "
                  "times urgent outside the hours\n",
                  N(cuts), N(kills), N(power_cuts), N(disk_errors),
                  N(disk_full), N(clock_jumps), N(rewinds), N(hub_rewinds),
                  N(clones), N(replaced), N(forged), N(settings), N(paced),
                  N(urgent_closed));
    (void)fprintf(out,
                  "end: %llu databases verified, %llu vault objects opened, "
                  "%llu changes lost with the "
                  "only disk that held them, settled after %.1f s at most\n",
                  N(checks), N(objects), N(legit_lost),
                  (double)c->longest_settle_ms / 1000);
}
