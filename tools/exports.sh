#!/bin/sh
# exports.sh ARCHIVE MAP: prints MAP without the names that ARCHIVE does not define.
set -eu
nm --defined-only --extern-only "$1" 2>/dev/null |
  awk 'NR == FNR { if (NF == 3) have[$3] = 1; next }
       /^ +coap_[a-z0-9_]+;$/ { name = $1; sub(";", "", name); if (!(name in have)) next }
       { print }' - "$2"
