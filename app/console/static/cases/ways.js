// Ways to listen: slower or faster at the same pitch, without the pauses, one word again and again.

const BEFORE = 0.12; // seconds heard before a word that is repeated, and after it
const AFTER = 0.18;

export class Ways {
  /** `chosenWord()` gives start and end of a word in seconds, or null. */
  constructor(recording, audio, chosenWord) {
    this.audio = audio;
    this.chosenWord = chosenWord;
    this.bar = recording.querySelector("[data-tools]");
    this.speeds = [...this.bar.querySelectorAll("[data-speed]")];
    this.skip = this.bar.querySelector("[data-skip]");
    this.loop = this.bar.querySelector("[data-loop]");
    this.pauses = [];
    this.word = null;
    this.bar.hidden = false;
    audio.preservesPitch = true;
    audio.addEventListener("loadedmetadata", () => { audio.playbackRate = this.speed(); });
    for (const button of this.speeds) button.addEventListener("click", () => this.at(button.dataset.speed));
    this.skip.addEventListener("click", () => this.skipPauses());
    this.loop.addEventListener("click", () => this.repeatWord());
    this.at(sessionStorage.getItem("speed") ?? "1");
    if (sessionStorage.getItem("skip")) this.skipPauses();
  }

  speed() {
    return Number(this.speeds.find(pressed).dataset.speed);
  }

  /** The speed stays for every recording until the tab is closed. */
  at(speed) {
    for (const button of this.speeds) press(button, button.dataset.speed === speed);
    this.audio.playbackRate = Number(speed);
    sessionStorage.setItem("speed", speed);
  }

  faster(by) {
    const at = this.speeds.findIndex(pressed) + by;
    if (this.speeds[at]) this.at(this.speeds[at].dataset.speed);
  }

  async skipPauses() {
    press(this.skip, !pressed(this.skip));
    if (!pressed(this.skip)) return sessionStorage.removeItem("skip");
    sessionStorage.setItem("skip", "yes");
    const answer = await fetch(this.skip.dataset.skip);
    this.pauses = answer.ok ? await answer.json() : [];
    this.skip.dataset.pauses = this.pauses.length;
    return undefined;
  }

  /** Repeat the chosen word, or stop repeating; gives the word that is repeated now. */
  repeatWord() {
    this.word = pressed(this.loop) ? null : this.chosenWord();
    press(this.loop, this.word !== null);
    if (this.word) this.audio.currentTime = Math.max(0, this.word[0] - BEFORE);
    return this.word;
  }

  /** While a word is repeated, another one that is picked is repeated instead. */
  wordPicked() {
    if (this.word) this.word = this.chosenWord();
  }

  /** To be called as time passes. */
  follow() {
    const now = this.audio.currentTime;
    if (this.word && now > this.word[1] + AFTER) this.audio.currentTime = Math.max(0, this.word[0] - BEFORE);
    if (this.word || !pressed(this.skip) || this.audio.paused) return;
    const pause = this.pauses.find(([start, end]) => start <= now && now < end - 0.05);
    if (pause) [, this.audio.currentTime] = pause;
  }
}

const pressed = (button) => button.getAttribute("aria-pressed") === "true";
const press = (button, on) => button.setAttribute("aria-pressed", on);
