# shellcheck shell=bash
# ops/line.sh - a hub and its nodes with a bad line between them: two network
# namespaces and lienxa-line (tests/support/line_main.c), which really delays and
# loses packets. Sourced after ops/lib.sh by ops/bench and tests/e2e/test_line.sh.
# Needs root and /dev/net/tun; line_possible tells.

line_possible() { [ "$(id -u)" = 0 ] && [ -c /dev/net/tun ]; }

# line_open OPTION..: of `lienxa-line run`. From here on start_hub and start_node
# are on its two sides.
line_open() {
    local said
    mkfifo "$PLACE/line.in"
    # shellcheck disable=SC2016 # of the inner shell
    start "$PLACE/log/line.out" bash -c 'exec <"$1"; shift; exec "$@"' line \
        "$PLACE/line.in" "$BIN/lienxa-line" run "$@"
    LINE_PID=$STARTED
    exec {LINE_IN}>"$PLACE/line.in"
    wait_until 10 'the line is there' grep -q '^ready ' "$PLACE/log/line.out"
    read -ra said < <(grep '^ready ' "$PLACE/log/line.out")
    # shellcheck disable=SC2034 # of ops/lib.sh
    HUB_HOST=192.0.2.1
    HUB_SIDE=(nsenter "--net=/proc/${said[1]}/ns/net" --)
    NODE_SIDE=(nsenter "--net=/proc/${said[2]}/ns/net" --)
}

line_answered() { [ "$(wc -l <"$PLACE/log/line.out")" -gt "$1" ]; }

# line_say COMMAND: what it answers is in LINE_SAID.
line_say() {
    local before
    before=$(wc -l <"$PLACE/log/line.out")
    echo "$*" >&"$LINE_IN"
    wait_until 10 "the line did: $*" line_answered "$before"
    LINE_SAID=$(tail -n 1 "$PLACE/log/line.out")
}

# Ends by itself when nobody speaks to it.
line_close() {
    exec {LINE_IN}>&-
    wait "$LINE_PID" || true
    forget "$LINE_PID"
    rm -f "$PLACE/line.in"
    # shellcheck disable=SC2034
    HUB_HOST=127.0.0.1 HUB_SIDE=() NODE_SIDE=()
}

# Bytes that came to the line, "up down", all headers included.
line_bytes() {
    line_say figures
    jq -r '"\(.up.bytes) \(.down.bytes)"' <<<"$LINE_SAID"
}

# urgent_ms TAKEN: milliseconds from taken at the node (lines of `lienxa-paced
# --urgent`) to stored at the hub, a line each; "lost" for what never came.
urgent_ms() {
    awk 'NR == FNR { if ($1 == "early.stored") { sub(/id=/, "", $2)
                         sub(/mono_us=/, "", $3)
                         if (!($2 in at)) at[$2] = $3 } next }
         { print $2 in at ? (at[$2] - $3) / 1000 : "lost" }' \
        "$PLACE/log/hub.log" "$1"
}

# The same of alerts, from committed to stored at the node of UNIT. Of several in
# one turn a node names the last, which was durable in the same moment: the first
# at or after the commit.
alerts_ms() { # UNIT
    awk '{ id = t = ""
           for (i = 2; i <= NF; i++) {
               if ($i ~ /^id=/) id = substr($i, 4)
               if ($i ~ /^mono_us=/) t = substr($i, 9) + 0 } }
         $1 == "alert.committed" { from[id] = t }
         $1 == "alert.stored" { when[++n] = t; if (!(id in to)) to[id] = t }
         END { for (id in from) {
                   for (i = 1; !(id in to) && i <= n; i++)
                       if (when[i] >= from[id]) to[id] = when[i]
                   print id in to ? (to[id] - from[id]) / 1000 : "lost" } }' \
        "$PLACE/log/hub.log" "$PLACE/log/$1.log"
}
