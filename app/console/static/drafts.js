// What was typed and not sent survives another form, a login that ran out, a slip of the mouse; until the tab is closed.

for (const text of document.querySelectorAll("[data-draft]")) {
  const key = `draft ${text.dataset.draft}`;
  if (document.querySelector("[data-sent='reply']")) sessionStorage.removeItem(key);
  const kept = sessionStorage.getItem(key);
  if (kept && !text.value) {
    text.value = kept;
    text.dispatchEvent(new Event("input"));
  }
  text.addEventListener("input", () => sessionStorage.setItem(key, text.value));
}
