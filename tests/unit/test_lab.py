from typing import Any

import pytest
from pydantic import ValidationError

from labctl.labfile.lab import Bucket, Client, Folder, Generated, Lab, Minio, Ports, Step, Upload

MIB = 2**20
FILES = {"a": {"count": 3, "size": "1m"}}


def lab(**parts: Any) -> Lab:
    return Lab.model_validate({"files": FILES} | parts)


def told(**parts: Any) -> list[tuple[tuple[int | str, ...], str]]:
    with pytest.raises(ValidationError) as caught:
        lab(**parts)
    return [(each["loc"], each["msg"]) for each in caught.value.errors()]


def test_what_is_left_out() -> None:
    plain = lab()
    assert plain.minio.drive_sizes() == {"minio/data1": 200 * MIB}
    assert plain.minio.ports == Ports()
    assert plain.client.part_size == 5 * MIB
    assert plain.client.on_error == "continue"
    assert plain.steps == ()
    assert plain.files == {"a": Generated(count=3, size=MIB)}


def test_shorthands_mean_their_long_form() -> None:
    assert lab(bucket="some-name").bucket == Bucket(name="some-name")
    assert lab(client="minio-py").client == Client(recipe="minio-py")
    assert lab(minio={"ports": "auto"}).minio.ports == Ports()
    assert lab(expect={"accepted": "1m"}) == lab(expect={"accepted": {"min": "1m", "max": "1m"}})
    assert lab(expect={"refused": {"count": 3}}) == lab(
        expect={"refused": {"count": {"min": 3, "max": 3}}}
    )


@pytest.mark.parametrize(
    ("given", "groups"),
    [
        ("all", ()),
        ("a", ("a",)),
        (["a", "a"], ("a", "a")),
        ({}, ()),
        ({"groups": ["a"]}, ("a",)),
        ({"groups": "a"}, ("a",)),
        ({"groups": "all", "parallel": 2}, ()),
        ({"parallel": 2}, ()),
    ],
)
def test_what_an_upload_sends(given: Any, groups: tuple[str, ...]) -> None:
    assert lab(steps=[{"upload": given}]).steps[0].upload.groups == groups


def test_models_stand_for_what_they_were_read_from() -> None:
    built = Lab(
        minio=Minio(drives=2, override={"minio/data2": 50 * MIB}),
        files={"a": Generated(count=1, size=MIB), "b": Folder(dir="files")},
        steps=(Step(upload=Upload(groups=("b",))),),
    )
    written = built.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert Lab.model_validate(written) == built


def test_a_lab_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        lab().name = "other"  # type: ignore[misc]


def test_drive_sizes_take_overrides_under_both_names() -> None:
    minio = Minio(drives=3, size=2 * MIB, override={"minio1/data2": MIB, "minio/data3": 3 * MIB})
    assert minio.drive_sizes() == {
        "minio/data1": 2 * MIB,
        "minio/data2": MIB,
        "minio/data3": 3 * MIB,
    }


@pytest.mark.parametrize(
    "drive", ["minio/data0", "minio/data3", "minio2/data1", "data1", "minio/data01", "minio/data"]
)
def test_drives_that_are_not_there(drive: str) -> None:
    assert told(minio={"drives": 2, "override": {drive: "5m"}}) == [
        (
            ("minio", "override", drive),
            "there is no such drive; write minio/data1 to minio/data2",
        )
    ]


@pytest.mark.parametrize(("drives", "parity"), [(1, 0), (2, 1), (3, 1), (5, 2), (16, 8)])
def test_parity_that_minio_takes(drives: int, parity: int) -> None:
    assert lab(minio={"drives": drives, "parity": parity}).minio.parity == parity


@pytest.mark.parametrize(("drives", "parity"), [(1, 1), (3, 2), (5, 3), (4, 3)])
def test_parity_that_minio_refuses(drives: int, parity: int) -> None:
    [(place, message)] = told(minio={"drives": drives, "parity": parity})
    assert place == ("minio", "parity")
    assert message.endswith(f"write {drives // 2} or less")


@pytest.mark.parametrize("name", ["abc", "a.b", "a-b", "1.2.3", "a--b", "b" * 63, "0ab", "a.b.c"])
def test_bucket_names_that_minio_takes(name: str) -> None:
    assert Bucket(name=name).name == name


@pytest.mark.parametrize(
    "name",
    [
        "", "ab", "b" * 64, "Abc", "a_b", "-ab", "ab-", ".ab", "ab.", "a..b", "a.-b", "a-.b",
        "1.2.3.4", "999.1.1.1", "minio", "xn--abc", "abc-s3alias", "äbc", "abc\n", "a/b",
    ],
)  # fmt: skip
def test_bucket_names_that_minio_or_s3_refuses(name: str) -> None:
    [(place, message)] = told(bucket={"name": name})
    assert place == ("bucket", "name")
    assert repr(name) in message


@pytest.mark.parametrize("key", ["abc", "a=b", "a b", "a:b/c+d%", "a" * 128, 'a"b\\c', "a?b&c;d"])
def test_access_keys_that_work(key: str) -> None:
    assert lab(minio={"access_key": key}).minio.access_key == key


@pytest.mark.parametrize("key", ["ab", "a,b", "äbc", " abc", "abc ", "a\tb", "a" * 129, "a\x7fb"])
def test_access_keys_that_do_not_work(key: str) -> None:
    assert [place for place, _ in told(minio={"access_key": key})] == [("minio", "access_key")]


@pytest.mark.parametrize("key", ["12345678", "a=b,c=def", "pass word", 'p:a/s%s+w"o\\r', "ä" * 8])
def test_secret_keys_that_work(key: str) -> None:
    assert lab(minio={"secret_key": key}).minio.secret_key == key


@pytest.mark.parametrize("key", ["1234567", " 12345678", "12345678 ", "1234\n5678", "x" * 257])
def test_secret_keys_that_do_not_work_are_not_told(key: str) -> None:
    with pytest.raises(ValidationError) as caught:
        lab(minio={"secret_key": key})
    assert key not in str(caught.value)


def test_what_a_lab_shows_of_itself_has_no_secret() -> None:
    shown = repr(lab(minio={"secret_key": "hushhush", "env": {"MINIO_KMS_SECRET_KEY": "psst"}}))
    assert "hushhush" not in shown
    assert "psst" not in shown


@pytest.mark.parametrize("name", ["PATH", "minio_x", "LD_PRELOAD", "", "MINIO-A"])
def test_variables_that_are_not_for_minio(name: str) -> None:
    [(place, message)] = told(minio={"env": {name: "1"}})
    assert place == ("minio", "env", name)
    assert message == "is no variable of MinIO; write one that begins with MINIO_"


@pytest.mark.parametrize("name", ["MINIO_SCANNER_SPEED", "_MINIO_X", "GOMEMLIMIT"])
def test_variables_for_minio(name: str) -> None:
    assert lab(minio={"env": {name: "1"}}).minio.env == {name: "1"}


@pytest.mark.parametrize("key", ["MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"])
def test_the_login_is_set_in_one_place(key: str) -> None:
    [(_, message)] = told(minio={"env": {key: "some-value"}})
    assert message == "comes from access_key and secret_key; set those instead"


def test_own_images_and_recipes_exclude_each_other() -> None:
    assert lab(client={"image": "mine", "command": ["a"]}).client.command == ("a",)
    [(place, _)] = told(client={"recipe": "minio-py", "image": "mine"})
    assert place == ("client", "image")
    [(place, _)] = told(client={"command": ["a"]})
    assert place == ("client", "command")


@pytest.mark.parametrize("size", ["1m", "4MiB", "5MB", "6g"])
def test_parts_that_s3_refuses(size: str) -> None:
    [(place, _)] = told(client={"part_size": size})
    assert place == ("client", "part_size")


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"drives": True}, ("minio", "drives")), ({"drives": "2"}, ("minio", "drives")),
        ({"drives": 2.0}, ("minio", "drives")), ({"inodes": 63}, ("minio", "inodes")),
        ({"size": "1023k"}, ("minio", "size")), ({"size": 0}, ("minio", "size")),
        ({"override": {"minio/data1": "1k"}}, ("minio", "override", "minio/data1")),
        ({"ports": {"api": 1, "console": 1}}, ("minio", "ports", "console")),
        ({"ports": {"api": 65536}}, ("minio", "ports", "api")),
    ],
)  # fmt: skip
def test_servers_that_cannot_be(given: dict[str, Any], place: tuple[str, ...]) -> None:
    assert [each for each, _ in told(minio=given)] == [place]


def test_bounds_in_the_wrong_order() -> None:
    problems = told(
        expect={
            "accepted": {"min": "2m", "max": "1m"},
            "refused": {"count": {"min": 2, "max": 1}},
        }
    )
    assert [place for place, _ in problems] == [
        ("expect", "refused", "count", "max"),
        ("expect", "accepted", "max"),
    ]


def test_steps_are_numbered_depth_first() -> None:
    steps = [
        {
            "upload": "a",
            "meanwhile": [{"wait": "1s", "meanwhile": [{"probe": "all"}]}, {"quota": 1}],
        },
        {"verify": "all"},
    ]
    numbered = lab(steps=steps).numbered()
    assert {number: step.name for number, (_, step) in numbered.items()} == {
        1: "upload", 2: "wait", 3: "probe", 4: "quota", 5: "verify",
    }  # fmt: skip
    assert numbered[3][0] == ("steps", 0, "meanwhile", 0, "meanwhile", 0)
    assert numbered[5][0] == ("steps", 1)


def test_a_lab_without_steps_is_one_upload() -> None:
    assert lab().numbered() == {1: (("steps", 0), Step(upload=Upload()))}


@pytest.mark.parametrize("name", ["all", "", "a b", "-a", "ä", "a" * 42, "a/b"])
def test_names_that_no_group_can_have(name: str) -> None:
    [(place, message)] = told(files={name: {"count": 1, "size": 1}})
    assert place == ("files", name)
    assert message.startswith("is no group name")


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "a" * 41, "a.b", "a\n"])
def test_names_that_no_lab_can_have(name: str) -> None:
    assert [place for place, _ in told(name=name)] == [("name",)]
