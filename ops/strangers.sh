# shellcheck shell=bash
# ops/strangers.sh - what the bench and the end-to-end test of strangers share.
# Sourced behind ops/lib.sh, whose district it attacks.

# Each line: a name, the port, how many connections at once, how many new ones a
# second, and options of lienxa-mob. What a name does: tests/support/mob_main.c.
strangers_attacks() {
    local port
    for port in express bulk enrol; do
        cat <<END
silent          $port 3000 3000
half-greeting   $port 3000 3000
drip            $port 3000 3000
null            $port 500 1000
plain           $port 500 1000
hello           $port 2000 3000
handshake       $port 2000 3000
handshake       $port 2000 3000 --sources 200
begun           $port 3000 3000
oversize        $port 200 400
oversize        $port 1000 4000 --size 262000
reconnect       $port 2000 5000
half-closed     $port 3000 3000
END
    done
    cat <<'END'
stay            enrol 3000 1500
oversize-in     enrol 200 400
unfinished      enrol 2000 1000
talk            enrol 100 400
protobuf        enrol 200 1000
guess           enrol 500 1000
END
    for port in web node-web; do
        cat <<END
silent          $port 3000 3000
tls-begun       $port 3000 1500
tls-begun       $port 3000 1500 --sources 100
tls-storm       $port 500 500
END
    done
    cat <<END
silent          metrics 3000 3000
slow-request    metrics 3000 3000
END
}

# Where a port of the table is. NODE_WEB, METRICS: of whoever sources this.
strangers_at() { # PORT
    case $1 in
    express | bulk | enrol) jq -r ".$1" "$PLACE/address.json" ;;
    web) jq -r .web "$PLACE/address.json" | sed 's,^https://,,' ;;
    node-web) echo "$NODE_WEB" ;;
    metrics) echo "$METRICS" ;;
    esac
}

strangers_web() { pgrep -P "$1" -f -- -web; } # PID of the core

# The process that a port belongs to.
strangers_prey() { # PORT
    case $1 in
    express | bulk | enrol) echo "$HUB_PID" ;;
    web | metrics) strangers_web "$HUB_PID" ;;
    node-web) strangers_web "${NODE_PIDS[quang-tho]}" ;;
    esac
}

strangers_memory() { awk -v k="$2:" '$1 == k { print $2 }' "/proc/$1/status"; } # PID VmRSS|VmHWM, KiB
strangers_peak_anew() { echo 5 2>/dev/null >"/proc/$1/clear_refs" || true; }   # PID
strangers_descriptors() { find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l; } # PID
# What the hub has to say of strangers; not what it says of its nodes at debug.
strangers_lines() {
    grep -cvE '^(early\.stored|turn\.long|alert\.committed|command\.done|node\.(online|caught_up)|http\.library) ' \
        "$PLACE/log/hub.log" || true
}
strangers_conversations() { grep -c '^node\.online ' "$PLACE/log/hub.log" || true; }

# strangers_mob SECONDS NAME PORT COUNT RATE OPTION..: in the background; its
# figures land in MOB_SAID, its id in MOB_PID. Strangers have machines of their
# own: what they do for it gets here only what nobody else wants (merely niced it
# still holds the hub up for a millisecond or two), what it costs the system that
# they knock at is not lessened.
strangers_mob() {
    local seconds=$1 name=$2 port=$3 count=$4 rate=$5
    shift 5
    MOB_SAID=$PLACE/mob.json
    # shellcheck disable=SC2034
    chrt --idle 0 "$BIN/lienxa-mob" run "$name" "$(strangers_at "$port")" --token "$TOKEN" \
        --seconds "$seconds" --count "$count" --rate "$rate" "$@" \
        >"$MOB_SAID" 2>"$PLACE/log/mob.log" &
    # shellcheck disable=SC2034
    MOB_PID=$!
}
