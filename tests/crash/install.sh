#!/bin/sh
# Makes sure that strace is there, with which the crash tests stop the host.
set -eu
if ! command -v strace >/dev/null; then
    sudo=""
    if [ "$(id -u)" != 0 ]; then sudo="sudo -n"; fi
    # Others may be installing something, and networks fail.
    apt="$sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"
    # A new machine may not know yet where packages are.
    $apt install -y strace >&2 || { $apt update >&2 && $apt install -y strace >&2; }
fi
strace --version | head -n 1
