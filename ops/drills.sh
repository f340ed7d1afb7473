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

# One bit in the middle of the file is another.
flip() { # FILE
    local at byte
    at=$(($(stat -c %s "$1") / 2))
    byte=$(od -An -tu1 -j "$at" -N 1 "$1")
    # shellcheck disable=SC2059 # the byte is the format
    printf "\\x$(printf '%02x' $((byte ^ 16)))" |
        dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}

verifies() { hub verify >/dev/null 2>&1 && node quang-tho verify >/dev/null 2>&1; }
repaired() {
    local unit
    start_hub
    for unit in "${THREE[@]}"; do
        start_node "$unit"
    done
    wait_for 'they talk again' online quang-tho
    wait_for 'what was damaged is right again' verifies
    wait_for 'everything is at the district' delivered "${THREE[@]}"
}

drill_flipped_bit() {
    begin "${THREE[@]}"
    take quang-tho 300
    take quang-phu 300
    take quang-loi 300
    wait_for 'an ordinary day' delivered "${THREE[@]}"
    stop_nodes
    stop_hub
    tell "one bit flips in the middle of the hub's database"
    flip "$PLACE/hub/hub.db"
    district verify
    district repair
    must
    repaired
    stop_nodes
    stop_hub
    tell "another day, one bit flips in the middle of quang-tho's database"
    flip "$PLACE/quang-tho/node.db"
    at quang-tho verify
    at quang-tho repair
    must
    repaired
    all_is_well "${THREE[@]}"
    district alarm list
    finish
}

# A further machine of a unit, in PLACE/FOLDER.
invite_into() { # FOLDER UNIT
    local token
    district node invite "$2" --advertise 127.0.0.1
    must
    token=$(tail -n 1 "$PLACE/said")
    at "$1" join "$token"
    must
    grep '^share ' "$PLACE/said" >"$PLACE/in/$1.shares" || true
}
retired() { [ "$(node "$1" status --json | jq -r .retired)" = true ]; }
drained() { [ "$(node "$1" status --json | jq -r .drained)" != null ]; }

drill_two_clones() {
    begin "${THREE[@]}"
    take quang-tho 20
    wait_for 'an ordinary day' delivered "${THREE[@]}"
    stop_node quang-tho
    cp -a "$PLACE/quang-tho" "$PLACE/copy"
    tell "the office copied quang-tho's disk to a second PC, and both are used"
    start_node quang-tho
    start_node copy
    take quang-tho 10
    take copy 10
    wait_for 'the district is told' hub_says 'two machines speak as'
    district alarm list
    tell 'the operator names the survivor: it is invited and joins in its own folder, which keeps its data'
    stop_node quang-tho
    invite_into quang-tho quang-tho
    start_node quang-tho
    wait_for 'the copy is told' retired copy
    at copy report add --category trom_cap --text 'Mất xe'
    must_not
    wait_for 'the copy has handed over what only it had' drained copy
    at copy status
    district node list
    stop_node copy
    all_is_well "${THREE[@]}"
    finish
}

drill_burnt_node() {
    begin "${THREE[@]}"
    take quang-tho 40
    wait_for 'an ordinary day' delivered "${THREE[@]}"
    wait_for 'the vault has everything' vaulted quang-tho
    tell "quang-tho's machine burns; its two lines lie in two envelopes"
    stop_node quang-tho
    rm -rf "${PLACE:?}/quang-tho"
    mv "$PLACE/in/quang-tho.shares" "$PLACE/in/envelopes"
    invite_into quang-tho quang-tho
    start_node quang-tho
    take quang-tho 5
    wait_for 'everything the hub held is there' fetched quang-tho
    at quang-tho status
    tell 'words and senders wait for the two lines of the burnt machine'
    INPUT=$PLACE/in/envelopes
    at quang-tho recover
    INPUT=/dev/null
    must
    [ "$(node quang-tho report list --json | jq '[.[] | select(.text)] | length')" = 45 ] ||
        die 'words are missing'
    all_is_well "${THREE[@]}"
    finish
}
vaulted() { [ "$(node "$1" status --json | jq .vault_backlog)" = 0 ]; }
fetched() {
    node "$1" status --json |
        jq -e '.vault_fetching == false and .vault_locked > 0' >/dev/null
}

drill_replaced_node() {
    begin "${THREE[@]}"
    take quang-tho 20
    wait_for 'an ordinary day' delivered "${THREE[@]}"
    stop_node quang-tho
    take quang-tho 8
    tell 'a new PC for quang-tho; the old one still has 8 reports nobody has heard of'
    district node retire quang-tho
    must
    invite_into new quang-tho
    start_node new
    take new 5
    start_node quang-tho
    wait_for 'the old machine has handed over' drained quang-tho
    at quang-tho status
    at quang-tho report add --category trom_cap --text 'Mất xe'
    must_not
    district node list
    stop_node quang-tho
    all_is_well new quang-phu quang-loi
    finish
}

drill_full_disk() {
    begin "${THREE[@]}"
    MOUNTED=$PLACE/small
    mkdir "$MOUNTED"
    if ! mount -t tmpfs -o size=24m tmpfs "$MOUNTED" 2>/dev/null; then
        MOUNTED=
        tell 'skipped: no file system can be mounted here'
        finish
        return
    fi
    take quang-tho 20
    wait_for 'an ordinary day' delivered "${THREE[@]}"
    tell "quang-tho's disk fills up"
    stop_node quang-tho
    move_to_small quang-tho
    start_node quang-tho
    wait_for 'it is online' online quang-tho
    fill_small
    use_up_log quang-tho
    at quang-tho report add --category trom_cap --text 'Mất xe'
    must_not
    at quang-tho status
    must
    rm -f "$MOUNTED/ballast"
    tell 'somebody makes room; nothing is started again'
    wait_for 'it notices the room' has_room quang-tho
    at quang-tho report add --category trom_cap --text 'Mất xe' --json
    must
    jq -r .id "$PLACE/said" >>"$PLACE/accepted"
    wait_for 'it is delivered' delivered quang-tho
    stop_node quang-tho
    move_back quang-tho
    start_node quang-tho
    tell "the hub's disk fills up"
    stop_hub
    move_to_small hub
    start_hub
    wait_for 'it is online' online quang-phu
    fill_small
    take quang-phu 40
    sleep 3
    at quang-phu status
    must
    rm -f "$MOUNTED/ballast"
    tell 'somebody makes room; nothing is started again'
    all_is_well "${THREE[@]}"
    stop_all
    umount "$MOUNTED"
    MOUNTED=
    finish
}
# Its log has some room that was made beforehand: what goes into it is accepted,
# and must be at the hub in the end like all the rest.
use_up_log() { # UNIT
    local i
    for ((i = 0; i < 300; i++)); do
        node "$1" report add --category trom_cap --text 'Mất xe' --json \
            >"$PLACE/taken" 2>/dev/null || return 0
        jq -r .id "$PLACE/taken" >>"$PLACE/accepted"
    done
}
has_room() { ! node "$1" status --json | jq -r '.alarms[]' | grep -q 'disk is full'; }
move_to_small() { # FOLDER
    cp -a "$PLACE/$1/." "$MOUNTED/"
    mv "$PLACE/$1" "$PLACE/$1.large"
    ln -s "$MOUNTED" "$PLACE/$1"
}
move_back() { # FOLDER
    rm "$PLACE/$1" && mkdir -m 700 "$PLACE/$1"
    cp -a "$MOUNTED/." "$PLACE/$1/"
    find "$MOUNTED" -mindepth 1 -delete
}
fill_small() { dd if=/dev/zero of="$MOUNTED/ballast" bs=64k 2>/dev/null || true; }
