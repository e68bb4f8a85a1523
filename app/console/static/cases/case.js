// The keys of a case's page, in the order of the work: correct, compare, decide, assign, answer, look around.

import { bind, go } from "../shell/keys.js";

const current = (part) => document.querySelector(`[data-recording]:has(audio.current) ${part}`) ?? document.querySelector(part);

function write() {
  const page = current("[data-correct]");
  if (!page) return;
  page.open = true;
  page.querySelector("textarea").focus();
}

/** Send the form somebody types in, with its first button. */
function send(event) {
  const form = event.target.form;
  form?.requestSubmit(form.querySelector("button.primary, button:not([type])"));
}

bind({
  w: () => current("[data-words] [tabindex='0']")?.focus(),
  e: write,
  b: () => current("[data-compare]:not([hidden])")?.click(),
  c: go("#category"),
  p: go("#place"),
  m: go("#moves select, #moves button, #moves summary"),
  r: go("#reply-text"),
  v: () => document.querySelector("[data-listen]:not([hidden])")?.click(),
  h: go("#history-title"),
});
for (const key of ["1", "2", "3", "4", "5"]) {
  bind({ [key]: () => document.querySelectorAll("[data-earlier] a")[key - 1]?.click() });
}
bind({ "Ctrl+Enter": send }, "anywhere");
