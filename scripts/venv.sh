#!/usr/bin/env bash
# Makes .venv with exactly what requirements-dev.txt locks, and labctl itself in editable form.
# PYTHON: the Python to make it with (default: python3), 3.11 or newer.
set -euo pipefail

cd "$(dirname "$0")/.."
python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "labctl needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11"
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
        echo "$python cannot make environments; on Debian or Ubuntu: sudo apt-get install python3-venv"
        exit 1
    fi
    echo "installing python3-venv, which this machine lacks"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q -o DPkg::Lock::Timeout=300 update </dev/null
    apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends python3-venv </dev/null
fi

echo "making .venv"
"$python" -m venv --clear .venv
pip=(.venv/bin/python -m pip --disable-pip-version-check --no-input)
"${pip[@]}" install --quiet --no-deps --require-hashes -r requirements-dev.txt
"${pip[@]}" install --quiet --no-deps --no-build-isolation -e .
touch .venv/made
