#!/bin/sh
# Installs the program $1, which a test needs, from the Debian package $2 (by default of the
# same name), unless it is there already.
set -eu
if ! command -v "$1" >/dev/null; then
    sudo=""
    if [ "$(id -u)" != 0 ]; then sudo="sudo -n"; fi
    # Another installation may hold the lock, and networks fail.
    apt="$sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"
    # A new machine may have no package lists yet.
    package="${2:-$1}"
    $apt install -y "$package" >&2 || { $apt update >&2 && $apt install -y "$package" >&2; }
fi
command -v "$1"
