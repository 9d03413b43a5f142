#!/bin/sh
# Installs Chromium and Node.js, in which the tests of pages look at them, unless they are there already.
set -eu
missing=""
for need in chromium:chromium node:nodejs npm:npm; do
    if ! command -v "${need%%:*}" >/dev/null; then missing="$missing ${need##*:}"; fi
done
if [ -n "$missing" ]; then
    sudo=""
    if [ "$(id -u)" != 0 ]; then sudo="sudo -n"; fi
    # Another installation may hold the lock, and networks fail.
    apt="$sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"
    # A new machine may have no package lists yet.
    $apt install -y $missing >&2 || { $apt update >&2 && $apt install -y $missing >&2; }
fi
command -v chromium
