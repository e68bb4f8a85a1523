// The practice phone: follows one telephone of the simulated network, shows and sounds what happens, sends what is done.

import { Earpiece } from "./earpiece.js";
import { zh } from "../shell/language.js";
import { Microphone, wav } from "./microphone.js";

const page = document.querySelector("[data-practice]");
const find = (selector) => page.querySelector(selector);
const handset = find(".handset");
const whose = find("#whose");
const earpiece = new Earpiece(handset);
const microphone = new Microphone(page.dataset.microphone, heard);
const IDLE_MS = 1200; // between two looks at a telephone on which nothing goes on
const WAIT_SECONDS = 4; // a look waits so long for something to happen in a call
const BEEP_MS = 600; // from the beep until speech is heard

let number = "";
let known = {};
let state = {};
let listening = false; // a recording is being made
let byItself = ""; // the ready-made caller whose call this is
let spoken = 0;
let file = null; // a sound that waits for the beep
let texting = false;
let unread = 0;
let since = 0;
let wake = () => {};
let asking = new AbortController();

function problem(sentence) {
  const shown = find("[data-problem]");
  shown.textContent = sentence;
  shown.hidden = !sentence;
}

/** Ask the service; what it refuses is shown as a sentence. */
async function ask(path, body, type = "application/json") {
  const answer = await fetch(`/practice/${path}`, {
    method: "POST",
    body: type === "application/json" ? JSON.stringify(body ?? {}) : body,
    headers: { "Content-Type": type, "X-CSRFToken": page.dataset.token },
  });
  if (answer.ok) return true;
  problem(answer.status === 409 ? await answer.text() : zh`刚才那一步没有办成，请刷新页面再试一次。`);
  return false;
}

// ---------------------------------------------------------------- the telephone as it is

function take(phone, name) {
  number = phone;
  known = { call: "", events: 0, texts: 0 };
  state = {};
  unread = 0;
  byItself = "";
  find("[data-whose]").textContent = name;
  find("[data-texts]").replaceChildren();
  quiet();
  show("idle");
  asking.abort();
  asking = new AbortController();
  wake();
}

function quiet() {
  listening = false;
  earpiece.stop();
}

function show(name) {
  handset.dataset.state = name;
  for (const line of page.querySelectorAll("[data-state]")) {
    if (line !== handset) line.hidden = line.dataset.state !== name;
  }
  handset.dataset.view = texting ? "texts" : "call";
  sayWhetherHeard();
}

/** Who speaks into a microphone that is off is told so while there is time. */
function sayWhetherHeard() {
  const can = Boolean(microphone.node || file);
  find("[data-can-speak]").hidden = !can;
  find("[data-cannot]").hidden = can;
}

const doing = {
  calling: () => show(byItself ? "calling" : handset.dataset.state === "ringing" ? "ringing" : "calling"),
  rings: () => { show("ringing"); earpiece.ring(); },
  answered: () => { since = Date.now(); earpiece.silence(); show("talking"); },
  play: (event) => { show("talking"); earpiece.play(event.sound); },
  beep: () => { show(byItself ? "speaks" : "speak"); earpiece.beep(); listening = true; speakNow(); },
  record: () => { listening = false; earpiece.stopVoice(); show("talking"); },
  key: (event) => { if (event.heard) earpiece.stop(); find("[data-pressed]").textContent += event.key; },
  dial: () => show("transfer"),
  hang_up: (event) => { quiet(); byItself = ""; show(event.by === "network" ? "failed" : "ended"); },
};

function speakNow() {
  if (byItself) earpiece.voice(`/practice/callers/${byItself}/${spoken++}.wav`, BEEP_MS);
  if (!file) return;
  const sound = file;
  file = null;
  find('[data-file-state="waiting"]').hidden = true;
  setTimeout(() => ask(`${number}/speech`, sound, "audio/wav"), BEEP_MS);
}

function happen(news) {
  if (news.call !== known.call) {
    find("[data-pressed]").textContent = "";
    since = 0;
    quiet();
  }
  const first = !("rings" in state);
  state = news;
  known = { call: news.call, events: news.seen, texts: news.texts_seen };
  if (!first || news.going_on) for (const event of news.events) doing[event.event]?.(event);
  if (!news.going_on && handset.dataset.state === "ringing") { earpiece.silence(); show("ended"); }
  for (const text of news.texts) addText(text, first);
}

async function follow() {
  for (;;) {
    const mine = number;
    try {
      const asked = new URLSearchParams({ ...known, wait_s: state.going_on ? WAIT_SECONDS : 0 });
      const answer = await fetch(`/practice/${mine}/news?${asked}`, { signal: asking.signal });
      if (!answer.ok) throw new Error(answer.status === 409 ? await answer.text() : zh`请刷新页面再试一次。`);
      const news = await answer.json();
      if (mine !== number) continue;
      if (!state.call) problem("");
      happen(news);
    } catch (error) {
      if (error.name === "AbortError") continue;
      problem(error instanceof TypeError ? zh`热线没有回答，可能停了。` : error.message);
      state = { ...state, going_on: false };
    }
    if (!state.going_on) await new Promise((done) => { wake = done; setTimeout(done, IDLE_MS); });
  }
}

setInterval(() => {
  const seconds = state.going_on && since ? Math.floor((Date.now() - since) / 1000) : null;
  find("[data-since]").textContent = seconds === null ? "" : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}, 500);

// ---------------------------------------------------------------- what is done with it

async function call() {
  earpiece.allow();
  if (state.rings) return ask(`${number}/answer`);
  if (state.going_on) return false;
  problem("");
  texts(false);
  if (number !== whose.value) chosen();
  show("calling");
  const done = await ask(`${number}/call`);
  state.going_on = done;
  if (!done) show("idle");
  wake();
  return done;
}

async function hangUp() {
  if (texting && !state.going_on) return texts(false);
  if (listening) await microphone.flush();
  if (state.going_on) await ask(`${number}/hang-up`);
  wake();
}

function press(key) {
  if (texting) {
    const body = find("#body");
    body.setRangeText(key, body.selectionStart, body.selectionEnd, "end");
    body.focus();
  } else if (state.going_on && !state.rings && !byItself) {
    earpiece.key();
    ask(`${number}/keys`, { key });
  }
}

async function ringAs(button) {
  if (state.going_on) return problem(zh`手机上还有一个电话，先挂了再让别人打。`);
  problem("");
  texts(false);
  earpiece.allow();
  take(button.dataset.number, button.dataset.name);
  byItself = button.dataset.ringAs;
  spoken = 0;
  show("calling");
  handset.scrollIntoView({ block: "nearest" });
  button.disabled = true;
  const done = await ask(`callers/${byItself}/call`);
  button.disabled = false;
  if (!done) byItself = "";
  if (!done) show("idle");
  state.going_on = done;
  wake();
}

function chosen() {
  take(whose.value, whose.selectedOptions[0].textContent);
}

// ---------------------------------------------------------------- texts

function addText(text, old) {
  const line = document.createElement("li");
  line.className = text.event === "sent" ? "mine" : "theirs";
  line.textContent = text.body;
  find("[data-texts]").append(line);
  line.scrollIntoView({ block: "nearest" });
  if (text.event === "text" && !texting && !old) { unread += 1; earpiece.chime(); }
  texts(texting);
}

function texts(open) {
  texting = open;
  if (open) unread = 0;
  handset.dataset.view = open ? "texts" : "call";
  find("[data-open-texts]").setAttribute("aria-pressed", String(open));
  find("[data-no-texts]").hidden = !open || find("[data-texts]").children.length > 0;
  find("[data-unread]").textContent = unread;
  find("[data-unread]").hidden = !unread;
  if (open) find("[data-texts]").lastElementChild?.scrollIntoView({ block: "nearest" });
}

find("[data-write]").addEventListener("submit", async (event) => {
  event.preventDefault();
  problem("");
  const body = find("#body");
  if (body.value.trim() && await ask(`${number}/texts`, { body: body.value })) body.value = "";
  wake();
});

// ---------------------------------------------------------------- speaking

function heard(samples) {
  find("[data-level]").value = Math.min(1, samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0) / 16384);
  return listening && !byItself ? ask(`${number}/speech`, wav(samples), "audio/wav") : null;
}

async function openMicrophone() {
  let how = "on";
  try {
    await microphone.open();
  } catch (error) {
    how = { NotAllowedError: "refused", SecurityError: "refused", insecure: "insecure" }[error.name] ?? "absent";
  }
  for (const line of page.querySelectorAll("[data-microphone-state]")) line.hidden = line.dataset.microphoneState !== how;
  find("[data-open-microphone]").hidden = how === "on";
  sayWhetherHeard();
}

find("#file").addEventListener("change", (event) => {
  file = event.target.files[0] ?? null;
  event.target.value = "";
  find('[data-file-state="waiting"]').hidden = !file;
  sayWhetherHeard();
  if (file && listening) speakNow();
});

// ---------------------------------------------------------------- mouse and keys

const press_ = (selector, action) => find(selector).addEventListener("click", action);
press_("[data-call]", call);
press_("[data-hang-up]", hangUp);
press_("[data-open-texts]", () => texts(!texting));
press_("[data-open-microphone]", openMicrophone);
for (const key of page.querySelectorAll("[data-key]")) key.addEventListener("click", () => press(key.dataset.key));
for (const one of page.querySelectorAll("[data-ring-as]")) one.addEventListener("click", () => ringAs(one));
whose.addEventListener("change", () => {
  if (!state.going_on) return chosen();
  problem(zh`先挂机，再换人。`);
  whose.value = number;
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || /^(TEXTAREA|INPUT|SELECT)$/.test(event.target.tagName)) return;
  const key = page.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (key) press(event.key);
});

chosen();
texts(false);
follow();
