#!/usr/bin/env bash
# Very many strangers at once, at every port of a hub and a node: silent ones,
# half greetings, handshakes by the thousand, frames without end, guessed secrets,
# TLS that is begun and left. The hub keeps its memory, its descriptors and its
# log; reports and an alert go through meanwhile; no node loses its line. Each
# attack by itself, with figures, is `ops/bench strangers`.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=../../ops/strangers.sh
. "$OPS_ROOT/ops/strangers.sh"

UNITS=(quang-tho quang-phu quang-an)
SECONDS_LONG=3
MIB=64
LINES=40 # of log, of all of it
WEB=127.0.0.1:0

SERVE_OPTIONS=(--metrics 127.0.0.1:0)
export LIENXA_LOG=debug
init_hub
start_hub
SERVE_OPTIONS=()
join_and_start "${UNITS[@]}"
TOKEN=$(hub node invite quang-vinh --advertise 127.0.0.1 2>/dev/null | tail -n 1)
METRICS=$(sed -n 's/.*metrics.listening address=//p' "$PLACE/log/hub.log" | tail -n 1)
node_shows() { NODE_WEB=$(sed -nE 's/^web\.started .*address=([^ ]+).*/\1/p' "$PLACE/log/quang-tho.log" | tail -n 1) && [ -n "$NODE_WEB" ]; }
wait_until 30 'the pages of the node are there' node_shows
node quang-tho report add --category khac --text 'Trước' >/dev/null
wait_until 30 delivered "${UNITS[@]}"

attacks() {
    cat <<'END'
silent express 1500 1500
handshake express 1000 1000
begun bulk 1000 1000
oversize bulk 100 200
unfinished enrol 500 300
talk enrol 20 50
guess enrol 100 200
half-closed enrol 300 300
tls-begun web 500 500
silent metrics 500 500
tls-begun node-web 500 500
END
}
core=$HUB_PID pages=$(strangers_web "$HUB_PID") commune=$(strangers_web "${NODE_PIDS[quang-tho]}")
declare -A rest=() descriptors=()
for pid in "$core" "$pages" "$commune"; do
    rest[$pid]=$(strangers_memory "$pid" VmRSS)
    descriptors[$pid]=$(strangers_descriptors "$pid")
    strangers_peak_anew "$pid"
done
lines=$(strangers_lines) talks=$(strangers_conversations)

mobs=()
while read -r line; do
    # shellcheck disable=SC2086 # words
    strangers_mob "$SECONDS_LONG" $line
    mobs+=("$MOB_PID")
done < <(attacks)
folders=()
for unit in "${UNITS[@]}"; do folders+=("$PLACE/$unit"); done
"$BIN/lienxa-paced" run --urgent --count 60 --every-ms 40 "${folders[@]}" >"$PLACE/in/taken"
ALERT=$(hub alert issue --event 'Lũ' --headline 'Lũ' --text 'Di dời.' --severity extreme --json | jq -r .id)
for pid in "${mobs[@]}"; do
    wait "$pid" || fail "a stranger failed: $(tail -n 1 "$PLACE/log/mob.log")"
done

stored() { [ "$(hub alert receipts "$ALERT" --json | jq '[.[] | select(.stored != null)] | length')" = "${#UNITS[@]}" ]; }
total_is() { [ "$(hub stats --json | jq .total)" = 61 ]; }
wait_until 60 'all reports have come' total_is
wait_until 60 'the alert is at every node' stored
same 'lines that nodes lost' 0 $(($(strangers_conversations) - talks))
pass 'reports and an alert go through a mob at every port, and no node loses its line'

if ! watched; then
    for pid in "$core" "$pages" "$commune"; do
        more=$(($(strangers_memory "$pid" VmHWM) - ${rest[$pid]}))
        figure "$(cat "/proc/$pid/comm"): $((more / 1024)) MiB more at the peak"
        [ "$more" -le $((MIB * 1024)) ] || fail "strangers took $more KiB"
    done
    pass 'their memory is bounded'
fi
at_rest() {
    local pid
    for pid in "$core" "$pages" "$commune"; do
        [ "$(strangers_descriptors "$pid")" -le $((${descriptors[$pid]} + 8)) ] || return 1
    done
}
wait_until 60 'every descriptor is given back' at_rest
lines=$(($(strangers_lines) - lines))
figure "lines of log: $lines"
[ "$lines" -le $LINES ] || fail "strangers fill the log: $lines lines"
pass 'afterwards descriptors are back and the log is short'
stop_nodes
stop_hub
figure "took $(seconds "$(elapsed_us)") s"
