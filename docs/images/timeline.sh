#!/usr/bin/env bash
# Paints docs/images/timeline.png: the demo's evening as a page of `tracker timeline --html`. Needs Chromium.
#     docs/images/timeline.sh [TRACKER]       TRACKER is the command, by default the one on the path
set -euo pipefail
tracker=${1:-tracker}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$tracker" demo --db "$work/demo.db" >/dev/null
"$tracker" timeline --db "$work/demo.db" --tz UTC --html "$work/page.html"
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
  --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$work/profile" \
  --window-size=1000,900 --screenshot="$here/timeline.png" "file://$work/page.html" 2>/dev/null
