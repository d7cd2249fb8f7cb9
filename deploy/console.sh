#!/usr/bin/env bash
# Builds gateway/console/dist when there are sources and one is newer than the build. Without
# Node the console is left out and the API works all the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../gateway/console" 2>/dev/null || exit 0
[ -f package.json ] || exit 0

built=dist/index.html
# A path given twice to find is harmless; one that is not there would fail.
sources=()
for path in src public index.html package.json package-lock.json vite.config.ts tsconfig.json; do
  [ -e "$path" ] && sources+=("$path")
done
if [ -f "$built" ] && [ -z "$(find "${sources[@]}" -newer "$built" -print -quit)" ]; then
  exit 0
fi

if ! command -v npm >/dev/null; then
  echo "console: Node 20 or newer is not installed; going on without the web console" >&2
  exit 0
fi

stamp=node_modules/.duesline-lock
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$(cksum <package-lock.json)" ]; then
  echo "console: installing packages" >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  cksum <package-lock.json >"$stamp"
fi
echo "console: building" >&2
npm run --silent build >&2
touch "$built"
