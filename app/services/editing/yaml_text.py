"""YAML text: changing one entry or one value of a YAML text; the rest, comments, order and all, stays as it stands."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

import yaml

_QUOTES = ("'", '"')
Path = tuple[str | int, ...]

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


class Plain(str):
    """A text that is written without quotes, whatever YAML takes it for: a number, a day, yes."""


def read_value(text: str) -> object:
    """What a text says, every scalar as a str. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=yaml.CBaseLoader)


def value_at(read: object, path: Path) -> object:
    """What stands at a place (keys of mappings, numbers of entries from 0); None: nothing does."""
    for key in path:
        if isinstance(read, Mapping):
            read = read.get(key)
        else:
            read = read[key] if isinstance(read, list) and isinstance(key, int) and key < len(read) else None
    return read


def with_value(text: str, path: Path, value: object) -> str:
    """The text with this value at a place: a str, a list, a mapping, or None: without the key.

    The last key may be new to its mapping. Of a list only those entries change that do. Raises yaml.YAMLError where
    the place cannot be.
    """
    node, inside = yaml.compose(text, Loader=yaml.BaseLoader), path
    while inside:
        key, *inside = inside
        holder, node = node, _below(node, key)
        if node is None:
            if inside or not isinstance(holder, yaml.MappingNode):
                raise yaml.YAMLError(f"there is no place for {'/'.join(map(str, path))}")
            return text if value is None else _with_key(text, holder, str(key), value)
    if value is None:
        name, old = pair_of(holder, path[-1])
        return replaced(text, name.start_mark.line, end_of(old), "")
    if isinstance(node, yaml.SequenceNode) and isinstance(value, list) and node.value:
        return _with_items(text, node, value)
    return _cut(text, node, _written(value, node.style if isinstance(node, yaml.ScalarNode) else None))


def _below(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode):
        return node.value[key] if isinstance(key, int) and key < len(node.value) else None
    found = pair_of(node, key)
    return found[1] if found else None


def _cut(text: str, node: yaml.Node, written: str) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    if start == end:  # `key:` with nothing behind it
        written = f" {written}"
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        written += "\n"
    return text[:start] + written + text[end:]


def _with_key(text: str, node: yaml.MappingNode, key: str, value: object) -> str:
    line = f"{_written(key)}: {_written(value)}"
    if node.flow_style:
        at = node.end_mark.index - 1
        return text[:at] + (", " if node.value else "") + line + text[at:]
    last = end_of(node.value[-1][1])
    return replaced(text, last, last, f"{' ' * node.start_mark.column}{line}\n")


def _with_items(text: str, node: yaml.SequenceNode, values: Sequence) -> str:
    """Entries that stay keep their writing, and what stands beside and below them."""
    before = [_plain_value(item) for item in node.value]
    after = [dict(value) if isinstance(value, Mapping) else str(value) for value in values]
    same = SequenceMatcher(a=list(map(repr, before)), b=list(map(repr, after)), autojunk=False)
    style = next((i.style for i in node.value if isinstance(i, yaml.ScalarNode) and i.style in _QUOTES), None)
    if node.flow_style:
        kept = [text[item.start_mark.index : item.end_mark.index] for item in node.value]
        items = []
        for kind, a, b, c, d in same.get_opcodes():
            items += kept[a:b] if kind == "equal" else [_written(value, style) for value in values[c:d]]
        return _cut(text, node, f"[{', '.join(items)}]")
    indent = " " * node.start_mark.column
    if not values:
        return replaced(text, node.value[0].start_mark.line, end_of(node), f"{indent}  []\n")
    for kind, a, b, c, d in reversed(same.get_opcodes()):
        if kind == "equal":
            continue
        block = "".join(f"{indent}- {_written(value, style)}\n" for value in values[c:d])
        start = node.value[a].start_mark.line if a < len(before) else end_of(node)
        text = replaced(text, start, end_of(node.value[b - 1]) if b > a else start, block)
    return text


def _plain_value(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain_value(value) for key, value in node.value}
    return [_plain_value(item) for item in node.value] if isinstance(node, yaml.SequenceNode) else node.value


def _written(value: object, style: str | None = None) -> str:
    """A value on one line, so that it can stand anywhere."""
    if isinstance(value, Plain):
        return str(value)
    return yaml.serialize(
        yaml.SequenceNode("tag:yaml.org,2002:seq", [_node(value, style)], flow_style=True),
        Dumper=yaml.SafeDumper, allow_unicode=True, width=_WIDE,
    ).strip()[1:-1]  # fmt: skip


def _node(value: object, style: str | None) -> yaml.Node:
    if isinstance(value, Mapping):
        pairs = [(_node(key, None), _node(each, style)) for key, each in value.items()]
        return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=True)
    if isinstance(value, list):
        return yaml.SequenceNode("tag:yaml.org,2002:seq", [_node(each, style) for each in value], flow_style=True)
    if isinstance(value, Plain):
        tag = yaml.SafeLoader("").resolve(yaml.ScalarNode, str(value), (True, False))
        return yaml.ScalarNode(tag, str(value))
    return yaml.ScalarNode("tag:yaml.org,2002:str", str(value), style=style if style in _QUOTES else None)
