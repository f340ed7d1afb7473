#!/usr/bin/env bash
# The real programs with a bad line between them: 50 kbit/s, 800 ms there and
# back, one packet of twenty lost, and more waiting than it moves in minutes. What
# is urgent does not wait for it, and what goes on goes on after a cut.
#   LIENXA_LINE_URGENT (6)  urgent reports and alerts, one a second each
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=ops/line.sh
. "$OPS_ROOT/ops/line.sh"

COUNT=${LIENXA_LINE_URGENT:-6}
LATE_MS=20000 # at most, also where other tests run beside this one

if ! line_possible; then
    skip 'a bad line needs root and /dev/net/tun (ops/bench line measures it)'
    exit 0
fi

fill_line() {
    generate quang-tho 7 3000 --body-size 200 --no-senders |
        jq -c 'del(.urgent, .state) | .category = "on_ao"' |
        node quang-tho report import - >"$PLACE/log/import" 2>&1 ||
        fail "import: $(tail -n 1 "$PLACE/log/import")"
}

urgent_reports() {
    "$BIN/lienxa-paced" run --urgent --count "$COUNT" --every-ms 1000 \
        "$PLACE/quang-tho" >"$PLACE/taken"
}

alerts() {
    local i
    for ((i = 0; i < COUNT; i++)); do
        hub alert issue --event 'Lũ' --headline "Tin $i" --text 'Di dời.' \
            --severity extreme --json >/dev/null
        sleep 0.8
    done
}

none_late() { # the numbers on standard input
    awk -v most="$LATE_MS" '$1 == "lost" || $1 > most { bad = 1 }
        END { exit bad || NR == 0 }'
}
all_have_come() {
    [ "$(urgent_ms "$PLACE/taken" | grep -vc lost)" = "$COUNT" ] &&
        [ "$(alerts_ms quang-tho | grep -vc lost)" = "$COUNT" ]
}
conversations() { grep -c '^node.online ' "$PLACE/log/hub.log"; }
acked_more_than() { [ "$(node_status quang-tho acked)" -gt "$1" ]; }

init_hub
line_open --rate 6250 --delay 1 --loss 0
export LIENXA_LOG=debug
line_say rate 1000000
start_hub
join_node quang-tho
node quang-tho settings body always >/dev/null
fill_line
line_say rate 6250
line_say delay 400
line_say loss 500
start_node quang-tho
wait_until 60 'it is online' units_online quang-tho
alerts &
ALERTS=$!
urgent_reports
wait "$ALERTS"
wait_until 40 'all that is urgent has come' all_have_come
urgent_ms "$PLACE/taken" | none_late || fail "urgent: $(urgent_ms "$PLACE/taken" | xargs)"
alerts_ms quang-tho | none_late || fail "alerts: $(alerts_ms quang-tho | xargs)"
figure "urgent reports, ms: $(urgent_ms "$PLACE/taken" | sort -n | xargs)"
figure "alerts, ms: $(alerts_ms quang-tho | sort -n | xargs)"
[ "$(node_status quang-tho backlog)" -gt 500 ] || fail 'nothing waited meanwhile'
same 'conversations' 1 "$(conversations)"
pass 'urgent reports and alerts overtake what waits on a bad line'

line_say cut
line_say reset
line_say restore
ACKED=$(node_status quang-tho acked)
wait_until 60 'it goes on after a cut' acked_more_than "$ACKED"
pass 'delivery goes on after a cut'

status_is() { [ "$(node_status quang-tho "$1")" = "$2" ]; }
hub node settings quang-tho --rate 64k --hours 19:00-06:00 >/dev/null
wait_until 60 'the node keeps the rate' status_is rate 64k
same 'hours at the node' 19:00-06:00 "$(node_status quang-tho hours)"
same 'rate in node list' 64k "$(hub_node quang-tho rate)"
refused hub node settings quang-tho --rate fast
refused hub node settings quang-tho --hours 25:00-06:00
same 'what is shown' 'quang-tho: bulk at 64kbit/s, 19:00-06:00' \
    "$(hub node settings quang-tho)"
hub node settings quang-tho --hours off --rate off >/dev/null
wait_until 60 'the rate is off again' status_is rate null
same 'hours at the node' null "$(node_status quang-tho hours)"
pass 'settings of the line reach the node past what waits, and are undone'

kill_node quang-tho
stop_hub
line_close
