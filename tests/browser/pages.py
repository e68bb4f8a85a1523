"""Every page in every state: one list. `make screenshots` pictures it, test_every_page.py checks it. Add yours here."""

from dataclasses import dataclass

from app.console.editing.script_words import PARTS
from app.services.figures import tables
from tests.console import make


@dataclass(frozen=True)
class Shown:
    """A page in a state: its file's name, its address, what is at the desk, who looks, the status it answers with.

    `does`: what is done there first, keys to press and selectors (`#…`, `[…]`) to click, between spaces.
    `until`: a selector of what is waited for.
    `{li}` in an address is the id of the account with this login, `{水务站}` and `{石桥村}` those of a department and a
    village, `{today}` the day, `{week}` the week.
    """

    name: str
    address: str
    desk: str = "many"
    login: str | None = make.LOGIN
    status: int = 200
    does: str = ""
    until: str = ""


PAGES = (
    Shown("login", "/desk/login", login=None),
    Shown("login-english", "/desk/login?language=en", login=None),
    Shown("cases-empty", "/cases", "empty"),
    Shown("cases-one", "/cases", "one"),
    Shown("cases-morning", "/cases", "morning"),
    Shown("cases-many", "/cases"),
    Shown("cases-department", "/cases", login="water"),
    Shown("cases-leader", "/cases", login="shuji"),
    Shown("case-spoken", "/cases/10247"),
    Shown("case-long-text", "/cases/10249"),
    Shown("case-without-sound", "/cases/10250"),
    Shown("case-leader", "/cases/10248", login="shuji"),
    Shown("case-department", "/cases/10249", login="water"),
    Shown("case-department-unsigned", "/cases/10248", login="water"),
    Shown("case-public", "/cases/10251"),
    Shown("cases-filtered", "/cases?channel=sms&late=1"),
    Shown("cases-filtered-none", "/cases?state=archived"),
    Shown("cases-all", "/cases?state=all"),
    Shown("new-case", "/cases/new"),
    Shown("day-empty", "/cases/day/2020-01-01"),
    Shown("day", "/cases/day/{today}"),
    Shown("found", "/find?for=清水村"),
    Shown("found-nothing", "/find?for=xyz"),
    Shown("figures-empty", "/figures", "empty"),
    Shown("figures-one", "/figures", "one"),
    Shown("figures", "/figures"),
    Shown("figures-leader", "/figures", login="shuji"),
    *(Shown(f"figures-{name}", f"/figures/table/{name}") for name, _ in tables.names()),
    Shown("figure-cases", "/figures/cases"),
    Shown("figure-cases-none", "/figures/cases?week=2020-W02"),
    Shown("week-sheet-empty", "/figures/week/2020-W02"),
    Shown("week-sheet", "/figures/week/{week}"),
    Shown("rates-empty", "/rates", "empty"),
    Shown("rates", "/rates"),
    Shown("rates-department", "/rates", login="water"),
    Shown("rates-behind", "/rates/behind?figure=asked&by=town&key="),
    Shown("signs-empty", "/signs", "empty"),
    Shown("signs", "/signs"),
    Shown("exchange-empty", "/exchange", "empty"),
    Shown("exchange", "/exchange"),
    Shown("failures-empty", "/failures", "empty"),
    Shown("failures", "/failures"),
    Shown("case-unreadable", "/cases/10252"),
    Shown("said", "/said"),
    Shown("said-script", "/said/script/mandarin"),
    *(Shown(f"said-script-{part}", f"/said/script/mandarin?part={part}") for part in PARTS),
    Shown("said-script-editing", "/said/script/mandarin?edit=ask"),
    Shown("said-script-dialect", "/said/script/sichuan"),
    Shown("said-form-hours", "/said/form/data/office_hours.yaml"),
    Shown("said-form-year", "/said/form/data/holidays.yaml"),
    Shown("said-form-terms", "/said/form/data/clocks.yaml"),
    Shown("said-form-card", "/said/form/data/card.yaml"),
    Shown("said-form-words", "/said/form/data/seeds.yaml"),
    Shown("said-form-departments", "/said/form/data/departments.yaml"),
    Shown("said-text", "/said/text/data/card.yaml"),
    Shown("said-text-rows", "/said/text/data/categories.yaml"),
    Shown("said-text-dialect", "/said/text/dialects/sichuan.yaml"),
    Shown("said-entry", "/said/rows/data/templates.yaml/0"),
    Shown("said-entry-dialect", "/said/rows/dialects/sichuan.yaml/0"),
    Shown("said-history-empty", "/said/history/data/states.yaml"),
    Shown("said-history", "/said/history/data/card.yaml"),
    Shown("practice", "/practice"),
    Shown("practice-speak", "/practice", "live", until=".handset[data-state=speak]"),
    Shown("practice-texts", "/practice", "live", does="[data-open-texts]", until=".texts .theirs"),
    Shown("cases-live", "/cases", "live", until=".live li"),
    Shown("cases-menu", "/cases", does="g"),
    Shown("cases-filters", "/cases", does=".filters_summary"),
    Shown("case-left-over", "/cases/10247", "live", until="[data-together]"),
    Shown("case-correcting", "/cases/10247", does="e F2"),
    Shown("case-keys", "/cases/10247", does="?"),
    Shown("case-refused", "/cases/10247", does="r Control+Enter", until=".reply .problem"),
    Shown("case-replied", "/cases/10250", "live", does="r 1 Control+Enter", until=".reply .flash"),
    Shown("dialects", "/dialects"),
    Shown("villages-empty", "/villages", "empty"),
    Shown("villages", "/villages"),
    Shown("villages-found", "/villages?find=sq"),
    Shown("villages-found-none", "/villages?find=xyz"),
    Shown("villages-operator", "/villages", login="li"),
    Shown("village", "/villages/{石桥村}"),
    Shown("village-operator", "/villages/{石桥村}", login="li"),
    Shown("villages-history-empty", "/villages/history", "empty"),
    Shown("villages-history", "/villages/history"),
    Shown("departments-empty", "/departments", "empty"),
    Shown("departments", "/departments"),
    Shown("department", "/departments/{水务站}"),
    Shown("department-closed", "/departments/{水利站}"),
    Shown("departments-history", "/departments/history"),
    Shown("learning-empty", "/learning", "empty"),
    Shown("learning", "/learning"),
    Shown("users", "/users"),
    Shown("user", "/users/{li}"),
    Shown("user-locked", "/users/{zhou}"),
    Shown("users-log-empty", "/users/log", "empty"),
    Shown("users-log", "/users/log"),
    Shown("me", "/me"),
    Shown("me-first-login", "/me", login="gone"),
    Shown("error-not-found", "/cases/999", status=404),
    Shown("error-refused", "/users", login="shuji", status=403),
)
# width and height in pixels, large type, language
LOOKS = {
    "wide": (1024, 768, False, "zh"),
    "narrow": (390, 844, False, "zh"),
    "large": (1024, 768, True, "zh"),
    "english": (1024, 768, False, "en"),
}
