// What was typed and not sent survives another form, a login that ran out, a slip of the mouse; until the tab is closed.
//
// The tabs of one person tell each other: a case that is opened in a second tab shows the draft of the first. Nothing
// is kept on the disk.

const tabs = new BroadcastChannel("drafts");

for (const text of document.querySelectorAll("[data-draft]")) {
  const key = `draft ${text.dataset.draft}`;

  function take(draft) {
    text.value = draft;
    if (draft) sessionStorage.setItem(key, draft);
    else sessionStorage.removeItem(key);
    text.dispatchEvent(new Event("input"));
  }

  if (document.querySelector("[data-sent='reply']")) {
    sessionStorage.removeItem(key);
    tabs.postMessage({ key, draft: "" });
  }
  const kept = sessionStorage.getItem(key);
  if (kept && !text.value) take(kept);
  else if (!text.value) tabs.postMessage({ key, asks: true });
  text.addEventListener("input", (event) => {
    sessionStorage.setItem(key, text.value);
    if (event.isTrusted) tabs.postMessage({ key, draft: text.value });
  });
  tabs.addEventListener("message", ({ data }) => {
    if (data.key !== key) return;
    if (data.asks) return text.value && tabs.postMessage({ key, draft: text.value });
    if (document.activeElement !== text || !document.hasFocus()) take(data.draft);
    return undefined;
  });
}
