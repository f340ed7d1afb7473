#!/usr/bin/env bash
# The hub changed its CURVE key, its machine is lost, and the backup is from
# before the change: nodes find it by the former way, it says in words that
# another key is needed, and gets one. A commune that joined after the change
# knows no former way: it is invited again and keeps its data.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

UNITS=(quang-tho quang-phu quang-loi)
AFTER=quang-an # joins when the key has changed already
EACH=60

key() { hub key list --json | jq -r ".$1"; } # FIELD
key_is() { [ "$(key "$1")" = "$2" ]; }
take() { # UNIT SEED: so many reports, all accepted
    generate "$1" "$2" "$EACH" --days 30 >"$PLACE/in/$1.$2.jsonl"
    node "$1" report import "$PLACE/in/$1.$2.jsonl" --json \
        >"$PLACE/in/$1.$2.answers"
    same "$1: accepted" "$EACH" "$(grep -c '"accepted"' "$PLACE/in/$1.$2.answers")"
}
alarms() { hub alarm list --json | jq -r '.[].text'; }
alarm_like() { alarms | grep -q -- "$1"; }
no_alarm_like() { ! alarm_like "$1"; }
heard_everywhere() { # ALERT
    local unit
    for unit in "${UNITS[@]}" "$AFTER"; do
        node "$unit" alert list --json | jq -e --arg id "$1" \
            'any(.[]; .id == $id and .state == "active")' >/dev/null || return 1
    done
}

init_hub
grep '^share ' "$PLACE/log/hub.init" >"$PLACE/in/shares"
start_hub
join_and_start "${UNITS[@]}"
for unit in "${UNITS[@]}"; do
    take "$unit" 1
done
wait_until 60 'the first reports are delivered' delivered "${UNITS[@]}"
hub backup "$PLACE/copy" >/dev/null
pass 'a district at work; its hub is copied'

# ---- the key changes, and life goes on ----

hub key rotate >/dev/null
wait_until 60 'the change ends by itself' key_is under_way false
same 'the number of the key' 2 "$(key number)"
join_and_start "$AFTER"
for unit in "${UNITS[@]}" "$AFTER"; do
    take "$unit" 2
done
ALERT=$(hub alert issue --event 'Lũ' --severity extreme --expires 6h \
    --headline 'Nước lên' --text 'Lên nơi cao.' --json | jq -r .id)
wait_until 60 'everything is delivered' delivered "${UNITS[@]}" "$AFTER"
wait_until 60 'the alert is everywhere' heard_everywhere "$ALERT"
stop_node quang-loi # off when the hub's machine burns
take quang-loi 3
pass 'the key is another one, a fourth commune has joined by it'

# ---- the machine is lost, the backup is from before ----

kill_hub
mv "$PLACE/hub" "$PLACE/hub.gone"
take quang-tho 3
"$BIN/lienxa-hub" --data "$PLACE/hub" restore "$PLACE/copy" --revoked none \
    <"$PLACE/in/shares" >"$PLACE/log/restore"
start_hub
same 'the key of the backup' 1 "$(key number)"
wait_until 120 'two come by the former way' units_online quang-tho quang-phu
wait_until 60 'the hub says that its key is known no more' \
    alarm_like 'newer key of this hub'
alarm_like 'lienxa-hub key rotate' || fail "no advice in: $(alarms)"
wait_until 120 'what they held is back' delivered quang-tho quang-phu
start_node quang-loi
wait_until 120 'one that was off finds it as well' units_online quang-loi
pass 'nodes find a hub that forgot its new key, and it says what to do'

# The one that joined by the key that is lost.
stop_node "$AFTER"
token=$(hub node invite "$AFTER" --advertise 127.0.0.1 2>/dev/null | tail -n 1)
node "$AFTER" join "$token" >"$PLACE/log/$AFTER.again" 2>&1 ||
    fail "$AFTER could not join again: $(cat "$PLACE/log/$AFTER.again")"
start_node "$AFTER"
wait_until 120 'the fourth is back' units_online "$AFTER"
wait_until 120 'and brings everything' delivered "${UNITS[@]}" "$AFTER"
wait_until 60 'all that must be heard has been' alarm_like 'everything is back'
pass 'who joined by the lost key is invited again, and keeps its data'

# ---- another key, as the alarm says ----

hub key rotate >"$PLACE/in/rotate"
wait_until 120 'all four change over' key_is under_way false
same 'no number is used twice' 3 "$(key number)"
wait_until 60 'the alarm goes by itself' no_alarm_like 'newer key of this hub'
wait_until 60 'all are on the new key' units_online "${UNITS[@]}" "$AFTER"
NEXT=$(hub alert issue --event 'Lũ' --severity extreme --expires 6h \
    --headline 'Nước rút' --text 'Về nhà.' --json | jq -r .id)
wait_until 60 'an alert over the new lines' heard_everywhere "$NEXT"
heard_everywhere "$ALERT" || fail 'the alert of before the loss is not everywhere'
pass 'the next key reaches all of them'

# ---- exact ----

stop_hub
start_hub
for unit in "${UNITS[@]}" "$AFTER"; do
    stop_node "$unit"
    start_node "$unit"
done
wait_until 120 'all are back after restarts' units_online "${UNITS[@]}" "$AFTER"
take "$AFTER" 3
take quang-phu 3
wait_until 120 'the last ones are delivered' delivered "${UNITS[@]}" "$AFTER"
same 'reports at the hub' $((11 * EACH)) "$(hub stats --json | jq .total)"
for unit in "${UNITS[@]}" "$AFTER"; do
    same "ids of $unit" "$(node_ids "$unit")" \
        "$(hub report list --unit "$unit" --json | jq -r '.[].id' | sort)"
done
verify_all "${UNITS[@]}" "$AFTER"
pass "$((11 * EACH)) reports, none lost, none twice; every verify is clean"
