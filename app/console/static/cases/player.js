// The player of a recording: plays, seeks, and has each word lit while it is spoken.

import { bind } from "../shell/keys.js";
import { zh } from "../shell/language.js";
import { Ways } from "./ways.js";
import { followWords } from "./words.js";

const STEP = 3; // seconds back or forward

class Player {
  constructor(recording) {
    const find = (name) => recording.querySelector(`[data-${name}]`);
    this.audio = recording.querySelector("audio");
    [this.bar, this.button, this.seek, this.shown] = ["bar", "play", "seek", "clock"].map(find);
    this.broken = find("broken");
    this.recording = recording;
    this.takeWords();
    this.ways = new Ways(recording, this.audio, () => this.words.chosen());
    this.audio.controls = false;
    this.bar.hidden = false;
    hideWhenBroken(find("wave"));
    this.listen();
    if (this.audio.readyState) this.measure();
    if (this.audio.error) this.fail();
  }

  takeWords() {
    this.words = followWords(this.recording.querySelector("[data-words]"), this.audio, (seconds, word) => {
      this.to(seconds);
      this.ways.wordPicked();
      this.play();
      this.recording.dispatchEvent(new CustomEvent("word", { detail: word }));
    });
  }

  listen() {
    this.audio.addEventListener("loadedmetadata", () => this.measure());
    this.audio.addEventListener("error", () => this.fail());
    this.audio.addEventListener("play", () => this.begun());
    this.audio.addEventListener("pause", () => {
      this.button.textContent = zh`播放`;
      this.show();
    });
    this.audio.addEventListener("seeked", () => this.show());
    this.button.addEventListener("click", () => this.toggle());
    this.seek.addEventListener("input", () => this.to(Number(this.seek.value)));
  }

  begun() {
    for (const other of players) if (other !== this) other.audio.pause();
    document.querySelector("audio.current")?.classList.remove("current");
    this.audio.classList.add("current");
    current = this;
    this.button.textContent = zh`暂停`;
    this.follow();
  }

  follow() {
    this.ways.follow();
    this.show();
    if (!this.audio.paused) requestAnimationFrame(() => this.follow());
  }

  show() {
    const now = this.audio.currentTime;
    this.words.light();
    this.seek.value = now;
    this.seek.setAttribute("aria-valuetext", clock(now));
    this.shown.textContent = `${clock(now)} / ${clock(this.audio.duration || Number(this.seek.max))}`;
  }

  measure() {
    this.seek.max = this.audio.duration;
    this.show();
  }

  toggle() {
    if (this.audio.paused) this.play();
    else this.audio.pause();
  }

  play() {
    this.audio.play().catch(() => this.audio.error && this.fail());
  }

  move(by) {
    this.to(this.audio.currentTime + by);
  }

  to(seconds) {
    this.audio.currentTime = Math.min(Math.max(seconds, 0), this.audio.duration || seconds);
    this.show();
  }

  fail() {
    this.broken.hidden = false;
    this.bar.hidden = true;
  }
}

function hideWhenBroken(picture) {
  const hide = () => { picture.hidden = true; };
  picture.addEventListener("error", hide);
  if (picture.complete && !picture.naturalWidth) hide();
}

function clock(seconds) {
  const whole = Math.floor(seconds || 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const players = [...document.querySelectorAll("[data-recording]:has(audio)")].map((recording) => new Player(recording));
let current = players[0];

/** Take the words, and where it is new the player, that came into a recording after the page was opened. */
export function adopt(recording) {
  const known = players.find((player) => player.recording === recording);
  if (known) return known.takeWords();
  if (recording.querySelector("audio")) players.push(new Player(recording));
  current ??= players[0];
  return undefined;
}

const now = (act) => () => current && act(current);
bind({ F9: now((player) => player.toggle()), F8: now((player) => player.move(-STEP)) }, "anywhere");
bind({
  " ": now((player) => player.toggle()),
  ArrowLeft: now((player) => player.move(-STEP)),
  ArrowRight: now((player) => player.move(STEP)),
}, "unless a control has the focus");
bind({
  "[": now((player) => player.ways.faster(-1)),
  "]": now((player) => player.ways.faster(1)),
  s: now((player) => player.ways.skipPauses()),
  l: now((player) => player.ways.repeatWord() && player.play()),
});
