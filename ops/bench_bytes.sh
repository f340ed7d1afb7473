# shellcheck shell=bash
# ops/bench_bytes.sh - the part of ops/bench that counts what reports cost on the
# wire. Sourced by it. Frames are made in one process, of the generator's mix;
# then a hub and a commune of this machine say the same over loopback.

BARE=397 # bytes of one report as bare protobuf (design 13)

# The value that `lienxa-words bytes` has told: NAME, FIELD (2: bytes, 3: us)
word() { awk -v n="$2" -v f="${3:-2}" '$1 == n { print $f }' "$BENCH/words.$1"; }

count_words() { # NAME LINES..: of these import lines
    local name=$1
    shift
    "$@" | "$BIN/lienxa-words" bytes >"$BENCH/words.$name"
}
# shellcheck disable=SC2120 # count_words passes some
mix() { # OPTION..
    "$BIN/lienxa-generate" --seed 7 --unit quang-tho --count 1200 --no-senders "$@"
}

# Where the bytes of one report alone are: its own, and our framing.
bytes_table() { # NAME
    local way
    printf '\n%-44s %8s %8s %8s %8s\n' "bytes a report ($1)" 'as it is' zstd packed 'by words'
    for way in 1 10 100 1000; do
        printf '%-44s %8s %8s %8s %8s\n' "frame of $way, its share" \
            "$(word "$1" "batch_plain_$way")" "$(word "$1" "batch_zstd_$way")" \
            "$(word "$1" "batch_pack_$way")" "$(word "$1" "batch_words_$way")"
        printf '%-44s %8s %8s %8s %8s\n' '  making and reading it, us of processor' \
            "$(word "$1" "batch_plain_$way" 3)" "$(word "$1" "batch_zstd_$way" 3)" \
            "$(word "$1" "batch_pack_$way" 3)" "$(word "$1" "batch_words_$way" 3)"
    done
    printf '%-44s %8s %8s %8s %8s\n' 'urgent copy' "$(word "$1" early)" - - \
        "$(word "$1" early_words)"
    printf '  of one: header %s, fact %s, body %s (bare %s), salts %s, head and the rest of the frame %s\n' \
        "$(word "$1" header)" "$(word "$1" fact)" "$(word "$1" body)" "$(word "$1" bare)" \
        "$(word "$1" salts)" \
        "$(awk -v a="$(word "$1" batch_plain)" -v b="$(word "$1" bare)" \
            -v s="$(word "$1" salts)" 'BEGIN { print a - b - s }')"
}

bytes_district() {
    PLACE=$BENCH/bytes
    mkdir -p "$PLACE/log"
    hub init --name 'Quảng Điền' --roster "$ROSTER" >"$PLACE/log/hub.init" 2>&1
    start_hub
    join_node quang-tho
    node quang-tho settings body always >/dev/null
    # shellcheck disable=SC2119 # as it comes
    mix | jq -c 'del(.urgent, .state) | .category = "on_ao"' >"$PLACE/lines"
    head -n 1000 "$PLACE/lines" |
        node quang-tho report import - >"$PLACE/log/import" 2>&1
}

bytes_delivered() { [ "$(hub stats --json | jq .total)" = "$1" ]; }

# One report after the other, each alone: bytes both ways with our framing, CURVE
# and acknowledgements; and with TCP/IP headers.
bytes_alone() { # COUNT
    local i before after
    read -ra before < <(wire)
    for ((i = 1; i <= $1; i++)); do
        sed -n "$((1000 + i))p" "$PLACE/lines" |
            node quang-tho report import - >"$PLACE/log/import" 2>&1
        wait_until 30 'it is delivered' bytes_delivered $((1000 + i))
    done
    read -ra after < <(wire)
    echo $(((after[0] - before[0]) / $1)) $(((after[1] - before[1]) / $1))
}

bench_bytes() {
    local all alone
    [ $# -eq 0 ] || misuse "unknown option $1"
    prepare
    mkdir -p "$BENCH/bytes"
    count_words mix mix
    count_words 200 mix --body-size "$BODY_BYTES"
    # a year whose texts have other words than the generator's
    count_words year "$BIN/lienxa-year" --unit quang-phu --seed 77 \
        --until 2025-11-23T20:15:01+07:00
    say 'a commune with 1,000 reports connects over loopback'
    bytes_district
    start_node quang-tho
    wait_until 120 'everything has come' bytes_delivered 1000
    read -ra all < <(wire)
    read -ra alone < <(bytes_alone 10)
    stop_nodes
    stop_hub
    bytes_table mix
    bytes_table 200
    echo
    verdict "one report of 200 bytes alone, our framing in / $BARE" \
        "$(awk -v v="$(word 200 pack_words)" -v b=$BARE 'BEGIN { print v / b }')" 0.85 0.60
    verdict "one report of the mix alone / $BARE" \
        "$(awk -v v="$(word mix pack_words)" -v b=$BARE 'BEGIN { print v / b }')" 0.85 0.60
    verdict "1,000 reports of the mix connect, both ways, headers / $BARE" \
        "$(awk -v v="${all[1]}" -v b=$BARE 'BEGIN { print v / 1000 / b }')" 0.60 0.45
    tell 'one report alone / its own bare protobuf (mix)' \
        "$(awk -v v="$(word mix pack_words)" -v b="$(word mix bare)" 'BEGIN { printf "%.2f", v / b }')" ''
    tell 'one report alone over loopback, with acks and CURVE; with TCP/IP' \
        "${alone[0]}; ${alone[1]}" bytes
}
