# shellcheck shell=bash
# ops/bench_web.sh - `ops/bench web`: what the web processes take and stand. A hub
# and a commune with their pages on loopback. Sourced by ops/bench.

PASSWORD='một mật khẩu để đo 1'

# judge WHAT VALUE LIMIT UNIT [WORK]: at most that much. WORK: what it cost the
# processor, in the same unit; a clock that is over the bar while that is far
# below it tells of others on the machine.
judge() {
    printf '%-66s %9s %-4s %-14s %s\n' "$1" "$2" "$4" "($3 at most)" \
        "$(awk -v v="$2" -v m="$3" -v w="${5:-$3}" 'BEGIN {
            print v <= m ? "PASS" : w * 5 < m ? "BUSY" : "FAIL" }')"
}
tell() { printf '%-66s %9s %s\n' "$@"; } # WHAT VALUE UNIT: no bar

web_process() { pgrep -P "$1" -f -- -web; }

trust() { # URL: curl's options
    case $1 in
    "$HUB_URL") echo "$PLACE/hub/web/ca.crt" ;;
    *) echo "$PLACE/quang-tho/web/ca.crt" ;;
    esac
}

# fetch URL PATH OPTION..: the body.
fetch() {
    local url=$1 path=$2
    shift 2
    curl -sS --max-time 60 --cacert "$(trust "$url")" -H "Origin: $url" \
        -H 'X-Lienxa: 1' -H 'Content-Type: application/json' "$@" "$url$path"
}
answers() { fetch "$1" / -o /dev/null 2>/dev/null; }

# The token of a new session of the district's duty officer.
open_session() {
    local codes token
    codes=$(hub user totp truc --json 2>/dev/null)
    token() { sed -nE 's/^set-cookie: __Host-lienxa=([0-9a-f]+);.*/\1/Ip' "$PLACE/head"; }
    fetch "$HUB_URL" /api/session -D "$PLACE/head" -o /dev/null \
        -d "$(jq -cn --arg p "$PASSWORD" '{name: "truc", password: $p}')"
    token=$(token)
    fetch "$HUB_URL" /api/session/code -D "$PLACE/head" -o /dev/null \
        -H "Cookie: __Host-lienxa=$token" \
        -d "$(jq -c '{code: .codes[0]}' <<<"$codes")"
    COOKIE=$(token)
    [ -n "$COOKIE" ] || die 'nobody can log in'
}

# One connection, as a browser has it: milliseconds of each of COUNT answers go to
# BENCH/NAME, the processor's for one to BENCH/NAME.work.
answer_ms() { # NAME URL PATH COUNT [OPTION..]
    local name=$1 url=$2 path=$3 count=$4 i urls=() pid spent
    pid=$(web_process "$HUB_PID")
    spent=$(ticks "$pid")
    shift 4
    for ((i = 0; i < count; i++)); do
        urls+=(-o /dev/null "$url$path")
    done
    curl -sS --cacert "$(trust "$url")" -H 'X-Lienxa: 1' "$@" \
        -w '%{http_code} %{time_pretransfer} %{time_starttransfer}\n' "${urls[@]}" |
        awk '$1 == 200 { printf "%.2f\n", ($3 - $2) * 1000 }' >"$BENCH/$name"
    [ "$(wc -l <"$BENCH/$name")" = "$count" ] || die "$path: not all were answered with 200"
    awk -v t=$(($(ticks "$pid") - spent)) -v hz="$(getconf CLK_TCK)" -v n="$count" \
        'BEGIN { printf "%.2f", t / hz * 1000 / n }' >"$BENCH/$name.work"
}

judge_times() { # WHAT NAME: p50 is told, p99 judged
    local work
    work=$(cat "$BENCH/$2.work")
    judge "$1: p99 (p50 $(percentile 50 <"$BENCH/$2"), processor $work ms)" \
        "$(percentile 99 <"$BENCH/$2")" 50 ms "$work"
}

rss_mib() { awk -v k="$(memory_kib "$1" Rss)" 'BEGIN { printf "%.1f", k / 1024 }'; }
judge_memory() { # WHAT PID
    judge "$1: RSS ($(memory_kib "$2" Private_Dirty) KiB not shared)" \
        "$(rss_mib "$2")" 20 MiB
}
memory_kib() { awk -v k="$2:" '$1 == k { print $2 }' "/proc/$1/smaps_rollup"; }

heard() { grep -qs opened "$1"; }

live_boards() {
    local pages
    start "$PLACE/log/boards.log" "$BIN/lienxa-slow" events "${HUB_URL##*:}" \
        --count 200 --seconds 120 --cookie "$COOKIE"
    pages=$STARTED
    wait_until 120 '200 boards are open' heard "$PLACE/log/boards.log"
    tell '200 open boards: RSS of hub web' "$(rss_mib "$(web_process "$HUB_PID")")" MiB
    answer_ms boards "$HUB_URL" /api/board 200 -H "Cookie: __Host-lienxa=$COOKIE"
    hub alert issue --event 'Diễn tập' --headline 'Diễn tập' --severity minor \
        --text 'Đây là diễn tập.' --json >/dev/null
    wait "$pages" || die 'lienxa-slow failed'
    forget "$pages"
    judge '  so many did not hear of a change' \
        "$((200 - $(tail -n 1 "$PLACE/log/boards.log" | jq .changed)))" 0 ''
    judge '  from the first that heard to the last' \
        "$(tail -n 1 "$PLACE/log/boards.log" | jq .spread_ms)" 1000 ms
    judge_times '  /api/board beside them' boards
}

slow_lines() {
    local slow
    start "$PLACE/log/slow.log" "$BIN/lienxa-slow" hold "${HUB_URL##*:}" \
        --count 2000 --seconds 30
    slow=$STARTED
    wait_until 120 'the slow ones are there' heard "$PLACE/log/slow.log"
    tell '2,000 slow connections: RSS of hub web' "$(rss_mib "$(web_process "$HUB_PID")")" MiB
    answer_ms page "$HUB_URL" / 200
    answer_ms read "$HUB_URL" /api/board 200 -H "Cookie: __Host-lienxa=$COOKIE"
    judge_times '  a page beside them' page
    judge_times '  /api/board beside them' read
    wait "$slow" || die 'lienxa-slow failed'
    forget "$slow"
}

killed() {
    local pid times=() since
    for _ in 1 2 3; do
        pid=$(web_process "$HUB_PID")
        since=$(elapsed_us)
        kill -KILL "$pid"
        wait_until 30 'the pages are back' answers "$HUB_URL"
        times+=($((($(elapsed_us) - since) / 1000)))
        sleep 11 # one that dies again within 10 s is made to wait longer
    done
    judge "back after kill -9 of the web process, slowest of ${#times[@]}" \
        "$(printf '%s\n' "${times[@]}" | percentile 100)" 2000 ms
}

bench_web() {
    [ $# -eq 0 ] || misuse "unknown option $1"
    prepare
    umask 077
    PLACE=$BENCH/web
    mkdir -p "$PLACE/log"
    # shellcheck disable=SC2034 # of ops/lib.sh
    WEB=127.0.0.1:0
    hub init --name 'Quảng Điền' --roster "$ROSTER" >"$PLACE/log/hub.init" 2>&1
    hub user add truc --role duty <<<"$PASSWORD" >"$PLACE/log/truc" 2>&1
    start_hub
    join_node quang-tho
    "$BIN/lienxa-generate" --seed 7 --unit quang-tho --count 2000 |
        node quang-tho report import - >"$PLACE/log/import" 2>&1
    start_node quang-tho
    wait_until 120 'the reports are delivered' hub_total_is 2000
    HUB_URL=$(jq -r .web "$PLACE/address.json")
    NODE_URL=https://$(logged web.started address "$PLACE/log/quang-tho.log" | tail -n 1)
    wait_until 30 'the pages of the hub answer' answers "$HUB_URL"
    wait_until 30 'the pages of the commune answer' answers "$NODE_URL"
    echo
    open_session
    answer_ms calm "$HUB_URL" /api/board 200 -H "Cookie: __Host-lienxa=$COOKIE"
    judge_memory 'hub web after a login and some reads' "$(web_process "$HUB_PID")"
    judge_memory 'node web after a few pages' "$(web_process "${NODE_PIDS[quang-tho]}")"
    judge_times '/api/board, nobody else' calm
    live_boards
    slow_lines
    killed
    echo "$(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg)"
    stop_district
}
