// The words of a recording: lit while they are spoken, heard by click or key.

import { zh } from "../shell/language.js";

const LINGER = 0.4; // seconds a word stays lit when nothing follows
const NUDGE = 0.005; // seconds into a word, so that rounding never lands in the one before

/** The keys on a word; besides, a number chooses a suggestion for it (correct.js). */
export const keys = ["ArrowLeft", "ArrowRight", "Home", "End", "Enter"];

/** Follow `audio` in `box` (which may be missing); `hear(seconds)` plays from there.
 *
 * `light()` is to be called as time passes; `chosen()` gives start and end of the word in focus, else of the one that
 * was lit last. */
export function followWords(box, audio, hear) {
  const words = box ? [...box.querySelectorAll(".word")] : [];
  const times = (box?.dataset.times ?? "").split(" ").map((pair) => pair.split("-").map((hundredths) => hundredths / 100));
  let lit = null;
  let last = 0;

  function play(i) {
    pick(words, i);
    hear(times[i][0] + NUDGE, i);
  }

  words.forEach((word, i) => {
    describe(word, i);
    word.addEventListener("click", () => play(i));
  });
  box?.addEventListener("keydown", (event) => {
    const at = words.indexOf(event.target);
    if (at < 0 || !keys.includes(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: words.length - 1 }[event.key];
    if (event.key === "Enter") play(at);
    else if (words[to]) pick(words, to);
  });

  function light() {
    const now = audio.currentTime;
    const at = times.findLastIndex(([start]) => start <= now);
    const begun = now > 0 || !audio.paused;
    const spoken = begun && at >= 0 && words[at] && now < times[at][1] + LINGER ? words[at] : null;
    if (spoken === lit) return;
    lit?.classList.remove("lit");
    spoken?.classList.add("lit");
    lit = spoken;
    if (!spoken) return;
    last = at;
    keepInSight(box, spoken);
  }

  function chosen() {
    const focused = words.indexOf(document.activeElement);
    return times[focused >= 0 ? focused : last] ?? null;
  }

  return { light, chosen: words.length ? chosen : () => null };
}

function describe(word, i) {
  word.setAttribute("role", "button");
  word.tabIndex = i === 0 ? 0 : -1;
  const about = [word.classList.contains("unsure") && zh`没把握`, word.dataset.note].filter(Boolean).join(zh`，`);
  if (!about) return;
  word.setAttribute("aria-description", about);
  word.title = zh`${about}，点一下听听`;
}

/** In a long transcript, which scrolls by itself, the word that is spoken stays in the middle. */
function keepInSight(box, word) {
  if (box.scrollHeight <= box.clientHeight) return;
  const above = word.getBoundingClientRect().top - box.getBoundingClientRect().top;
  if (above < 0 || above > box.clientHeight * 0.7) box.scrollTop += above - box.clientHeight * 0.3;
}

/** One word at a time can be reached with Tab; the arrows go on from it. */
function pick(words, i) {
  words.forEach((word, n) => word.setAttribute("tabindex", n === i ? 0 : -1));
  words[i].focus();
}
