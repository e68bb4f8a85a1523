"""What axe, the rules that browsers' own tools go by, finds wrong with a page as it stands in the browser."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# WCAG 2.2 A and AA and axe's own advice: names, roles, contrast, headings, landmarks, size of what is pressed.
_RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
_axe = Axe()


def complaints(page: Page) -> list[str]:
    """Each rule that is broken, with the elements that break it. (The driver injects axe; the page's policy stands.)"""
    if page.url == "about:blank":
        return []
    page.evaluate("scrollTo(0, 0)")  # further down a part that stays in sight covers some of what lies under it
    found = _axe.run(page, options=_RULES).response["violations"]
    return [f"{page.url} {each['id']}: {each['help']}: {_where(each['nodes'])}" for each in found]


def _where(nodes: list[dict]) -> str:
    return "; ".join(f"{node['html'][:120]} {_seen(node)}" for node in nodes[:4])


def _seen(node: dict) -> str:
    return " ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]][:1])
