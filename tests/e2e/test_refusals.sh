#!/usr/bin/env bash
# One bad thing stops nothing, and is shown on both sides until somebody deals
# with it: a change of an unknown kind; two contents under one version, settled
# at the desk; a machine that sends nonsense.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

A=quang-tho
B=quang-phu
stranger() { "$BIN/lienxa-stranger" "$@"; }
report() { # UNIT WORDS
    node "$1" report add --category khac --text "$2" --json | jq -r .id
}
node_alarm_like() { node "$1" status --json | jq -r '.alarms[]' | grep -q "$2"; }
hub_alarm_like() { hub alarm list --json | jq -r '.[].text' | grep -q "$1"; }
no_node_alarm_like() { ! node_alarm_like "$@"; }
refused_at_district() {
    [ "$(node $A quarantine list --json |
        jq '[.[] | select(.where == "district")] | length')" = "$1" ]
}

init_hub
start_hub
join_and_start $A $B
report $A 'một' >/dev/null
wait_until 30 delivered $A $B

# ---- a kind that is not known yet ----

stop_node $A
same 'unknown kind' 'a change of kind 99: TAKEN (message 7)' \
    "$(stranger unknown --data "$PLACE/$A")"
same 'at the hub' 'quang-tho 99' "$(hub quarantine list --json |
    jq -r '.[] | select(.where == "here") | "quang-tho \(.kind)"')"
start_node $A
wait_until 60 refused_at_district 1
wait_until 30 node_alarm_like $A 'the district has these but cannot use them: 1 changes'
report $A 'hai' >/dev/null
report $B 'ba' >/dev/null
wait_until 30 delivered $A $B
wait_until 30 hub_total_is 3
pass 'an unknown kind waits in quarantine, both sides show it, the rest goes on'
id=$(hub quarantine list --json | jq '[.[] | select(.where == "here")][0].id')
refused hub quarantine retry "$id"
grep -q 'kind 99 is not known' <<<"$REASON" || fail "$REASON"
pass 'trying again says why it still waits'

# ---- two contents under one version ----

ID=$(report $A 'xe đạp')
wait_until 30 delivered $A
stop_node $A
cp -a "$PLACE/$A" "$PLACE/$A.copy"
start_node $A
node $A report move "$ID" da_tiep_nhan --note 'bản thứ nhất' >/dev/null
wait_until 30 delivered $A
stop_node $A
rm -rf "${PLACE:?}/$A"
mv "$PLACE/$A.copy" "$PLACE/$A"
node $A report move "$ID" phan_loai --note 'bản thứ hai' >/dev/null
start_node $A
conflicts_are() { # COUNT
    [ "$(node $A conflict list --json | jq length)" = "$1" ] &&
        [ "$(hub conflict list --json | jq length)" = "$1" ]
}
wait_until 60 conflicts_are 1
wait_until 30 delivered $A
same 'contents' 'da_tiep_nhan phan_loai' "$(node $A conflict list --json |
    jq -r '[.[0].contents[].state] | sort | join(" ")')"
node $A conflict list | grep -q 'choose with' || fail 'no word how to choose'
wait_until 30 node_alarm_like $A 'two different contents under one version'
wait_until 30 hub_alarm_like 'two different contents under one version'
state() { "$@" report list --json | jq -r --arg id "$ID" '.[] | select(.id == $id) | .state'; }
same 'one state everywhere' "$(state hub)" "$(state node $A)"
wanted=$(node $A conflict list --json |
    jq '.[0].contents[] | select(.state == "phan_loai") | .number')
refused node $A conflict settle "$ID" --keep 3
refused node $A conflict settle 0190f5f0-0000-7000-8000-000000000000 --keep 1
node $A conflict settle "$ID" --keep "$wanted" | grep -q settled
wait_until 30 conflicts_are 0
wait_until 30 delivered $A
same 'settled' 'phan_loai phan_loai' "$(state hub) $(state node $A)"
node $A report show "$ID" --json | jq -e '[.. | strings] | any(. == "bản thứ hai")' \
    >/dev/null || fail 'the words of the chosen content are gone'
same 'total' 4 "$(hub stats --json | jq .total)"
verify_all $A $B
pass 'two contents under one version are shown at both ends and settled at the desk'

# ---- a machine that sends nonsense ----

stop_node $A
stranger nonsense --data "$PLACE/$A" --frames 400 >"$PLACE/log/nonsense"
hub_alarm_like 'broken the rules of the line .* times within a minute' ||
    fail "not named: $(hub alarm list)"
report $B 'tư' >/dev/null
wait_until 30 delivered $B
report $A 'năm' >/dev/null
start_node $A
wait_until 120 delivered $A
same 'total' 6 "$(hub stats --json | jq .total)"
verify_all $A $B
pass 'who sends nonsense is not heard for a while and named; the others do not notice, nothing good is lost'
figure "took $(seconds "$(elapsed_us)") s"
