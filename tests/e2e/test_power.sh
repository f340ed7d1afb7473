#!/usr/bin/env bash
# Power cuts. A hub and two nodes do their work under a recorder that writes
# down every file operation and every word said; then, for many moments and
# ways of losing what was not synced, the real programs open what would have
# been left: nothing that was printed, answered or acknowledged is missing.
#   LIENXA_IMAGES=40   so many images of the hub and of a node each
#   LIENXA_HEALS=3     so many of them heal against the other side, to the figure
#   LIENXA_SEED=...    the same choices again
#   LIENXA_MUTANT=...  a folder of other programs that are recorded instead
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

IMAGES=${LIENXA_IMAGES:-40}
HEALS=${LIENXA_HEALS:-3}
SEED=${LIENXA_SEED:-$((EPOCHSECONDS % 32768))}
UNITS=(quang-tho quang-phu)
UNIT=quang-tho # whose images are made
REAL=$BIN
RECORDED=${LIENXA_MUTANT:-$BIN}
mkdir "$PLACE/bin" "$PLACE/rec" "$PLACE/final"

# ---- recording

# The programs, each behind the recorder of its own folder.
wrap() {
    local program
    for program in lienxa-hub lienxa-node; do
        cat >"$PLACE/bin/$program" <<END
#!/bin/sh
[ "\$1" = --data ] || exit 3
export ASAN_OPTIONS=verify_asan_link_order=0:\${ASAN_OPTIONS-}
export LD_PRELOAD='$REAL/lienxa-recorder.so'
export LIENXA_RECORD_DIR="\$2" LIENXA_RECORD_LOG="$PLACE/rec/\${2##*/}"
exec '$RECORDED/$program' "\$@"
END
        chmod +x "$PLACE/bin/$program"
    done
    ln -s "$REAL/lienxa-generate" "$PLACE/bin/lienxa-generate"
    BIN=$PLACE/bin
}

give() { # UNIT SEED COUNT
    generate "$1" "$2" "$3" >"$PLACE/in/lines"
    node "$1" report import "$PLACE/in/lines" --json >/dev/null
}

story() {
    local unit id
    init_hub
    start_hub
    TOKEN=$(hub node invite "$UNIT" --advertise 127.0.0.1 2>/dev/null | tail -n 1)
    node "$UNIT" join "$TOKEN" >/dev/null 2>&1
    node "$UNIT" report add --category chay_no --text 'Khói ở chợ' --json >/dev/null
    start_node "$UNIT"
    join_and_start quang-phu
    for unit in "${UNITS[@]}"; do
        give "$unit" "${SEED}1" 60
    done
    id=$(hub alert issue --event storm --headline 'Bão' --text 'Vào nhà' --json |
        jq -r .id)
    node "$UNIT" report add --category chay_no --text 'Cháy nhà' --urgent --json >/dev/null
    wait_until 60 'all is delivered' delivered "${UNITS[@]}"
    stop_node "$UNIT"
    give "$UNIT" "${SEED}2" 40 # alone
    kill_hub
    start_node "$UNIT"
    give quang-phu "${SEED}3" 40
    start_hub
    hub alert cancel "$id" --reason 'Bão tan' >/dev/null
    wait_until 60 'all is delivered' delivered "${UNITS[@]}"
    stop_hub
    start_hub
    for unit in "${UNITS[@]}"; do
        give "$unit" "${SEED}4" 40
    done
    wait_until 60 'all is delivered' delivered "${UNITS[@]}"
    wait_until 30 'nothing waits at the nodes' alert_is_known
    stop_nodes
    stop_hub
}

alert_is_known() {
    [ "$(node "$UNIT" alert list --json | jq -r '.[0].state')" = cancelled ]
}

# Played to its end the record is the folder, byte for byte: nothing escaped it.
# (The reserve of common/store/care.h has no content.)
nothing_escaped() { # NAME
    rm -rf "$PLACE/image"
    "$REAL/lienxa-images" make "$PLACE/rec/$1" "$PLACE/$1" "$PLACE/image" \
        999999999 keep 1
    diff -r -x '*-shm' -x control.sock -x reserve "$PLACE/$1" "$PLACE/image" >&2 ||
        fail "something that $1 did is not in the record"
}

# ---- images

make_image() { # NAME POINT MODE SEED OPTION..
    local name=$1
    shift
    rm -rf "$PLACE/image"
    "$REAL/lienxa-images" make "$PLACE/rec/$name" "$PLACE/$name" \
        "$PLACE/image" "$@"
}

image() { # hub|node ARGUMENT..: the real program on the image
    local program=$1
    shift
    "$REAL/lienxa-$program" --data "$PLACE/image" "$@"
}

keeps_promises() { # hub|node NAME POINT
    image "$1" verify >"$PLACE/log/verify" 2>&1 &&
        "$REAL/lienxa-images" check "$1" "$PLACE/image" "$PLACE/rec/$2" "$3" \
            >"$PLACE/log/check" 2>&1
}

# Until its shares are printed the maker can be run again, and starts over; what
# it had told the hub is the hub's for good.
can_be_made() { # hub|node SENT
    case $1 in
    hub)
        image hub init --name H --roster "$ROSTER" >"$PLACE/log/again" 2>&1
        ;;
    node)
        local token=$TOKEN
        [ "$2" -gt 0 ] || token=$(hub node invite "$UNIT" \
            --advertise 127.0.0.1 2>/dev/null | tail -n 1)
        image node join "$token" >"$PLACE/log/again" 2>&1
        ;;
    esac && image "$1" verify >"$PLACE/log/verify" 2>&1
}

# One image; what is wrong with it on standard output.
try_image() { # hub|node NAME POINT MODE SEED PRINTED SENT
    rm -f "$PLACE"/log/{verify,check,again}
    make_image "$2" "$3" "$4" "$5"
    if [ "$6" = 0 ] || { [ "$6" = 1 ] && [ -e "$PLACE/image/unfinished" ]; }; then
        YOUNG=$((YOUNG + 1))
        can_be_made "$1" "$7"
    else
        keeps_promises "$1" "$2" "$3"
    fi
}

bad_image() { # LINE OF THE PLAN
    fail "$* (seed $SEED): $(cat "$PLACE"/log/{verify,check,again} 2>/dev/null | tail -n 6)"
}

# As the story left it: for every healing anew.
put_back() { # NAME..
    local name
    for name in "$@"; do
        rm -rf "${PLACE:?}/$name"
        cp -a "$PLACE/final/$name" "$PLACE/$name"
    done
}

all_is_equal() { # the hub holds what the nodes hold, and all of it
    local unit
    hub_total_is "$TOTAL" && delivered "${UNITS[@]}" &&
        [ "$(for unit in "${UNITS[@]}"; do node_ids "$unit"; done | sort)" = "$(hub_ids)" ]
}

heal() { # hub|node LINE OF THE PLAN
    local name=$1
    shift
    [ "$name" = hub ] || name=$UNIT
    put_back hub "${UNITS[@]}"
    rm -rf "${PLACE:?}/$name"
    mv "$PLACE/image" "$PLACE/$name"
    start_hub
    for unit in "${UNITS[@]}"; do
        start_node "$unit"
    done
    wait_until 60 "the image heals: $name $*" all_is_equal
    stop_nodes
    stop_hub
    verify_all "${UNITS[@]}"
    HEALED=$((HEALED + 1))
}

images_of() { # hub|node NAME
    local line count=0
    YOUNG=0
    "$REAL/lienxa-images" plan "$PLACE/rec/$2" "$IMAGES" "$SEED" \
        >"$PLACE/in/plan"
    while read -ru 3 -a line; do
        count=$((count + 1))
        try_image "$1" "$2" "${line[@]}" || bad_image "$2 ${line[*]}"
    done 3<"$PLACE/in/plan"
    figure "$1: $count images of $(wc -c <"$PLACE/rec/$2") recorded bytes, $YOUNG of them before the first word"
}

heals_of() { # hub|node NAME
    local line
    HEALED=0
    while read -ru 3 -a line && [ "$HEALED" -lt "$HEALS" ]; do
        [ "${line[3]}" -gt 0 ] || continue
        make_image "$2" "${line[@]:0:3}"
        heal "$1" "${line[@]}"
    done 3<"$PLACE/in/plan"
    figure "$1: $HEALED images healed to $TOTAL reports"
}

# A program that forgets a sync is found out.
found_out() { # hub|node NAME TEXT
    local line
    while read -ru 3 -a line; do
        [ "${line[3]}" -gt 0 ] || continue
        make_image "$2" "${line[0]}" drop 1 --forget-syncs "$3"
        keeps_promises "$1" "$2" "${line[0]}" || return 0
    done 3<"$PLACE/in/plan"
    fail "$2: no image notices that syncs of $3 are left out"
}

# ---- the story and its power cuts

figure "seed $SEED"
wrap
story
TOTAL=$(hub stats --json | jq .total)
BIN=$REAL
for name in hub "${UNITS[@]}"; do
    nothing_escaped "$name"
    cp -a "$PLACE/$name" "$PLACE/final/$name"
done
pass 'nothing that the programs do to their files escapes the record'

images_of hub hub
pass 'a hub keeps every promise through a power cut'
found_out hub hub -wal
found_out hub hub keys/
heals_of hub hub
pass 'a hub without the syncs of its log or its keys would be found out; images heal'

# For machines that were still joining: the hub that invited them, not an image of
# before it did.
put_back hub
start_hub
images_of node "$UNIT"
stop_hub
pass 'a node keeps every promise through a power cut'
found_out node "$UNIT" -wal
found_out node "$UNIT" keys/
heals_of node "$UNIT"
pass 'a node without the syncs of its log or its keys would be found out; images heal'
figure "took $(seconds "$(elapsed_us)") s"
