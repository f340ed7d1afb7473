#!/usr/bin/env bash
# Rounds of kill -9 during import and delivery, now and then also during an
# alert, a referral, its answer, an erasing and a backup: what was answered is
# there, and every accepted report is at the hub exactly once, whatever died and
# when.
#   LIENXA_ROUNDS=20   1000 take a quarter of an hour
#   LIENXA_SEED=...    the same choices again
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

ROUNDS=${LIENXA_ROUNDS:-20}
SEED=${LIENXA_SEED:-$((EPOCHSECONDS % 32768))}
UNITS=(quang-tho quang-phu quang-loi)
# What dies: the hub; a serving node; a node together with its importing
# command; the commands alone, of a serving node; the importing command of a
# node that was killed before it; hub and node at once. At least one process
# dies in every round.
VICTIMS=(hub hub hub node node both both command alone all)
HEAL_EVERY=20 # rounds until all is delivered
DEED_EVERY=4
LOOK_EVERY=5 # whether something waits to be acknowledged
DEEDS=(alert refer erase answer backup)
declare -A IMPORTS=() KILLED=([hub]=0 [node]=0 [command]=0) ANSWERED=() ONLINE_FROM=()
for deed in "${DEEDS[@]}"; do
    ANSWERED[$deed]=0
done
DEED='' DEED_PID='' DEED_ROUND=0 # the last one, until its answer was taken

# ---- imports

begin_import() { # UNIT ROUND COUNT: unless the last one is still running
    local file=$PLACE/in/$1.$2
    ! import_runs "$1" || return 0
    generate "$1" "$((SEED * 1000 + $2))" "$3" >"$file.jsonl"
    LINES_GIVEN=$((LINES_GIVEN + $3))
    : >"$file.answers" # it may die before it opened its own
    "$BIN/lienxa-node" --data "$PLACE/$1" report import "$file.jsonl" --json \
        >"$file.answers" 2>"$file.err" </dev/null &
    IMPORTS[$1]=$!
}

# A number of a process may be another's by now; a child of ours is ours.
is_ours() { # PID
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    # shellcheck disable=SC2086 # "S 123 .."
    set -- ${stat##*) }
    [ "$1" != Z ] && [ "$2" = $$ ]
}

import_runs() { [ -n "${IMPORTS[$1]-}" ] && is_ours "${IMPORTS[$1]}"; }
import_is_over() { ! import_runs "$1"; }
imports_are_over() {
    local unit
    for unit in "${UNITS[@]}"; do
        import_is_over "$unit" || return 1
    done
}

# As soon as it is there, or 0.3 s.
first_answer() { # UNIT ROUND
    local _
    for _ in {1..150}; do
        [ ! -s "$PLACE/in/$1.$2.answers" ] || return 0
        sleep 0.002
    done
}

# ---- kills

# kill_one KIND PID: counted when it was there to be killed.
kill_one() {
    is_ours "$2" && kill -KILL "$2" 2>/dev/null || return 1
    KILLED[$1]=$((KILLED[$1] + 1))
    { wait "$2" || true; } 2>/dev/null
    forget "$2"
}
kill_a_node() { # UNIT
    kill_one node "${NODE_PIDS[$1]}" || fail "the node of $1 was gone"
    unset "NODE_PIDS[$1]"
}
# The command that imports for UNIT and the deed that is being done.
kill_commands() { # UNIT
    local some=1
    ! import_runs "$1" || ! kill_one command "${IMPORTS[$1]}" || some=0
    if [ -n "$DEED_PID" ] && kill_one command "$DEED_PID"; then
        DEED_PID='' some=0
    fi
    return "$some"
}

strike() { # WHAT UNIT
    case $1 in
    hub) kill_one hub "$HUB_PID" ;;
    node) kill_a_node "$2" ;;
    both)
        kill_commands "$2" || true
        kill_a_node "$2"
        ;;
    command)
        kill_commands "$2" || kill_a_node "$2" # it was quicker
        ;;
    alone) kill_commands "$2" || true ;;
    all)
        kill_one hub "$HUB_PID"
        kill_a_node "$2"
        ;;
    esac
}

# What was killed serves again. (A command whose program dies goes on by itself;
# a node waits for it. Nobody waits for a hub: it may die while it starts.)
start_again() {
    local unit
    if ! alive "$HUB_PID"; then
        for unit in "${UNITS[@]}"; do
            offline_until_told "$unit"
        done
        start "$PLACE/log/hub.log" "$BIN/lienxa-hub" --data "$PLACE/hub" serve \
            "${LISTEN[@]}" --web off
        HUB_PID=$STARTED
    fi
    for unit in "${UNITS[@]}"; do
        [ -z "${NODE_PIDS[$unit]-}" ] || continue
        wait_until 60 "the import of $unit ends" import_is_over "$unit"
        offline_until_told "$unit"
        start_node "$unit"
    done
}

offline_until_told() { ONLINE_FROM[$1]=$(stat -c %s "$PLACE/log/$1.log"); }
is_online() { # UNIT
    tail -c "+$((ONLINE_FROM[$1] + 1))" "$PLACE/log/$1.log" | grep -q hub.online
}

# ---- deeds: what was answered is looked for at the end

prepare_report() { # UNIT TEXT: its id in ID
    ID=$(node "$1" report add --category cat_trai_phep --text "$2" --json |
        jq -r .id)
    node "$1" report move "$ID" phan_loai >/dev/null
    echo "$ID" >>"$PLACE/in/added"
}

begin_deed() { # UNIT ROUND
    local deed=${DEEDS[$2 / DEED_EVERY % ${#DEEDS[@]}]} command=(node "$1")
    end_deed
    case $deed in
    alert)
        command=(hub alert issue --event 'Bão' --headline "Bão số $2" --text
            'Vào nhà' --json)
        ;;
    refer)
        prepare_report "$1" 'Ghe hút cát'
        command+=(report refer "$ID")
        ;;
    erase)
        prepare_report "$1" "Ghe của xoa${SEED}z$2z hút cát"
        command+=(report erase "$ID" --reason 'Nhập nhầm')
        ;;
    answer)
        ID=$(hub referral list --json |
            jq -r 'map(select(.stage == "waiting"))[0].report // ""')
        [ -n "$ID" ] || return 0
        command=(hub referral accept "$ID")
        ;;
    backup)
        [ $((RANDOM % 2)) = 0 ] || command=(hub)
        command+=(backup "$PLACE/in/${command[*]: -1}.copy")
        ;;
    esac
    begin_command "$PLACE/in/deed.$2" "${command[@]}"
    DEED=$deed DEED_ROUND=$2 DEED_PID=$!
}
begin_command() { # OUTPUT hub|node UNIT ARGUMENT..
    local output=$1 program=$2 folder=$2
    shift 2
    if [ "$program" = node ]; then
        folder=$1
        shift
    fi
    "$BIN/lienxa-$program" --data "$PLACE/$folder" "$@" >"$output" \
        2>"$output.err" </dev/null &
}

# Its answer is taken; none is wanted of one that was killed.
end_deed() {
    local rc=0
    [ -n "$DEED_PID" ] || return 0
    wait "$DEED_PID" || rc=$?
    DEED_PID=
    [ "$rc" = 0 ] || return 0
    ANSWERED[$DEED]=$((ANSWERED[$DEED] + 1))
    case $DEED in
    alert) jq -r .id "$PLACE/in/deed.$DEED_ROUND" >>"$PLACE/in/alerts" ;;
    refer) echo "$ID" >>"$PLACE/in/referred" ;;
    erase) echo "xoa${SEED}z${DEED_ROUND}z" >>"$PLACE/in/erased" ;;
    answer) echo "$ID" >>"$PLACE/in/owned" ;;
    backup) ;;
    esac
}

# ---- a round

# When to strike, in MOMENT: some time into the import, not waited for; or after
# its first answer. And whether the unit is to be online by then, in ONLINE. A
# command that is to die gets more to do, and less time.
moment() { # WHAT
    local longest=251
    COUNT=40 ONLINE=no
    [ $((RANDOM % 8)) != 0 ] || COUNT=450 # three transactions
    case $1 in
    both | command | alone) COUNT=450 longest=61 ;;
    esac
    case $((RANDOM % 3)) in
    0) printf -v MOMENT '0.%03d' $((RANDOM % longest)) ;;
    1) printf -v MOMENT '0.%03d' $((RANDOM % 41)) ;;
    2) MOMENT=answer ;;
    esac
    [ $((RANDOM % 4)) != 0 ] || [ "$1" = alone ] || ONLINE=yes
}

round() { # NUMBER
    local what=${VICTIMS[RANDOM % ${#VICTIMS[@]}]} unit=${UNITS[RANDOM % 3]}
    local other=${UNITS[RANDOM % 3]} busy=no
    moment "$what"
    if [ "$what" = alone ]; then
        wait_until 60 "the import of $unit ends" import_is_over "$unit"
        end_deed
        kill_a_node "$unit"
    fi
    [ "$ONLINE" = no ] || wait_until 60 "$unit is online" is_online "$unit"
    if [ "$what" != alone ] && [ $(($1 % DEED_EVERY)) = 0 ]; then
        begin_deed "$unit" "$1"
    fi
    begin_import "$unit" "$1" "$COUNT"
    begin_import "$other" "$1" "$COUNT"
    case $MOMENT in
    answer) first_answer "$unit" "$1" ;;
    *) sleep "$MOMENT" ;;
    esac
    import_is_over "$unit" || busy=yes
    strike "$what" "$unit"
    if [ $(($1 % LOOK_EVERY)) = 0 ]; then
        LOOKED=$((LOOKED + 1))
        [ "$(node_status "$unit" backlog)" = 0 ] || DRAINING=$((DRAINING + 1))
    fi
    start_again
    [ "$busy" = no ] || DURING=$((DURING + 1))
    printf '%s %s %s %s after %s, online %s, %d lines, importing %s\n' \
        "$1" "$(seconds "$(elapsed_us)")" "$what" "$unit" "$MOMENT" "$ONLINE" \
        "$COUNT" "$busy" >>"$PLACE/log/rounds.log"
}

heal() {
    wait_until 60 'the imports end' imports_are_over
    end_deed
    wait_until 120 'all is delivered' delivered "${UNITS[@]}"
}

# ---- what must be true

# Ids answered "accepted", as they were printed; a last line cut short counts
# only when its answer is there.
accepted() {
    {
        cat "$PLACE"/in/*.answers | accepted_in
        cat "$PLACE/in/added"
    } | sort
}
accepted_in() {
    grep -oE '"id":"[0-9a-f-]{36}","result":"accepted"' | cut -d'"' -f4 || true
}

# Ids in the first list that the second lacks.
missing() { comm -23 "$1" "$2"; }

check() {
    local unit
    accepted >"$PLACE/in/accepted"
    hub_ids >"$PLACE/in/hub"
    for unit in "${UNITS[@]}"; do
        node_ids "$unit"
    done | sort >"$PLACE/in/nodes"
    same 'ids answered accepted twice' '' "$(uniq -d "$PLACE/in/accepted" | head -n 3)"
    same 'ids twice at the hub' '' "$(uniq -d "$PLACE/in/hub" | head -n 3)"
    same 'ids twice at the nodes' '' "$(uniq -d "$PLACE/in/nodes" | head -n 3)"
    same 'accepted, but not at the hub' '' \
        "$(missing "$PLACE/in/accepted" "$PLACE/in/hub" | head -n 3)"
    same 'at the nodes, but not at the hub' '' \
        "$(missing "$PLACE/in/nodes" "$PLACE/in/hub" | head -n 3)"
    same 'at the hub, but not at the nodes' '' \
        "$(missing "$PLACE/in/hub" "$PLACE/in/nodes" | head -n 3)"
    same "the hub's total" "$(wc -l <"$PLACE/in/nodes")" \
        "$(hub stats --json | jq .total)"
    verify_all "${UNITS[@]}"
    same 'quarantine at the hub' '[]' "$(hub quarantine list --json)"
    # An ack that left before its commit would show as a hub that was set back.
    same 'alarms at the hub' '' "$(hub alarm list --json |
        jq -r '.[].text | select(contains("referral list") | not)')"
    for unit in "${UNITS[@]}"; do
        same "alarms of $unit" '[]' "$(node_status "$unit" 'alarms | map(select(contains("district") | not)) | tojson')"
    done
}

alerts_of() { "$@" alert list --json | jq -r '.[].id' | sort; }
alerts_are_equal() {
    local unit
    for unit in "${UNITS[@]}"; do
        [ "$(alerts_of hub)" = "$(alerts_of node "$unit")" ] || return 1
    done
}
stages_of() { "$@" referral list --json | jq -r '.[] | .report + " " + .stage'; }
stages_are_equal() {
    [ "$(stages_of hub | sort)" = "$(for unit in "${UNITS[@]}"; do
        stages_of node "$unit"
    done | sort)" ]
}
erased_is_gone() {
    local unit
    for unit in "${UNITS[@]}"; do
        ! LC_ALL=C grep -rqaFf "$PLACE/in/erased" "$PLACE/$unit" "$PLACE/hub" ||
            return 1
    done
}
# What stands under its name is a whole copy, whatever was killed since; debris
# goes with the next one.
check_copy() { # hub|node NAME SHARES OPTION..
    local copy=$PLACE/in/$2.copy
    if [ -e "$copy" ]; then
        grep '^share ' "$PLACE/log/$3" | "$BIN/lienxa-$1" \
            --data "$PLACE/in/restored" restore "$copy" "${@:4}" \
            >"$PLACE/log/restore" 2>&1 ||
            fail "restore of $2: $(tail -n 1 "$PLACE/log/restore")"
        rm -r "$PLACE/in/restored"
        COPIES=$((COPIES + 1))
    fi
    "$BIN/lienxa-$1" --data "$PLACE/$2" backup "$copy" >"$PLACE/log/backup" 2>&1 ||
        fail "backup of $2: $(tail -n 1 "$PLACE/log/backup")"
    if [ -e "$PLACE/$2/backup.tmp" ] || [ -e "$copy.tmp" ]; then
        fail "debris of a killed backup of $2"
    fi
}

check_deeds() {
    local unit deed
    touch "$PLACE"/in/{alerts,referred,owned,erased}
    wait_until 60 'all have the same alerts' alerts_are_equal
    alerts_of hub >"$PLACE/in/known"
    same 'alerts that are lost' '' "$(missing <(sort "$PLACE/in/alerts") "$PLACE/in/known")"
    wait_until 60 'one owner of each referral' stages_are_equal
    stages_of hub | cut -d' ' -f1 | sort >"$PLACE/in/known"
    same 'referrals that are lost' '' "$(missing <(sort "$PLACE/in/referred") "$PLACE/in/known")"
    stages_of hub | grep ' accepted' | cut -d' ' -f1 | sort >"$PLACE/in/known" || true
    same 'answers that are lost' '' "$(missing <(sort "$PLACE/in/owned") "$PLACE/in/known")"
    wait_until 60 'no erased word is left' erased_is_gone
    check_copy hub hub hub.init --revoked none
    for unit in "${UNITS[@]}"; do
        check_copy node "$unit" "$unit.join"
    done
    figure "deeds answered:$(for deed in "${DEEDS[@]}"; do
        printf ' %s %d' "$deed" "${ANSWERED[$deed]}"
    done); $(stages_of hub | wc -l) referrals and $(alerts_of hub | wc -l) alerts, $COPIES copies opened"
}

# Lines without an answer are given again: repeated or accepted, never refused.
give_again() {
    local unit number file
    for unit in "${UNITS[@]}"; do
        for ((number = 1; number <= ROUNDS; number++)); do
            file=$PLACE/in/$unit.$number
            [ -e "$file.jsonl" ] || continue
            [ "$(wc -l <"$file.answers")" -lt "$(wc -l <"$file.jsonl")" ] ||
                continue
            AGAIN=$((AGAIN + 1))
            cat "$file.jsonl"
        done >"$PLACE/in/$unit.again"
    done
    for unit in "${UNITS[@]}"; do
        node "$unit" report import "$PLACE/in/$unit.again" --json \
            >"$PLACE/in/$unit.anew" ||
            fail "$unit: lines given again were refused: $(grep -m1 refused "$PLACE/in/$unit.anew")"
        accepted_in <"$PLACE/in/$unit.anew" | sort >"$PLACE/in/anew"
        same 'accepted a second time' '' \
            "$(comm -12 "$PLACE/in/anew" "$PLACE/in/accepted" | head -n 3)"
        mv "$PLACE/in/$unit.anew" "$PLACE/in/$unit.anew.answers"
    done
}

RANDOM=$SEED
LINES_GIVEN=0 DURING=0 DRAINING=0 AGAIN=0 COPIES=0 LOOKED=0
figure "seed $SEED, $ROUNDS rounds"
init_hub
start_hub
mapfile -t LISTEN < <(jq -r '"--express", .express, "--bulk", .bulk, "--enrol",
    .enrol' "$PLACE/address.json")
join_and_start "${UNITS[@]}"
for unit in "${UNITS[@]}"; do
    ONLINE_FROM[$unit]=0
done
: >"$PLACE/in/added"

for ((number = 1; number <= ROUNDS; number++)); do
    round "$number"
    [ $((number % HEAL_EVERY)) != 0 ] || heal
done
heal
figure "kills: hub ${KILLED[hub]}, serving nodes ${KILLED[node]}, commands ${KILLED[command]}; of $ROUNDS rounds $DURING while an import ran, $DRAINING of $LOOKED looked at with changes not yet acknowledged; $(seconds "$(elapsed_us)") s"
check
echo 'ffffffff-ffff-7fff-bfff-ffffffffffff' >>"$PLACE/in/accepted"
[ -n "$(missing "$PLACE/in/accepted" "$PLACE/in/hub")" ] ||
    fail 'a lost report would go unnoticed'
sed -i '$d' "$PLACE/in/accepted"
figure "accepted $(wc -l <"$PLACE/in/accepted") of $((LINES_GIVEN + $(wc -l <"$PLACE/in/added"))) reports, at the hub $(wc -l <"$PLACE/in/hub"), missing 0, doubled 0"
pass 'every accepted report is at the hub exactly once; nodes and hub hold the same, without an alarm'
check_deeds
pass 'alerts, referrals, answers, erasures and copies are as they were answered'

give_again
wait_until 120 'all is delivered' delivered "${UNITS[@]}"
TOTAL=$((LINES_GIVEN + $(wc -l <"$PLACE/in/added")))
wait_until 60 "the hub's total is every line" hub_total_is "$TOTAL"
check
figure "$AGAIN interrupted imports given again; all $TOTAL reports are at the hub"
pass 'interrupted imports given again are completed, nothing is taken twice'

stop_nodes
stop_hub
figure "took $(seconds "$(elapsed_us)") s"
