#!/usr/bin/env bash
# Which minor versions the hub speaks with, over real sockets: two minors old is
# served, newer than the hub is refused with what to do.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

init_hub
start_hub

# greet UNIT MINORS: the answer's frame in hex (PROTOCOL 6.1)
greet() {
    local token
    join_node "$1"
    token=$(hub node invite "$1" --advertise 127.0.0.1 2>/dev/null | tail -n 1)
    "$BIN/lienxa-stranger" hello "$token" --key-from "$PLACE/$1" \
        --minors "$2" | cut -d' ' -f2
}

# Member 3 of the envelope is WELCOME; its field 1 the minor, left out when 0.
welcome() { # UNIT MINORS FIELD
    local got
    got=$(greet "$1" "$2")
    [[ $got =~ ^1a..(01|02|03)?$3 ]] || fail "$1 with minors $2: $got"
}

welcome quang-tho 0-0 1210
welcome quang-phu 0-1 0801
welcome quang-loi 0-2 0802
welcome quang-phuoc 0-3 0803
welcome quang-thanh 0-4 0804
welcome quang-vinh 0-5 0805
welcome quang-cong 1-9 0805
pass 'nodes of 1.0 to 1.5 are welcomed in their own version, a later one in ours'

# Member 17 is BYE: code 3 and words.
got=$(greet quang-an 6-7)
[[ $got =~ ^8a01..(01|02)?0803 ]] || fail "a node too new: $got"
words=$(printf 'update the hub first' | od -An -v -tx1 | tr -d ' \n')
[[ $got == *$words* ]] || fail "a node too new is not told what to do: $got"
told() { hub alarm list --json | jq -r '.[].text' | grep -q 'update the hub first'; }
wait_until 10 'the operator is told as well' told
pass 'a node that is newer than its hub is refused, and both sides are told what to do'
