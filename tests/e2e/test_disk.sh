#!/usr/bin/env bash
# Disks that say no: full, read-only, failing. Nothing that was accepted is lost,
# nothing is acknowledged that is not stored, what can go on goes on, and all of
# it recovers without a restart.
set -euo pipefail

# Small file systems of our own, where that is allowed: the script begins again
# in a mount namespace.
if [ -z "${LIENXA_MOUNTS-}" ]; then
    export LIENXA_MOUNTS=no
    for way in -m -rm; do
        if unshare "$way" sh -c 'mount -t tmpfs tmpfs /mnt' 2>/dev/null; then
            LIENXA_MOUNTS=yes exec unshare "$way" bash "$0" "$@"
        fi
    done
fi
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

UNIT=quang-tho OTHER=quang-phu
TOTAL=0

small_disk() { # FOLDER
    mkdir -p "$PLACE/$1"
    mount -t tmpfs -o size=24m,mode=700 tmpfs "$PLACE/$1"
    at_end umount "$PLACE/$1"
}
fill() { cat /dev/zero >"$PLACE/$1/ballast" 2>/dev/null || true; }
empty() { rm -f "$PLACE/$1/ballast"; }

add() { # UNIT OPTION..
    local unit=$1
    shift
    node "$unit" report add --category chay_no --text 'Khói ở chợ' --json "$@"
}
give() { # UNIT SEED COUNT
    generate "$1" "$2" "$3" >"$PLACE/in/lines"
    node "$1" report import "$PLACE/in/lines" --json >"$PLACE/in/answers"
    TOTAL=$((TOTAL + $3))
}
one_more() { # UNIT: one is taken
    add "$1" >/dev/null && TOTAL=$((TOTAL + 1))
}
# Until one is refused: the log has some room made beforehand (db_log.c), and
# what is taken into it is accepted like any other.
use_up() { # UNIT
    local i
    for ((i = 0; i < 300; i++)); do
        if ! REASON=$(add "$1" 2>&1 >/dev/null); then
            [[ $REASON == *disk* ]] || fail "reason: $REASON"
            figure "$i reports went into the room of the log"
            return 0
        fi
        TOTAL=$((TOTAL + 1))
    done
    fail 'a full disk takes reports without end'
}
takes_again() { add "$UNIT" >/dev/null 2>&1; }
has_alarm() { [[ $(node_status "$1" 'alarms | join(" ")') == *"$2"* ]]; }
has_no_alarm() { same_status "$1" 'alarms | tojson' '[]'; }
same_status() { [ "$(node_status "$1" "$2")" = "$3" ]; }
hub_says() { [[ $(hub alarm list --json 2>&1) == *"$1"* ]]; }
# But that a report was passed on (160): a generated one may have been.
hub_says_nothing() { hub alarm list --json | jq -e 'all(.[]; .code == 160)' >/dev/null; }
in_log() { grep -q -- "$2" "$PLACE/log/$1.log"; }
alert_is_at() { # UNIT ID
    node "$1" alert list --json | jq -e --arg i "$2" 'any(.id == $i)' >/dev/null
}
issue() {
    hub alert issue --event 'Lũ' --headline 'Lũ' --text 'Lên cao' --json | jq -r .id
}

# How much of a processor PID takes: hundredths in the next two seconds.
load_of() {
    local before after
    before=$(awk '{print $14 + $15}' "/proc/$1/stat")
    sleep 2
    after=$(awk '{print $14 + $15}' "/proc/$1/stat")
    echo $(((after - before) * 50 / $(getconf CLK_TCK)))
}
calm() { # NAME PID
    local load
    load=$(load_of "$2")
    figure "$1 with such a disk: $load % of a processor"
    [ "$load" -lt 50 ] || fail "$1 runs in circles"
}

all_is_there() {
    wait_until 60 'all is delivered' delivered "$UNIT" "$OTHER"
    wait_until 30 "the hub holds $TOTAL" hub_total_is "$TOTAL"
    same 'ids' "$(for u in "$UNIT" "$OTHER"; do node_ids "$u"; done | sort)" \
        "$(hub_ids)"
    verify_all "$UNIT" "$OTHER"
}

# ---- full

if [ "$LIENXA_MOUNTS" = yes ]; then
    small_disk hub
    small_disk "$UNIT"
else
    skip 'file systems cannot be mounted here: the full disks are left out'
fi
init_hub
start_hub
join_and_start "$UNIT" "$OTHER"

node_is_full() {
    local alert
    give "$UNIT" 1 50
    all_is_there
    stop_hub
    give "$UNIT" 2 300 # these wait
    fill "$UNIT"
    use_up "$UNIT"
    refused add "$UNIT"
    [[ $REASON == *disk*'Make room'* ]] || fail "reason: $REASON"
    wait_until 30 'status says it' has_alarm "$UNIT" 'disk is full'
    same 'reports to read' "$TOTAL" "$(node_ids "$UNIT" | wc -l)"
    pass 'a node with a full disk takes no report, says why, and goes on showing what it has'

    start_hub
    wait_until 60 'what waited is delivered' delivered "$UNIT"
    alert=$(issue)
    wait_until 60 'the alert is there' alert_is_at "$UNIT" "$alert"
    node "$UNIT" alert ack "$alert" --by 'Lan' >/dev/null
    wait_until 60 'the hub knows that it was read' eval \
        "hub alert receipts $alert --json | jq -e 'any(.by == \"Lan\")' >/dev/null"
    calm 'a node' "${NODE_PIDS[$UNIT]}"
    refused add "$UNIT"
    pass 'it delivers what it has, and an alert arrives and is answered'

    empty "$UNIT"
    wait_until 30 'reports are taken again' takes_again
    TOTAL=$((TOTAL + 1))
    wait_until 30 'no alarm is left' has_no_alarm "$UNIT"
    all_is_there
    pass 'with room again it takes reports, without a restart'
}

hub_is_full() {
    local alert head i
    fill hub
    for ((i = 0; i < 20; i++)); do # what is left of its log is used up
        give "$UNIT" "$((300 + i))" 200
        sleep 0.5
        hub_says 'disk is full' && break
    done
    wait_until 30 'the hub says it' hub_says 'disk is full'
    give "$OTHER" 4 200
    alert=$(issue)
    wait_until 60 'the alert is there' alert_is_at "$UNIT" "$alert"
    wait_until 60 'the alert is there' alert_is_at "$OTHER" "$alert"
    pass 'an alert goes out from a hub with a full disk'

    calm 'a hub' "$HUB_PID"
    head=$(node_status "$OTHER" backlog)
    [ "$head" -ge 200 ] || fail "a full hub acknowledged: $head wait"
    empty hub
    all_is_there
    wait_until 30 'no alarm is left' hub_says_nothing
    in_log hub disk.room || fail 'the log does not tell of the room'
    pass 'what it did not take waited at the nodes and is there, without a restart'
}

hub_starts_full() {
    stop_hub
    fill hub
    start_hub
    wait_until 30 'the hub says it' hub_says 'disk is full'
    empty hub
    one_more "$UNIT"
    all_is_there
    wait_until 30 'no alarm is left' hub_says_nothing
    pass 'a hub starts on a full disk, on its reserve'
}

if [ "$LIENXA_MOUNTS" = yes ]; then
    node_is_full
    hub_is_full
    hub_starts_full
else
    give "$UNIT" 1 50
    all_is_there
fi
stop_nodes
stop_hub

# ---- failing: the calls of the real programs are answered with errors

# The programs behind the recorder (tests/support/recording.h), each with a file
# of faults of its own.
faulty_programs() {
    local program
    mkdir "$PLACE/bin" "$PLACE/faults"
    for program in lienxa-hub lienxa-node; do
        cat >"$PLACE/bin/$program" <<END
#!/bin/sh
[ "\$1" = --data ] || exit 3
export ASAN_OPTIONS=verify_asan_link_order=0:\${ASAN_OPTIONS-}
export LD_PRELOAD='$BIN/lienxa-recorder.so'
export LIENXA_RECORD_DIR="\$2" LIENXA_FAULTS="$PLACE/faults/\${2##*/}"
exec '$BIN/$program' "\$@"
END
        chmod +x "$PLACE/bin/$program"
    done
    ln -s "$BIN/lienxa-generate" "$PLACE/bin/lienxa-generate"
    BIN=$PLACE/bin
}
break_disk() { # NAME LINE..
    local name=$1
    shift
    printf '%s\n' "$@" >"$PLACE/faults/$name.new"
    mv "$PLACE/faults/$name.new" "$PLACE/faults/$name"
}
mend_disk() { rm -f "$PLACE/faults/$1"; }
# Linux: EIO 5, EROFS 30.
EIO_ON_SYNC=('sync 5')
EIO=('write 5' 'sync 5' 'truncate 5' 'open 5')
READ_ONLY=('write 30' 'sync 30' 'truncate 30' 'open 30' 'remove 30' 'rename 30')

node_fails() { # WORD LINE..
    local word=$1
    shift
    break_disk "$UNIT" "$@"
    refused add "$UNIT"
    [[ $REASON == *disk* ]] || fail "reason: $REASON"
    wait_until 30 'status says it' has_alarm "$UNIT" 'disk did not take it'
    node_ids "$UNIT" >/dev/null
    calm "a node ($word)" "${NODE_PIDS[$UNIT]}"
    refused add "$UNIT"
    mend_disk "$UNIT"
    wait_until 30 'reports are taken again' takes_again
    TOTAL=$((TOTAL + 1))
    wait_until 30 'it was noted' has_alarm "$UNIT" "this machine's disk failed"
    all_is_there
    pass "a node whose disk fails ($word) refuses, stays up and recovers"
}

hub_fails() { # WORD LINE..
    local word=$1
    shift
    break_disk hub "$@"
    give "$UNIT" "$((RANDOM + 100))" 30
    wait_until 30 'the hub says it' hub_says 'disk did not take it'
    refused issue_plainly
    [[ $REASON == *disk* ]] || fail "reason: $REASON"
    calm "a hub ($word)" "$HUB_PID"
    [ "$(node_status "$UNIT" backlog)" -ge 30 ] || fail 'a failing hub acknowledged'
    mend_disk hub
    all_is_there
    hub_says "hub's disk failed" || fail 'it was not noted'
    clear_alarms
    pass "a hub whose disk fails ($word) acknowledges nothing, stays up and recovers"
}
issue_plainly() { hub alert issue --event 'Lũ' --headline 'Lũ' --text 'Lên'; }
clear_alarms() {
    local id
    for id in $(hub alarm list --json | jq -r '.[].id'); do
        hub alarm clear "$id" >/dev/null
    done
}

faulty_programs
start_hub
start_node "$UNIT"
start_node "$OTHER"
wait_until 30 'both are online' units_online "$UNIT" "$OTHER"
one_more "$UNIT"
node_fails 'a sync fails' "${EIO_ON_SYNC[@]}"
node_fails 'EIO' "${EIO[@]}"
node_fails 'read-only' "${READ_ONLY[@]}"
hub_fails 'a sync fails' "${EIO_ON_SYNC[@]}"
hub_fails 'EIO' "${EIO[@]}"
hub_fails 'read-only' "${READ_ONLY[@]}"
in_log hub 'disk.works opened_anew=yes' || fail 'the database was not opened anew'
in_log "$UNIT" 'disk.works opened_anew=yes' || fail 'the database was not opened anew'
stop_nodes
stop_hub
figure "took $(seconds "$(elapsed_us)") s"
