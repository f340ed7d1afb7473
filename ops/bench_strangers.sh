# shellcheck shell=bash
# ops/bench_strangers.sh - `ops/bench strangers`: what strangers cost a hub that
# works. Five real nodes deliver reports and get alerts; one attack after the
# other falls upon every port. Sourced by ops/bench.

# shellcheck source=ops/strangers.sh
. "$OPS_ROOT/ops/strangers.sh"

STRANGERS_UNITS=(quang-tho quang-phu quang-an quang-loi quang-vinh)
STRANGERS_MIB=64    # a stranger's memory
STRANGERS_TWICE=2.0 # delivery under an attack / without
STRANGERS_LINES=30  # of log a minute, whatever comes
STRANGERS_REST_S=20 # a handshake that was begun ends after ten

strangers_district() {
    PLACE=$BENCH/strangers
    mkdir -p "$PLACE/log"
    # shellcheck disable=SC2034 # of ops/lib.sh
    WEB=127.0.0.1:0
    export LIENXA_LOG=debug
    hub init --name 'Quảng Điền' --roster "$ROSTER" >"$PLACE/log/hub.init" 2>&1
    # shellcheck disable=SC2034
    SERVE_OPTIONS=(--metrics 127.0.0.1:0)
    start_hub
    each join_node "${STRANGERS_UNITS[@]}"
    TOKEN=$(hub node invite quang-thanh --advertise "$HUB_HOST" 2>/dev/null | tail -n 1)
    local unit
    for unit in "${STRANGERS_UNITS[@]}"; do
        start_node "$unit"
    done
    wait_until 60 'the nodes are online' nodes_online "${#STRANGERS_UNITS[@]}"
    METRICS=$(sed -n 's/.*metrics.listening address=//p' "$PLACE/log/hub.log" | tail -n 1)
    # shellcheck disable=SC2034 # of ops/strangers.sh
    NODE_WEB=$(logged web.started address "$PLACE/log/quang-tho.log" | tail -n 1)
    if [ -z "$METRICS" ] || [ -z "$NODE_WEB" ]; then
        die 'no pages are shown'
    fi
}

# Microseconds of the programs' own clock.
strangers_now() { awk '{ printf "%.0f", $1 * 1000000 }' /proc/uptime; }

# Milliseconds from durable at a node to durable at the hub, of all since FROM, a
# line each; "lost" for what never came.
strangers_ms() { # FROM, by strangers_now
    local unit
    {
        sed -nE 's/^node\.caught_up unit=([^ ]+) seq=([0-9]+) mono_us=([0-9]+).*/hub \1 \2 \3/p' \
            "$PLACE/log/hub.log"
        for unit in "${STRANGERS_UNITS[@]}"; do
            sed -nE "s/^stream\\.durable seq=([0-9]+) mono_us=([0-9]+).*/node $unit \\1 \\2/p" \
                "$PLACE/log/$unit.log"
        done
    } | awk -v begin="$1" '
        $1 == "hub" { n = ++count[$2]; upto[$2, n] = $3; at[$2, n] = $4; next }
        $4 >= begin { k = from[$2] ? from[$2] : 1
            while (k <= count[$2] && upto[$2, k] < $3) k++
            from[$2] = k
            print k <= count[$2] ? (at[$2, k] - $4) / 1000 : "lost" }'
}

# Reports at an even pace for SECONDS, behind them an alert for each; milliseconds
# from disk to disk are added to NAME and NAME.alerts. Not at the same time: a
# stream follows an expedited copy (an alert's receipt) a tenth of a second later,
# by plan, and that would hide what strangers cost.
strangers_deliver() { # SECONDS NAME
    local i folders=() from
    for i in "${STRANGERS_UNITS[@]}"; do
        folders+=("$PLACE/$i")
    done
    sleep 0.5 # the streams are behind the last alert's receipts
    from=$(strangers_now)
    "$BIN/lienxa-paced" run --count $(($1 * 50)) --every-ms 20 \
        "${folders[@]}" >/dev/null 2>>"$PLACE/log/paced.log" ||
        die "$(tail -n 1 "$PLACE/log/paced.log")"
    wait_until 60 'the last report is there' strangers_all_there "$from"
    strangers_ms "$from" >>"$2"
    for ((i = 0; i < $1; i++)); do
        hub alert issue --event 'Diễn tập' --headline "Tin $i" --text 'Diễn tập.' \
            --severity minor --json >/dev/null
    done
    wait_until 60 'the last alert is there' strangers_all_there "$from"
    alerts_ms quang-tho | tail -n "$1" >>"$2.alerts"
}
strangers_all_there() {
    ! strangers_ms "$1" | grep -q lost && ! alerts_ms quang-tho | grep -q lost
}

strangers_at_rest() { # PID DESCRIPTORS
    [ "$(strangers_descriptors "$1")" -le $(($2 + 8)) ]
}

# One attack: "KIB_MORE KIB_AFTER DESCRIPTORS_MORE LINES RECONNECTS RATIO" of it
# into RESULT; p50 and p99 without and with it into CALM and HARD.
strangers_one() { # SECONDS NAME PORT COUNT RATE OPTION..
    local prey rest fds lines talks more
    prey=$(strangers_prey "$3")
    : >"$BENCH/calm"
    : >"$BENCH/hard"
    strangers_deliver "$1" "$BENCH/calm"
    rest=$(strangers_memory "$prey" VmRSS)
    fds=$(strangers_descriptors "$prey")
    lines=$(strangers_lines)
    talks=$(strangers_conversations)
    strangers_peak_anew "$prey"
    strangers_mob $(($1 + 2)) "${@:2}"
    strangers_deliver "$1" "$BENCH/hard"
    wait "$MOB_PID" || die "$(tail -n 1 "$PLACE/log/mob.log")"
    more=$(($(strangers_memory "$prey" VmHWM) - rest))
    wait_until "$STRANGERS_REST_S" 'back to rest' strangers_at_rest "$prey" "$fds" || true
    RESULT="$more $(($(strangers_memory "$prey" VmRSS) - rest)) $(($(strangers_descriptors "$prey") - fds)) $((($(strangers_lines) - lines) * 60 / ($1 + 2))) $(($(strangers_conversations) - talks))"
    CALM="$(percentile 50 <"$BENCH/calm") $(percentile 99 <"$BENCH/calm")"
    HARD="$(percentile 50 <"$BENCH/hard") $(percentile 99 <"$BENCH/hard")"
    ALERTS="$(percentile 50 <"$BENCH/calm.alerts") $(percentile 50 <"$BENCH/hard.alerts")"
}

strangers_row() { # NAME PORT OPTION..
    # shellcheck disable=SC2086 # words
    printf '%s %s %s\n' "$RESULT" "$CALM $HARD $ALERTS" "$*" |
        awk -v mib="$STRANGERS_MIB" -v twice="$STRANGERS_TWICE" -v lines="$STRANGERS_LINES" '{
            name = $12; for (i = 13; i <= NF; i++) name = name " " $i
            ok = $1 <= mib * 1024 && $3 <= 8 && $4 <= lines && $5 == 0
            slow = $9 > twice * $7
            printf "%-34s %6.1f %6.1f %5d %5d %4d %7.1f %7.1f %7.1f %7.1f %7.1f %7.1f  %s%s\n",
                name, $1 / 1024, $2 / 1024, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                ok ? "PASS" : "FAIL", slow ? " slower" : "" }' |
        tee -a "$BENCH/strangers.table"
}

# The bar's own attack, in turns with nothing, for long enough to speak of a 99th
# percentile. Each stranger says HELLO of CURVE as soon as he is let connect (it
# costs him nothing: mob_main.c) and goes when he is answered; whose SYN is dropped
# (common/net/sieve.h) asks again and again.
strangers_fifteen_thousand() { # PAIRS PORT OPTION..
    local i opened=0 answered=0
    : >"$BENCH/calm"
    : >"$BENCH/hard"
    for ((i = 0; i < $1; i++)); do
        strangers_deliver 5 "$BENCH/calm"
        strangers_mob 6 hello "$2" 16000 3000 "${@:3}"
        strangers_deliver 5 "$BENCH/hard"
        wait "$MOB_PID" || die "$(tail -n 1 "$PLACE/log/mob.log")"
        opened=$((opened + $(jq .opened "$MOB_SAID")))
        answered=$((answered + $(jq .answered "$MOB_SAID")))
        sleep 11 # the last handshake has ended
    done
    printf '%-40s %s\n' "${*:2}: handshakes begun a second" \
        "$((opened / $1 / 6)), of which the hub let $((answered / $1 / 6)) in" \
        '  p50 without / with, ms' "$(percentile 50 <"$BENCH/calm") / $(percentile 50 <"$BENCH/hard")" \
        '  p99 without / with, ms' "$(percentile 99 <"$BENCH/calm") / $(percentile 99 <"$BENCH/hard")" \
        '  p99 with / without (2.0 at most)' \
        "$(awk -v a="$(percentile 99 <"$BENCH/calm")" -v b="$(percentile 99 <"$BENCH/hard")" \
            'BEGIN { printf "%.2f  %s", b / a, b <= 2 * a ? "PASS" : "FAIL" }')"
}

bench_strangers() {
    local length=5 pairs=5 only=. line
    while [ $# -gt 0 ]; do
        case $1 in
        --seconds) length=$(number "${2-}") ;;
        --pairs) pairs=${2-} ;;
        --only) only=${2-} ;;
        *) misuse "unknown option $1" ;;
        esac
        shift 2
    done
    prepare
    umask 077
    strangers_district
    strangers_deliver 2 "$BENCH/warm"
    say "each attack for $length s; MiB are of the process it falls upon"
    printf '%-34s %6s %6s %5s %5s %4s %7s %7s %7s %7s %7s %7s\n' 'attack' 'MiB+' 'left' 'fds+' \
        'log/m' 'cuts' 'p50' 'p99' 'p50 att' 'p99 att' 'alert' 'al. att'
    strangers_attacks | grep -E -- "$only" >"$BENCH/attacks" || true
    while read -r line; do
        # shellcheck disable=SC2086 # words
        strangers_one "$length" $line </dev/null
        # shellcheck disable=SC2086
        strangers_row $line
    done <"$BENCH/attacks"
    if [ "$pairs" -gt 0 ]; then
        strangers_fifteen_thousand "$pairs" express
        strangers_fifteen_thousand "$pairs" express --sources 200
        strangers_fifteen_thousand "$pairs" enrol
    fi
    echo "$(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg)"
    stop_district
}
