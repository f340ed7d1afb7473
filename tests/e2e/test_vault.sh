#!/usr/bin/env bash
# A commune's machine burns. A new one is invited, gets its reports back from
# the hub while it takes new ones, and the two lines that the lost machine
# printed open words and senders again. Then that machine burns as well.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=${LIENXA_COUNT:-200}
UNIT=quang-tho

say() { # as the operator would see it
    printf '$ %s\n' "$1"
    shift
    "$@" 2>&1 | sed 's/^/    /'
}

# ---- what is planted: a name, a phone and words that nobody else has ----

plant() {
    local i hash
    for ((i = 1; i <= COUNT; i++)); do
        hash=$(sha256sum <<<"$i $PLACE" | cut -c 1-24 | tr '0-9a-f' 'g-v')
        jq -nc --arg n "Trần Thị Q${hash:0:10}" --arg t "Lời kể ${hash:10:14}" \
            --arg p "09$(sha256sum <<<"$hash" | tr -dc 0-9 | cut -c 1-8)" \
            '{category: "cat_trai_phep", text: $t, name: $n, phone: $p}'
    done >"$PLACE/in/reports.jsonl"
    jq -r .text "$PLACE/in/reports.jsonl" | sort >"$PLACE/in/texts"
    jq -r '.name, .phone' "$PLACE/in/reports.jsonl" >"$PLACE/in/secret"
    same 'planted texts' "$COUNT" "$(sort -u "$PLACE/in/texts" | wc -l)"
}

count_in() { # PATTERNS PLACE..: how many different ones stand there
    local patterns=$1
    shift
    { grep -rahoF -f "$patterns" -- "$@" || true; } | sort -u | wc -l
}

hub_knows_nothing() {
    same 'planted names and phones at the hub' 0 \
        "$(count_in "$PLACE/in/secret" "$PLACE/hub" "$PLACE/log/hub.log")"
    same 'planted words at the hub' 0 \
        "$(count_in "$PLACE/in/texts" "$PLACE/hub" "$PLACE/log/hub.log")"
}

node_folder() { echo "${PLACE:?}/$UNIT"; }
texts_of() { node "$UNIT" report list --json | jq -r '.[].text // empty' |
    sort; }
vaulted() { [ "$(hub_node "$UNIT" vault_backlog)" = 0 ] &&
    [ "$(node_status "$UNIT" vault_backlog)" = 0 ]; }
fetched() { [ "$(node_status "$UNIT" vault_fetching)" = false ] &&
    [ "$(node_status "$UNIT" vault_locked)" -gt 0 ]; }
shares() { grep '^share ' "$PLACE/log/$UNIT.join"; }

burn() {
    stop_node "$UNIT"
    rm -rf "$(node_folder)"
}

# The new machine, and a report that cannot wait.
replace() { # TEXT
    join_node "$UNIT"
    start_node "$UNIT"
    node "$UNIT" report add --category ngap_lut --text "$1" --json >/dev/null
    wait_until 60 'what the hub held is fetched' fetched
    wait_until 60 delivered "$UNIT"
}

plant
init_hub
start_hub
join_node "$UNIT"
shares >"$PLACE/in/shares.1"
same 'shares printed' 2 "$(wc -l <"$PLACE/in/shares.1")"
start_node "$UNIT"
node "$UNIT" report import "$PLACE/in/reports.jsonl" >/dev/null
{ echo 'mat khau rat dai'; cat "$PLACE/in/shares.1"; } |
    node "$UNIT" user add 'Hạnh' --role custodian >/dev/null
# somebody who left, and a password that was changed: both stay so
echo 'mat khau cua nguoi cu' | node "$UNIT" user add 'Cúc' --role officer 2>/dev/null
printf '%s\n' 'mat khau da doi' 'mat khau rat dai' |
    node "$UNIT" user passwd 'Hạnh' 2>/dev/null
node "$UNIT" user disable 'Cúc' 2>/dev/null
wait_until 60 delivered "$UNIT"
wait_until 60 'the vault holds everything' vaulted
[ "$(hub_node "$UNIT" vaulted_until)" != null ] || fail 'no time of vaulting'
hub_knows_nothing
same 'words on the node (the control)' "$COUNT" \
    "$(count_in "$PLACE/in/texts" "$(node_folder)")"
same 'names on a stolen node disk' 0 \
    "$(count_in "$PLACE/in/secret" "$(node_folder)")"
verify_all "$UNIT"
pass "$COUNT reports with names are vaulted; the hub and a stolen disk show none of them"

# ---- and photos, which are in no vault: one that was passed on, and others

file_of() { # REPORT N FIELD
    node "$UNIT" report show "$1" --json |
        jq -r --argjson n "$2" ".attachments[] | select(.number == \$n) | .$3"
}
hub_has() {
    [ "$(hub report files "$1" --json | jq -r '.[0].where')" = here ]
}
node_has() { [ "$(file_of "$1" 1 where)" = sent ]; }
"$BIN/lienxa-picture" 300 'Máy của ai' >"$PLACE/in/anh.jpg"
printf '%%PDF-1.4 đơn' >"$PLACE/in/don.pdf"
PASSED=$(node "$UNIT" report add --category cat_trai_phep --text 'Ghe ban đêm' \
    --attach "$PLACE/in/anh.jpg" --attach "$PLACE/in/don.pdf" --json | jq -r .id)
KEPT=$(node "$UNIT" report add --category khac --text 'Tiếng ồn' \
    --attach "$PLACE/in/don.pdf" --json | jq -r .id)
node "$UNIT" report move "$PASSED" phan_loai >/dev/null
node "$UNIT" report refer "$PASSED" >/dev/null
node "$UNIT" report attachment "$PASSED" 1 --out "$PLACE/in/sach.jpg" >/dev/null
wait_until 60 'the photo that was passed on is at the district' hub_has "$PASSED"
wait_until 60 delivered "$UNIT"
wait_until 60 'the vault holds these as well' vaulted

burn
say "lienxa-hub node invite $UNIT" true
replace 'Nước lên ở chợ, máy mới'
say 'lienxa-node status' node "$UNIT" status
same 'words before recover' 1 "$(texts_of | grep -c .)"
same 'reports on the new machine' $((COUNT + 3)) "$(node_ids "$UNIT" | wc -l)"
verify_all "$UNIT"
pass 'the new machine has all its facts and took a report while they came'

shares >"$PLACE/in/shares.2"
head -n 1 "$PLACE/in/shares.1" | sed p >"$PLACE/in/twice"
hub_other=quang-phu
join_node "$hub_other"
grep '^share ' "$PLACE/log/$hub_other.join" >"$PLACE/in/shares.other"
recover_with() { node "$UNIT" recover <"$PLACE/in/$1"; }
refused recover_with twice
say 'lienxa-node recover   # one line twice' echo "$REASON"
refused recover_with shares.other
say 'lienxa-node recover   # of another commune' echo "$REASON"
refused recover_with shares.2
say 'lienxa-node recover   # of the new machine' echo "$REASON"
refused node "$UNIT" recover </dev/null
pass 'lines that open nothing are told apart in words'

recover_with shares.1 >"$PLACE/log/recovered"
say 'lienxa-node recover   # the two lines of the lost machine' \
    cat "$PLACE/log/recovered"
same 'texts that came back' 0 \
    "$(comm -23 "$PLACE/in/texts" <(texts_of) | wc -l)"
same 'waiting for the lines' 0 "$(node_status "$UNIT" vault_locked)"
same 'people' 'Hạnh' "$(node "$UNIT" user list --json | jq -r '.[].name')"
changed() { printf '%s\n' 'mat khau thu ba' "$1" | node "$UNIT" user passwd 'Hạnh'; }
refused changed 'mat khau rat dai'
changed 'mat khau da doi' 2>/dev/null || fail 'the last password of Hạnh'
same 'keys that Hạnh holds' 2 "$(node "$UNIT" user list --json | jq '.[0].keys')"
{ echo 'mat khau con dai hon'; cat "$PLACE/in/shares.2"; } |
    node "$UNIT" user add 'Bình' --role custodian 2>/dev/null
same 'keys of a custodian added now: old and new' 4 \
    "$(node "$UNIT" user list --json | jq '.[] | select(.name == "Bình") | .keys')"
verify_all "$UNIT"
pass "all $COUNT texts are back, byte for byte, with the keys of the senders' names"

# what was passed on comes back, what was not is told
wait_until 60 'the photo came back' node_has "$PASSED"
node "$UNIT" report attachment "$PASSED" 1 --out "$PLACE/in/lai.jpg" >/dev/null
cmp "$PLACE/in/sach.jpg" "$PLACE/in/lai.jpg" || fail 'the photo is another one'
same 'its original is gone' false "$(file_of "$PASSED" 1 original)"
same 'a PDF that stayed' lost "$(file_of "$PASSED" 2 where)"
same 'one that nobody passed on' lost "$(file_of "$KEPT" 1 where)"
node "$UNIT" recover --json <"$PLACE/in/shares.1" >"$PLACE/log/told"
same 'lost files are told' "$(printf '%s\n' "$PASSED" "$KEPT" | sort)" \
    "$(jq -r '.lost_media[]' "$PLACE/log/told" | sort)"
same 'lost originals are told' "$PASSED" \
    "$(jq -r '.lost_originals[]' "$PLACE/log/told")"
verify_all "$UNIT"
pass 'the photo that was passed on is back as well; what is lost is told'

recover_with shares.1 >"$PLACE/log/again"
grep -q '^0 opened' "$PLACE/log/again" || fail 'a second recover did something'
wait_until 60 'everything is locked anew' vaulted
hub_knows_nothing
pass 'a second recover is harmless; everything is vaulted again'

burn
replace 'Máy thứ ba'
refused recover_with shares.1
stop_node "$UNIT"
recover_with shares.2 >"$PLACE/log/third" # also while nothing serves
same 'texts after the second fire' 0 \
    "$(comm -23 "$PLACE/in/texts" <(texts_of) | wc -l)"
same 'people after the second fire' 'Bình Hạnh' \
    "$(node "$UNIT" user list --json | jq -r '.[].name' | paste -sd' ')"
start_node "$UNIT"
wait_until 60 'vaulted a third time' vaulted
verify_all "$UNIT"
hub_knows_nothing
pass 'after a second fire the lines of the second machine alone open everything'

# ---- a rewound machine needs nobody ----

stop_node "$UNIT"
cp -a "$(node_folder)" "$PLACE/copy"
start_node "$UNIT"
node "$UNIT" report add --category trom_cap --text 'Sau bản sao' --json \
    >/dev/null
wait_until 60 delivered "$UNIT"
wait_until 60 vaulted
stop_node "$UNIT"
rm -rf "$(node_folder)"
mv "$PLACE/copy" "$(node_folder)"
start_node "$UNIT"
words_are_back() { texts_of | grep -qx 'Sau bản sao'; }
wait_until 60 'its own words came back' words_are_back
same 'nothing waits for lines' 0 "$(node_status "$UNIT" vault_locked)"
pass 'a machine set back to an old copy opens its own objects by itself'
figure "hub database: $(du -k "$PLACE/hub/hub.db" | cut -f1) KiB for $COUNT reports"
figure "took $(seconds "$(elapsed_us)") s"
