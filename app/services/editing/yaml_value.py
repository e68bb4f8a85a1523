"""YAML value: other values at places of a YAML text; its comments, its order and its way of writing stay."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

import yaml

from app.services.editing.yaml_edit import end_of, pair_of, replaced

_WIDE = 10**6  # never fold a line
_QUOTES = ("'", '"')
Path = tuple[str | int, ...]


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
