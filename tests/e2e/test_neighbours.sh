#!/usr/bin/env bash
# One stalled, one hostile and one full-disk commune among ten: the other seven
# do not notice. Reports are taken at the seven at an even pace; how long each
# takes from durable there to durable at the hub is compared with as many taken
# while nobody misbehaved, in turns.
#   LIENXA_PAIRS=2: good and bad stretches, in turns
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

PAIRS=${LIENXA_PAIRS:-2}
COUNT=${LIENXA_COUNT:-280} # reports a stretch, over seven communes
EVERY_MS=${LIENXA_EVERY_MS:-15}
export LIENXA_LOG=debug
mapfile -t ALL < <(units)
STALLED=${ALL[0]}
HOSTILE=${ALL[1]}
FULL=${ALL[2]}
SEVEN=("${ALL[@]:3}")

init_hub
start_hub
each join_node "${ALL[@]}"

# The full disk is a small file system of its own, where one may be mounted.
mkdir "$PLACE/small"
if mount -t tmpfs -o size=24m tmpfs "$PLACE/small" 2>/dev/null; then
    at_end "umount -l '$PLACE/small'"
    cp -a "$PLACE/$FULL/." "$PLACE/small/"
    rm -rf "${PLACE:?}/$FULL"
    ln -s "$PLACE/small" "$PLACE/$FULL"
else
    skip 'no file system can be mounted here: nobody has a full disk'
    FULL=
fi

for unit in "${ALL[@]}"; do
    [ "$unit" = "$HOSTILE" ] || start_node "$unit"
done
wait_until 60 'the nine are online' nodes_online 9
if [ -n "$FULL" ]; then
    node "$FULL" report add --category khac --text 'trước khi đầy' >/dev/null
    wait_until 30 delivered "$FULL"
fi

folders() {
    local unit
    for unit in "${SEVEN[@]}"; do
        echo "$PLACE/$unit"
    done
}

# stretch NAME: milliseconds of every delivery into in/NAME, sorted.
stretch() {
    local folders
    mapfile -t folders < <(folders)
    "$BIN/lienxa-paced" run "${folders[@]}" --count "$COUNT" --every-ms "$EVERY_MS" \
        >"$PLACE/in/paced"
    wait_until 60 delivered "${SEVEN[@]}"
    sleep 0.3 # the hub's log is written
    awk -v place="$PLACE/" '
        FILENAME ~ /hub.log$/ {
            if ($1 != "node.caught_up") next
            unit = seq = us = ""
            for (i = 2; i <= NF; i++) {
                if ($i ~ /^unit=/) unit = substr($i, 6)
                if ($i ~ /^seq=/) seq = substr($i, 5) + 0
                if ($i ~ /^mono_us=/) us = substr($i, 9) + 0
            }
            n = ++count[unit]; at[unit, n] = us; upto[unit, n] = seq
            next
        }
        { unit = substr($1, length(place) + 1); n = ++next_of[unit]
          # the first time that the hub had caught up beyond it
          k = from[unit] ? from[unit] : 1
          while (k <= count[unit] && upto[unit, k] < $2) k++
          from[unit] = k
          if (k > count[unit]) { print "no delivery of " $0 > "/dev/stderr"; exit 1 }
          ms = (at[unit, k] - $3) / 1000
          print ms < 0 ? 0 : ms }' "$PLACE/log/hub.log" "$PLACE/in/paced" |
        sort -n >"$PLACE/in/$1"
    same "deliveries of $1" "$COUNT" "$(wc -l <"$PLACE/in/$1")"
}

percentile() { # FILE HUNDREDTHS
    awk -v p="$2" '{ a[NR] = $1 } END { i = int((NR - 1) * p / 100 + 0.5) + 1; printf "%.1f", a[i] }' "$1"
}

# The log of the database has some room made beforehand (db_log.c): it is used up.
fill_up() {
    local i
    dd if=/dev/zero of="$PLACE/small/ballast" bs=64k count=800 2>/dev/null || true
    for ((i = 0; i < 300; i++)); do
        node "$FULL" report add --category khac --text 'đĩa đầy' >/dev/null 2>&1 || break
    done
    refused node "$FULL" report add --category khac --text 'đĩa đầy'
    grep -qi 'disk\|full' <<<"$REASON" || fail "a full disk is not said: $REASON"
}

misbehave() {
    kill -STOP "${NODE_PIDS[$STALLED]}"
    [ -z "$FULL" ] || fill_up
    start "$PLACE/log/hostile.log" "$BIN/lienxa-hostile" run \
        --data "$PLACE/$HOSTILE" --rate 300 --seconds 600
    HOSTILE_PID=$STARTED
    sleep 1
}
behave() {
    kill_now "$HOSTILE_PID"
    [ -z "$FULL" ] || rm -f "$PLACE/small/ballast"
    kill -CONT "${NODE_PIDS[$STALLED]}"
    sleep 1
}

stretch warm
for ((i = 1; i <= PAIRS; i++)); do
    stretch "good.$i"
    misbehave
    stretch "bad.$i"
    behave
done
sort -n "$PLACE"/in/good.* >"$PLACE/in/good"
sort -n "$PLACE"/in/bad.* >"$PLACE/in/bad"
good=$(percentile "$PLACE/in/good" 99)
bad=$(percentile "$PLACE/in/bad" 99)
figure "delivery of seven, before: p50 $(percentile "$PLACE/in/good" 50) ms, p99 $good ms; beside a stalled, a hostile and a full machine: p50 $(percentile "$PLACE/in/bad" 50) ms, p99 $bad ms ($(wc -l <"$PLACE/in/bad") reports each)"
# The figure is for people, on a quiet machine; here only that nobody starves.
awk -v g="$good" -v b="$bad" 'BEGIN { exit !(b <= g * 3 + 100) }' ||
    fail "the seven notice: p99 $good ms before, $bad ms then"
pass 'the other seven do not notice'

hub alarm list --json | jq -r '.[].text' | grep -q 'broken the rules of the line' ||
    fail "the hostile one is not named: $(hub alarm list)"
has_room() { ! node "$1" status --json | jq -r '.alarms[]' | grep -q 'disk is full'; }
if [ -n "$FULL" ]; then
    wait_until 30 'the full one notices that there is room' has_room "$FULL"
    node "$FULL" report add --category khac --text 'có chỗ lại' >/dev/null
    wait_until 60 delivered "$FULL"
fi
wait_until 60 units_online "$STALLED"
start_node "$HOSTILE" # the true machine, with the same key
wait_until 240 units_online "$HOSTILE"
wait_until 60 delivered "$HOSTILE" "$STALLED" "${SEVEN[@]}"
verify_all "${SEVEN[@]}" "$STALLED"
pass 'the hostile one is named, the full one goes on by itself, the stalled one is back; everything verifies'
figure "took $(seconds "$(elapsed_us)") s"
