#!/usr/bin/env bash
# Locks what labctl, its tests, the app's image and a build of Go need: newest versions that fit,
# every one with the hashes of its files. PYTHON: the Python to work with (default: python3).
set -euo pipefail

cd "$(dirname "$0")/.."
tools=.build/lock
"${PYTHON:-python3}" -m venv --clear "$tools"
"$tools/bin/python" -m pip --disable-pip-version-check install --quiet uv

compile() {
    "$tools/bin/uv" pip compile --quiet --upgrade --no-config --generate-hashes --no-header \
        --no-annotate --no-emit-find-links --no-emit-index-url --python-version 3.11 "$@"
}

printf 'hatchling\neditables\n' |
    compile --universal --group dev pyproject.toml - --output-file requirements-dev.txt
compile --python-platform x86_64-manylinux_2_28 labctl/app/requirements.in \
    --output-file labctl/app/requirements.txt
compile labctl/images/go-requirements.in --output-file labctl/images/go-requirements.txt
