#!/usr/bin/env bash
# A turn costs one write to the disk however many messages it handled, and an
# alert is not held up by anybody's import, verification or listing.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=latency.sh
. "$(dirname "$0")/latency.sh"

REPORTS=${LIENXA_REPORTS:-500} # of each commune, for the first part
LINES=${LIENXA_LINES:-20000} # of the import, for the second
LONGEST_US=1500000 # p99 of an alert meanwhile, on any machine, or
TIMES_IDLE=100 # times the p50 of an idle district, on a busy one
! watched || LONGEST_US=5000000
export LIENXA_LOG=debug

mapfile -t UNITS < <(units)

take_reports() { # UNIT
    generate "$1" 7 "$REPORTS" >"$PLACE/in/$1.jsonl"
    node "$1" report import "$PLACE/in/$1.jsonl" >"$PLACE/log/$1.import" 2>&1
}

init_hub
start_hub
for unit in "${UNITS[@]}"; do
    join_node "$unit"
done
stop_hub
each take_reports "${UNITS[@]}" || fail 'an import was refused'

# ---- one turn, one write ----

# As start_hub, with every fsync and fdatasync counted. With -D the hub, not
# strace, is our child. Leaks cannot be looked for under it.
start_hub_counted() {
    local name options=()
    for name in express bulk enrol; do
        options+=("--$name" "$(jq -r ".$name" "$PLACE/address.json")")
    done
    start "$PLACE/log/hub.log" strace -D -f -c -e trace=fsync,fdatasync \
        -E "ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0" \
        -o "$PLACE/in/syncs" "$BIN/lienxa-hub" --data "$PLACE/hub" serve \
        "${options[@]}" --web off
    HUB_PID=$STARTED
    wait_until 20 'the hub listens' hub_answers
}

all_here() { [ "$(hub stats --json | jq .total)" -ge $((REPORTS * 10)) ]; }

drain() {
    start_nodes
    wait_until 90 'all reports are at the hub' all_here
    wait_until 30 delivered "${UNITS[@]}"
    wait_until 30 units_online "${UNITS[@]}"
}

delivered_changes() { hub stats --json | jq '[.units[].delivered] | add'; }

has_counted() { grep -q total "$PLACE/in/syncs"; }

if command -v strace >/dev/null &&
    strace -D -f -c -o "$PLACE/in/syncs" true 2>/dev/null; then
    : >"$PLACE/log/hub.log"
    rm "$PLACE/in/syncs"
    held=$(delivered_changes)
    start_hub_counted
    drain
    stop_nodes
    stop_hub
    wait_until 10 'the count is written' has_counted
    changes=$(($(delivered_changes) - held))
    syncs=$(awk '$NF ~ /^(fsync|fdatasync)$/ {n += $4} END {print n + 0}' \
        "$PLACE/in/syncs")
    committed=$(sed -n 's/^hub\.stopped .*committed=\([0-9]*\).*/\1/p' \
        "$PLACE/log/hub.log")
    if [ "$syncs" -eq 0 ] || [ "$committed" -eq 0 ]; then
        fail 'nothing was counted'
    fi
    figure "$changes changes of ten nodes in $committed turns with $syncs syncs: $((changes / syncs)) changes a sync"
    # A checkpoint syncs the log, the database and the log's new beginning.
    [ "$syncs" -le $((committed + committed / 10 + 24)) ] ||
        fail 'a turn syncs more than once'
    [ $((changes / syncs)) -ge 5 ] || fail 'a sync holds too few changes'
    pass 'a turn costs one sync however many changes it stored'
else
    skip 'syncs are not counted: strace is not there or not permitted'
fi

# ---- alerts meanwhile ----

start_hub
drain
LOGS=()
for unit in "${UNITS[@]}"; do
    LOGS+=("$PLACE/log/$unit.log")
done
generate quang-tho 8 "$LINES" >"$PLACE/in/long.jsonl"
for _ in 1 2 3 4 5 6 7 8 9 10; do
    issue --expires 6h
    echo "$ALERT" >>"$PLACE/in/idle"
    sleep 0.1
done
wait_until 30 'ten alerts are everywhere' receipts_are "$ALERT" 10
latencies "$PLACE/in/idle" "${LOGS[@]}" >"$PLACE/in/latencies" ||
    fail "an alert is missing: $(cat "$PLACE/in/latencies")"
idle=$(percentile "$PLACE/in/latencies" 50)
figure "alerts in an idle district: p50 $(milliseconds "$idle") ms"
[ $((idle * TIMES_IDLE)) -le "$LONGEST_US" ] ||
    LONGEST_US=$((idle * TIMES_IDLE))

import_all() {
    node quang-tho report import "$PLACE/in/long.jsonl" \
        >"$PLACE/log/long.import" 2>&1
    touch "$PLACE/in/imported"
}
verify_for_ever() {
    while hub verify >>"$PLACE/log/verify.out" 2>&1; do
        echo ok >>"$PLACE/in/verified"
    done
    touch "$PLACE/in/verify.failed"
}
list_for_ever() {
    while :; do
        hub report list --json >"$PLACE/in/list.$1"
    done
}
wait_quietly() { { wait "$1" || true; } 2>/dev/null; }

import_all &
IMPORT=$!
BUSY=()
verify_for_ever &
BUSY+=("$!")
for i in 1 2 3 4 5 6 7 8 9 10; do
    list_for_ever "$i" 2>>"$PLACE/log/list.out" &
    BUSY+=("$!")
done
at_end "kill ${BUSY[*]} $IMPORT 2>/dev/null"
: >"$PLACE/in/meanwhile"
end=$((SECONDS + 60))
while { [ ! -e "$PLACE/in/imported" ] ||
    [ "$(wc -l <"$PLACE/in/meanwhile")" -lt 20 ]; } &&
    [ "$SECONDS" -lt "$end" ]; do
    issue --expires 6h
    echo "$ALERT" >>"$PLACE/in/meanwhile"
    sleep 0.1
done
for pid in "${BUSY[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait_quietly "$pid"
done
wait "$IMPORT" || fail "import: $(tail -n 3 "$PLACE/log/long.import")"
[ ! -e "$PLACE/in/verify.failed" ] ||
    fail "verify: $(tail -n 3 "$PLACE/log/verify.out")"
wait_until 60 'the last alert is everywhere' receipts_are "$ALERT" 10
latencies "$PLACE/in/meanwhile" "${LOGS[@]}" >"$PLACE/in/latencies" ||
    fail "an alert is missing: $(cat "$PLACE/in/latencies")"
p99=$(percentile "$PLACE/in/latencies" 99)
figure "alerts meanwhile: p50 $(milliseconds "$(percentile "$PLACE/in/latencies" 50)") ms, p99 $(milliseconds "$p99") ms, slowest $(milliseconds "$(tail -n 1 "$PLACE/in/latencies")") ms, of $(wc -l <"$PLACE/in/latencies")"
figure "verified $(wc -l <"$PLACE/in/verified" 2>/dev/null || echo 0) times meanwhile"
# Ten listings one after the other, each many times slower than usual, are another test.
[ "$PATIENCE" != 1 ] || [ "$p99" -lt "$LONGEST_US" ] || fail 'an alert was held up'
pass 'an import, a verification and ten listings do not hold up an alert'

wait_until 90 delivered "${UNITS[@]}"
stop_nodes
stop_hub
verify_hub
pass 'the hub verifies'
figure "took $(seconds "$(elapsed_us)") s"
