"""NOTICE names everything that others made, with its licence: models, packages, sounds."""

import importlib.metadata
import re
from pathlib import Path

import pytest

from speech_models.catalogue import read_catalogue

ROOT = Path(__file__).parent.parent
SHIPPED = ("app", "ivr", "speech_models", "tests", "training", "docs")
FETCHED = ROOT / "speech_models" / "weights"
LINE = re.compile(r"^  (\S+): (.+)$", re.MULTILINE)
REQUIREMENT = re.compile(r"^([A-Za-z0-9][\w.-]*)", re.MULTILINE)
COPYLEFT = re.compile(r"\b[AL]?GPL|\bMPL|Mozilla|GNU|EUPL|CC-BY-(SA|NC)", re.IGNORECASE)


def named(notice: str) -> dict[str, str]:
    """What a notice names: thing -> its licence and what is remarked on it."""
    return dict(LINE.findall(notice))


def requirements(file: str) -> list[str]:
    return [name.lower() for name in REQUIREMENT.findall((ROOT / file).read_text(encoding="utf-8"))]


def missing(notice: str) -> list[str]:
    """What the catalogue and the requirements have and a notice does not name with its licence."""
    there = named(notice)
    models = [m.name for m in read_catalogue().values() if not there.get(m.name, "").startswith(m.licence)]
    wanted = [*requirements("requirements.in"), *requirements("requirements-dev.in")]
    return [*models, *(name for name in wanted if name not in there)]


def metadata(name: str) -> importlib.metadata.PackageMetadata | None:
    try:
        return importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:  # of another system
        return None


@pytest.fixture(scope="module")
def notice() -> str:
    return (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_every_model_and_every_requirement_is_named_with_its_licence(notice):
    assert missing(notice) == []


@pytest.mark.parametrize("name", ["whisper-base", "sherpa-onnx-telespeech-ctc-int8-zh-2024-06-04", "fpdf2", "pytest"])
def test_a_notice_that_lacks_one_would_be_found(notice, name):
    assert missing(notice.replace(f"  {name}: ", "  something: ")) == [name]
    assert missing(notice.replace(f"  {name}: ", f"  {name}\n  ")) == [name]


def test_a_model_with_another_licence_than_the_catalogues_would_be_found(notice):
    assert missing(notice.replace("whisper-base: MIT", "whisper-base: Apache-2.0")) == ["whisper-base"]


@pytest.mark.parametrize("name", requirements("requirements.in"))
def test_a_packages_licence_is_the_one_it_declares(notice, name):
    if declared := (metadata(name) or {}).get("License-Expression"):
        assert named(notice)[name].split(";")[0] == declared


def test_a_package_that_comes_with_others_is_named_where_its_licence_binds_more(notice):
    there = named(notice)
    binding = []
    for name in {*requirements("requirements.txt"), *requirements("requirements-dev.txt")}:
        about = metadata(name) or {}
        classifiers = [line for line in about.get_all("Classifier", []) if "License" in line] if about else []
        said = " ".join([about.get("License-Expression") or "", (about.get("License") or "")[:100], *classifiers])
        if COPYLEFT.search(said):
            binding.append(name)
    assert {"certifi", "psycopg", "fpdf2"} <= set(binding)
    assert [name for name in binding if not COPYLEFT.search(there.get(name, ""))] == []


def test_every_sound_picture_and_weight_in_the_tree_is_named(notice):
    found = [path for folder in SHIPPED for path in (ROOT / folder).rglob("*") if path.is_file()]
    ours = [path for path in found if FETCHED not in path.parents and "__pycache__" not in path.parts]
    binary = [path.relative_to(ROOT).as_posix() for path in ours if b"\0" in path.read_bytes()]
    assert len(binary) > 100
    assert [path for path in binary if not any(path.startswith(name) for name in named(notice))] == []


def test_what_the_notice_names_of_this_tree_is_there(notice):
    paths = [name for name in named(notice) if name.split("/")[0] in SHIPPED]
    assert len(paths) > 5
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_licence_is_the_whole_apache_licence():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text == (ROOT / "speech_models/voices/LICENSE-Apache-2.0.txt").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
