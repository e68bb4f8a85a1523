// Correcting: words of the same or a near sound for the word at the cursor, chosen with a number.

import { bind } from "../shell/keys.js";
import { zh } from "../shell/language.js";

const PAUSE = 180; // milliseconds after the last key until the service is asked

class Correction {
  constructor(form) {
    this.form = form;
    this.recording = form.closest("[data-recording]");
    this.page = form.closest("[data-correct]");
    this.text = form.elements.text;
    [this.strip, this.about, this.words] = ["nearest", "nearest-for", "nearest-words"]
      .map((name) => this.recording.querySelector(`[data-${name}]`));
    this.found = [];
    this.unsure = -1;
    for (const event of ["focus", "input", "click", "keyup"]) this.text.addEventListener(event, () => this.soon());
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.recording.addEventListener("word", ({ detail }) => this.wordPicked(detail));
    this.recording.addEventListener("keydown", (event) => this.keyOnWord(event), true);
  }

  /** Ask about the place of the cursor, once it rests. */
  soon() {
    const place = `${this.text.selectionStart}-${this.text.selectionEnd}-${this.text.value}`;
    if (place === this.asked) return;
    this.asked = place;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask({ start: this.text.selectionStart, end: this.text.selectionEnd }), PAUSE);
  }

  async ask(place) {
    clearTimeout(this.timer);
    const body = new FormData(this.form);
    body.set("text", this.text.value); // with the line ends that the places are counted by
    for (const [name, value] of Object.entries(place)) body.set(name, value);
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const answer = await fetch(this.form.dataset.suggestions, { method: "POST", body, signal: this.asking.signal });
      if (!answer.ok || answer.redirected) return null;
      const found = await answer.json();
      this.show(found);
      return found;
    } catch {
      return null; // asked again, or no network: typing goes on without
    }
  }

  show({ start, end, nearest }) {
    this.found = nearest;
    const around = nearest.length ? this.text.value.slice(Math.min(...nearest.map((one) => one[1])), Math.max(...nearest.map((one) => one[2]))) : "";
    this.about.textContent = zh`“${this.text.value.slice(start, end) || around}”也可能是`;
    this.words.replaceChildren(...nearest.map(([word], i) => this.button(word, i)));
    this.strip.hidden = !nearest.length;
  }

  button(word, i) {
    const [button, key] = [document.createElement("button"), document.createElement("kbd")];
    button.type = "button";
    key.textContent = i + 1;
    button.append(key, ` ${word}`);
    button.addEventListener("click", () => this.choose(i));
    return button;
  }

  choose(i) {
    const [word, start, end] = this.found[i];
    this.page.open = true;
    this.text.focus();
    this.text.setRangeText(word, start, end, "end");
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
    this.strip.hidden = true;
    this.found = [];
  }

  /** While a part of the text is selected a number chooses; elsewhere numbers are typed, and Alt and a number choose. */
  key(event) {
    const number = /^Digit([1-6])$/.exec(event.code)?.[1];
    const selected = this.text.selectionStart !== this.text.selectionEnd;
    if (event.isComposing || event.ctrlKey || !number || !this.found[number - 1] || !(event.altKey || selected)) return;
    event.preventDefault();
    this.choose(number - 1);
  }

  keyOnWord(event) {
    const number = /^[1-6]$/.exec(event.key)?.[0];
    if (!number || !event.target.matches(".word") || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.found[number - 1] && !this.strip.hidden) this.choose(number - 1);
  }

  wordPicked(word) {
    const unsure = this.list()[word]?.matches(".unsure, .chosen");
    if (unsure || this.page.open) this.ask({ word });
    else this.strip.hidden = true;
  }

  list() {
    return [...this.recording.querySelectorAll("[data-words] .word")];
  }

  /** Select the next word that the machine was not sure of. */
  async next() {
    this.page.open = true;
    this.text.focus();
    const words = this.list();
    for (let tried = 0; tried < words.length; tried += 1) {
      this.unsure = (this.unsure + 1) % words.length;
      if (!words[this.unsure].matches(".unsure")) continue;
      const found = await this.ask({ word: this.unsure });
      if (!found) return;
      if (found.start === found.end) continue;
      this.text.setSelectionRange(found.start, found.end);
      this.asked = `${found.start}-${found.end}-${this.text.value}`;
      return;
    }
  }
}

const corrections = [...document.querySelectorAll("[data-suggestions]")].map((form) => new Correction(form));

function next() {
  const playing = document.querySelector("[data-recording]:has(audio.current)");
  const here = corrections.find((one) => one.form.contains(document.activeElement))
    ?? corrections.find((one) => one.recording === playing) ?? corrections[0];
  here?.next();
}

bind({ F2: next }, "anywhere");
