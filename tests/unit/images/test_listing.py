"""What `labctl images` shows and removes."""

from labctl import labels
from labctl.engine.base import SeenImage
from labctl.images.listing import ABSENT, remove_all, wanted
from labctl.images.minio import RECIPES, recipe_hash
from tests.unit.images.store import BUILT_MINIO, MINIO, Store


class TestListing:
    def test_wanted_tells_how_it_stands(self) -> None:
        store = Store()
        store.hold(BUILT_MINIO, {labels.IMAGE: recipe_hash(RECIPES[0]), labels.HOW: "built"})
        minio, application = wanted(store)
        assert (minio.reference, minio.tag, minio.how, minio.size) == (
            MINIO,
            BUILT_MINIO,
            "built",
            7,
        )
        assert (application.how, application.tag) == (ABSENT, "")

    def test_only_what_labctl_built_is_removed(self) -> None:
        store, ours = Store(), {labels.IMAGE: "r", labels.HOW: "built"}
        store.hold("labctl/python:3.11-bookworm", ours, created=1.0)
        store.hold("labctl/app:1-2", ours, created=2.0)
        store.hold("mine/derived:1", ours, created=3.0)
        stage = SeenImage("sha256:stage", (), ours, "amd64", 1, 4.0)
        store.images["sha256:stage"] = stage
        store.hold(MINIO)
        store.hold("other:1")
        rows = {row.image: row for row in remove_all(store)}
        assert store.did("remove") == [
            "sha256:stage",
            "labctl/app:1-2",
            "labctl/python:3.11-bookworm",
        ]
        assert rows["mine/derived:1"].reason == "it has a name of its own"
        assert not rows[MINIO].removed
        assert set(store.images) == {"mine/derived:1", MINIO, "other:1"}

    def test_an_image_in_use_is_kept_and_told(self) -> None:
        store = Store()
        store.hold("labctl/app:1-2", {labels.IMAGE: "r"})
        store.refuses_removal = "labctl/app:1-2"
        [row] = remove_all(store)
        assert (row.removed, row.reason) == (False, "a container uses it")
