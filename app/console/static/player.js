// The player of a recording: plays, seeks, and lights each word while it is spoken.

import { typing } from "./keys.js";

const STEP = 3; // seconds back or forward
const LINGER = 0.4; // seconds a word stays lit when nothing follows
const NUDGE = 0.005; // seconds into a word, so that rounding never lands in the one before

const players = [...document.querySelectorAll("[data-recording]")].filter((r) => r.querySelector("audio")).map(setUp);
let current = players[0];

function clock(seconds) {
  const whole = Math.floor(seconds || 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function setUp(recording) {
  const find = (selector) => recording.querySelector(selector);
  const audio = find("audio");
  const [bar, button, seek, shown, broken] = ["bar", "play", "seek", "clock", "broken"].map((n) => find(`[data-${n}]`));
  const words = [...recording.querySelectorAll("[data-words] [data-start]")];
  const starts = words.map((word) => Number(word.dataset.start));
  const ends = words.map((word) => Number(word.dataset.end));
  let lit = null;

  function light() {
    const at = audio.currentTime;
    let last = -1;
    for (let i = 0; i < starts.length && starts[i] <= at; i += 1) last = i;
    const spoken = last >= 0 && at < ends[last] + LINGER && (at > 0 || !audio.paused) ? words[last] : null;
    if (spoken === lit) return;
    lit?.classList.remove("lit");
    spoken?.classList.add("lit");
    lit = spoken;
  }

  function show() {
    light();
    seek.value = audio.currentTime;
    seek.setAttribute("aria-valuetext", clock(audio.currentTime));
    shown.textContent = `${clock(audio.currentTime)} / ${clock(audio.duration)}`;
  }

  function follow() {
    show();
    if (!audio.paused) requestAnimationFrame(follow);
  }

  function fail() {
    broken.hidden = false;
    bar.hidden = true;
  }

  const player = {
    toggle: () => (audio.paused ? player.play() : audio.pause()),
    play: () => audio.play().catch(() => audio.error && fail()),
    move: (by) => player.to(audio.currentTime + by),
    to: (seconds) => {
      audio.currentTime = Math.min(Math.max(seconds, 0), audio.duration || seconds);
      show();
    },
  };

  audio.controls = false;
  bar.hidden = false;
  const ready = () => {
    seek.max = audio.duration;
    show();
  };
  if (audio.readyState) ready();
  audio.addEventListener("loadedmetadata", ready);
  audio.addEventListener("error", fail);
  if (audio.error) fail();
  audio.addEventListener("play", () => {
    players.forEach((other) => other !== player && other.pause());
    document.querySelector("audio.current")?.classList.remove("current");
    audio.classList.add("current");
    current = player;
    button.textContent = "暂停";
    follow();
  });
  audio.addEventListener("pause", () => {
    button.textContent = "播放";
    show();
  });
  audio.addEventListener("seeked", show);
  button.addEventListener("click", player.toggle);
  seek.addEventListener("input", () => player.to(Number(seek.value)));
  player.pause = () => audio.pause();
  words.forEach((word, i) => word.addEventListener("click", () => hear(i)));

  function hear(i) {
    pick(i);
    player.to(starts[i] + NUDGE);
    player.play();
  }

  function pick(i) {
    words.forEach((word, n) => word.setAttribute("tabindex", n === i ? 0 : -1));
    words[i].focus();
  }

  find("[data-words]")?.addEventListener("keydown", (event) => {
    const at = words.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: words.length - 1 }[event.key];
    if (at < 0 || (to === undefined && event.key !== "Enter")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") hear(at);
    else if (words[to]) pick(to);
  });
  return player;
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
