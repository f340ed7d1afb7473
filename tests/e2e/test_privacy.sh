#!/usr/bin/env bash
# 500 reports with planted names and phones are delivered; then these are looked
# for wherever they must not be: the hub's folder, log, memory and answers, the
# wire, the node's folder and log. Every search has a control that finds.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=${LIENXA_COUNT:-250} # for each of two communes
UNITS=(quang-tho quang-phu)

# ---- what is planted ----

# Unique ones for a commune: names such as "Trần Thị Qkxwvtbzja", the words in
# them that nobody else has, phones, and texts of reports.
plant() { # UNIT
    local unit=$1
    for ((line = 1; line <= COUNT; line++)); do
        echo "$unit $line $SECRET"
    done >"$PLACE/in/$unit.seeds"
    while IFS= read -r line; do
        sha256sum <<<"$line"
    done <"$PLACE/in/$unit.seeds" | cut -d' ' -f1 >"$PLACE/in/$unit.random"
    cut -c 1-10 "$PLACE/in/$unit.random" | tr '0-9a-f' 'g-v' |
        sed 's/^/Q/' >"$PLACE/in/$unit.words"
    sed 's/^/Trần Thị /' "$PLACE/in/$unit.words" >"$PLACE/in/$unit.names"
    cut -c 11-18 "$PLACE/in/$unit.random" | tr a-f 0-5 | sed 's/^/09/' \
        >"$PLACE/in/$unit.phones"
    cut -c 21-32 "$PLACE/in/$unit.random" | tr '0-9a-f' 'g-v' |
        sed 's/.*/Lời kể & ở chợ/' >"$PLACE/in/$unit.texts"
    generate "$unit" 7 "$COUNT" --no-senders | paste -d '\t' \
        "$PLACE/in/$unit.names" "$PLACE/in/$unit.phones" \
        "$PLACE/in/$unit.texts" - | jq -Rc 'split("\t") as $f
            | ($f[3] | fromjson) + {name: $f[0], phone: $f[1], text: $f[2]}' \
        >"$PLACE/in/$unit.jsonl"
}

# ---- looking for it ----

# Patterns, one a line, of the strings in a file: as they are, UTF-16LE, base64
# (plain and for URLs), hexadecimal. base64 inside other text has three
# alignments; of each only the letters that its neighbours do not change.
patterns() { # FILE
    cat "$1"
    iconv -f UTF-8 -t UTF-16LE "$1" | sed 's/^\x00//' # a newline is 0a 00
    od -An -v -tx1 -w1 "$1" | awk '{ printf "%s", $1 == "0a" ? "\n" : $1 }'
    jq -Rr '(@base64, ("x" + . | @base64[2:]), ("xx" + . | @base64[3:]))
        | rtrimstr("=") | rtrimstr("=") | .[:-1]
        | ., (gsub("\\+"; "-") | gsub("/"; "_"))' "$1"
}

make_patterns() {
    local kind unit
    for kind in names words phones texts; do
        for unit in "${UNITS[@]}"; do
            cat "$PLACE/in/$unit.$kind"
        done >"$PLACE/in/$kind"
        same "unique $kind" $((COUNT * 2)) "$(sort -u "$PLACE/in/$kind" | wc -l)"
        patterns "$PLACE/in/$kind" | LC_ALL=C sort -u | LC_ALL=C grep -av '^$' \
            >"$PLACE/in/$kind.patterns"
    done
    LC_ALL=C sort -u "$PLACE/in/names.patterns" "$PLACE/in/words.patterns" \
        "$PLACE/in/phones.patterns" >"$PLACE/in/secret.patterns"
}

# found KIND PLACE..: how many different ones.
found() {
    local kind=$1
    shift
    { LC_ALL=C grep -rahoF -f "$PLACE/in/$kind.patterns" -- "$@" || true; } |
        LC_ALL=C sort -u | LC_ALL=C grep -ac '' || true
}

nowhere() { # WHAT KIND PLACE..
    local what=$1 kind=$2
    shift 2
    same "$what: planted ones found ($kind)" 0 "$(found "$kind" "$@")"
}

# The same search finds one planted in each form.
control() {
    local kind string n=0
    mkdir "$PLACE/planted"
    for kind in names words phones; do
        string=$(tail -n 1 "$PLACE/in/$kind")
        printf 'xy%szz' "$string" >"$PLACE/planted/plain"
        printf 'xy%szz' "$string" | iconv -f UTF-8 -t UTF-16LE \
            >"$PLACE/planted/utf16"
        printf '%s' "$string" | base64 -w 0 >"$PLACE/planted/base64"
        printf 'a%szz' "$string" | base64 -w 0 >"$PLACE/planted/base64.1"
        printf 'ab%szz' "$string" | base64 -w 0 >"$PLACE/planted/base64.2"
        printf '%s' "$string" | od -An -v -tx1 | tr -d ' \n' \
            >"$PLACE/planted/hex"
        for string in "$PLACE"/planted/*; do
            [ "$(found "$kind" "$string")" -ge 1 ] ||
                fail "the search does not find one of $kind in ${string##*/}"
            [ "$(found secret "$string")" -ge 1 ] ||
                fail "the whole search does not find one of $kind in ${string##*/}"
            n=$((n + 1))
        done
    done
    figure "control: $n of $n planted strings found in six forms"
}

# ---- the wire and the hub's memory ----

CAPTURE=$PLACE/wire.pcap
capture_started() { grep -q 'listening on' "$PLACE/log/tcpdump.log"; }

start_capture() {
    local filter
    filter=$(jq -r '[.express, .bulk, .enrol]
        | map("port " + (split(":") | last)) | join(" or ")' \
        "$PLACE/address.json")
    WIRE=
    command -v tcpdump >/dev/null || return 0
    tcpdump -i lo -U -s 0 -w - "$filter" >"$CAPTURE" 2>"$PLACE/log/tcpdump.log" \
        </dev/null &
    TCPDUMP=$!
    for _ in $(seq 50); do
        kill -0 "$TCPDUMP" 2>/dev/null || return 0
        if capture_started; then
            OPS_PIDS+=("$TCPDUMP")
            OPS_LOGS[$TCPDUMP]=$PLACE/log/tcpdump.log
            WIRE=yes
            return 0
        fi
        sleep 0.1
    done
    kill "$TCPDUMP" 2>/dev/null || true
}

stop_capture() {
    stop "$TCPDUMP" || true
}

# Of the running hub; CORE stays empty when that is not possible here.
dump_hub() {
    local core
    CORE=
    if watched; then
        return 0 # it would fill the disk with the sanitizer's shadow
    fi
    if command -v gcore >/dev/null && (
        ulimit -f 1048576 # KiB
        timeout 60 gcore -o "$PLACE/core" "$HUB_PID" >"$PLACE/log/gcore.log" 2>&1
    ); then
        CORE=$PLACE/core.$HUB_PID
        return 0
    fi
    case $(cat /proc/sys/kernel/core_pattern) in
    '|'*) return 0 ;; # they go to another program
    esac
    kill -ABRT "$HUB_PID"
    { wait "$HUB_PID" || true; } 2>/dev/null
    forget "$HUB_PID"
    for core in "$PLACE"/core*; do
        [ ! -s "$core" ] || CORE=$core
    done
    (cd "$PLACE" && start_hub)
}

# ---- the story ----

SECRET=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
for unit in "${UNITS[@]}"; do
    plant "$unit"
done
make_patterns
figure "planted: $((COUNT * 2)) names, $((COUNT * 2)) phones; $(wc -l <"$PLACE/in/secret.patterns") patterns"
control
pass 'the search finds what is planted: plain, UTF-16, base64, hexadecimal'

cd "$PLACE" # a core would fall here
ulimit -c 1048576 2>/dev/null || true # KiB
init_hub
start_hub
start_capture
join_and_start "${UNITS[@]}"
for unit in "${UNITS[@]}"; do
    node "$unit" report import "$PLACE/in/$unit.jsonl" --json \
        >"$PLACE/in/$unit.answers"
done
node quang-tho report add --category trom_cap --text 'Mất xe' --json \
    --name "$(head -n 1 "$PLACE/in/names")" \
    --phone "$(head -n 1 "$PLACE/in/phones")" >"$PLACE/in/added"
wait_until 60 'all is delivered' delivered "${UNITS[@]}"
in_vault() {
    hub node list --json | jq -e 'all(.[]; .vault_backlog == 0)' >/dev/null
}
wait_until 60 'what stayed behind is in the vault' in_vault
wait_until 10 hub_total_is $((COUNT * 2 + 1))
pass "$((COUNT * 2 + 1)) reports are delivered"

hub report list --json >"$PLACE/in/hub.reports"
hub stats --json --by unit,village,category,state,day >"$PLACE/in/hub.stats"
hub node list --json >"$PLACE/in/hub.nodes"
for kind in secret texts; do
    nowhere "the hub's folder" $kind "$PLACE/hub"
    nowhere "the hub's log" $kind "$PLACE/log/hub.log"
    nowhere "the hub's answers" $kind "$PLACE/in/hub.reports" \
        "$PLACE/in/hub.stats" "$PLACE/in/hub.nodes"
done
[ "$(LC_ALL=C grep -ac "$(jq -r .id "$PLACE/in/added")" \
    "$PLACE/in/hub.reports")" -ge 1 ] || fail 'the answers hold no reports'
pass "neither names, phones nor words of reports are in the hub's folder, log or answers"

dump_hub
if [ -n "$CORE" ]; then
    LC_ALL=C grep -qaF 'Quảng Thọ' "$CORE" ||
        fail "the dump does not show the hub's memory"
    nowhere "the hub's memory" secret "$CORE"
    nowhere "the hub's memory" texts "$CORE"
    figure "core dump of the hub: $(stat -c %s "$CORE") bytes"
    pass "nor are they in the hub's memory"
else
    skip "no core dump can be made of this build or here: the hub's memory was not searched"
fi

if [ -n "$WIRE" ]; then
    stop_capture
    LC_ALL=C grep -qaF CURVE "$CAPTURE" || fail 'the capture holds no handshake'
    [ "$(stat -c %s "$CAPTURE")" -gt $((COUNT * 100)) ] ||
        fail "the capture is too small: $(stat -c %s "$CAPTURE") bytes"
    nowhere 'the wire' secret "$CAPTURE"
    nowhere 'the wire' texts "$CAPTURE"
    figure "capture: $(stat -c %s "$CAPTURE") bytes"
    pass 'nor on the wire'
else
    skip "no capture is permitted here: $(tail -n 1 "$PLACE/log/tcpdump.log" 2>/dev/null || echo 'tcpdump is missing')"
fi

for unit in "${UNITS[@]}"; do
    nowhere "the folder of $unit" secret "$PLACE/$unit"
    nowhere "the log of $unit" secret "$PLACE/log/$unit.log"
    node "$unit" report list --json >"$PLACE/in/list"
    nowhere "the list of $unit" secret "$PLACE/in/list"
done
TEXTS=$(found texts "$PLACE/quang-tho" "$PLACE/quang-phu")
figure "texts of reports found in the nodes' folders: $TEXTS of $((COUNT * 2))"
[ "$TEXTS" -ge $((COUNT * 2)) ] ||
    fail "the texts should be in the nodes' folders: the search sees $TEXTS"
pass 'names and phones are not in clear at the nodes either, where the texts are'

stop_nodes
nowhere "the folder of quang-tho, at rest" secret "$PLACE/quang-tho"
stop_hub
nowhere "the hub's folder, at rest" secret "$PLACE/hub"
nowhere "the hub's folder, at rest" texts "$PLACE/hub"
pass 'the same when both have ended'
figure "took $(seconds "$(elapsed_us)") s"
