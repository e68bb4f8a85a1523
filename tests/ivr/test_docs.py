"""The pages on flows and words name everything there is."""

from pathlib import Path

import pytest

from ivr.document import Map, read
from ivr.flow import FOLDER
from ivr.step import read_step
from ivr.steps import KINDS
from ivr.words import PLACEHOLDERS

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_every_kind_of_step_and_every_flow_is_documented():
    page = (DOCS / "flows.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"| `{kind}` |" not in page] == []
    assert [path.name for path in FOLDER.glob("*.yaml") if f"ivr/flows/{path.name}" not in page] == []


def test_every_placeholder_is_documented():
    page = (DOCS / "words.zh.md").read_text(encoding="utf-8")
    assert [name for name in [*PLACEHOLDERS, "keys"] if f"{{{name}}}" not in page] == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_in_a_step_s_docstring_is_a_step_of_that_kind(kind, tmp_path):
    example = KINDS[kind].__doc__.split("\n\n")[-1]
    (tmp_path / "example.yaml").write_text(example, encoding="utf-8")
    (name, data), *rest = read(tmp_path / "example.yaml").items()
    assert not rest
    assert isinstance(data, Map)
    assert data["do"] == kind
    assert type(read_step(name, data, KINDS, "example.yaml", 1)) is KINDS[kind]
