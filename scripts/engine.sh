#!/usr/bin/env bash
# Makes sure that a Docker engine answers. One that answers is used as it is and never changed;
# only where none does, and nothing names another, Debian's is installed and dockerd is started.
# Safe to run again. PYTHON: a Python that has labctl (default: .venv/bin/python).
set -euo pipefail

python=${PYTHON:-$(dirname "$0")/../.venv/bin/python}
log=/var/log/labctl-dockerd.log
run=/var/run
limit=90
started=

say() { echo "engine: $*"; }

# Asks as labctl does: DOCKER_HOST, the docker context, the default socket.
# 0: one answers. 3: there is none at the default socket. 4: the user named one that does not
# answer, or the default socket lets this user not in.
probe() {
    "$python" - <<'PYTHON'
import os
import sys

from labctl.engine.docker import connect
from labctl.engine.docker_connect import DEFAULT_ADDRESS, find_address
from labctl.errors import LabctlError

try:
    connect().close()
except LabctlError as error:
    print(f"{error.message}\n{error.hint}")
    try:
        default = find_address(os.environ).origin == "the default"
    except LabctlError:
        default = False
    socket = DEFAULT_ADDRESS.removeprefix("unix://")
    shut = os.path.exists(socket) and not os.access(socket, os.W_OK)
    sys.exit(3 if default and not shut else 4)
PYTHON
}

listens() { awk -v path="$1" '$NF == path { found = 1 } END { exit !found }' /proc/net/unix; }

alive() { [[ $(cat "/proc/$1/comm" 2>/dev/null) == "$2" ]]; }

# dockerd does not start past the pid file of one that was killed, once another program has its
# number, and waits for a containerd whose socket nobody listens on.
remove_stale() {
    local program file
    for program in dockerd:docker.pid containerd:docker/containerd/containerd.pid; do
        file=$run/${program#*:}
        if [[ -e $file ]] && ! alive "$(cat "$file")" "${program%%:*}"; then
            say "removing $file, left by a ${program%%:*} that is gone"
            rm -f "$file"
        fi
    done
    for file in /run/containerd/containerd.sock /run/docker/containerd/containerd.sock; do
        if [[ -S $file ]] && ! listens "$file" && ! listens "/var$file"; then
            say "removing $file, on which nobody listens"
            rm -f "$file"
        fi
    done
}

install_packages() {
    local packages=()
    command -v dockerd >/dev/null || packages+=(docker.io)
    command -v iptables >/dev/null || packages+=(iptables)
    ((${#packages[@]})) || return 0
    if ! command -v apt-get >/dev/null; then
        say "no Docker engine, and no apt-get to install one: install Docker, start it, try again"
        exit 3
    fi
    say "installing ${packages[*]} from the system's packages"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q -o DPkg::Lock::Timeout=300 update </dev/null
    apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${packages[@]}" \
        </dev/null
}

start() {
    if [[ -d /run/systemd/system ]]; then
        say "starting the docker service"
        systemctl start docker
        return
    fi
    if [[ -e $run/docker.pid ]] && alive "$(cat "$run/docker.pid")" dockerd; then
        say "dockerd runs already; waiting for it"
        return
    fi
    remove_stale
    say "starting dockerd detached; it goes on after this command, its log is $log"
    (cd / && exec setsid dockerd >>"$log" 2>&1 </dev/null 9>&-) &
    started=$!
}

await() {
    local deadline=$((SECONDS + limit))
    until probe >/dev/null; do
        if ((SECONDS >= deadline)) || { [[ -n $started ]] && ! kill -0 "$started" 2>/dev/null; }; then
            say "the engine does not answer; the end of its log:"
            tail -n 20 "$log" 2>/dev/null || true
            exit 3
        fi
        sleep 0.3
    done
}

status=0
answer=$(probe) || status=$?
case $status in
    0) say "one answers; it is used as it is"; exit 0 ;;
    3) ;;
    4) say "$answer"; exit 3 ;;
    *) echo "$answer"; exit "$status" ;;
esac
if ((EUID != 0)); then
    say "$answer"
    say "to install and start one here: sudo PYTHON=$python $0"
    exit 3
fi
exec 9>"$run/labctl-engine.lock"
flock 9
if ! probe >/dev/null; then
    say "none answers on this machine"
    install_packages
    start
    await
    say "it answers"
fi
