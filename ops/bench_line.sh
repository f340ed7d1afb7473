# shellcheck shell=bash
# ops/bench_line.sh - the part of ops/bench that measures bad lines. Sourced by
# it. Both profiles of design 13 and issue 5, on a line that really delays and
# loses packets (ops/line.sh); the kernel's TCP is cubic, as Debian sets it.

# shellcheck source=ops/line.sh
. "$OPS_ROOT/ops/line.sh"

# A commune that has joined over a fast line, COUNT reports of 200 bytes waiting.
line_district() { # NAME COUNT SEED
    PLACE=$BENCH/$1
    mkdir -p "$PLACE/log"
    hub init --name 'Quảng Điền' --roster "$ROSTER" >"$PLACE/log/hub.init" 2>&1
    line_open --rate 10000000 --delay 1 --loss 0 --seed "$3"
    start_hub
    join_node quang-tho
    node quang-tho settings body always >/dev/null
    "$BIN/lienxa-generate" --seed 7 --unit quang-tho --count "$2" \
        --body-size "$BODY_BYTES" --no-senders |
        jq -c 'del(.urgent, .state) | .category = "on_ao"' |
        node quang-tho report import - >"$PLACE/log/import" 2>&1
}
line_is() { # RATE DELAY LOSS
    line_say rate "$1"
    line_say delay "$2"
    line_say loss "$3"
}
line_end() {
    stop_nodes
    stop_hub
    line_close
    rm -rf "$PLACE"
}
line_online() { hub node list --json | jq -e 'any(.[]; .online)' >/dev/null; }
line_caught_up() { grep -q '^node\.caught_up ' "$PLACE/log/hub.log"; }

# verdict WHAT VALUE MUST WANT
verdict() {
    awk -v what="$1" -v v="$2" -v must="$3" -v want="$4" 'BEGIN {
        printf "%-58s %8.2f  must %s want %s  %s\n", what, v, must, want,
            v > 0 && v <= must ? "PASS" : "FAIL" } # 0: not measured'
}

# W5: 512 kbit/s, 300 ms, 2 %.
line_w5() { # SEED: "ratio of time, ratio of bytes" to BENCH/w5
    local before after at
    line_district "w5.$1" 2000 "$1"
    line_is 64000 150 200
    read -ra before < <(line_bytes)
    start_node quang-tho
    wait_until 120 'everything has come' line_caught_up
    read -ra after < <(line_bytes)
    at=$(logged 'node\.[oc][a-z_]*' mono_us "$PLACE/log/hub.log" |
        awk 'NR == 1 { a = $1 } { b = $1 } END { print b - a }')
    awk -v us="$at" -v up=$((after[0] - before[0])) \
        -v down=$((after[1] - before[1])) 'BEGIN {
            print us / 1e6 / (up / 64000 + 6 * 0.3), (up + down) / 2000 / 397 }' \
        >>"$BENCH/w5"
    say "  $(tail -n 1 "$BENCH/w5")"
    line_end
}

# 50 kbit/s, 800 ms, 5 %: what is urgent while MIB wait, then CUTS cuts.
line_express() { # URGENT CUTS REPORTS
    local i before after lost
    line_district express "$3" 1
    line_is 6250 400 500
    start_node quang-tho
    wait_until 60 'it is online' line_online
    say "  waiting: $(node quang-tho status --json | jq .backlog_bytes) bytes"
    "$BIN/lienxa-paced" run --urgent --count "$1" --every-ms 2000 \
        "$PLACE/quang-tho" >"$PLACE/taken" &
    for ((i = 0; i < $1; i++)); do
        hub alert issue --event 'Lũ' --headline "Tin $i" --text 'Di dời.' \
            --severity extreme --json >/dev/null
        sleep 1.9
    done
    wait "$!"
    sleep 20
    urgent_ms "$PLACE/taken" >"$BENCH/urgent.ms"
    alerts_ms quang-tho >"$BENCH/alerts.ms"
    grep -c '^node.online ' "$PLACE/log/hub.log" >"$BENCH/conversations"
    say "  $2 cuts"
    read -ra before < <(line_bytes)
    for ((i = 0; i < $2; i++)); do
        line_say cut
        line_say reset
        sleep 2
        line_say restore
        sleep 38
    done
    read -ra after < <(line_bytes)
    lost=$(logged 'line\.lost' under_way "$PLACE/log/quang-tho.log" |
        awk '{ n += $1 } END { print n + 0 }')
    echo "$lost $((after[0] - before[0]))" >"$BENCH/again"
    line_end
}

bench_line() {
    local urgent=100 cuts=50 rounds=5 reports=120000 i
    while [ $# -gt 0 ]; do
        case $1 in
        --urgent) urgent=$(number "${2-}") ;;
        --cuts) cuts=$(number "${2-}") ;;
        --rounds) rounds=$(number "${2-}") ;;
        --reports) reports=$(number "${2-}") ;;
        *) misuse "unknown option $1" ;;
        esac
        shift 2
    done
    prepare
    line_possible || die 'a bad line needs root and /dev/net/tun'
    export LIENXA_LOG=debug
    say "512 kbit/s, 300 ms, 2 %: 2,000 reports, $rounds times (time, bytes)"
    for ((i = 1; i <= rounds; i++)); do
        line_w5 "$i"
    done
    say "50 kbit/s, 800 ms, 5 %: $urgent urgent reports and alerts"
    line_express "$urgent" "$cuts" "$reports"
    echo
    verdict 'W5: time / (bytes / rate + 6 round trips)' \
        "$(awk '{ print $1 }' "$BENCH/w5" | spread %.2f | cut -d' ' -f1)" 1.35 1.15
    verdict 'W5: bytes a report, both ways / 397' \
        "$(awk '{ print $2 }' "$BENCH/w5" | spread %.3f | cut -d' ' -f1)" 0.60 0.45
    verdict 'urgent report, p99, s' \
        "$(awk '{ print ($1 == "lost" ? 9999999 : $1) / 1000 }' "$BENCH/urgent.ms" | percentile 99)" 5 5
    verdict 'alert, p99, s' \
        "$(awk '{ print ($1 == "lost" ? 9999999 : $1) / 1000 }' "$BENCH/alerts.ms" | percentile 99)" 5 5
    verdict 'conversations begun meanwhile' "$(cat "$BENCH/conversations")" 1 1
    verdict "bytes under way at $cuts cuts, % of all sent" \
        "$(awk '{ print $2 ? $1 * 100 / $2 : 0 }' "$BENCH/again")" 5 5
}
