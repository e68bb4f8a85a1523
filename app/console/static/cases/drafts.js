// What was typed about a case and not sent: the service keeps it a moment after the last key, for its author alone.
//
// What has not reached the service yet (a login that ran out, no network) stays in this tab until it is closed. The tabs
// of one person tell each other. Nothing is kept on the disk.

const SOON = 1_200; // milliseconds after the last key

const about = document.querySelector("[data-drafts]");
const token = document.querySelector("[name='csrf_token']");
const logout = document.querySelector("[data-leave]");
const tabs = new BroadcastChannel("drafts");

class Draft {
  constructor(text) {
    this.text = text;
    this.field = text.dataset.draft;
    this.key = `draft ${about.dataset.drafts} ${about.dataset.by} ${this.field}`;
    this.note = document.querySelector(`[data-left-over='${this.field}']`);
    this.before = this.note ? this.note.dataset.before : "unsaved" in text.dataset ? null : text.defaultValue;
    this.note?.querySelector("button").addEventListener("click", () => this.begin());
    text.addEventListener("input", (event) => this.typed(event));
    text.form.addEventListener("submit", (event) => this.leave(event), true);
    for (const [end, event] of [[globalThis, "pagehide"], [logout, "submit"]]) end.addEventListener(event, () => this.flush());
    tabs.addEventListener("message", ({ data }) => data.key === this.key && this.hear(data));
    this.recall();
  }

  /** What this tab still has goes first; then what another tab has; a text that was refused is kept, too. */
  recall() {
    if (document.querySelector(`[data-sent~='${this.field}']`)) {
      sessionStorage.removeItem(this.key);
      tabs.postMessage({ key: this.key, draft: this.text.value });
    }
    const left = sessionStorage.getItem(this.key);
    if (left !== null && !("unsaved" in this.text.dataset)) this.take(left);
    else if (!this.note) tabs.postMessage({ key: this.key, asks: true });
    if (left !== null || "unsaved" in this.text.dataset) this.soon();
  }

  typed(event) {
    if (this.taking) return;
    this.note?.toggleAttribute("hidden", true);
    sessionStorage.setItem(this.key, this.text.value);
    if (event.isTrusted) tabs.postMessage({ key: this.key, draft: this.text.value });
    this.soon();
  }

  soon() {
    this.unsaved = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.saving = this.save(); }, SOON);
  }

  /** The page is left. What its own form sends is not kept. */
  flush() {
    if (this.unsaved && !this.leaving) navigator.sendBeacon(about.dataset.drafts, this.body());
  }

  body() {
    const body = new FormData();
    body.set("csrf_token", token.value);
    body.set("field", this.field);
    body.set("text", this.text.value === this.before ? "" : this.text.value);
    return body;
  }

  async save() {
    const sent = this.text.value;
    try {
      const answer = await fetch(about.dataset.drafts, { method: "POST", body: this.body(), redirect: "manual" });
      if (!answer.ok || this.text.value !== sent) return;
      this.unsaved = false;
      sessionStorage.removeItem(this.key);
    } catch {
      // no network: it stays in this tab and is tried again with the next key
    } finally {
      this.saving = null;
    }
  }

  /** The form is sent. What is being kept at this moment comes first, or it would be kept after it was sent. */
  async leave(event) {
    clearTimeout(this.timer);
    this.leaving = true;
    if (!this.saving) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { target, submitter } = event;
    await this.saving;
    target.requestSubmit(submitter);
  }

  /** Another tab of the same person says what it has, or asks. */
  hear({ asks, draft }) {
    if (asks) {
      if (this.text.value !== this.text.defaultValue) tabs.postMessage({ key: this.key, draft: this.text.value });
    } else if (document.activeElement !== this.text || !document.hasFocus()) this.take(draft);
  }

  take(draft) {
    this.taking = true;
    this.text.value = draft;
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
    this.taking = false;
    const folded = this.text.closest("details");
    if (folded && draft !== this.text.defaultValue) folded.open = true;
  }

  /** Away with what was left over: the text is as it was before. */
  begin() {
    this.text.value = this.before;
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
    this.text.focus();
  }
}

for (const text of document.querySelectorAll("[data-draft]")) new Draft(text);
