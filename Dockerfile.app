# The image of labctl/app. The classic builder's syntax only: no --mount, no --chmod, no heredoc.
#   docker build -f Dockerfile.app .
# Where containers reach no package index, put wheels for Python 3.11 into wheels/. Where this
# machine trusts a certificate authority of its own, put its bundle here as ca-bundle.crt; it is
# used by the build stage alone.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
LABEL labctl.image=build-stage labctl.how=built
COPY labctl/app/requirements.txt ca-bundle*.crt wheels* /build/
# What goes again: without cffi pycryptodome takes ctypes, which starts faster; argon2 needs only
# the compiled backend that stays.
RUN set -e; \
    python3 -m venv /build/venv; \
    if ls /build/*.whl >/dev/null 2>&1; then from="--no-index --find-links=/build"; fi; \
    if [ -e /build/ca-bundle.crt ]; then export PIP_CERT=/build/ca-bundle.crt; fi; \
    /build/venv/bin/python -m pip --disable-pip-version-check install --quiet --no-cache-dir \
        --no-compile --no-deps --only-binary=:all: --require-hashes $from \
        --target /opt/labctl -r /build/requirements.txt; \
    rm -rf /opt/labctl/bin /opt/labctl/Crypto/SelfTest /opt/labctl/cffi /opt/labctl/pycparser
COPY labctl/app /opt/labctl/labctl/app
# Compiled once, as the root file system is read-only; unchecked, so that no start looks at sources.
RUN touch /opt/labctl/labctl/__init__.py \
    && chmod -R a+rX,go-w /opt/labctl \
    && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/labctl

FROM ${BASE}
COPY --from=build /opt/labctl /opt/labctl
ENV PYTHONPATH=/opt/labctl
# Imports everything once: proves that it can be, and compiles what the base left uncompiled.
RUN python3 -c "import importlib, pkgutil, labctl.app as app; \
[importlib.import_module(found.name) for found in pkgutil.iter_modules(app.__path__, 'labctl.app.')]"
ENV PYTHONDONTWRITEBYTECODE=1
USER 1000:1000
CMD ["python3", "-m", "labctl.app", "uploader"]
ARG RECIPE=by-hand
ARG RELEASE=unknown
LABEL labctl.image=${RECIPE} labctl.how=built labctl.release=${RELEASE}
