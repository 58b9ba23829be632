"""What every engine does alike: images."""

import time
import uuid
from pathlib import Path

import pytest

from labctl.engine.base import Engine
from labctl.errors import EngineError, NoImage


def test_finds_tags_and_untags_images(engine: Engine, image: str) -> None:
    tag = f"labctl-test/{uuid.uuid4().hex[:12]}:1"
    assert engine.find_image(tag) is None
    engine.tag_image(image, tag)
    found, original = engine.find_image(tag), engine.find_image(image)
    assert found == original
    assert found is not None
    assert {image, tag} <= set(found.tags)
    assert engine.find_image(found.id) == found
    assert found.size > 0
    engine.remove_image(tag)
    engine.remove_image(tag)
    assert engine.find_image(tag) is None
    assert engine.find_image(image) is not None


def test_an_image_that_is_not_there_gets_no_tag(engine: Engine) -> None:
    with pytest.raises(NoImage):
        engine.tag_image("labctl-test/never-made:1", "labctl-test/other:1")


def test_an_image_that_cannot_be_pulled_is_told_soon(engine: Engine) -> None:
    began = time.monotonic()
    with pytest.raises(EngineError, match="registry"):
        list(engine.pull_image("registry.invalid/labctl/none:1"))
    assert time.monotonic() - began < 10


def test_builds_with_arguments_and_labels(engine: Engine, image: str, tmp_path: Path) -> None:
    tag = f"labctl-test/{uuid.uuid4().hex[:12]}:1"
    (tmp_path / "file").write_text("content")
    (tmp_path / "Recipe").write_text(
        f"FROM {image}\nARG HASH\nLABEL labctl.image=${{HASH}} other='two words'\nCOPY file /file\n"
    )
    try:
        output = list(engine.build_image(tmp_path, "Recipe", tag, {"HASH": "abc"}))
        found = engine.find_image(tag)
        assert found is not None
        assert found.labels.items() >= {"labctl.image": "abc", "other": "two words"}.items()
        assert found in engine.list_images()
        assert any(line.startswith("Step 1/") for line in output)
    finally:
        engine.remove_image(tag)
