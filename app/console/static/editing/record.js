// Recording words: in the browser by its microphone, or by ringing the hotline and speaking after the beep.

import { zh } from "../shell/language.js";

const LONGEST = 60; // seconds
for (const row of document.querySelectorAll("[data-record]")) setUp(row);

function setUp(row) {
  const find = (name) => row.querySelector(`[data-${name}]`);
  const form = row.querySelector("form");
  const token = form.elements.csrf_token.value;
  const parts = { row, form, token, meter: find("meter"), said: find("said"), taken: find("taken"), use: find("use") };
  const start = find("start");
  const phone = find("phone");
  let going = null;
  start.hidden = phone.hidden = false;
  start.addEventListener("click", async () => {
    if (going) {
      const finished = going;
      going = null;
      start.textContent = zh`重录`;
      await send(parts, finished.end());
      return;
    }
    try {
      going = await listen(parts, () => start.click());
      start.textContent = zh`说完了`;
      parts.said.textContent = zh`正在录，请念这一句……`;
    } catch {
      parts.said.textContent = zh`用不了话筒。请接上话筒，并在浏览器里允许使用；也可以打电话录。`;
    }
  });
  phone.addEventListener("click", () => byPhone(parts));
}

/** Records until `end`, which gives the sound as a WAV file. */
async function listen({ meter }, tooLong) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, autoGainControl: false } });
  const context = new AudioContext();
  await context.audioWorklet.addModule(new URL("./capture.js", import.meta.url));
  const capture = new AudioWorkletNode(context, "capture");
  const heard = [];
  let length = 0;
  capture.port.onmessage = ({ data }) => {
    heard.push(data);
    length += data.length;
    meter.value = Math.min(1, 1.6 * data.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0));
    if (length > LONGEST * context.sampleRate && context.state === "running") tooLong();
  };
  context.createMediaStreamSource(stream).connect(capture);
  meter.hidden = false;
  return {
    end() {
      for (const track of stream.getTracks()) track.stop();
      context.close();
      meter.hidden = true;
      return wav(heard, length, context.sampleRate);
    },
  };
}

function wav(pieces, length, rate) {
  const view = new DataView(new ArrayBuffer(44 + 2 * length));
  const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // one channel
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * length, true);
  let at = 44;
  for (const piece of pieces) {
    for (const sample of piece) {
      view.setInt16(at, Math.max(-1, Math.min(1, sample)) * 32767, true);
      at += 2;
    }
  }
  return new Blob([view], { type: "audio/wav" });
}

async function send(parts, sound) {
  parts.said.textContent = zh`正在保存……`;
  try {
    const headers = { "X-CSRFToken": parts.token, "Content-Type": "audio/wav" };
    show(parts, await asked(fetch(parts.row.dataset.record, { method: "POST", headers, body: sound })));
  } catch (problem) {
    tell(parts, problem);
  }
}

async function byPhone(parts) {
  const number = prompt(zh`您用哪个电话打？请写号码。`);
  if (!number) return;
  const form = new FormData(parts.form);
  form.set("number", number);
  try {
    const { take } = await asked(fetch(parts.row.dataset.take, { method: "POST", body: form }));
    parts.said.textContent = zh`请在十分钟内用这个电话打热线，听到嘀声后念这一句，念完挂电话。`;
    for (;;) {
      await new Promise((done) => setTimeout(done, 2000));
      const found = await asked(fetch(take));
      if (found.key) {
        show(parts, found);
        return;
      }
      if (found.called) parts.said.textContent = zh`电话打进来了，正在等录音……`;
    }
  } catch (problem) {
    tell(parts, problem);
  }
}

async function asked(answering) {
  const answer = await answering;
  if (answer.redirected) throw new Error(zh`请重新登录。`);
  if (!answer.ok && answer.status !== 422) throw new Error(zh`现在录不了，请过一会儿再试。`);
  const found = await answer.json();
  if (found.problem) throw new Error(found.problem);
  return found;
}

function show({ form, said, taken, use }, { key, sound }) {
  form.elements.key.value = key;
  taken.src = sound;
  taken.hidden = use.hidden = false;
  said.textContent = zh`录好了，请听一听。满意就用这段。`;
}

function tell({ said }, problem) {
  said.textContent = problem instanceof TypeError ? zh`网络不通，请过一会儿再试。` : problem.message;
}
