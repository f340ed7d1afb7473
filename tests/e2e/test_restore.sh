#!/usr/bin/env bash
# The hub is put back to an old copy of its folder, then a node is: each heals
# from the other side, alarms say so, nothing is overwritten.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# The demo's roster and the district's seat, as an eleventh unit.
cp "$ROSTER" "$PLACE/in/roster.csv"
echo '19867,2004-07-08,sia,Thị trấn Sịa,0234 3000 867' >>"$PLACE/in/roster.csv"
mapfile -t TEN < <(units)
ROSTER=$PLACE/in/roster.csv
NEW=sia           # enrolled after the copy was made
GONE=quang-an     # revoked after the copy was made
OLD=()            # the other nine
for unit in "${TEN[@]}"; do
    [ "$unit" = "$GONE" ] || OLD+=("$unit")
done

# take UNIT SEED COUNT: so many reports, all accepted; GIVEN counts them.
GIVEN=0
take() {
    generate "$1" "$2" "$3" --days 30 >"$PLACE/in/$1.$2.jsonl"
    node "$1" report import "$PLACE/in/$1.$2.jsonl" --json \
        >"$PLACE/in/$1.$2.answers"
    same "$1: accepted" "$3" "$(grep -c '"accepted"' "$PLACE/in/$1.$2.answers")"
    GIVEN=$((GIVEN + $3))
}

alarms_of() { hub alarm list --json | jq -r '.[].text'; }
hub_alarm_like() { alarms_of | grep -q "$1"; }
node_alarm_like() { node "$1" status --json | jq -r '.alarms[]' | grep -q "$2"; }
state_is() { [ "$(hub_node "$1" state)" = "$2" ]; }
alert_known() {
    hub alert list --json | jq -e --arg id "$1" 'any(.[]; .id == $id)' >/dev/null
}
receipts_are() { # ALERT FIELD COUNT
    [ "$(hub alert receipts "$1" --json | jq "[.[] | select(.$2)] | length")" = "$3" ]
}
heads() { # UNIT..: "UNIT head"
    local unit
    for unit in "$@"; do
        echo "$unit $(node_status "$unit" head)"
    done
}
not_shrunk() { # BEFORE AFTER
    join "$1" "$2" | awk '$3 < $2 { bad = 1; print } END { exit bad }'
}
same_ids() { # WHEN UNIT..: hub and nodes hold the same reports
    local when=$1 unit
    shift
    for unit in "$@"; do
        same "$when: ids of $unit" "$(node_ids "$unit")" \
            "$(hub report list --unit "$unit" --json | jq -r '.[].id' | sort)"
    done
}

# ---- the hub is put back ----

init_hub
start_hub
join_and_start "${TEN[@]}"
for unit in "${TEN[@]}"; do
    take "$unit" 1 20
done
wait_until 30 delivered "${TEN[@]}"
wait_until 10 hub_total_is 200
stop_hub
cp -a "$PLACE/hub" "$PLACE/hub.copy"
start_hub
wait_until 40 'all ten are back' units_online "${TEN[@]}"
pass 'ten communes, 200 reports; a copy of the hub is kept'

join_and_start "$NEW"
hub node revoke "$GONE" >/dev/null
wait_until 10 'the hub calls it revoked' state_is "$GONE" revoked
ALERT=$(hub alert issue --event 'Lũ' --severity extreme --expires 6h \
    --headline 'Lũ lên' --text 'Lên nơi cao.' --json | jq -r .id)
for unit in "${OLD[@]}" "$NEW"; do
    take "$unit" 2 10
done
wait_until 30 delivered "${OLD[@]}" "$NEW"
wait_until 30 'the alert is stored at ten' receipts_are "$ALERT" stored 10
node quang-tho alert ack "$ALERT" --by 'Trực ban' >/dev/null
wait_until 10 'one has acknowledged' receipts_are "$ALERT" by 1
same 'total' 300 "$(hub stats --json | jq .total)"
# What the revoked machine goes on taking stays with it.
take "$GONE" 2 5
wait_until 10 'all is delivered' delivered "${OLD[@]}" "$NEW"
heads "${OLD[@]}" "$NEW" "$GONE" | sort >"$PLACE/in/heads.before"
for unit in "${OLD[@]}" "$NEW" "$GONE"; do
    node_ids "$unit" >"$PLACE/in/$unit.ids"
done
stop_hub
same 'the revoked machine delivered nothing' 300 "$(hub stats --json | jq .total)"
pass 'after the copy: one enrolled, one revoked, an alert, 100 reports delivered'

mv "$PLACE/hub" "$PLACE/hub.newer"
cp -a "$PLACE/hub.copy" "$PLACE/hub"
same 'total of the copy' 200 "$(hub stats --json | jq .total)"
BEGIN=$(elapsed_us)
start_hub
wait_until 60 'the hub notices that it was set back' \
    hub_alarm_like 'restored from a backup'
wait_until 60 'the hub notices what it ordered and lost' \
    hub_alarm_like 'no longer has'
figure "hub put back -> both alarms: $(seconds $(($(elapsed_us) - BEGIN))) s"
pass '(a) the alarms say: the hub was set back, and it lost orders of its own'

wait_until 60 'the alert is back' alert_known "$ALERT"
figure "-> the alert is back: $(seconds $(($(elapsed_us) - BEGIN))) s"
wait_until 60 'the revocation is back' state_is "$GONE" revoked
figure "-> the revoked one is revoked again: $(seconds $(($(elapsed_us) - BEGIN))) s"
wait_until 60 'the eleventh is enrolled again' state_is "$NEW" enrolled
figure "-> the eleventh is enrolled again: $(seconds $(($(elapsed_us) - BEGIN))) s"
wait_until 120 'the eleventh is online' units_online "$NEW"
figure "-> the eleventh is online: $(seconds $(($(elapsed_us) - BEGIN))) s"
wait_until 60 delivered "${OLD[@]}" "$NEW"
figure "-> all delivered again: $(seconds $(($(elapsed_us) - BEGIN))) s"
wait_until 30 'the receipts are back' receipts_are "$ALERT" stored 10
wait_until 10 'who acknowledged is back' receipts_are "$ALERT" by 1
pass '(d) the alert is back from the nodes, with ten receipts and the name'

# The old copy knew the revoked machine as enrolled: until another node hands
# the revocation back it may speak. Its reports are true ones; say how many.
LATE=$(hub report list --unit "$GONE" --json | jq length)
figure "reports of the revoked machine at the hub: $LATE of 25 (20 before the copy)"
[ "$LATE" = 20 ] || [ "$LATE" = 25 ] || fail "reports of $GONE: $LATE"
same '(c) total' $((280 + LATE)) "$(hub stats --json | jq .total)"
same_ids 'hub put back' "${OLD[@]}" "$NEW"
pass '(c) the 100 reports arrived again by themselves; totals are exact'

heads "${OLD[@]}" "$NEW" "$GONE" | sort >"$PLACE/in/heads.after"
not_shrunk "$PLACE/in/heads.before" "$PLACE/in/heads.after" ||
    fail 'the stream of a node has shrunk'
for unit in "${OLD[@]}" "$NEW" "$GONE"; do
    same "$unit: its own reports" "$(cat "$PLACE/in/$unit.ids")" "$(node_ids "$unit")"
done
verify_all "${OLD[@]}" "$NEW" "$GONE"
pass '(b) nothing is overwritten: heads not shrunk, all verify'

take "$GONE" 3 3
take quang-tho 3 3
wait_until 30 delivered quang-tho
same '(e) the revoked machine is shut out' "$LATE" \
    "$(hub report list --unit "$GONE" --json | jq length)"
NEXT=$(hub alert issue --event 'Lũ' --severity severe --expires 6h \
    --headline 'Lũ xuống' --text 'Về nhà.' --json | jq -r .id)
wait_until 30 'the next alert is stored at ten' receipts_are "$NEXT" stored 10
same 'the next alert at the eleventh' active "$(node "$NEW" alert list --json |
    jq -r --arg id "$NEXT" '.[] | select(.id == $id) | .state')"
hub alert cancel "$ALERT" --reason 'Hết lũ' >/dev/null
alert_at_node_is() {
    [ "$(node "$1" alert list --json | jq -r --arg id "$ALERT" \
        '.[] | select(.id == $id) | .state')" = "$2" ]
}
wait_until 30 alert_at_node_is "$NEW" cancelled
wait_until 30 alert_at_node_is quang-tho cancelled
pass '(e) the eleventh is enrolled again and hears alerts, the revoked one is shut out'

# ---- a node is put back ----

BACK=quang-phu
BEFORE=$(hub report list --unit "$BACK" --json | jq length)
stop_node "$BACK"
cp -a "$PLACE/$BACK" "$PLACE/$BACK.copy"
start_node "$BACK"
take "$BACK" 4 20
wait_until 30 delivered "$BACK"
HEAD=$(node_status "$BACK" head)
stop_node "$BACK"
mv "$PLACE/$BACK" "$PLACE/$BACK.newer"
cp -a "$PLACE/$BACK.copy" "$PLACE/$BACK"
take "$BACK" 5 5 # not serving: into the old copy
[ "$(node_status "$BACK" head)" -lt "$HEAD" ] || fail 'the copy is not older'
BEGIN=$(elapsed_us)
start_node "$BACK"
wait_until 60 'the node tells that it was set back' \
    node_alarm_like "$BACK" 'old copy of its data'
wait_until 60 delivered "$BACK"
figure "node put back -> rebased and delivered: $(seconds $(($(elapsed_us) - BEGIN))) s"
hub node list --json | jq -e --arg u "$BACK" "$(jq_slug)"'.[]
    | select((.unit | slug) == $u) | .alarms | any(test("set back"))' >/dev/null ||
    fail 'the hub has no alarm about the node that was put back'
same 'at the hub' $((BEFORE + 25)) \
    "$(hub report list --unit "$BACK" --json | jq length)"
for seed in 4 5; do
    jq -r .id "$PLACE/in/$BACK.$seed.answers" | sort >"$PLACE/in/given"
    same "accepted ids that the node lacks ($seed)" '' \
        "$(comm -23 "$PLACE/in/given" <(node_ids "$BACK") | head -n 3)"
done
same_ids 'node put back' "$BACK"
[ "$(node_status "$BACK" head)" -ge $((HEAD + 5)) ] || fail 'the stream has shrunk'
verify_all "$BACK"
pass 'a node that was put back takes its 20 reports back and adds the 5 it wrote since'

generate "$BACK" 4 20 --days 30 >"$PLACE/in/again.jsonl"
same 'given again' 20 "$(node "$BACK" report import "$PLACE/in/again.jsonl" \
    --json | grep -c '"repeated"')"
take "$BACK" 6 2
wait_until 30 delivered "$BACK"
same_ids 'afterwards' "$BACK" quang-tho
verify_all "${OLD[@]}" "$NEW"
same 'quarantine' '[]' "$(hub quarantine list --json)"
pass 'life goes on: repeats are known, new reports arrive, all verify'

stop_nodes
stop_hub
figure "$GIVEN reports given; took $(seconds "$(elapsed_us)") s"
