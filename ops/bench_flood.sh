# shellcheck shell=bash
# ops/bench_flood.sh - `ops/bench flood`: the night of the flood (design 14). Ten
# communes, each with a line of its own (ops/line.sh); seven are cut off for 48
# hours, by a clock that is moved (tests/support/clock_preload.c), take reports and
# photos, and come back in one moment, while an extreme alert must pass. Then the
# same with no line at all, on sticks. Sourced by ops/bench after bench_line.sh.

FLOOD_LINE=(--rate 500000 --delay 30 --loss 50) # 4 Mbit/s, 60 ms, 0.5 %
HOURS=48

flood_side() { # UNIT: what is said to it, and it says, goes over its own line
    # shellcheck disable=SC2034 # read by ops/lib.sh
    NODE_SIDE=(nsenter "--net=/proc/${KEEPER[$1]}/ns/net" --)
}
flood_node() { # UNIT ARGUMENT..
    local unit=$1
    shift
    "$BIN/lienxa-node" --data "$PLACE/$unit" "$@"
}
flood_line() { # COMMAND UNIT..
    local command=$1 unit
    shift
    for unit in "$@"; do
        line_say "${NUMBER[$unit]} $command"
    done
}

# Hours that the clocks of all programs are ahead of the world's.
AHEAD=0
clock_is() {
    AHEAD=$1
    printf '%-20s' $(($1 * 3600000)) |
        dd of="$PLACE/clock" conv=notrunc status=none
}

open_flood() {
    local unit said i=1
    declare -gA KEEPER=() NUMBER=()
    PLACE=$BENCH/flood
    mkdir -p "$PLACE/log" "$PLACE/in" "$PLACE/stick"
    mapfile -t ALL < <(units | head -n 10)
    CUT=("${ALL[@]:0:7}")
    NEAR=("${ALL[@]:7:3}")
    line_open "${FLOOD_LINE[@]}" --nodes 10
    read -ra said < <(grep '^ready ' "$PLACE/log/line.out")
    for unit in "${ALL[@]}"; do
        KEEPER[$unit]=${said[i + 1]}
        NUMBER[$unit]=$((i++))
    done
    clock_is 0
    export LIENXA_CLOCK=$PLACE/clock LIENXA_LOG=debug
    export LD_PRELOAD=$BIN/lienxa-clock.so
    hub init --name 'Quảng Điền' --roster "$ROSTER" >"$PLACE/log/hub.init" 2>&1
    start_hub
    for unit in "${ALL[@]}"; do
        flood_side "$unit"
        join_node "$unit"
        flood_node "$unit" settings body always >/dev/null 2>&1
        start_node "$unit"
    done
    wait_until 60 'ten communes are online' nodes_online 10
}

close_flood() {
    stop_nodes
    stop_hub
    unset LD_PRELOAD LIENXA_CLOCK
    line_close
}

# Ordinary reports at the three whose lines stay whole; milliseconds each, from
# durable there to durable at the hub, to FILE.
healthy() { # FILE COUNT
    "$BIN/lienxa-paced" run --count "$2" --every-ms 100 \
        "${NEAR[@]/#/$PLACE/}" >"$1.taken"
    wait_until 30 'the last of them has come' healthy_came "$1.taken"
    delivered_ms "$1.taken" >"$1"
}
delivered_ms() { # TAKEN
    awk 'NR == FNR { if ($1 == "node.caught_up") {
                         split($2, u, "="); split($3, q, "="); split($4, t, "=")
                         n = ++count[u[2]]
                         seq[u[2], n] = q[2]; at[u[2], n] = t[2] } next }
         { unit = $1; sub(/.*\//, "", unit); place = 0
           for (i = 1 + done[unit]; i <= count[unit] && !place; i++) {
               if (seq[unit, i] + 0 >= $2 + 0) place = i
               else done[unit] = i }
           print place ? (at[unit, place] - $3) / 1000 : "lost" }' \
        "$PLACE/log/hub.log" "$1"
}
healthy_came() { [ "$(delivered_ms "$1" | grep -c lost)" = 0 ]; }

# UNIT; REPORTS and PHOTOS from the environment: what happens there meanwhile.
# (The clock of `date` is moved, too: it says the day that the communes have.)
flood_takes() {
    local unit=$1 i options
    "$BIN/lienxa-generate" --seed "$SEED" --unit "$unit" --count $((REPORTS - PHOTOS)) \
        --days 1 --start "$(date -d '-2 days' +%F)" |
        flood_node "$unit" report import - >"$PLACE/log/$unit.import" 2>&1 ||
        warn "$unit: $(tail -n 1 "$PLACE/log/$unit.import")"
    for ((i = 1; i <= PHOTOS; i++)); do
        options=()
        [ $((i % 4)) != 0 ] || options=(--urgent)
        flood_node "$unit" report add --category ngap_lut --text "Nước lên $i" \
            --attach "$PLACE/in/$i.jpg" ${options[@]+"${options[@]}"} \
            --json | jq -r .id || warn "$unit: no photo"
    done >"$PLACE/in/$unit.photos"
}

flood_cut_off() { # SEED: 48 hours without a line
    local i
    SEED=$1
    flood_line cut "${CUT[@]}"
    flood_line reset "${CUT[@]}"
    for ((i = 0; i < 3; i++)); do
        clock_is $((AHEAD + HOURS / 4))
        sleep 2
    done
    each flood_takes "${CUT[@]}"
    clock_is $((AHEAD + HOURS / 4))
    sleep 2
    wait_until 90 'three communes are online' nodes_online 3
}

hub_memory_mib() { # KEY, MiB
    awk -v k="$1:" '$1 == k { print $2 / 1024 }' "/proc/$HUB_PID/status"
}
# Lines of EVENT of the hub after line FROM, whose KEY fits: VALUE.
hub_said() { # FROM EVENT
    tail -n +"$(($1 + 1))" "$PLACE/log/hub.log" | grep "^$2 " || true
}
times() { sed -nE 's/.*\bmono_us=([0-9]+).*/\1/p'; }
# Seconds from BACK to the last of the times on standard input.
until_last() {
    sort -n | tail -n 1 | awk -v b="$BACK" '{ printf "%.1f", ($1 - b) / 1e6 }'
}
backlogs() { hub node list --json | jq '[.[] | .backlog // 0] | add'; }
flood_total() { hub_total_is "$1" && [ "$(backlogs)" = 0 ]; }
photos_came() { # FROM COUNT
    [ "$(hub_said "$1" media.here | wc -l)" -ge "$2" ]
}
receipts_came() { # ALERT COUNT
    [ "$(hub alert receipts "$1" --json | jq '[.[] | select(.stored)] | length')" -ge "$2" ]
}
moved_us() {
    awk -v t="$(cut -d' ' -f1 /proc/uptime)" -v h="$AHEAD" \
        'BEGIN { printf "%.0f", (t + h * 3600) * 1e6 }'
}

# What lines at 4 Mbit/s bring back; figures to BENCH/flood.figures.
flood_returns() { # TOTAL
    local from alert rest
    rest=$(hub_memory_mib VmRSS)
    echo 5 >"/proc/$HUB_PID/clear_refs" # the high water mark begins here
    from=$(wc -l <"$PLACE/log/hub.log")
    alert=$(hub alert issue --event 'Lũ' --headline 'Vỡ đê' --text 'Di dời ngay.' \
        --severity extreme --json | jq -r .id)
    wait_until 60 'three have the alert' receipts_came "$alert" 3
    sleep 1 # their receipts have their places in the streams
    healthy "$BENCH/flood.during" 600 &
    HEALTHY=$!
    sleep 3
    BACK=$(moved_us)
    flood_line restore "${CUT[@]}"
    wait_until 600 'the alert is everywhere' receipts_came "$alert" 10
    wait_until 600 'all words are here' flood_total "$1"
    wait_until 600 'all photos are here' photos_came "$from" $((PHOTOS * 7))
    wait "$HEALTHY"
    {
        echo "online $(hub_said "$from" node.online | times | until_last)"
        echo "alert $(grep -h "^alert.stored .*id=$alert" "$PLACE"/log/quang-*.log | times | until_last)"
        echo "urgent $(hub_said "$from" early.stored | times | until_last)"
        echo "words $(hub_said "$from" node.caught_up | grep -Fw \
            "$(printf 'unit=%s\n' "${CUT[@]}")" |
            awk '!(($2) in seen) { seen[$2] } { last[$2] = $0 } END { for (u in last) print last[u] }' | times | until_last)"
        echo "all $(awk -v b="$BACK" -v n="$(moved_us)" 'BEGIN { print (n - b) / 1e6 }')"
        echo "rest $rest"
        echo "most $(hub_memory_mib VmHWM)"
    } >"$BENCH/flood.figures"
}

# Of the reports with a photo, those whose photo is not whole at the district.
photos_missing() {
    local id
    cat "$PLACE"/in/*.photos | while read -r id; do
        hub report files "$id" --json 2>&1 | grep -q '"where": *"here"' || echo "$id"
    done | wc -l
}

# No line at all: a stick up, a stick down, and one more up for the receipts.
flood_by_hand() { # TOTAL
    local unit alert begin
    [ "$(photos_missing)" = $((PHOTOS * 7)) ] || die 'photos are there without a way'
    begin=$(elapsed_us)
    alert=$(hub alert issue --event 'Lũ' --headline 'Vỡ đê 2' --text 'Di dời ngay.' \
        --severity extreme --json | jq -r .id)
    for unit in "${CUT[@]}"; do
        flood_node "$unit" bundle export "$PLACE/stick/$unit.up" >/dev/null
        hub bundle import "$PLACE/stick/$unit.up" >/dev/null
        hub bundle export "$unit" "$PLACE/stick/$unit.down" >/dev/null
        flood_node "$unit" bundle import "$PLACE/stick/$unit.down" >/dev/null
        flood_node "$unit" bundle export "$PLACE/stick/$unit.up2" >/dev/null
        hub bundle import "$PLACE/stick/$unit.up2" >/dev/null
    done
    wait_until 60 'the alert is everywhere' receipts_came "$alert" 10
    wait_until 60 'all words are here' hub_total_is "$1"
    seconds $(($(elapsed_us) - begin)) >"$BENCH/flood.hand"
    photos_missing >"$BENCH/flood.photos"
    for unit in "${CUT[@]}"; do
        flood_node "$unit" status --json | jq .backlog
    done | awk '{ n += $1 } END { print n }' >"$BENCH/flood.left"
}

flood_figure() { awk -v k="$1" '$1 == k { print $2 }' "$BENCH/flood.figures"; }
flood_change() { # P: of the healthy, during against before, %
    awk -v a="$(percentile "$1" <"$BENCH/flood.before")" \
        -v b="$(percentile "$1" <"$BENCH/flood.during")" \
        'BEGIN { printf "%.1f", (b - a) * 100 / a }'
}
# flood_verdict WHAT VALUE MOST: at most that.
flood_verdict() {
    awk -v what="$1" -v v="$2" -v most="$3" 'BEGIN {
        printf "%-62s %9s  at most %-6s %s\n", what, v, most,
            (v != "" && v + 0 <= most + 0 ? "PASS" : "FAIL") }'
}

flood_table() {
    local f
    for f in before during; do
        printf '%-62s %s / %s ms\n' "healthy communes' reports, $f: p50 / p99" \
            "$(percentile 50 <"$BENCH/flood.$f")" "$(percentile 99 <"$BENCH/flood.$f")"
    done
    printf '%-62s %9s\n' 'the last of seven is online again, s' "$(flood_figure online)"
    flood_verdict 'the alert is at the last of ten, s' "$(flood_figure alert)" 60
    flood_verdict 'the last urgent copy is here, s' "$(flood_figure urgent)" 120
    flood_verdict 'all words are here, s' "$(flood_figure words)" 600
    flood_verdict 'everything is here, photos too, s' "$(flood_figure all)" 600
    flood_verdict "hub memory: most, beyond $(flood_figure rest) MiB at rest, MiB" \
        "$(awk -v a="$(flood_figure rest)" -v b="$(flood_figure most)" 'BEGIN { printf "%.1f", b - a }')" 8
    flood_verdict "healthy communes' p50 changed by, %" "$(flood_change 50)" 10
    flood_verdict "healthy communes' p99 changed by, %" "$(flood_change 99)" 10
    flood_verdict 'the same on sticks: seven communes and the alert, s' \
        "$(cat "$BENCH/flood.hand")" 600
    flood_verdict 'photos that the sticks did not bring' "$(cat "$BENCH/flood.photos")" 0
    flood_verdict 'not acknowledged by the sticks, changes' "$(cat "$BENCH/flood.left")" 70
}

bench_flood() {
    local i
    REPORTS=300 PHOTOS=20
    while [ $# -gt 0 ]; do
        case $1 in
        --reports) REPORTS=$(number "${2-}") ;;
        --photos) PHOTOS=$(number "${2-}") ;;
        *) misuse "unknown option $1" ;;
        esac
        shift 2
    done
    [ "$PHOTOS" -lt "$REPORTS" ] || misuse 'a photo is of a report: fewer of them'
    prepare
    line_possible || die 'lines of their own need root and /dev/net/tun'
    say 'ten communes join, each over 4 Mbit/s, 60 ms, 0.5 %'
    open_flood
    for ((i = 1; i <= PHOTOS; i++)); do
        "$BIN/lienxa-picture" $((900 + i * 15)) flood "$i" >"$PLACE/in/$i.jpg"
    done
    say "photos of $(du -h --apparent-size "$PLACE"/in/*.jpg | sort -h | awk 'NR == 1 { a = $1 } { b = $1 } END { print a " to " b }')"
    say 'healthy days'
    healthy "$BENCH/flood.before" 600
    say "$HOURS hours without a line at seven: $REPORTS reports, $PHOTOS photos each"
    flood_cut_off 7
    say 'the lines come back'
    flood_returns $((REPORTS * 7 + 1200))
    say 'once more, without a line'
    flood_cut_off 8
    flood_by_hand $((REPORTS * 14 + 1200))
    hub verify >/dev/null || warn 'the hub does not verify'
    echo
    flood_table
    close_flood
}
