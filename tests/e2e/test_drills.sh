#!/usr/bin/env bash
# The drills of ops/drill: each must end with exact figures, or it fails.
set -euo pipefail
exec "$(dirname "$0")/../../ops/drill"
