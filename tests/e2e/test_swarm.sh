#!/usr/bin/env bash
# A swarm of simulated machines on one real hub, small: that it speaks the
# engine's words still. The large one is `ops/bench scale`.
#   LIENXA_SWARM=3321: of a nation
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=${LIENXA_SWARM:-10}
export LIENXA_LOG=debug

said() { [ "$(grep -c "^$2" "$PLACE/swarm.out")" -ge "$1" ]; } # COUNT BEGINNING
order() { echo "$*" >&7; }

"$BIN/lienxa-swarm" roster "$COUNT" >"$PLACE/in/roster.csv"
ROSTER=$PLACE/in/roster.csv
init_hub
"$BIN/lienxa-swarm" make "$COUNT" "$PLACE/in/keys" --data "$PLACE/hub"
start_hub
mkfifo "$PLACE/in/orders"
exec 7<>"$PLACE/in/orders"
touch "$PLACE/swarm.out"
"$BIN/lienxa-swarm" run "$PLACE/in/keys" \
    --express "$(jq -r .express "$PLACE/address.json")" \
    --bulk "$(jq -r .bulk "$PLACE/address.json")" \
    <&7 >"$PLACE/swarm.out" 2>"$PLACE/log/swarm.log" &
SWARM=$!
OPS_PIDS+=("$SWARM")
OPS_LOGS[$SWARM]=$PLACE/log/swarm.log
wait_until 60 'all are online' said 1 "online $COUNT"
pass "$COUNT simulated machines are welcomed"

order report 20
order one 3 urgent
wait_until 60 'all is acknowledged' said 1 settled
wait_until 60 'the hub counts it' hub_total_is $((COUNT * 20 + 3))
pass 'their reports are counted, urgent ones once'

ALERT=$(hub alert issue --event 'Lũ' --headline 'Lũ trên sông Bồ' \
    --text 'Di dời trước 18 giờ.' --severity extreme --json | jq -r .id)
wait_until 60 'the warning is with all' said 1 "alert $ALERT $COUNT "
receipts() {
    [ "$(hub alert receipts "$ALERT" --json |
        jq '[.[] | select(.stored != null)] | length')" = "$COUNT" ]
}
wait_until 60 'their receipts are here' receipts
pass 'a warning is with all of them, and their receipts came back'

order cut
order move 20
order report 5
order back
wait_until 60 'all are back' said 2 "online $COUNT"
wait_until 60 'what they did meanwhile is here' hub_total_is $((COUNT * 25 + 3))
wait_until 60 'all is acknowledged' said 2 settled
stop_hub
start_hub
wait_until 60 'all are back at a hub that was started again' \
    said 3 "online $COUNT"
pass 'they come back after a cut, and to a hub that was started again'

order end
wait "$SWARM" || fail 'the swarm did not end well'
forget "$SWARM"
[ ! -s "$PLACE/log/swarm.log" ] || fail 'the engine asked for what no swarm does'
stop_hub
verify_hub
pass 'the hub verifies'
figure "took $(seconds "$(elapsed_us)") s"
