"""The engine must be, after all tests, as it was before them."""

import docker
import pytest
from docker.errors import DockerException

_BEFORE = pytest.StashKey[frozenset[str]]()


def _held() -> frozenset[str]:
    try:
        client = docker.from_env()
    except DockerException:
        return frozenset()
    with client.api as api:
        containers = {f"container {found['Id'][:12]}" for found in api.containers(all=True)}
        networks = {f"network {found['Name']}" for found in api.networks()}
        volumes = {f"volume {found['Name']}" for found in api.volumes()["Volumes"] or ()}
    return frozenset(containers | networks | volumes)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin each worker's share with a lab that waits, so that those wait side by side."""
    waiting = [item for item in items if item.get_closest_marker("waits")]
    others = [item for item in items if not item.get_closest_marker("waits")]
    share = -(-len(others) // max(len(waiting), 1))
    items[:] = [
        item
        for number in range(max(len(waiting), 1))
        for item in (
            *waiting[number : number + 1],
            *others[number * share : (number + 1) * share],
        )
    ]


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Note what the engine holds; workers of pytest-xdist leave that to their controller."""
    if not hasattr(session.config, "workerinput"):
        session.config.stash[_BEFORE] = _held()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where anything came and stayed, or went."""
    if hasattr(session.config, "workerinput"):
        return
    changed = sorted(session.config.stash[_BEFORE] ^ _held())
    if changed:
        print(f"\nthe engine is not as it was before the tests: {', '.join(changed)}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
