// A and B: what a person wrote, what the machine made of the sound, what it had heard before correction.

import { zh } from "../shell/language.js";

const NAMES = { all: zh`机器听到的`, corrected: zh`机器校正后`, heard: zh`机器原来听到的` };

/** Let the versions of a recording be compared, where there is more than one. */
export function compare(recording) {
  const button = recording.querySelector("[data-compare]");
  const box = recording.querySelector("[data-words]");
  if (!button || !box) return;
  const written = recording.querySelector("[data-version='written']");
  const name = recording.querySelector("[data-version-name]");
  const chosen = [...box.querySelectorAll("[data-heard]")];
  const corrected = chosen.map((word) => word.textContent);
  const states = [written && "all", "corrected", chosen.length && "heard"].filter(Boolean);
  let at = 0;

  function show() {
    const state = states[at];
    if (written) written.hidden = state !== "all";
    box.classList.toggle("second", state === "all");
    box.classList.toggle("as-heard", state === "heard");
    chosen.forEach((word, i) => { word.textContent = state === "heard" ? word.dataset.heard : corrected[i]; });
    name.textContent = state === states[0] ? NAMES.all : NAMES[state];
    box.dataset.version = state;
  }

  button.hidden = states.length < 2;
  button.addEventListener("click", () => {
    at = (at + 1) % states.length;
    show();
  });
}

for (const recording of document.querySelectorAll("[data-recording]")) compare(recording);
