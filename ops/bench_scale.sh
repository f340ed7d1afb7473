# shellcheck shell=bash
# ops/bench_scale.sh - the part of ops/bench that measures many nodes and much
# work (design 13: W2, scale). Sourced by it. The nodes of `scale` and of a
# large `storm` are a swarm (tests/support/swarm_main.c): machines without
# disks, whose keys and words are real.

# verdict_of WHAT VALUE UNIT MUST WANT: one line; the smaller the better.
verdict_of() {
    awk -v what="$1" -v v="$2" -v unit="$3" -v must="$4" -v want="$5" 'BEGIN {
        printf "%-56s %9.2f %-8s must %s want %s  %s %s\n", what, v, unit, must,
            want, (v > 0 && v <= must) ? "PASS" : "FAIL",
            (v > 0 && v <= want) ? "(want too)" : "" }'
}

# ---- the swarm ----

# A hub of COUNT invented units whose machines are enrolled, at rest.
swarm_district() { # COUNT
    PLACE=$BENCH/swarm
    rm -rf "$PLACE"
    mkdir -p "$PLACE/log"
    "$BIN/lienxa-swarm" roster "$1" >"$PLACE/roster.csv"
    hub init --name 'Bầy' --roster "$PLACE/roster.csv" >"$PLACE/log/hub.init" 2>&1
    "$BIN/lienxa-swarm" make "$1" "$PLACE/keys" --data "$PLACE/hub"
}
swarm_start() {
    mkfifo "$PLACE/orders" 2>/dev/null || true
    exec 7<>"$PLACE/orders"
    : >"$PLACE/swarm.out"
    "$BIN/lienxa-swarm" run "$PLACE/keys" \
        --express "$(jq -r .express "$PLACE/address.json")" \
        --bulk "$(jq -r .bulk "$PLACE/address.json")" \
        <&7 >"$PLACE/swarm.out" 2>"$PLACE/log/swarm.log" &
    SWARM_PID=$!
    OPS_PIDS+=("$SWARM_PID")
    # shellcheck disable=SC2034,SC2004 # a table of ops/lib.sh, by text
    OPS_LOGS[$SWARM_PID]=$PLACE/log/swarm.log
}
swarm_order() { echo "$*" >&7; }
swarm_stop() {
    swarm_order end
    wait "$SWARM_PID" || warn 'the swarm did not stop well'
    forget "$SWARM_PID"
    exec 7>&-
}
# The moment (mono_us) of the COUNTth line of what it said that begins so.
swarm_at() { # COUNT BEGINNING
    grep "^$2" "$PLACE/swarm.out" | sed -n "$1s/.*mono_us=\\([0-9]*\\).*/\\1/p"
}
swarm_said() { # COUNT BEGINNING
    [ "$(grep -c "^$2" "$PLACE/swarm.out")" -ge "$1" ]
}
# The moment now, by the programs' clock.
swarm_now() {
    local count
    count=$(($(grep -c '^ordered mark' "$PLACE/swarm.out") + 1))
    swarm_order mark
    wait_until 60 'the swarm says what time it is' swarm_said "$count" 'ordered mark'
    swarm_at "$count" 'ordered mark'
}

hub_memory() { awk '/^Pss:/ { print $2 }' "/proc/$HUB_PID/smaps_rollup"; }
hub_peak() { awk '/^VmHWM/ { print $2 }' "/proc/$HUB_PID/status"; }
# Processor time of all its threads, in microseconds.
hub_cpu() { awk '{ n += $1 } END { printf "%.0f", n / 1000 }' "/proc/$HUB_PID"/task/*/schedstat; }

swarm_alert() { # COUNT of alerts heard before
    hub alert issue --event 'Lũ' --headline "Lũ khẩn cấp $1" \
        --text 'Di dời trước 18 giờ.' --severity extreme --json >"$PLACE/issued"
    wait_until 300 'all have the warning' swarm_said $(($1 + 1)) 'alert '
    sleep 0.2
    jq -r .id "$PLACE/issued" >>"$PLACE/alerts"
}

# Milliseconds from the hub's commit to the last machine, one line an alert.
swarm_alert_ms() {
    sed -nE 's/^alert\.committed .*id=([^ ]+) .*mono_us=([0-9]+).*/\1 \2/p' \
        "$PLACE/log/hub.log" |
        awk 'NR == FNR { from[$1] = $2; next }
             $1 == "alert" && $2 in from { print ($5 - from[$2]) / 1000 }' \
            - "$PLACE/swarm.out"
}

# ---- w2: 50 reports a second over ten nodes ----

# Milliseconds from durable at the node to durable at the hub, one line each.
w2_ms() {
    local unit
    for unit in $(units); do
        sed -nE "s/^stream\\.durable seq=([0-9]+) mono_us=([0-9]+).*/node $unit \\1 \\2/p" \
            "$PLACE/log/$unit.log"
    done >"$BENCH/w2.nodes"
    sed -nE 's/^node\.caught_up unit=([^ ]+) seq=([0-9]+) mono_us=([0-9]+).*/hub \1 \2 \3/p' \
        "$PLACE/log/hub.log" |
        awk '$1 == "hub" { n = ++count[$2]; upto[$2, n] = $3; at[$2, n] = $4; next }
             { k = from[$2] ? from[$2] : 1
               while (k <= count[$2] && upto[$2, k] < $3) k++
               from[$2] = k
               if (k <= count[$2]) print (at[$2, k] - $4) / 1000
               else print "9999" }' - "$BENCH/w2.nodes"
}

w2_delivered() {
    local unit
    for unit in $(units); do
        node "$unit" status --json | jq -e '.backlog == 0' >/dev/null || return 1
    done
}

bench_w2() {
    local seconds=60 unit folders=()
    while [ $# -gt 0 ]; do
        case $1 in
        --seconds) seconds=$(number "${2-}") ;;
        *) misuse "unknown option $1" ;;
        esac
        shift 2
    done
    prepare
    make_template
    copy_template w2
    export LIENXA_LOG=debug
    start_hub
    start_nodes
    wait_until 60 'ten nodes are online' nodes_online 10
    for unit in $(units); do
        folders+=("$PLACE/$unit")
    done
    say 'a first report of each: the bulk lines are open then'
    "$BIN/lienxa-paced" run --count 10 --every-ms 20 "${folders[@]}" >/dev/null
    sleep 1
    for unit in $(units) hub; do
        : >"$PLACE/log/$unit.log"
    done
    say "50 reports a second for $seconds s"
    "$BIN/lienxa-paced" run --count $((50 * seconds)) --every-ms 20 "${folders[@]}" >/dev/null
    wait_until 60 'all is delivered' w2_delivered
    sleep 0.3
    w2_ms >"$BENCH/w2.ms"
    stop_district
    echo
    echo "W2: $(wc -l <"$BENCH/w2.ms") reports, 50 a second, over ten nodes"
    verdict_of 'durable at the node -> durable at the hub, p50' \
        "$(percentile 50 <"$BENCH/w2.ms")" ms 1.5 0.8
    printf '%-56s %9.2f ms\n' p99 "$(percentile 99 <"$BENCH/w2.ms")"
}

# ---- scale: N nodes on one hub ----

# Processor time: others at work make any turn long by the clock.
swarm_longest_turn() { # MONO_US of the beginning: ms of the longest turn since
    sed -nE 's/^turn\.long .*work_us=([0-9]+) mono_us=([0-9]+).*/\1 \2/p' "$PLACE/log/hub.log" |
        awk -v from="$1" '$2 >= from && $1 > most { most = $1 }
            END { printf "%.1f", most ? most / 1000 : 19.9 }'
}

# What is asked of COUNT nodes: one line of numbers to BENCH/scale.
scale_of() { # COUNT CHANGES ALERTS
    local count=$1 each=$(($2 / $1)) alerts=$3 before express both cpu began took
    local files restart most i turn idle
    [ "$each" -ge 1 ] || each=1
    say "$count nodes: a hub, and their keys"
    swarm_district "$count"
    start_hub
    sleep 1
    before=$(hub_memory)
    swarm_start
    wait_until 300 'all are online' swarm_said 1 "online $count"
    began=$(swarm_at 1 began)
    say "  online after $((($(swarm_at 1 online) - began) / 1000)) ms"
    sleep 3
    express=$(hub_memory)
    idle=$(hub_cpu)
    sleep 5
    idle=$(($(hub_cpu) - idle))
    swarm_order report 1
    wait_until 300 'bulk lines are open' swarm_said 1 settled
    sleep 2
    both=$(hub_memory)
    files=$(find "/proc/$HUB_PID/fd" | wc -l)
    for ((i = 0; i < alerts; i++)); do
        swarm_alert "$i"
    done
    swarm_settle
    turn=$(swarm_now)
    cpu=$(hub_cpu)
    i=$(grep -c '^settled' "$PLACE/swarm.out")
    swarm_order report "$each"
    wait_until 600 'all is acknowledged' swarm_said $((i + 1)) settled
    cpu=$(($(hub_cpu) - cpu))
    took=$(($(swarm_at $((i + 1)) settled) - $(swarm_at 2 'ordered report')))
    say "  $((count * each)) reports in $((took / 1000)) ms"
    turn=$(swarm_longest_turn "$turn")
    stop_hub
    i=$(grep -c "^online" "$PLACE/swarm.out")
    restart=$(swarm_now)
    start_hub
    wait_until 300 'all are back' swarm_said $((i + 1)) "online $count"
    most=$(($(swarm_at $(($(grep -c '^most' "$PLACE/swarm.out"))) most) - restart))
    restart=$(($(swarm_at $((i + 1)) online) - restart))
    swarm_alert_ms >"$BENCH/scale.alerts"
    swarm_stop
    stop_hub
    awk -v n="$count" -v b="$before" -v e="$express" -v w="$both" -v files="$files" \
        -v a50="$(percentile 50 <"$BENCH/scale.alerts")" \
        -v a100="$(percentile 100 <"$BENCH/scale.alerts")" \
        -v changes=$((count * each)) -v took="$took" -v cpu="$cpu" \
        -v turn="$turn" -v restart="$restart" -v most="$most" -v idle="$idle" 'BEGIN {
            printf "%d %.1f %.1f %.1f %.1f %d %.0f %.2f %.1f %.2f %.2f %d %.2f\n", n,
                (e - b) / n, (w - b) / n, a50, a100, files,
                changes * 1e6 / took, cpu / changes, turn, restart / 1e6,
                idle / 5e4, w / 1024, most / 1e6 }' >>"$BENCH/scale"
}

swarm_quiet() {
    [ "$(tail -n 1 "$PLACE/swarm.out" | cut -c1-7)" = settled ] ||
        grep -E '^(settled|waiting)' "$PLACE/swarm.out" | tail -n 1 | grep -q '^settled'
}
swarm_settle() { wait_until 300 'receipts are acknowledged' swarm_quiet; }

bench_scale() {
    local nodes='10 100 1000 3321' changes=33210 alerts=5 count
    while [ $# -gt 0 ]; do
        case $1 in
        --nodes) nodes=${2-} ;;
        --changes) changes=$(number "${2-}") ;;
        --alerts) alerts=$(number "${2-}") ;;
        *) misuse "unknown option $1" ;;
        esac
        shift 2
    done
    prepare
    export LIENXA_LOG=debug
    : >"$BENCH/scale"
    for count in $nodes; do
        scale_of "$(number "$count")" "$changes" "$alerts"
    done
    echo
    scale_table <"$BENCH/scale"
    [ -z "${LIENXA_KEEP-}" ] || cp "$BENCH/scale" "$LIENXA_KEEP"
}

scale_table() {
    local last
    awk 'BEGIN { printf "%6s %18s %18s %14s %12s %10s %10s %9s %9s %7s\n", "nodes",
            "KiB/node, express", "KiB/node, both", "alert p50, ms", "worst, ms",
            "records/s", "us/change", "turn, ms", "9/10 back", "idle %" }
        { printf "%6d %18.1f %18.1f %14.1f %12.1f %10d %10.2f %9.1f %9.2f %7.2f\n",
            $1, $2, $3, $4, $5, $7, $8, $9, $13, $11; last = $0 }
        END { print last > "/dev/stderr" }' 2>"$BENCH/scale.last"
    read -ra last <"$BENCH/scale.last"
    echo
    verdict_of "${last[0]} nodes: hub memory a node, both sockets" "${last[2]}" KiB 128 96
    verdict_of "${last[0]} nodes: alert to the last of them, worst" \
        "$(awk -v ms="${last[4]}" 'BEGIN { print ms / 1000 }')" s 5 2
    verdict_of "${last[0]} nodes: the longest turn's work while all report" "${last[8]}" ms 50 50
    echo "after a restart of the hub nine in ten are back in ${last[12]} s, all in ${last[9]} s (they dial at random, seldomer each time)"
    echo "descriptors of the hub: ${last[5]}; its memory in all: ${last[11]} MiB"
}

# ---- storm: all return at one moment ----

bench_storm() {
    local nodes='10 1000' reports=300 count
    while [ $# -gt 0 ]; do
        case $1 in
        --nodes) nodes=${2-} ;;
        --reports) reports=$(number "${2-}") ;;
        *) misuse "unknown option $1" ;;
        esac
        shift 2
    done
    prepare
    export LIENXA_LOG=debug
    for count in $nodes; do
        storm_of "$(number "$count")" "$reports"
    done
}

storm_of() { # COUNT REPORTS
    local count=$1 reports=$2 before peak back alert urgent all turn
    say "$count nodes, $reports reports waiting in each, one of them urgent"
    swarm_district "$count"
    start_hub
    swarm_start
    wait_until 300 'all are online' swarm_said 1 "online $count"
    swarm_order cut
    swarm_order report $((reports - 1))
    swarm_order report 1 urgent
    wait_until 60 'they have taken them' swarm_said 1 'urgent.waiting'
    sleep 2
    before=$(hub_memory)
    hub alert issue --event 'Lũ' --headline 'Lũ khẩn cấp' --text 'Di dời.' \
        --severity extreme --json >/dev/null
    swarm_order back
    wait_until 900 'all is here' swarm_said 1 settled
    back=$(swarm_at 1 'ordered back')
    alert=$(($(awk '$1 == "alert" { print $5 }' "$PLACE/swarm.out") - back))
    urgent=$(($(swarm_at 1 urgent.settled) - back))
    all=$(($(swarm_at 1 settled) - back))
    turn=$(swarm_longest_turn "$back")
    peak=$(hub_peak)
    swarm_stop
    stop_hub
    echo
    echo "storm of $count nodes, $reports reports each:"
    printf '%-56s %9.2f s\n' 'all are online again' \
        "$(awk -v us=$(($(swarm_at 2 online) - back)) 'BEGIN { print us / 1e6 }')"
    storm_line 'the warning is with the last of them' "$alert" 5 2
    storm_line 'every urgent report is here' "$urgent" 5 5
    storm_line 'everything is here' "$all" 600 600
    verdict_of 'hub memory at its peak, more than before they came' \
        "$(awk -v p="$peak" -v b="$before" 'BEGIN { print (p - b) / 1024 }')" MiB 48 32
    verdict_of "the longest turn's work" "$turn" ms 50 50
    printf '%-56s %9.0f\n' 'records/s' \
        "$(awk -v n=$((count * reports)) -v us="$all" 'BEGIN { print n * 1e6 / us }')"
}
storm_line() { # WHAT MICROSECONDS MUST WANT
    verdict_of "$1" "$(awk -v us="$2" 'BEGIN { print us / 1e6 }')" s "$3" "$4"
}

# ---- stored: what a change costs with so many reports stored ----

bench_stored() {
    local sizes='100000 1000000 10000000' changes=50000 yearly=1000000
    while [ $# -gt 0 ]; do
        case $1 in
        --sizes) sizes=${2-} ;;
        --changes) changes=$(number "${2-}") ;;
        --yearly) yearly=$(number "${2-}") ;;
        *) misuse "unknown option $1" ;;
        esac
        shift 2
    done
    prepare
    say "hubs with $sizes reports, $yearly a year until now; all get $changes new ones, which go on, and as many older ones go on, in turns"
    rm -rf "$BENCH/stored"
    mkdir -p "$BENCH/stored"
    # shellcheck disable=SC2086 # numbers are words
    "$BIN/lienxa-stored_bench" "$BENCH/stored" "$ROSTER" "$changes" "$yearly" $sizes \
        >"$BENCH/stored.json"
    rm -rf "$BENCH/stored"
    stored_table <"$BENCH/stored.json"
    [ -z "${LIENXA_KEEP-}" ] || cp "$BENCH/stored.json" "$LIENXA_KEEP"
}

# stored_ratio KIND: a change of it with the most stored, by one with the least.
stored_ratio() { jq -s --arg kind "$1" '.[-1][$kind].ratio // 0' "$BENCH/stored.json"; }
stored_turns() {
    jq -rs --arg kind "$1" '.[-1][$kind] // empty |
        "    of \($kind), turn by turn: \(.median) (\(.least) .. \(.most))"' "$BENCH/stored.json"
}

stored_table() {
    jq -rs '["stored", "days", "us/new", "us/move", "us/later", "us/old", "wall us/new", "wall us/move", "wall us/later", "bytes/report"],
        (.[] | [.stored, .days, .new.cpu_us, .move.cpu_us, .later.cpu_us // "-", .old.cpu_us // "-",
            .new.us, .move.us, .later.us // "-", (.file_bytes / .stored | floor)]) | @tsv' |
        column -t -s "$(printf '\t')"
    verdict_of 'a new report with the most stored / with the least' \
        "$(stored_ratio new)" x 1.3 1.1
    verdict_of 'a report moved on at once, the same' "$(stored_ratio move)" x 1.3 1.1
    verdict_of 'an open one of the last month moved on, the same' \
        "$(stored_ratio later)" x 1.3 1.1
    for kind in new move later; do stored_turns "$kind"; done
    jq -rs '.[-1].old // empty |
        "an open one of any time before / one of the last month with the least: \(.ratio)"' "$BENCH/stored.json"
}
