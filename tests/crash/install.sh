#!/bin/sh
# Makes sure that strace is there, with which the crash tests stop the host.
set -eu
if ! command -v strace >/dev/null; then
    sudo=""
    if [ "$(id -u)" != 0 ]; then sudo="sudo -n"; fi
    install="$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y strace"
    # A new machine may not know yet where packages are.
    $install >&2 || { $sudo apt-get update >&2 && $install >&2; }
fi
strace --version | head -n 1
