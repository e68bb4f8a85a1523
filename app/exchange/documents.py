"""Documents of Open311: the same content as XML and as JSON, the latter by the Spark convention of the specification.

A list is given with the names of its root and of its elements; JSON has the bare list.
"""

import json
import re
from xml.etree import ElementTree

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
FORMATS = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
_ELEMENTS = {  # lists within documents -> the name of an element
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}


def write(root: str, content: list | dict, format: str) -> str:
    """The document: `root` is the name of the XML document's element, which JSON leaves out."""
    if format == "json":
        return json.dumps(content, ensure_ascii=False)
    element = _element(root, content)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(element, encoding="unicode")


def _element(name: str, content) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(content, dict):
        element.extend([_element(key, value) for key, value in content.items()])
    elif isinstance(content, list):
        element.extend([_element(_ELEMENTS[name], each) for each in content])
    elif isinstance(content, bool):
        element.text = "true" if content else "false"
    elif content is not None:
        element.text = _NO_XML.sub("", str(content))
    return element
