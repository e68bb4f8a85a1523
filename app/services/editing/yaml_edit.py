"""YAML edit: changing one entry of a YAML text and leaving the rest, comments and all, as it stands."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

import yaml

_WIDE = 10**6  # never fold a line


def step_of(text: str, step: str) -> dict[str, list[str]]:
    """The words of a step: field -> its variants. Empty where the text has none. Raises yaml.YAMLError."""
    said = _steps(text).get(step) or {}
    return {field: [texts] if isinstance(texts, str) else list(texts) for field, texts in said.items()}


@lru_cache(maxsize=8)
def _steps(text: str) -> dict:
    return (yaml.load(text, Loader=yaml.CBaseLoader) or {}).get("steps") or {}


def with_step(text: str, step: str, fields: Mapping[str, list[str]]) -> str:
    """The text with these words for a step; fields without a variant, and a step without a field, are left out."""
    said = {field: texts[0] if len(texts) == 1 else texts for field, texts in fields.items() if texts}
    block = _indented(_dumped({step: said}), 2) if said else ""
    steps = _value_of(yaml.compose(text, Loader=yaml.BaseLoader), "steps")
    found = pair_of(steps, step)
    if found:
        return replaced(text, found[0].start_mark.line, end_of(found[1]), block)
    if not block:
        return text
    if not steps.value:  # `steps: {}`
        head = text.splitlines(keepends=True)[: steps.start_mark.line]
        return "".join(head) + "steps:\n" + block
    last = end_of(steps.value[-1][1])
    return replaced(text, last, last, block)


def with_entry(text: str, place: int, entry: Mapping | None) -> str:
    """A list's text with another entry at this place (from 0; the length: one more at the end); None: without it."""
    items = yaml.compose(text, Loader=yaml.BaseLoader).value
    block = _dumped([dict(entry)]) if entry is not None else ""
    if place >= len(items):
        return text.rstrip("\n") + "\n" + block
    return replaced(text, items[place].start_mark.line, end_of(items[place]), block)


def with_name(text: str, before: str, after: str, *, key: str = "") -> str:
    """The text in which each value `before` reads `after`; with `key`, only what stands behind it."""
    spots = [
        (value.start_mark.index, value.end_mark.index)
        for name, value in _pairs(yaml.compose(text, Loader=yaml.BaseLoader))
        if isinstance(value, yaml.ScalarNode) and value.value == before and name.value in (key or name.value,)
    ]
    written = yaml.safe_dump([after], default_flow_style=True, allow_unicode=True, width=_WIDE).strip()[1:-1]
    for start, end in sorted(spots, reverse=True):
        text = text[:start] + written + text[end:]
    return text


def line_of_entry(text: str, place: int) -> int:
    """The line (from 1) on which an entry of a list begins (`place` from 1); 0: there is none."""
    items = yaml.compose(text, Loader=yaml.BaseLoader).value
    return items[place - 1].start_mark.line + 1 if isinstance(items, list) and 0 < place <= len(items) else 0


def _dumped(data) -> str:
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDE)


class _Dumper(yaml.SafeDumper):
    """Lists of words on one line, as people write them here; variants of a step one below the other."""


def _sequence(dumper: yaml.SafeDumper, items: list) -> yaml.Node:
    short = all(isinstance(item, str) and len(item) <= 12 for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=short)


_Dumper.add_representer(list, _sequence)


def _indented(block: str, spaces: int) -> str:
    return "".join(" " * spaces + line for line in block.splitlines(keepends=True))


def _pairs(node: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """Every key with its value, at any depth."""
    for child in node.value if isinstance(node, yaml.CollectionNode) else ():
        if isinstance(child, tuple):
            yield child
        yield from _pairs(child[1] if isinstance(child, tuple) else child)


def _value_of(node: yaml.Node, key: str) -> yaml.Node:
    found = pair_of(node, key)
    if not found:
        raise yaml.YAMLError(f"there is no `{key}:`")
    return found[1]


def pair_of(node: yaml.Node, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    """A key of a mapping and its value; None where it has none, or is no mapping."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((pair for pair in pairs if pair[0].value == key), None)


def end_of(node: yaml.Node) -> int:
    """The first line (from 0) after a value; what stands there is a comment or the next key."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return end_of(last[1] if isinstance(last, tuple) else last)
    return node.end_mark.line + (1 if node.end_mark.column or node.end_mark.line == node.start_mark.line else 0)


def replaced(text: str, start: int, end: int, block: str) -> str:
    """The text with another block in the place of the lines from `start` to before `end` (from 0)."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return "".join(lines[:start]) + block + "".join(lines[end:])
