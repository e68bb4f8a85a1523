// News while a page stands open: a bar, the title and, for an emergency, a short sound. Asked for every few seconds.
//
// What somebody has seen is what the list last showed in this tab (kept in sessionStorage), and the urgent calls of a
// case that was opened. The list carries `data-after` and `data-urgent`, a case `data-urgent`.

import { zh } from "../shell/language.js";

const EVERY = 15_000; // milliseconds between two questions
const SOON = 4_000; // the same while a recording is being written down, and where calls are listened to
const NOW = 1_500; // the same while somebody speaks
const MOST = 100; // the service counts new cases no further
const TONES = [[0, 880], [0.22, 660], [0.44, 880]]; // seconds from now, hertz

const bar = document.querySelector("[data-news]");
const link = bar.querySelector("a");
const shown = document.querySelector("[data-shown]");
const title = document.title;
let timer = 0;
let missed = 0;
let question = 0; // the last one that was asked: what comes to an earlier one is out of date
let live = [];

function recall() {
  return { after: null, urgent: [], sounded: [], ...JSON.parse(sessionStorage.getItem("seen") ?? "{}") };
}

function keep(changes) {
  sessionStorage.setItem("seen", JSON.stringify({ ...recall(), ...changes }));
}

const listed = (ids) => (ids ?? "").split(" ").filter(Boolean);

function takeShown() {
  const urgent = [...recall().urgent, ...listed(shown?.dataset.urgent)];
  keep(shown?.dataset.after === undefined ? { urgent } : { urgent, after: shown.dataset.after });
}

async function look() {
  clearTimeout(timer);
  const mine = ++question;
  const asked = new URLSearchParams({ after: recall().after ?? "" });
  const waiting = shown?.dataset.waiting;
  if (waiting) asked.set("case", waiting);
  if (shown?.dataset.at) asked.set("at", shown.dataset.at);
  if (shown?.dataset.seen) asked.set("seen", shown.dataset.seen);
  try {
    const answer = await fetch(`${bar.dataset.news}?${asked}`, { redirect: "manual" });
    if (mine !== question) return undefined;
    if (answer.type === "opaqueredirect") return say(zh`登录过期了，新事项看不到。点这里重新登录`, location.href);
    if (!answer.ok) throw new Error(answer.status);
    missed = 0;
    tell(await answer.json());
  } catch {
    missed += 1;
    if (missed === 3) say(zh`连不上系统，新事项看不到。点这里再试`, location.href);
  }
  timer = setTimeout(look, live.length ? NOW : waiting || document.querySelector("[data-live]") ? SOON : EVERY);
  return undefined;
}

function tell(news) {
  live = news.live;
  document.dispatchEvent(new CustomEvent("live", { detail: live }));
  document.dispatchEvent(new CustomEvent("together", { detail: news.together }));
  if (recall().after === null) keep({ after: news.newest, urgent: news.urgent });
  else announce(news);
  if (shown?.dataset.waiting && news.progress !== shown.dataset.progress) {
    shown.dataset.progress = news.progress;
    document.dispatchEvent(new Event("progress"));
  }
}

function announce(news) {
  const { urgent, sounded } = recall();
  const alarms = news.urgent.filter((id) => !urgent.includes(id));
  const count = news.cases < MOST ? news.cases : zh`${MOST} 多`;
  if (alarms.length) say(zh`有新的急事，点这里看`, link.dataset.list, "alarm");
  else if (news.cases) say(zh`有 ${count} 件新事项，点这里看`, link.dataset.list);
  else bar.hidden = true;
  const mark = news.urgent.length ? zh`(${news.urgent.length}急) ` : news.cases ? `(${count}) ` : "";
  document.title = mark + title;
  if (alarms.some((id) => !sounded.includes(id)) && beep()) keep({ sounded: alarms });
}

function say(sentence, to, kind = "") {
  if (link.textContent !== sentence) link.textContent = sentence; // said aloud once by a screen reader
  link.href = to;
  bar.dataset.kind = kind;
  bar.hidden = false;
}

/** Three short tones. False where nobody has touched a page of this tab yet: browsers keep silent until then. */
function beep() {
  if (!sessionStorage.getItem("touched") || !globalThis.AudioContext) return false;
  const sound = new AudioContext();
  const quieter = new GainNode(sound, { gain: 0.2 });
  quieter.connect(sound.destination);
  for (const [at, frequency] of TONES) {
    const tone = new OscillatorNode(sound, { frequency });
    tone.connect(quieter);
    tone.start(sound.currentTime + at);
    tone.stop(sound.currentTime + at + 0.16);
    tone.onended = () => at === TONES.at(-1)[0] && sound.close();
  }
  return true;
}

for (const touch of ["pointerdown", "keydown"]) {
  addEventListener(touch, () => sessionStorage.setItem("touched", "yes"), { once: true });
}
document.addEventListener("visibilitychange", () => document.hidden || look());
takeShown();
look();
