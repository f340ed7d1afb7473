# shellcheck shell=bash
# ops/lib.sh - what the scripts of ops/ share. Sourced, never run. It ends only
# processes it started, each by its id, and every wait has a deadline.

OPS_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
OPS_START=${EPOCHREALTIME/[.,]/} # microseconds
OPS_PIDS=()
declare -A OPS_LOGS=() # by id
# So many times as long as usual the programs may take, under a sanitizer: every
# wait is as much longer.
PATIENCE=${LIENXA_PATIENCE:-1}

# ---- words ----

# Microseconds since the script began.
elapsed_us() { echo $((${EPOCHREALTIME/[.,]/} - OPS_START)); }

# "12.3" for 12345678 microseconds.
seconds() { printf '%d.%d' $(($1 / 1000000)) $(($1 / 100000 % 10)); }

say() { printf '[%5s s] %s\n' "$(seconds "$(elapsed_us)")" "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
    warn "$*"
    exit 1
}
misuse() {
    warn "$* (--help shows the options)"
    exit 2
}

# ---- waiting and processes ----

# wait_until SECONDS WHAT COMMAND..: runs COMMAND until it succeeds. False, and
# one line that says WHAT did not happen, when the deadline passes. Ends the
# script when a program it started has ended meanwhile.
wait_until() {
    local limit=$(($1 * PATIENCE)) end what=$2
    end=$((${EPOCHREALTIME/[.,]/} + limit * 1000000))
    shift 2
    while ! "$@"; do
        all_alive
        if [ "${EPOCHREALTIME/[.,]/}" -ge "$end" ]; then
            warn "waited $limit s in vain: $what"
            return 1
        fi
        sleep 0.1
    done
}

# start LOG COMMAND..: in the background, both outputs to LOG; its id in
# STARTED.
start() {
    local log=$1
    shift
    "$@" </dev/null >>"$log" 2>&1 &
    STARTED=$!
    OPS_PIDS+=("$STARTED")
    OPS_LOGS[$STARTED]=$log
}

alive() { kill -0 "$1" 2>/dev/null; }

all_alive() {
    local pid
    for pid in ${OPS_PIDS[@]+"${OPS_PIDS[@]}"}; do
        alive "$pid" || die "a program ended by itself; the last of ${OPS_LOGS[$pid]}:
$(tail -n 5 "${OPS_LOGS[$pid]}")"
    done
}

# stop PID..: asks all at once, waits 10 s, then insists. False when one of
# them did not end by itself with success.
stop() {
    local pid end limit=$((10 * PATIENCE)) rc=0
    for pid in "$@"; do
        kill -TERM "$pid" 2>/dev/null || true
    done
    end=$((SECONDS + limit))
    for pid in "$@"; do
        while alive "$pid" && [ "$SECONDS" -lt "$end" ]; do
            sleep 0.05
        done
        if alive "$pid"; then
            warn "process $pid did not stop in $limit s: killed"
            kill -KILL "$pid" 2>/dev/null || true
        fi
        wait "$pid" 2>/dev/null || rc=1
        forget "$pid"
    done
    return "$rc"
}

forget() {
    local pid kept=()
    for pid in ${OPS_PIDS[@]+"${OPS_PIDS[@]}"}; do
        [ "$pid" = "$1" ] || kept+=("$pid")
    done
    OPS_PIDS=(${kept[@]+"${kept[@]}"})
}

stop_all() { stop ${OPS_PIDS[@]+"${OPS_PIDS[@]}"} || true; }

# each COMMAND WORD..: `COMMAND WORD` for every word, two at a time or as many
# as there are processors; false when one failed.
each() {
    local command=$1 word running=0 rc=0 width
    width=$(nproc)
    [ "$width" -ge 2 ] || width=2
    shift
    for word in "$@"; do
        "$command" "$word" &
        running=$((running + 1))
        if [ "$running" -ge "$width" ]; then
            wait -n || rc=1
            running=$((running - 1))
        fi
    done
    while [ "$running" -gt 0 ]; do
        wait -n || rc=1
        running=$((running - 1))
    done
    return "$rc"
}

# ---- building ----

# build PRESET [TARGET..]: configures and builds into build/PRESET; its output
# is shown only when it fails.
build() {
    local preset=$1 log
    shift
    mkdir -p "$OPS_ROOT/build"
    log=$OPS_ROOT/build/$preset.log
    if command -v ccache >/dev/null; then
        export CMAKE_C_COMPILER_LAUNCHER=ccache
    fi
    if ! (cd "$OPS_ROOT" && cmake --preset "$preset" &&
        cmake --build --preset "$preset" ${1:+--target "$@"}) \
        >"$log" 2>&1; then
        grep -E -A12 'error|Error|FAILED' "$log" | head -n 60 >&2 ||
            tail -n 30 "$log" >&2
        die "the $preset build failed; all of its output is in $log"
    fi
}

# ---- a district on loopback ----
# BIN: the folder of the programs. PLACE: a folder of its own, with hub/ (the
# hub's data), UNIT/ (each node's data) and log/. SERVE_OPTIONS: for every
# `serve`. WEB: where each shows its pages.
SERVE_OPTIONS=()
WEB=off
# On this machine's loopback; ops/line.sh puts a bad line between them.
HUB_HOST=127.0.0.1
HUB_SIDE=() # put before `serve` of the hub, and before what a node says to it
NODE_SIDE=()

ROSTER=$OPS_ROOT/ops/config/roster-quang-dien.csv

# The slugs of the roster, one a line.
units() { tail -n +2 "$ROSTER" | cut -d, -f3; }

hub() { "$BIN/lienxa-hub" --data "$PLACE/hub" "$@"; }
node() { # UNIT ARGUMENT..
    local unit=$1
    shift
    ${NODE_SIDE[@]+"${NODE_SIDE[@]}"} "$BIN/lienxa-node" --data "$PLACE/$unit" "$@"
}

hub_answers() {
    hub address --json >"$PLACE/address.new" 2>/dev/null &&
        mv "$PLACE/address.new" "$PLACE/address.json"
}

# Ports for the hub that are its own also while it is down, where the tests'
# programs are built: see tests/support/held_main.c.
hold_ports() {
    local hub_ports
    [ -x "$BIN/lienxa-held" ] || return 0
    start "$PLACE/held" ${HUB_SIDE[@]+"${HUB_SIDE[@]}"} \
        "$BIN/lienxa-held" "$HUB_HOST" 3
    wait_until 10 'ports are held' test -s "$PLACE/held"
    mapfile -t hub_ports <"$PLACE/held"
    printf '{"express":"tcp://%s:%s","bulk":"tcp://%s:%s","enrol":"tcp://%s:%s"}' \
        "$HUB_HOST" "${hub_ports[0]}" "$HUB_HOST" "${hub_ports[1]}" "$HUB_HOST" "${hub_ports[2]}" \
        >"$PLACE/address.json"
}

# Serves on loopback: on the ports of last time, the first time on the system's
# choice. Its id in HUB_PID.
start_hub() {
    local address name options=()
    [ -s "$PLACE/address.json" ] || hold_ports
    for name in express bulk enrol; do
        address=tcp://$HUB_HOST:0
        if [ -s "$PLACE/address.json" ]; then
            address=$(jq -r ".$name" "$PLACE/address.json")
        fi
        options+=("--$name" "$address")
    done
    start "$PLACE/log/hub.log" ${HUB_SIDE[@]+"${HUB_SIDE[@]}"} \
        "$BIN/lienxa-hub" --data "$PLACE/hub" serve \
        "${options[@]}" --web "$WEB" ${SERVE_OPTIONS[@]+"${SERVE_OPTIONS[@]}"}
    HUB_PID=$STARTED
    wait_until 10 'the hub listens' hub_answers
}

declare -A NODE_PIDS=()

stop_hub() { stop "$HUB_PID" || die 'the hub did not stop well'; }

# A command to a node that starts waits 5 s for it; so do we where it may need more.
said_serving() { { cat -- "$PLACE/log/$1.log" 2>/dev/null || true; } | grep -c 'node\.serving' || true; }
serves_again() { [ "$(said_serving "$1")" != "$2" ]; }

start_node() { # UNIT; its id in NODE_PIDS[UNIT]
    local before=''
    [ "$PATIENCE" = 1 ] || before=$(said_serving "$1")
    start "$PLACE/log/$1.log" ${NODE_SIDE[@]+"${NODE_SIDE[@]}"} \
        "$BIN/lienxa-node" --data "$PLACE/$1" serve \
        --web "$WEB" ${SERVE_OPTIONS[@]+"${SERVE_OPTIONS[@]}"}
    NODE_PIDS[$1]=$STARTED
    [ "$PATIENCE" = 1 ] || wait_until 10 "the node of $1 serves" serves_again "$1" "$before"
}

start_nodes() {
    local unit
    for unit in $(units); do
        start_node "$unit"
    done
}

stop_node() { # UNIT
    stop "${NODE_PIDS[$1]}" || die "$1 did not stop well"
    unset "NODE_PIDS[$1]"
}

stop_nodes() {
    stop "${NODE_PIDS[@]}" || die 'a node did not stop well'
    NODE_PIDS=()
}

# A hub that is slow to answer is asked again, as `join` advises.
join_patiently() { # UNIT TOKEN
    local i
    for ((i = 0; i < PATIENCE; i++)); do
        ! node "$1" join "$2" || return 0
    done
    return 1
}

join_node() { # UNIT, while the hub serves
    local token
    if ! token=$(hub node invite "$1" --advertise "$HUB_HOST" \
        2>"$PLACE/log/$1.invite" | tail -n 1); then
        warn "$1 was not invited: $(tail -n 1 "$PLACE/log/$1.invite")"
        return 1
    fi
    if ! join_patiently "$1" "$token" >"$PLACE/log/$1.join" 2>&1; then
        warn "$1 could not join: $(tail -n 1 "$PLACE/log/$1.join")"
        return 1
    fi
}

# jq's function `slug`: the hub may name a unit by slug, code or CODE@DATE.
jq_slug() {
    jq -Rrn '[inputs | select(. != "") | split(",")][1:]
        | map({(.[0]): .[2], (.[2]): .[2],
            (.[0] + "@" + (.[1] | gsub("-"; ""))): .[2]}) | add
        | "def slug: . as $u | \(tojson)[$u] // $u;"' "$ROSTER"
}

nodes_online() { # COUNT
    [ "$(hub node list --json | jq '[.[] | select(.online)] | length')" = "$1" ]
}

hub_total_is() { [ "$(hub stats --json | jq .total)" = "$1" ]; }
