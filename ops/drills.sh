# shellcheck shell=bash
# ops/drills.sh - what happens in each drill. Sourced by ops/drill.
# shellcheck disable=SC2034 # INPUT is read there

drill_hub_restored() {
    begin "${THREE[@]}"
    take quang-tho 30
    take quang-phu 10
    take quang-loi 30
    wait_for 'an ordinary day' delivered "${THREE[@]}"
    stop_node quang-phu
    cp -a "$PLACE/quang-phu" "$PLACE/in/quang-phu.old"
    start_node quang-phu
    take quang-phu 20
    wait_for 'the day goes on' delivered quang-phu
    tell 'the hourly backup, while the hub serves; FILE goes to another machine'
    district backup "$PLACE/hub.backup"
    must
    tell 'the hour after it: more reports, a fourth commune joins, an alert'
    take quang-tho 20
    join quang-vinh
    take quang-vinh 10
    district alert issue --event flood --headline 'Lũ trên sông Bồ' \
        --text 'Đưa người già lên nơi cao.' --severity extreme
    must
    ALERT=$(cut -d' ' -f1 "$PLACE/said" | tail -n 1)
    wait_for 'all is delivered' delivered "${THREE[@]}" quang-vinh
    tell "the hub's machine is lost; quang-phu's is put back to a copy from before the backup"
    kill -KILL "$HUB_PID"
    { wait "$HUB_PID" || true; } 2>/dev/null
    forget "$HUB_PID"
    rm -rf "${PLACE:?}/hub"
    stop_node quang-phu
    rm -rf "${PLACE:?}/quang-phu"
    mv "$PLACE/in/quang-phu.old" "$PLACE/quang-phu"
    take quang-phu 5
    take quang-tho 5
    tell "a new machine at the district, with the root key's two shares"
    INPUT=$PLACE/in/root
    district restore "$PLACE/hub.backup" --revoked none
    INPUT=/dev/null
    must
    start_hub
    start_node quang-phu
    wait_for 'all four are back by themselves' online quang-vinh
    wait_for 'quang-phu is back' online quang-phu
    wait_for 'the alert came back' alert_is_back
    all_is_well "${THREE[@]}" quang-vinh
    district alarm list
    district node list
    tell 'the next alert is newer than any before the loss'
    district alert issue --event flood --headline 'Lũ rút' --text 'An toàn.'
    must
    wait_for 'it is at all four' alert_everywhere "$(tail -n 1 "$PLACE/said" | cut -d' ' -f1)" 4
    finish
}
alert_is_back() {
    hub alert list --json | jq -e --arg id "$ALERT" 'any(.[]; .id == $id)' >/dev/null
}
alert_everywhere() { # ALERT COUNT
    [ "$(hub alert receipts "$1" --json | jq '[.[] | select(.stored)] | length')" = "$2" ]
}

drill_node_restored() {
    begin "${THREE[@]}"
    take quang-tho 20
    wait_for 'an ordinary day' delivered "${THREE[@]}"
    stop_node quang-tho
    cp -a "$PLACE/quang-tho" "$PLACE/in/old"
    start_node quang-tho
    take quang-tho 20
    take quang-phu 10
    wait_for 'delivered' delivered "${THREE[@]}"
    tell 'somebody puts the old copy back, and the desk goes on before there is a line'
    stop_node quang-tho
    rm -rf "${PLACE:?}/quang-tho"
    mv "$PLACE/in/old" "$PLACE/quang-tho"
    take quang-tho 7
    at quang-tho status
    must
    start_node quang-tho
    wait_for 'the district is told' hub_says 'was set back to an old copy'
    all_is_well "${THREE[@]}"
    district alarm list
    at quang-tho status
    finish
}
