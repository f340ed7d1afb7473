# shellcheck shell=bash
# tests/e2e/lib.sh - what the end-to-end tests share: a district of the real
# programs on loopback, in a folder of its own. Sourced first thing:
#
#   set -euo pipefail
#   . "$(dirname "$0")/lib.sh"
#   init_hub; start_hub; join_node quang-tho; start_node quang-tho
#   wait_until 10 'the hub sees the node' nodes_online 1
#   pass 'a node comes online'
#
# From ops/lib.sh, unchanged: hub and node UNIT (run a command), start_hub (the
# ports of last time), start_node, stop_hub, stop_nodes, each, units, jq_slug,
# nodes_online, hub_total_is. It ends only what it started, each by its
# id; start programs in the test's own shell, never in a subshell. When a test
# fails, its folder stays and is named.

# shellcheck source=../../ops/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../ops/lib.sh"

BIN=${LIENXA_BIN:-$OPS_ROOT/build/release/bin}
umask 077
PLACE=$(mktemp -d "${TMPDIR:-/tmp}/lienxa-e2e.XXXXXX")
[ -d "$PLACE" ] || exit 1
mkdir "$PLACE/log" "$PLACE/in"

# ---- saying ----

pass() { echo "ok - $*"; }
figure() { echo "# $*"; } # a number worth reading
skip() { echo "skip - $*"; }

fail() {
    local log
    echo "FAILED - $*" >&2
    for log in "$PLACE"/log/*.log; do
        [ -s "$log" ] || continue
        printf -- '--- the last of %s\n' "${log##*/}" >&2
        tail -n 8 "$log" >&2
    done
    exit 1
}
die() { fail "$*"; } # also when a function of ops/lib.sh gives up

# same WHAT WANTED GOT
same() { [ "$2" = "$3" ] || fail "$1: wanted \"$2\", got \"$3\""; }

# refused COMMAND..: must exit 1 and say why in one line, which lands in REASON.
refused() {
    local rc=0
    REASON=$("$@" 2>&1 >/dev/null) || rc=$?
    same "exit of: $*" 1 "$rc"
    [ -n "$REASON" ] || fail "no reason given: $*"
}

# ---- waiting ----

# wait_until SECONDS ['a sentence'] COMMAND..: tries every 0.1 s; the test fails
# when the deadline passes or a program that should be running has ended.
wait_until() {
    local limit=$(($1 * PATIENCE)) end what
    end=$((${EPOCHREALTIME/[.,]/} + limit * 1000000))
    shift
    what=$*
    case $1 in
    *' '*)
        what=$1
        shift
        ;;
    esac
    [ $# -gt 0 ] || fail "wait_until: no command ($what)"
    while ! "$@"; do
        all_alive
        [ "${EPOCHREALTIME/[.,]/}" -lt "$end" ] ||
            fail "waited $limit s in vain: $what"
        sleep 0.1
    done
}

# Do the programs run with a sanitizer or under valgrind? They keep what they
# free, and ask the system for more than a cage gives.
watched() { grep -qaE '__(asan|tsan)_init|valgrind' "$BIN/lienxa-hub"; }

# ---- the district ----

init_hub() {
    hub init --name 'Quảng Điền' --roster "$ROSTER" >"$PLACE/log/hub.init" \
        2>&1 || fail "hub init: $(tail -n 1 "$PLACE/log/hub.init")"
}

join_node() { # UNIT, while the hub serves
    local token
    token=$(hub node invite "$1" --advertise "$HUB_HOST" \
        2>"$PLACE/log/$1.invite" | tail -n 1) ||
        fail "$1 could not be invited: $(cat "$PLACE/log/$1.invite")"
    join_patiently "$1" "$token" >"$PLACE/log/$1.join" 2>&1 ||
        fail "$1 could not join: $(cat "$PLACE/log/$1.join")"
}

# join_and_start UNIT..: while the hub serves; waits until all are online.
join_and_start() {
    local unit
    for unit in "$@"; do
        join_node "$unit"
        start_node "$unit"
    done
    wait_until 30 "online: $*" units_online "$@"
}

units_online() {
    local online unit
    online=$(hub node list --json | jq -r "$(jq_slug)"'
        .[] | select(.online) | .unit | slug')
    for unit in "$@"; do
        grep -qx -- "$unit" <<<"$online" || return 1
    done
}

stop_node() { # UNIT
    stop "${NODE_PIDS[$1]}" || fail "the node of $1 did not stop well"
    unset "NODE_PIDS[$1]"
}

# kill_now PID: kill -9, and gone when it returns.
kill_now() {
    kill -KILL "$1" 2>/dev/null || true
    { wait "$1" || true; } 2>/dev/null
    forget "$1"
}
kill_hub() { kill_now "$HUB_PID"; }
kill_node() { # UNIT
    kill_now "${NODE_PIDS[$1]}"
    unset "NODE_PIDS[$1]"
}

# What a node has, the hub has acknowledged.
delivered() { # UNIT..
    local unit
    for unit in "$@"; do
        node "$unit" status --json | jq -e '.backlog == 0 and .head == .acked' \
            >/dev/null || return 1
    done
}

node_status() { node "$1" status --json | jq -r ".$2"; } # UNIT FIELD
hub_node() { # UNIT FIELD
    hub node list --json | jq -r --arg u "$1" "$(jq_slug)"'
        .[] | select((.unit | slug) == $u) | '".$2"
}

# The ids of the reports, sorted.
hub_ids() { hub report list --json | jq -r '.[].id' | sort; }
node_ids() { node "$1" report list --json | jq -r '.[].id' | sort; }

# generate UNIT SEED COUNT OPTION..: import lines on standard output.
generate() {
    local unit=$1 seed=$2 count=$3
    shift 3
    "$BIN/lienxa-generate" --seed "$seed" --unit "$unit" --count "$count" "$@"
}

verify_hub() {
    hub verify >"$PLACE/log/hub.verify" 2>&1 ||
        fail "hub verify: $(tail -n 5 "$PLACE/log/hub.verify")"
}
verify_node() { # UNIT
    node "$1" verify >"$PLACE/log/$1.verify" 2>&1 ||
        fail "verify of $1: $(tail -n 5 "$PLACE/log/$1.verify")"
}
verify_all() { # UNIT..: the hub and these
    local unit
    verify_hub
    for unit in "$@"; do
        verify_node "$unit"
    done
}

# ---- however it ends ----

# More to end than processes (a capture, a mount): `at_end COMMAND..`.
AT_END=()
at_end() { AT_END+=("$*"); }

e2e_clean_up() {
    local rc=$? pid command
    trap - EXIT
    trap '' INT TERM HUP
    for pid in ${OPS_PIDS[@]+"${OPS_PIDS[@]}"}; do
        kill -KILL "$pid" 2>/dev/null || true
        { wait "$pid" || true; } 2>/dev/null
    done
    for command in ${AT_END[@]+"${AT_END[@]}"}; do
        eval "$command" || true
    done
    if [ "$rc" = 0 ]; then
        rm -rf "$PLACE"
    else
        echo "failed; data and logs are kept in $PLACE" >&2
    fi
    exit "$rc"
}
trap e2e_clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
