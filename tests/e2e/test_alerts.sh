#!/usr/bin/env bash
# Ten communes hear every alert, soon; one that was off hears it when it
# returns, and the list of who has it closes.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=latency.sh
. "$(dirname "$0")/latency.sh"

ALERTS=${LIENXA_ALERTS:-30}
export LIENXA_LOG=debug

init_hub
start_hub
mapfile -t UNITS < <(units)
join_and_start "${UNITS[@]}"
wait_until 30 delivered "${UNITS[@]}"
pass 'ten communes are online'

LOGS=()
for unit in "${UNITS[@]}"; do
    LOGS+=("$PLACE/log/$unit.log")
done
for _ in $(seq "$ALERTS"); do
    issue --expires 6h
    echo "$ALERT" >>"$PLACE/in/issued"
    sleep 0.05
done
wait_until 30 'the last alert is everywhere' receipts_are "$ALERT" 10
latencies "$PLACE/in/issued" "${LOGS[@]}" >"$PLACE/in/latencies" ||
    fail "an alert is missing: $(cat "$PLACE/in/latencies")"
same 'alerts measured' "$ALERTS" "$(wc -l <"$PLACE/in/latencies")"
p50=$(percentile "$PLACE/in/latencies" 50)
p99=$(percentile "$PLACE/in/latencies" 99)
figure "commit at the hub to durable at the slowest of ten nodes: p50 $(milliseconds "$p50") ms, p99 $(milliseconds "$p99") ms, $ALERTS alerts"
[ "$p50" -lt $((200000 * PATIENCE)) ] || fail 'alerts take too long'
pass 'every alert is durable at all ten nodes'

while read -r id; do
    wait_until 20 receipts_are "$id" 10
done <"$PLACE/in/issued"
same 'alerts in order at a node' "$(cat "$PLACE/in/issued")" \
    "$(node quang-an alert list --json | jq -r 'sort_by(.id) | .[].id')"
pass 'the receipts of every alert are complete'

# It says no goodbye: the hub sees that it is gone when nothing leaves any more.
kill_node quang-loi
sleep 1
issue --expires 6h
LATE=$ALERT
unsent() { # ID: units
    hub alert receipts "$1" --json |
        jq -r "$(jq_slug)"'[.[] | select(.sent == null) | .unit | slug] | join(" ")'
}
not_called_sent() { [ "$(unsent "$LATE")" = quang-loi ]; }
wait_until 20 'what did not leave is not called sent' not_called_sent
wait_until 20 'nine have it' receipts_are "$LATE" 9
same 'the one that is off' quang-loi "$(hub alert receipts "$LATE" --json |
    jq -r "$(jq_slug)"'.[] | select(.stored == null) | .unit | slug')"
issue --to quang-loi,quang-an --expires 1h
FEW=$ALERT
issue --expires 6h
hub alert cancel "$ALERT" --reason 'Nhầm' >/dev/null
CANCELLED=$ALERT
start_node quang-loi
wait_until 20 'the list is closed' receipts_are "$LATE" 10
state_there() { # ID
    node quang-loi alert list --json |
        jq -r --arg id "$1" '.[] | select(.id == $id) | .state'
}
same 'the alert at the one that was off' active "$(state_there "$LATE")"
wait_until 20 'the cancelled one too' receipts_are "$CANCELLED" 10
same 'an alert cancelled meanwhile' cancelled "$(state_there "$CANCELLED")"
# Called shown is what people could read: what to do, and why it is over.
node quang-loi alert list >"$PLACE/in/words"
grep -q "^$LATE  " "$PLACE/in/words" || fail "the alert: $(tail -n 9 "$PLACE/in/words")"
grep -qxF "  $(node quang-loi alert list --json | jq -r --arg id "$LATE" \
    '.[] | select(.id == $id) | .text')" "$PLACE/in/words" ||
    fail "no word of what to do: $(tail -n 9 "$PLACE/in/words")"
grep -qx '  taken back: Nhầm' "$PLACE/in/words" ||
    fail "no word of why it was taken back: $(tail -n 9 "$PLACE/in/words")"
same 'why, for programs' Nhầm "$(node quang-loi alert list --json |
    jq -r --arg id "$CANCELLED" '.[] | select(.id == $id) | .reason')"
pass 'a commune that was off has the alert on its return, and the list closes'

wait_until 20 'the two named have it' receipts_are "$FEW" 2
same 'whom it was for' 'quang-an quang-loi' "$(hub alert receipts "$FEW" --json |
    jq -r "$(jq_slug)"'[.[].unit | slug] | sort | join(" ")')"
same 'shown at one that was not named' 0 "$(node quang-tho alert list --json |
    jq --arg id "$FEW" '[.[] | select(.id == $id)] | length')"
pass 'an alert for two is shown at two and its list names two'

# As CAP 1.2, for others; the schema itself judges where it is at hand.
SCHEMA=$OPS_ROOT/../shared/data/cap/CAP-v1.2.xsd
CAP=$PLACE/in/cap.xml
in_cap() { # PATH: its text, by local names
    xmllint --xpath "string(/*[local-name()='alert']/$1)" "$CAP"
}
judged() { # ID: exported, and sound
    hub alert export "$1" >"$CAP"
    if [ -e "$SCHEMA" ]; then
        xmllint --noout --schema "$SCHEMA" "$CAP" 2>"$PLACE/in/judge" ||
            fail "CAP: $(cat "$PLACE/in/judge" "$CAP")"
    else
        xmllint --noout "$CAP" || fail 'CAP: no XML'
    fi
}
hub alert update "$FEW" --headline 'Lũ <gấp> & "rất" nhanh' --severity extreme >/dev/null
UPDATED=$(hub alert list --json | jq -r '[.[] | select(.state == "active")] | max_by(.id) | .id')
judged "$FEW"
same 'its areas' 2 "$(grep -c '<area>' "$CAP")"
judged "$UPDATED"
same 'what it takes the place of' "$(in_cap "*[local-name()='sender']"),$FEW,$(
    hub alert export "$FEW" | sed -n 's,.*<sent>\(.*\)</sent>.*,\1,p')" \
    "$(in_cap "*[local-name()='references']")"
same 'its headline' 'Lũ <gấp> & "rất" nhanh' \
    "$(in_cap "*[local-name()='info']/*[local-name()='headline']")"
for id in $(hub alert list --json | jq -r '.[].id'); do
    judged "$id"
done
[ -e "$SCHEMA" ] || skip "the schema of CAP is not beside the checkout: $SCHEMA"
refused hub alert export "${FEW%?}x"
grep -q 'alert list' <<<"$REASON" || fail "an export of nothing: $REASON"
pass 'every alert is exported as CAP 1.2'

stop_nodes
stop_hub
verify_all "${UNITS[@]}"
pass 'all verify'
figure "took $(seconds "$(elapsed_us)") s"
