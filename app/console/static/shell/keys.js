// Keys of every page: the sheet of keys, finding, moving in the list and between the parts of a case.

const sheet = document.querySelector("#keys");
const opener = document.querySelector("[data-show-keys]");
opener.hidden = false;
opener.addEventListener("click", () => sheet.showModal());

// The other pages: open until something else is chosen.
const more = document.querySelector("[data-more]");
more.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && !more.contains(relatedTarget) && more.removeAttribute("open"));
document.addEventListener("click", ({ target }) => more.contains(target) || more.removeAttribute("open"));
more.addEventListener("keydown", ({ key }) => key === "Escape" && more.removeAttribute("open"));

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

/** Key (`e`, `F9`, `Ctrl+Enter`) -> when it counts and what it does: what the sheet of keys must list. */
export const bound = {};

/** Have keys do something. `when`: "reading" (nobody types), "anywhere" (also while typing), or
 * "unless a control has the focus" (keys that a button or a field needs itself). */
export function bind(actions, when = "reading") {
  for (const [key, act] of Object.entries(actions)) bound[key] = { when, act };
}

/** A key that puts the focus on the first of `selector`, where there is one. */
export const go = (selector) => () => document.querySelector(selector)?.focus();

bind({
  "?": () => sheet.showModal(),
  "？": () => sheet.showModal(),
  "/": () => document.querySelector("#find").select(),
  n: () => document.querySelector("[data-news]:not([hidden]) a")?.click(),
  g: () => {
    more.open = true;
    more.querySelector("a").focus();
  },
});
const up = document.querySelector("[data-up]");
if (up) bind({ u: () => up.click() });
if (document.querySelector("[data-row]")) bind({ j: () => step(1), k: () => step(-1) });

function belongsElsewhere(event, when) {
  if (when === "anywhere") return false;
  return typing(event) || (when !== "reading" && /^(BUTTON|SUMMARY|INPUT)$/.test(event.target.tagName));
}

document.addEventListener("keydown", (event) => {
  if (event.metaKey || document.querySelector("dialog[open]")) return;
  const key = `${event.ctrlKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${event.key}`;
  if (key === "Escape" && typing(event) && !event.defaultPrevented) event.target.blur();
  if (!Object.hasOwn(bound, key)) return;
  const { when, act } = bound[key];
  if (belongsElsewhere(event, when)) return;
  event.preventDefault();
  act(event);
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
