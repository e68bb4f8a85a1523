// Keys of every page: the sheet of keys, finding, moving in the list and between the parts of a case.

const sheet = document.querySelector("#keys");
const opener = document.querySelector("[data-show-keys]");
opener.hidden = false;
opener.addEventListener("click", () => sheet.showModal());

/** Whether this key press belongs to whoever types, not to the page. */
export function typing(event) {
  const at = event.target;
  return event.isComposing || at.isContentEditable || /^(TEXTAREA|SELECT)$/.test(at.tagName)
    || (at.tagName === "INPUT" && !/^(range|checkbox)$/.test(at.type));
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const now = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(now + by, 0), rows.length - 1)]?.focus();
}

function write() {
  const page = document.querySelector("[data-recording]:has(audio.current) [data-correct]")
    ?? document.querySelector("[data-correct]");
  if (!page) return;
  page.open = true;
  page.querySelector("textarea").focus();
}

const go = (selector) => () => document.querySelector(selector)?.focus();
const actions = {
  "?": () => sheet.showModal(),
  "？": () => sheet.showModal(),
  "/": () => document.querySelector("#find").select(),
  n: () => document.querySelector("[data-news]:not([hidden]) a")?.click(),
  j: () => step(1),
  k: () => step(-1),
  e: write,
  c: go("#category"),
  r: go("#reply-text"),
  w: go("[data-words] [tabindex='0']"),
  u: () => document.querySelector("[data-up]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || sheet.open) return;
  if (event.key === "Escape" && typing(event)) event.target.blur();
  if (typing(event) || !Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  actions[event.key]();
});

document.querySelector("[data-leave]").addEventListener("submit", () => sessionStorage.clear()); // drafts go with whoever wrote them

// A form that sends or settles something is sent once, however often the mouse is clicked.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.gone) event.preventDefault();
    form.dataset.gone = "yes";
    form.setAttribute("aria-busy", "true");
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete form.dataset.gone;
    form.removeAttribute("aria-busy");
  }
});
