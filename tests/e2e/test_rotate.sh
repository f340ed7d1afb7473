#!/usr/bin/env bash
# The hub's CURVE key and its signing key change under load, the hub dies in the
# middle, and nobody notices: no report lost, no alert unheard.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

UNITS=(quang-tho quang-phu quang-loi)
LATE=quang-an # off the line while it happens
EACH=2000     # reports a node takes meanwhile

key() { hub key list --json | jq -r ".$1"; } # FIELD
key_is() { [ "$(key "$1")" = "$2" ]; }
alert() { # WORDS: issues one, ALERT is its id
    ALERT=$(hub alert issue --event 'Lũ' --severity extreme --expires 6h \
        --headline "$1" --text 'Lên nơi cao.' --json | jq -r .id)
}
stored_by() { # ALERT COUNT
    [ "$(hub alert receipts "$1" --json | jq '[.[] | select(.stored)] | length')" = "$2" ]
}
shown_at() { # UNIT ALERT
    node "$1" alert list --json | jq -e --arg id "$2" \
        'any(.[]; .id == $id and .state == "active")' >/dev/null
}

init_hub
grep '^share ' "$PLACE/log/hub.init" >"$PLACE/in/shares"
same 'two shares' 2 "$(wc -l <"$PLACE/in/shares")"
start_hub
join_and_start "${UNITS[@]}" "$LATE"
stop_node "$LATE"
OLD=$(hub address --json | jq -r .express)
alert 'trước'
BEFORE=$ALERT
wait_until 30 'the first alert is at three' stored_by "$BEFORE" 3
pass 'three communes on the line, a fourth is off; an alert reaches the three'

# ---- under load ----

for unit in "${UNITS[@]}"; do
    generate "$unit" 7 "$EACH" --days 30 >"$PLACE/in/$unit.jsonl"
done
IMPORTS=()
for unit in "${UNITS[@]}"; do
    node "$unit" report import "$PLACE/in/$unit.jsonl" >"$PLACE/log/$unit.import" 2>&1 &
    IMPORTS+=($!)
done
hub key rotate >"$PLACE/in/rotate"
cat "$PLACE/in/rotate"
grep -q 'quang-an' "$PLACE/in/rotate" || fail 'the one that is off is not named'
kill_hub
start_hub
pass 'the hub has a new CURVE key, and was killed at once'
wait_until 60 'three were seen on the new key' key_is seen 3
same 'who is waited for' "$LATE" "$(key 'left | join(",")')"
hub node list --json | jq -e "$(jq_slug)"'
    any(.[]; (.unit | slug) == "quang-an" and .hub_key == "old")' >/dev/null ||
    fail 'node list does not say who comes by the old key'
alert 'giữa'
BETWEEN=$ALERT
wait_until 30 'the second alert is at three' stored_by "$BETWEEN" 3
pass 'three nodes changed over by themselves; the alert between reaches them'

hub key rotate --signing <"$PLACE/in/shares"
kill_hub
start_hub
same 'the hub signs with its second key' 2 "$(key signing)"
alert 'sau'
AFTER=$ALERT
wait_until 60 'the third alert is at three' stored_by "$AFTER" 3
pass 'a new signing key, the hub killed at once; the alert after reaches them'

for import in "${IMPORTS[@]}"; do
    wait "$import" || fail 'an import was refused'
done
wait_until 120 'everything is delivered' delivered "${UNITS[@]}"

# ---- the one that was off ----

refused hub key rotate --finish
grep -q quang-an <<<"$REASON" || fail "--finish does not name who is left: $REASON"
start_node "$LATE"
wait_until 60 'the rotation ends by itself' key_is under_way false
same 'the key has number 2' 2 "$(key number)"
wait_until 60 'the last node is on the line' units_online "$LATE"
for one in "$BEFORE" "$BETWEEN" "$AFTER"; do
    wait_until 60 'every alert is at four' stored_by "$one" 4
    for unit in "${UNITS[@]}" "$LATE"; do
        shown_at "$unit" "$one" || fail "$unit does not show $one"
    done
done
pass 'the node that was off comes by the old key, learns the new one; the old ends'

NEW=$(hub address --json | jq -r .express)
[ "$NEW" != "$OLD" ] || fail 'the hub still listens at the old address'
[ ! -e "$PLACE/hub/keys/curve.next" ] || fail 'the file of the new key is left over'
refused hub key rotate
grep -q again <<<"$REASON" || fail "a second rotation at once: $REASON"

# ---- a stolen signing key ----

stop_node "$LATE"
refused hub key rotate --signing --revoke-old </dev/null
node "${UNITS[0]}" verify >/dev/null || fail 'verify before the revocation'
hub key rotate --signing --revoke-old <"$PLACE/in/shares" >"$PLACE/in/revoke"
grep -q 'issue again' "$PLACE/in/revoke" || fail 'nothing says what to do next'
alert 'với khóa mới'
wait_until 60 'an alert by the third key is at three' stored_by "$ALERT" 3
start_node "$LATE"
wait_until 60 'the one that was off has it as well' stored_by "$ALERT" 4
shown_at "$LATE" "$AFTER" || fail 'what was held before is gone'
pass 'after a revocation everybody hears the new key, and keeps what he had'

# ---- exact ----

stop_hub
start_hub
wait_until 60 'all four are back after a restart' units_online "${UNITS[@]}" "$LATE"
same 'reports at the hub' $((3 * EACH)) "$(hub stats --json | jq .total)"
for unit in "${UNITS[@]}"; do
    same "ids of $unit" "$(node_ids "$unit")" \
        "$(hub report list --unit "$unit" --json | jq -r '.[].id' | sort)"
done
verify_all "${UNITS[@]}" "$LATE"
pass "$((3 * EACH)) reports, none lost, none twice; every verify is clean"
