"""Every kind of event that the code records has a sentence of its own in the story of a case."""

import ast
from pathlib import Path

import pytest

from app.console.cases.story import _STORY, told
from app.models import CaseEvent

SERVICES = Path(__file__).parents[2] / "app" / "services"
WRITERS = {"record": 2, "_move": 2, "_record_both": 3}  # what writes an event -> which of its arguments is the kind


def recorded():
    """The kinds that the services write; of a kind that was put into a variable, everything it may be."""
    kinds = set()
    for file in SERVICES.rglob("*.py"):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                kinds |= _of(function)
    return kinds


def _of(within):
    chosen = {
        assigned.targets[0].id: assigned.value
        for assigned in ast.walk(within)
        if isinstance(assigned, ast.Assign) and isinstance(assigned.targets[0], ast.Name)
    }
    kinds = set()
    for call in ast.walk(within):
        function = getattr(call, "func", None)
        place = WRITERS.get(getattr(function, "id", getattr(function, "attr", "")))
        if place and len(call.args) > place:
            kind = call.args[place]
            kind = chosen.get(kind.id, kind) if isinstance(kind, ast.Name) else kind
            parts = (kind.body, kind.orelse) if isinstance(kind, ast.IfExp) else (kind,)
            kinds |= {part.value for part in parts if isinstance(part, ast.Constant)}
    return kinds


def test_every_kind_that_is_recorded_is_told():
    kinds = recorded()
    assert {"received", "decided", "joined", "parted", "not_same", "extended", "call_tried", "closed"} <= kinds
    assert not {kind for kind in _STORY if kind not in kinds}, "told, but never written"
    assert kinds <= set(_STORY)


@pytest.mark.parametrize("kind", sorted(_STORY))
def test_a_kind_reads_as_a_sentence_even_where_its_data_says_nothing(kind):
    it = told(CaseEvent(kind=kind, by="hotline", data={}))
    assert it.who == "热线"
    assert it.sentence.endswith("。")
    assert "None" not in it.sentence
    assert kind not in it.sentence
