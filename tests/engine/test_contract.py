"""What every engine does alike: volumes, networks, containers and their ports."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from labctl.engine.base import Engine
from labctl.errors import (
    Conflict,
    EngineError,
    EngineTimeout,
    NoImage,
    NotFound,
    NotOurs,
    PortTaken,
)
from labctl.resources import (
    Health,
    HealthCheck,
    Mount,
    Network,
    Port,
    SeenContainer,
    SeenNetwork,
    SeenVolume,
    State,
    Volume,
)
from tests.engine.lab import WAITS, Lab

Eventually = Callable[[Callable[[], bool]], None]


def test_observes_all_three_kinds_with_their_labels(engine: Engine, lab: Lab, image: str) -> None:
    assert not engine.observe(lab.name)
    volume, network = lab.volume(size=2**20), lab.network()
    name = lab.container(image, network=network.name, mounts=(Mount(volume.name, "/data"),))
    seen = engine.observe(lab.name)
    wanted = {name: "main", network.name: "net", volume.name: "volume"}
    assert [found.name for found in seen.everything()] == list(wanted)
    for found in seen.everything():
        # A container takes over its image's labels as well.
        assert lab.labels(wanted[found.name]).items() <= found.labels.items()
    container = seen.containers[0]
    assert (container.state, container.image, container.exit_code) == (State.CREATED, image, None)
    assert container.created == pytest.approx(time.time(), abs=60)


def test_observes_one_lab_or_all(engine: Engine, lab: Lab) -> None:
    lab.network()
    assert not engine.observe(f"{lab.name}-other")
    assert lab.name in engine.observe().labs()
    assert engine.observe().of_lab(lab.name) == engine.observe(lab.name)


def test_a_containers_name_goes_to_one_taker(engine: Engine, lab: Lab, image: str) -> None:
    def take(number: int) -> bool:
        try:
            lab.container(image, labels=lab.labels("main", taker=str(number)))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(8)))
    assert taken.count(True) == 1
    assert lab.listed(lab.named("main")).labels["taker"] == str(taken.index(True))


def test_a_networks_name_is_no_lock(engine: Engine, lab: Lab) -> None:
    lab.network()
    expected = 2
    try:
        lab.network()
    except Conflict:  # Docker from 25 on
        expected = 1
    seen = engine.observe(lab.name).networks
    assert [network.name for network in seen] == [lab.named("net")] * expected
    engine.remove(seen[0])
    assert engine.observe(lab.name).networks == seen[1:]


def test_a_volume_that_exists_is_left_as_it_is(engine: Engine, lab: Lab) -> None:
    lab.volume(size=2**20)
    engine.create(Volume(lab.named("volume"), lab.labels("volume"), size=2**20))
    with pytest.raises(NotOurs, match="is there and is not labctl's") as caught:
        engine.create(Volume(lab.named("volume"), lab.labels("another"), size=2**21))
    assert f"docker volume rm {lab.named('volume')}" in caught.value.hint
    assert caught.value.exit_code == 3
    [volume] = engine.observe(lab.name).volumes
    assert dict(volume.labels) == lab.labels("volume")


def test_starting_stopping_and_removing_may_be_repeated(
    engine: Engine, lab: Lab, image: str, eventually: Eventually
) -> None:
    volume, network = lab.volume(), lab.network()
    name = lab.container(image, WAITS, network=network.name, mounts=(Mount(volume.name, "/data"),))
    engine.stop(name, 1)
    assert lab.listed(name).state is State.CREATED
    engine.start(name)
    engine.start(name)
    eventually(lambda: [line.text for line in engine.logs(name)] == ["up"])
    assert lab.listed(name).state is State.RUNNING
    engine.stop(name, 10)
    engine.stop(name, 10)
    assert engine.wait(name, 5) == 0
    everything = engine.observe(lab.name).everything()
    assert len(everything) == 3
    for seen in (*everything, *everything):
        engine.remove(seen)
    assert not engine.observe(lab.name)


def test_what_never_was_is_removed_without_an_error(engine: Engine, lab: Lab) -> None:
    name = lab.named("nothing")
    engine.remove(SeenVolume(name, name, {}))
    engine.remove(SeenNetwork("0" * 64, name, {}))
    engine.remove(SeenContainer("0" * 64, name, {}, State.EXITED, "none"))


def test_a_running_container_its_network_and_volume_are_removed_side_by_side(
    engine: Engine, lab: Lab, image: str
) -> None:
    volume, network = lab.volume(), lab.network()
    lab.run(image, WAITS, network=network.name, mounts=(Mount(volume.name, "/data"),))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(engine.remove, engine.observe(lab.name).everything()))
    assert not engine.observe(lab.name)


def test_a_container_is_removed_by_several_at_once(engine: Engine, lab: Lab, image: str) -> None:
    lab.run(image, WAITS)
    [seen] = engine.observe(lab.name).containers
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(engine.remove, [seen] * 4))
    assert not engine.observe(lab.name)


def test_a_container_that_ended_starts_again(engine: Engine, lab: Lab, image: str) -> None:
    name = lab.run(image, "print('once')")
    assert engine.wait(name, 20) == 0
    engine.start(name)
    assert engine.wait(name, 20) == 0
    assert [line.text for line in engine.logs(name)] == ["once", "once"]


def test_a_container_that_will_not_stop_is_killed(
    engine: Engine, lab: Lab, image: str, eventually: Eventually
) -> None:
    code = "import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True)\n"
    name = lab.run(image, code + "while True: signal.pause()")
    eventually(lambda: bool(list(engine.logs(name))))
    engine.stop(name, 0.1)
    assert engine.wait(name, 5) == 137


@pytest.mark.parametrize(
    "call",
    [
        lambda engine, name: engine.inspect(name),
        lambda engine, name: engine.start(name),
        lambda engine, name: engine.stop(name, 1),
        lambda engine, name: engine.exec(name, ("python3", "-c", "")),
        lambda engine, name: engine.logs(name),
        lambda engine, name: engine.wait(name, 1),
        lambda engine, name: engine.put(name, "/data", []),
        lambda engine, name: engine.reach(name, 9000),
        lambda engine, name: engine.environment(name),
        lambda engine, name: engine.limit_memory(name, 64 * 2**20),
    ],
    ids=[
        "inspect", "start", "stop", "exec", "logs", "wait", "put", "reach", "environment",
        "limit_memory",
    ],
)  # fmt: skip
def test_a_container_that_is_not_there_is_not_found(
    engine: Engine, call: Callable[[Engine, str], object]
) -> None:
    with pytest.raises(NotFound):
        call(engine, "labctl-test-never-made")


def test_a_container_of_an_image_that_is_not_there(engine: Engine, lab: Lab) -> None:
    with pytest.raises(NoImage):
        lab.container("labctl-test/never-made:1")


def test_a_container_on_a_network_that_is_not_there(engine: Engine, lab: Lab, image: str) -> None:
    with pytest.raises(NotFound):
        lab.run(image, network="labctl-test-never-made")


def test_a_container_shares_the_address_of_another(engine: Engine, lab: Lab, image: str) -> None:
    network = lab.network()
    shared = lab.run(image, WAITS, network=network.name, aliases=("shared",))
    name = lab.run(image, "print('done')", "beside", network=network.name, shares=shared)
    assert engine.wait(name, 20) == 0


def test_no_container_shares_the_address_of_one_that_has_ended(
    engine: Engine, lab: Lab, image: str
) -> None:
    network = lab.network()
    shared = lab.run(image, network=network.name)
    engine.wait(shared, 20)
    with pytest.raises(EngineError, match="non running container"):
        lab.run(image, WAITS, "beside", network=network.name, shares=shared)


def test_tells_how_a_container_ended(engine: Engine, lab: Lab, image: str) -> None:
    name = lab.run(image, "raise SystemExit(3)")
    assert engine.wait(name, 20) == 3
    assert engine.wait(name, 20) == 3
    for seen in (lab.listed(name), engine.inspect(name)):
        assert (seen.state, seen.exit_code, seen.oom_killed) == (State.EXITED, 3, False)
        assert (seen.name, seen.role, seen.started) == (name, "main", True)


def test_waiting_ends_in_time(engine: Engine, lab: Lab, image: str) -> None:
    made, runs = lab.container(image), lab.run(image, WAITS, "runs")
    for name in (made, runs):
        began = time.monotonic()
        with pytest.raises(EngineTimeout, match=name):
            engine.wait(name, 0.3)
        assert time.monotonic() - began < 5


def test_waits_for_a_container_that_is_yet_to_start(engine: Engine, lab: Lab, image: str) -> None:
    name = lab.container(image, "raise SystemExit(4)")
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(engine.wait, name, 20)
        engine.start(name)
        assert ended.result() == 4


def test_a_port_is_picked_and_told(engine: Engine, lab: Lab, image: str) -> None:
    network = lab.network().name
    asked = (Port(9000), Port(9001))
    names = [lab.run(image, WAITS, role, network=network, ports=asked) for role in ("a", "b")]
    picked = []
    for name in names:
        listed, inspected = lab.listed(name), engine.inspect(name)
        assert listed.ports == inspected.ports
        assert set(listed.ports) == {9000, 9001}
        assert engine.reach(name, 9000) in (None, f"127.0.0.1:{listed.ports[9000]}")
        assert engine.reach(name, 80) is None
        picked += listed.ports.values()
    assert len(set(picked)) == 4
    assert all(20_000 <= port <= 32_000 for port in picked)


def test_a_port_that_a_container_has_is_taken(engine: Engine, lab: Lab, image: str) -> None:
    network = lab.network().name
    holder = lab.run(image, WAITS, "holder", network=network, ports=(Port(9000),))
    port = lab.listed(holder).ports[9000]
    name = lab.container(image, WAITS, network=network, ports=(Port(80, port),))
    assert engine.inspect(name).ports == {80: port}
    with pytest.raises(PortTaken, match=f"{port} .*{holder}") as caught:
        engine.start(name)
    assert caught.value.port == port
    assert "minio.ports=auto" in caught.value.hint
    assert engine.inspect(name).state is State.CREATED
    engine.remove(lab.listed(holder))
    engine.start(name)
    assert lab.listed(name).ports == {80: port}


def test_tells_a_containers_health(
    engine: Engine, lab: Lab, image: str, eventually: Eventually
) -> None:
    check = HealthCheck(("python3", "-c", "pass"), interval=0.3)
    checked = lab.run(image, WAITS, health=check)
    plain = lab.run(image, WAITS, "plain")
    eventually(lambda: engine.inspect(checked).health is Health.HEALTHY)
    assert lab.listed(checked).health is Health.HEALTHY
    assert lab.listed(plain).health is engine.inspect(plain).health is Health.NONE


def test_tells_the_environment(engine: Engine, lab: Lab, image: str) -> None:
    env = {"PLAIN": "value", "ODD": "a=b c\td", "EMPTY": ""}
    name = lab.container(image, env=env)
    assert env.items() <= engine.environment(name).items()


def test_a_memory_limit_is_changed_running_or_not(engine: Engine, lab: Lab, image: str) -> None:
    made, runs = lab.container(image, WAITS, "made"), lab.run(image, WAITS, "runs")
    for name, state in ((made, State.CREATED), (runs, State.RUNNING)):
        for memory in (512 * 2**20, 128 * 2**20):
            engine.limit_memory(name, memory)
        assert engine.inspect(name).state is state
    engine.start(made)
    engine.stop(runs, 10)
    engine.limit_memory(runs, 64 * 2**20)
    assert lab.listed(made).state is State.RUNNING
    assert engine.inspect(runs).oom_killed is False


def test_tells_about_its_machine(engine: Engine, image: str) -> None:
    info = engine.describe()
    assert info.memory > 0
    assert info.cpus > 0
    assert info.architecture in ("amd64", "arm64", "arm")
    assert all((info.kind, info.version, info.api_version, info.kernel, info.operating_system))
    assert 0 < engine.memory_available(image) <= info.memory


def test_many_threads_use_one_engine(engine: Engine, lab: Lab, image: str) -> None:
    network = lab.network().name

    def live(number: int) -> int:
        name = lab.container(image, f"raise SystemExit({number})", str(number), network=network)
        engine.start(name)
        code = engine.wait(name, 60)
        engine.remove(engine.inspect(name))
        return code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(live, range(8))) == list(range(8))
    assert engine.observe(lab.name).containers == ()


def test_a_lab_of_one_kind_alone_is_something(engine: Engine, lab: Lab) -> None:
    engine.create(Network(lab.named("net"), lab.labels("net")))
    assert engine.observe(lab.name)
