# shellcheck shell=bash
# tests/e2e/latency.sh - from an alert's commit at the hub to its commit at the
# slowest node, out of the debug log lines of both, which tell the same clock.

# Issues one alert of whatever --to and --expires say; its id in ALERT.
# shellcheck disable=SC2034
issue() { # OPTION..
    # shellcheck disable=SC2034 # for whoever sources this
    ALERT=$(hub alert issue --event 'Lũ' --headline 'Lũ trên sông Bồ' \
        --text 'Di dời trước 18 giờ.' --severity extreme "$@" --json |
        jq -r .id)
}

receipts_of() { # ID: how many units have stored it
    hub alert receipts "$1" --json | jq '[.[] | select(.stored != null)] | length'
}
receipts_are() { [ "$(receipts_of "$1")" = "$2" ]; } # ID COUNT

# latencies IDS LOG..: microseconds to the last of the nodes whose logs these
# are, one line per alert. Of several alerts in one turn a node names the last,
# which was durable in the same moment: the first line at or after the commit.
latencies() {
    local ids=$1
    shift
    awk -v hub="$PLACE/log/hub.log" -v ids="$ids" '
        function field(name,   i) {
            for (i = 1; i <= NF; i++)
                if (index($i, name "=") == 1) return substr($i, length(name) + 2)
        }
        BEGIN {
            while ((getline id < ids) > 0) wanted[id] = 1
            while ((getline < hub) > 0)
                if ($1 == "alert.committed" && field("id") in wanted)
                    committed[field("id")] = field("mono_us") + 0
        }
        $1 == "alert.stored" {
            n = ++count[FILENAME]
            when[FILENAME, n] = field("mono_us") + 0
            exact[FILENAME, field("id")] = field("mono_us") + 0
        }
        function stored(node, id,   i) {
            if ((node, id) in exact) return exact[node, id]
            for (i = 1; i <= count[node]; i++)
                if (when[node, i] >= committed[id]) return when[node, i]
            return -1
        }
        END {
            for (id in committed) {
                last = 0
                for (f = 1; f < ARGC; f++) {
                    at = stored(ARGV[f], id)
                    if (at < 0) { print "missing", id, ARGV[f]; exit 1 }
                    if (at > last) last = at
                }
                print last - committed[id]
            }
        }' "$@" | sort -n
}

# percentile FILE P: of sorted numbers; nearest rank.
percentile() {
    awk -v p="$2" '{v[NR] = $1}
        END {i = int((NR * p + 99) / 100); print v[i < 1 ? 1 : i]}' "$1"
}
milliseconds() { awk -v us="$1" 'BEGIN {printf "%.1f", us / 1000}'; }
