#!/bin/sh
# What the tests of this folder need beside Python: Node with its packages, and Chromium. Installed where this may be
# done; where it may not, one line says what is missing.
set -eu
cd "$(dirname "$0")/node"

# Not named as the program is: `command -v` would find the function.
a_browser() { command -v "${ENCLAVE_CHROMIUM:-chromium}" || command -v chromium-browser || command -v google-chrome; }
node_is_new_enough() { command -v npm >/dev/null && node -e 'process.exit(+(Number(process.versions.node.split(".")[0]) < 20))' 2>/dev/null; }
missing() { printf '%s\n' "make test-full needs $1" >&2; exit 1; }

wanted=""
a_browser >/dev/null || wanted="chromium"
node_is_new_enough || wanted="$wanted nodejs npm"
if [ -n "$wanted" ]; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    # shellcheck disable=SC2086 # several words
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted; } >/dev/null ||
      missing "these, and apt-get could not install them: $wanted"
  else
    missing "these; install them and run it again (as root on Debian: apt-get install $wanted): $wanted"
  fi
fi
node_is_new_enough || missing "Node.js 20 or newer with npm; the one here is too old"

[ node_modules/.ready -nt package-lock.json ] || {
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch node_modules/.ready
}
