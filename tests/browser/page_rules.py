"""What every page of the console must keep to, checked on the HTML as it was sent."""

from html.parser import HTMLParser

_VOID = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_NOT_IN_P = {
    "address", "article", "aside", "blockquote", "details", "dialog", "div", "dl", "fieldset", "footer", "form", "h1",
    "h2", "h3", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul",
}  # fmt: skip
_PRESSED = {"a", "button", "input", "select", "textarea", "details", "label", "summary"}
_PARENTS = {
    "li": {"ul", "ol"}, "dt": {"div", "dl"}, "dd": {"div", "dl"}, "summary": {"details"},
    "option": {"select", "optgroup"}, "optgroup": {"select"},
}  # fmt: skip


class Page(HTMLParser):
    """Reads a page and lists what is wrong with it in `problems`."""

    def __init__(self, html: str):
        super().__init__()
        self.problems: list[str] = []
        self.open: list[str] = []
        self.title, self.language = "", ""
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.controls: list[dict] = []
        self.headings: list[str] = []
        self.feed(html)
        self.close()
        self._judge()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self._check_place(tag)
        if tag == "html":
            self.language = attributes.get("lang", "")
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "label" and "for" in attributes:
            self.labelled.add(attributes["for"])
        if tag in ("input", "select", "textarea", "button") and attributes.get("type") != "hidden":
            self.controls.append({"tag": tag, "in_label": "label" in self.open, "text": ""} | attributes)
        inline = [name for name in attributes if name == "style" or name.startswith("on")]
        if inline or tag == "style" or (tag == "script" and "src" not in attributes):
            self.problems.append(f"<{tag}> carries a script or style within the page")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in _VOID or not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self.open[-1:] or 'nothing'}")
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        if "title" in self.open:
            self.title += data
        if "button" in self.open and self.controls:
            self.controls[-1]["text"] += data.strip()

    def _check_place(self, tag):
        if "p" in self.open and tag in _NOT_IN_P:
            self.problems.append(f"<{tag}> within <p>")
        if tag in _PARENTS and self.open[-1:] and self.open[-1] not in _PARENTS[tag]:
            self.problems.append(f"<{tag}> within <{self.open[-1]}>")
        if tag in _PRESSED and ({"a", "button"} & set(self.open) or (tag == "form" and "form" in self.open)):
            self.problems.append(f"<{tag}> within a link or button")

    def _judge(self):
        self.problems += [f"<{tag}> is never closed" for tag in self.open]
        self.problems += [f"id {id} is there twice" for id in set(self.ids) if self.ids.count(id) > 1]
        if not self.title.strip():
            self.problems.append("the page has no title")
        if self.language not in ("zh-CN", "en"):
            self.problems.append("the page does not say that it is Chinese or English")
        if self.headings.count("h1") != 1:
            self.problems.append("the page needs exactly one h1")
        for control in self.controls:
            named = control["in_label"] or control.get("aria-label") or control["text"]
            if not named and control.get("id") not in self.labelled:
                self.problems.append(f"<{control['tag']} name={control.get('name')}> has no label")
