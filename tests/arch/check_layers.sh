#!/usr/bin/env bash
# Who may know whom: a wrong arrow between the layers is a red build. Each line
# names what must not be found where. Untracked files count as well.
set -u
cd "$(git -C "$(dirname "$0")" rev-parse --show-toplevel)" || exit 2
bad=0
deny() {
    if git grep --untracked -nP "$1" -- "${@:2}"; then
        printf 'layer check: the lines above break a rule of %s\n\n' "${*:2}" >&2
        bad=1
    fi
}

deny '#include "(hub|node|common/(?!base/))' common/base
for p in sync domain; do
    deny "#include \"(hub|node|common/(?!$p/|base/(error|mem|buf|id)\.h))" "common/$p"
    deny '#include <(unistd|time|stdio|poll|pthread|sys/)' "common/$p"
done
deny '#include "(hub|node|common/(?!peer/|base/|sync/|domain/|wire/|store/))' common/peer
deny '#include "(hub|node|common/(?!backup/|base/|sync/|wire/|crypto/))' common/backup
deny '#include "(hub|node|common/(?!bundle/|base/|sync/|wire/|crypto/|format/))' common/bundle
deny '#include "(hub|node|common/(?!account/|base/|domain/|store/|crypto/|format/))' common/account
deny '#include "(hub|node|common/(?!media/|base/|domain/|sync/|wire/|store/|crypto/))' common/media
deny '#include "(hub|node|common/(?!setup/|base/|control/|crypto/|format/|account/))' common/setup
deny '#include "(hub|node|common/(?!web/|base/|domain/|http/|control/|format/|store/|crypto/|account/))' common/web
for a in wire store net http control crypto format; do
    deny "#include \"(hub|node|common/(?!base/|sync/|domain/|$a/))" "common/$a"
done
deny '#include "node/' hub
deny '#include "hub/' node
deny '#include <sqlite3' common hub node ':!common/store'
deny '#include <zmq' common hub node ':!common/net'
deny '#include <(openssl|sodium)' common hub node ':!common/crypto'
deny '#include <(microhttpd|gnutls|zlib)' common hub node ':!common/http'
deny '#include <(jansson|libxml|mxml|xlsxwriter|qrencode)' common hub node ':!common/format'
deny '#include <(jpeglib|png|webp)' common hub node ':!node/clean'
deny '#include <zstd' common hub node ':!common/wire'
deny '\.pb-c\.h' common hub node ':!common/wire'
deny '"(SELECT|INSERT|UPDATE|DELETE) ' common hub node ':!common/store' ':!*/store*.c'
deny '\b(atoi|strcpy|sprintf|strcat|gets)\(' common hub node
deny 'common/(util|helper|misc|types)\.' common hub node
# The top level is fixed; dot files are free.
if git ls-files | cut -d/ -f1 | sort -u | grep -vE '^\.' |
    grep -vxE 'CMakeLists\.txt|CMakePresets\.json|README\.md|hub|node|proto|common|tests|ops'; then
    printf 'layer check: the names above do not belong at the top level\n\n' >&2
    bad=1
fi
exit "$bad"
