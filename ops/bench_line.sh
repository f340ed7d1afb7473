# shellcheck shell=bash
# ops/bench_line.sh - the part of ops/bench that measures bad lines. Sourced by
# it. Both profiles of design 13 and issue 5, on a line that really delays and
# loses packets (ops/line.sh); the kernel's TCP is cubic, as Debian sets it.

# shellcheck source=ops/line.sh
. "$OPS_ROOT/ops/line.sh"

# A commune that has joined over a fast line, COUNT reports of BYTES of text
# waiting, of the generator's mix: kinds, states, what is urgent by itself.
line_district() { # NAME COUNT BYTES SEED
    PLACE=$BENCH/$1
    mkdir -p "$PLACE/log"
    hub init --name 'Quảng Điền' --roster "$ROSTER" >"$PLACE/log/hub.init" 2>&1
    line_open --rate 10000000 --delay 1 --loss 0 --seed "$4"
    start_hub
    join_node quang-tho
    node quang-tho settings body always >/dev/null
    line_takes "$2" "$3" 7
}
line_takes() { # COUNT BYTES SEED [JQ]
    "$BIN/lienxa-generate" --seed "$3" --unit quang-tho --count "$1" \
        --body-size "$2" --no-senders | jq -c "${4-.}" |
        node quang-tho report import - >"$PLACE/log/import" 2>&1 ||
        warn "$(tail -n 1 "$PLACE/log/import")"
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
            (v > 0 && v <= must) ? "PASS" : "FAIL" } # 0: not measured'
}

# W5: 512 kbit/s, 300 ms, 2 %. MIX: the generator's; without: all of one kind
# that is not urgent, as the bare prototype was measured.
line_w5() { # SEED MIX: "ratio of time, ratio of bytes" to BENCH/w5.MIX
    local before after at
    line_district "w5.$1" 1 "$BODY_BYTES" "$1"
    case $2 in
    mix) line_takes 1999 "$BODY_BYTES" "$1" ;;
    plain) line_takes 1999 "$BODY_BYTES" "$1" 'del(.urgent, .state) | .category = "on_ao"' ;;
    esac
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
        >>"$BENCH/w5.$2"
    say "  $2: $(tail -n 1 "$BENCH/w5.$2")"
    line_end
}

# What was under way at CUTS cuts, with EVERY seconds of line between them, to
# BENCH/again.NAME: "bytes under way, all that went up".
line_cuts() { # NAME CUTS EVERY
    local before after i from lost
    say "  $1: $2 cuts"
    from=$(wc -l <"$PLACE/log/quang-tho.log")
    read -ra before < <(line_bytes)
    for ((i = 0; i < $2; i++)); do
        line_say cut
        line_say reset
        sleep 2
        line_say restore
        sleep "$3"
    done
    read -ra after < <(line_bytes)
    tail -n +"$((from + 1))" "$PLACE/log/quang-tho.log" >"$BENCH/cuts.log"
    lost=$(logged 'line\.lost' under_way "$BENCH/cuts.log" |
        awk '{ n += $1 } END { print n + 0 }')
    echo "$lost $((after[0] - before[0]))" >"$BENCH/again.$1"
    # a line that is cut comes back once, not again and again
    echo "$(grep -c '^hub\.online ' "$BENCH/cuts.log") $2" >"$BENCH/back.$1"
}
line_waits() { node quang-tho status --json | jq -r ".$1"; }

# 50 kbit/s, 800 ms, 5 %: what becomes urgent while WAITING urgent reports and 50
# MiB wait; cuts there, and on a line that moves more between two of them.
line_express() { # URGENT WAITING CUTS REPORTS
    local i slow=5
    line_district express "$4" 2000 1
    line_takes "$2" "$BODY_BYTES" 8 '.urgent = true'
    line_is 6250 400 500
    start_node quang-tho
    wait_until 60 'it is online' line_online
    line_waits backlog_bytes >"$BENCH/waiting"
    say "  waiting: $(cat "$BENCH/waiting") bytes, $(line_waits urgent_waiting) urgent"
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
    say "  still waiting: $(line_waits backlog_bytes) bytes, $(line_waits urgent_waiting) urgent"
    [ "$3" -ge "$slow" ] || slow=$3
    line_cuts 50k "$slow" 38
    line_is 64000 150 200
    [ "$3" -le "$slow" ] || line_cuts 512k $(($3 - slow)) 10
    line_end
}

# Of both lines together: what was sent again, %; conversations for each cut.
again() { awk '{ a += $1; b += $2 } END { print b ? a * 100 / b : 0 }' "$BENCH"/again.*; }
again_at() { awk '{ print $2 ? $1 * 100 / $2 : 0 }' "$BENCH/again.$1"; }
# What 50 such cuts cost while all that waits goes up: 50 MiB take 2.3 hours at 50
# kbit/s, which the bench does not stay for.
again_of_all() { # NAME
    awk -v waits="$(cat "$BENCH/waiting")" 'NR == FNR { lost = $1; next }
        { print lost / $2 * 50 * 100 / waits }' "$BENCH/again.$1" "$BENCH/back.$1"
}
back() { awk '{ a += $1; b += $2 } END { print b ? a / b : 0 }' "$BENCH"/back.*; }

bench_line() {
    local urgent=100 waiting=300 cuts=50 rounds=5 reports=24000 i
    while [ $# -gt 0 ]; do
        case $1 in
        --urgent) urgent=$(number "${2-}") ;;
        --waiting) waiting=$(number "${2-}") ;;
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
        line_w5 "$i" mix
        line_w5 "$i" plain
    done
    say "50 kbit/s, 800 ms, 5 %: $urgent urgent reports and alerts"
    line_express "$urgent" "$waiting" "$cuts" "$reports"
    echo
    for i in mix plain; do
        verdict "W5, $i: time / (bytes / rate + 6 round trips)" \
            "$(awk '{ print $1 }' "$BENCH/w5.$i" | spread %.2f | cut -d' ' -f1)" 1.35 1.15
        verdict "W5, $i: bytes a report, both ways / 397" \
            "$(awk '{ print $2 }' "$BENCH/w5.$i" | spread %.3f | cut -d' ' -f1)" 0.60 0.45
    done
    for i in urgent alerts; do
        verdict "$i, p99, s" \
            "$(awk '{ print ($1 == "lost" ? 9999999 : $1) / 1000 }' "$BENCH/$i.ms" | percentile 99)" 5 5
    done
    verdict 'conversations begun meanwhile' "$(cat "$BENCH/conversations")" 1 1
    [ ! -e "$BENCH/again.512k" ] ||
        verdict 'bytes under way at the cuts of 512 kbit/s, % of all sent' "$(again_at 512k)" 5 5
    say "bytes under way at the cuts of 50 kbit/s, one in 40 s, % of all sent: $(again_at 50k)"
    verdict '50 of these while all that waited goes up, %' "$(again_of_all 50k)" 5 5
    verdict "of the $cuts cuts, %" "$(again)" 5 5
    verdict 'conversations for each cut' "$(back)" 1 1
}
