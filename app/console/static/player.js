// The player of a recording: plays, seeks, and has each word lit while it is spoken.

import { typing } from "./keys.js";
import { zh } from "./language.js";
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
    this.audio.controls = false;
    this.bar.hidden = false;
    this.listen();
    if (this.audio.readyState) this.measure();
    if (this.audio.error) this.fail();
  }

  takeWords() {
    this.light = followWords(this.recording.querySelector("[data-words]"), this.audio, (seconds) => {
      this.to(seconds);
      this.play();
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
    this.show();
    if (!this.audio.paused) requestAnimationFrame(() => this.follow());
  }

  show() {
    const now = this.audio.currentTime;
    this.light();
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

const anywhere = { F9: () => current.toggle(), F8: () => current.move(-STEP) };
const reading = {
  " ": () => current.toggle(),
  ArrowLeft: () => current.move(-STEP),
  ArrowRight: () => current.move(STEP),
};

document.addEventListener("keydown", (event) => {
  if (!current || event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const own = /^(BUTTON|SUMMARY|INPUT)$/.test(event.target.tagName) || typing(event);
  const action = anywhere[event.key] ?? (own ? undefined : reading[event.key]);
  if (!action) return;
  event.preventDefault();
  action();
});
