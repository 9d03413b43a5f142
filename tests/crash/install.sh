#!/bin/sh
# Makes sure that strace is there, which the crash tests stop the host with.
set -eu
if ! command -v strace >/dev/null; then
    sudo=""
    if [ "$(id -u)" != 0 ]; then sudo="sudo -n"; fi
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y strace >&2
fi
strace --version | head -n 1
