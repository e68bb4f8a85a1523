// Two people on one case: who else looks at it now, and what they have just done to it.

import { zh } from "../shell/language.js";

const line = document.querySelector("[data-together]");
const [who, done, anew] = ["who", "done", "anew"].map((name) => line.querySelector(`[data-${name}]`));

document.addEventListener("together", ({ detail }) => {
  const names = detail.here ?? [];
  write(who, names.length ? zh`${names.join("、")}也在看这件事。` : "");
  write(done, detail.changed ?? "");
  anew.hidden = !detail.changed;
  line.hidden = !names.length && !detail.changed;
});

function write(part, text) {
  if (part.textContent !== text) part.textContent = text; // said aloud once by a screen reader
}

addEventListener("pagehide", () => {
  const token = document.querySelector("[name='csrf_token']");
  const body = new FormData();
  if (token) body.set("csrf_token", token.value);
  navigator.sendBeacon(line.dataset.together, body);
});
