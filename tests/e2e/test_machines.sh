#!/usr/bin/env bash
# Machines that are copied, replaced, found again, and given new keys, as the
# operator types it: nothing is lost, nothing counted twice, and the words say
# what to do.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

UNIT=quang-tho
GIVEN=0

# A folder of a machine is a "unit" for the functions of lib.sh: PLACE/FOLDER.
take() { # FOLDER SEED COUNT: so many reports, all accepted
    generate "$UNIT" "$2" "$3" --days 30 >"$PLACE/in/$1.$2.jsonl"
    node "$1" report import "$PLACE/in/$1.$2.jsonl" --json \
        >"$PLACE/in/$1.$2.answers"
    same "$1: accepted" "$3" "$(grep -c '"accepted"' "$PLACE/in/$1.$2.answers")"
    GIVEN=$((GIVEN + $3))
}
hub_alarm_like() { hub alarm list --json | jq -r '.[].text' | grep -q -- "$1"; }
node_alarm_like() { node "$1" status --json | jq -r '.alarms[]' | grep -q -- "$2"; }
is_retired() { [ "$(node_status "$1" retired)" = true ]; }
is_drained() { [ "$(node_status "$1" drained)" != null ]; }
total_is() { [ "$(hub stats --json | jq .total)" = "$1" ]; }
machine() { # CERTIFICATE FIELD
    hub_node "$UNIT" "machines[] | select(.certificate == $1) | .$2"
}
machine_like() { machine "$1" words | grep -q -- "$2"; }
join_again() { # FOLDER: with a new token of the unit
    local token
    token=$(hub node invite "$UNIT" --advertise 127.0.0.1 2>>"$PLACE/log/invite" |
        tail -n 1)
    node "$1" join "$token" >>"$PLACE/log/$1.join" 2>&1 ||
        fail "$1 could not join: $(tail -n 2 "$PLACE/log/$1.join")"
}
# All that was ever accepted is at the hub, once, and the hub's count is right.
exact() { # WHEN FOLDER..: the folders whose answers count
    local when=$1
    shift
    same "$when: total" "$GIVEN" "$(hub stats --json | jq .total)"
    jq -r .id "$PLACE"/in/*.answers | sort >"$PLACE/in/given.ids"
    hub_ids >"$PLACE/in/hub.ids"
    same "$when: lost" '' "$(comm -23 "$PLACE/in/given.ids" "$PLACE/in/hub.ids" | head -n 3)"
    same "$when: from nowhere" '' "$(comm -13 "$PLACE/in/given.ids" "$PLACE/in/hub.ids" | head -n 3)"
    same "$when: twice" '' "$(uniq -d "$PLACE/in/hub.ids" | head -n 3)"
}
holds_all() { [ "$(node_ids "$1" | wc -l)" = "$GIVEN" ]; }

# ---- (a) two clones ----

init_hub
start_hub
join_and_start "$UNIT"
take "$UNIT" 1 30
wait_until 30 delivered "$UNIT"
stop_node "$UNIT"
cp -a "$PLACE/$UNIT" "$PLACE/copy"
take "$UNIT" 2 20
take copy 3 15
start_node "$UNIT"
wait_until 30 delivered "$UNIT"
start_node copy
wait_until 90 'the alarm names two machines' hub_alarm_like 'two machines speak as'
hub_alarm_like '127.0.0.1 and 127.0.0.1' || fail 'the alarm names no addresses'
pass '(a) two machines with one identity: alarm with both addresses'

stop_node "$UNIT"
join_again "$UNIT"
start_node "$UNIT"
wait_until 60 'the survivor works with certificate 2' machine_like 2 'at work'
wait_until 60 'the copy is told' is_retired copy
refused node copy report add --category cat_trai_phep --text 'Ghe hút cát'
grep -q 'replaced by another one' <<<"$REASON" || fail "not the words: $REASON"
wait_until 120 'the copy is drained' is_drained copy
node copy status | grep -q 'can be switched off' || fail 'status does not say it'
wait_until 30 'the operator is told' hub_alarm_like 'is drained'
machine_like 1 'may be switched off' || fail "node list: $(machine 1 words)"
stop_node copy
wait_until 30 delivered "$UNIT"
exact '(a)'
holds_all "$UNIT" || fail 'the survivor does not hold every report'
verify_all "$UNIT" copy
pass '(a) the survivor has a new key, the copy is drained, figures are exact'

stop_nodes
stop_hub
figure "$GIVEN reports given; took $(seconds "$(elapsed_us)") s"
