"""A YAML file read as text: every scalar stays what was typed (`on`, `yes`, `012`), every key keeps its line."""

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import yaml


class FlowError(Exception):
    """A flow or words file cannot work: `file`, `line` (from 1; 0 where no line is to blame) and one sentence."""

    def __init__(self, sentence: str, file: str | Path = "", line: int = 0):
        super().__init__(f"{file}:{line}: {sentence}" if file else sentence)
        self.sentence = sentence
        self.file = str(file)
        self.line = line


class Map(dict):
    """A mapping that knows its line and the line of each key."""

    def __init__(self, line: int):
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


@dataclass(frozen=True)
class Sheet:
    """A file that is not on the disk: what staff wrote in its place. Read as a Path is."""

    name: str
    text: str

    @property
    def stem(self) -> str:
        return PurePath(self.name).stem

    def read_text(self, encoding: str = "utf-8") -> str:
        return self.text

    def __str__(self) -> str:
        return self.name


def read(path: Path | Sheet) -> Map:
    """The mapping in a YAML file. Raises FlowError for a missing file, bad YAML, duplicate keys or no mapping."""
    try:
        node = _composed(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FlowError(f"The file cannot be read: {error.strerror}.", path) from error
    except UnicodeDecodeError as error:
        raise FlowError("The file is not UTF-8 text.", path) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise FlowError(f"This is not YAML: {error.problem}.", path, line) from error
    except yaml.YAMLError as error:
        raise FlowError(f"This is not YAML: {error}.", path) from error
    if not isinstance(node, yaml.MappingNode):
        raise FlowError("The file must hold a mapping, `name: value` lines.", path, 1)
    return _value(node, path, ())


def _composed(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.CBaseLoader)  # ten times as fast: a service reads 36 files as it starts
    except yaml.YAMLError:
        return yaml.compose(text, Loader=yaml.BaseLoader)  # says better what is wrong


def _value(node: yaml.Node, path: Path | Sheet, above: tuple[yaml.Node, ...]) -> Any:
    if any(node is upper for upper in above):
        raise FlowError("An alias names something that it is part of.", path, node.start_mark.line + 1)
    above = (*above, node)
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, path, above) for item in node.value]
    mapping = Map(node.start_mark.line + 1)
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise FlowError("A key must be plain text.", path, line)
        if key_node.value in mapping:
            raise FlowError(f"`{key_node.value}` stands twice.", path, line)
        mapping[key_node.value] = _value(value_node, path, above)
        mapping.lines[key_node.value] = line
    return mapping
