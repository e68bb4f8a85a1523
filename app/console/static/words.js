// The words of a recording: lit while they are spoken, heard by click or key.

const LINGER = 0.4; // seconds a word stays lit when nothing follows
const NUDGE = 0.005; // seconds into a word, so that rounding never lands in the one before

/** Follow `audio` in `box` (which may be missing); `hear(seconds)` plays from there. Gives what to do as time passes. */
export function followWords(box, audio, hear) {
  const words = box ? [...box.querySelectorAll("[data-start]")] : [];
  const starts = words.map((word) => Number(word.dataset.start));
  const ends = words.map((word) => Number(word.dataset.end));
  let lit = null;

  function play(i) {
    pick(words, i);
    hear(starts[i] + NUDGE);
  }

  words.forEach((word, i) => word.addEventListener("click", () => play(i)));
  box?.addEventListener("keydown", (event) => {
    const at = words.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: words.length - 1 }[event.key];
    if (at < 0 || (to === undefined && event.key !== "Enter")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") play(at);
    else if (words[to]) pick(words, to);
  });

  return () => {
    const now = audio.currentTime;
    const last = starts.findLastIndex((start) => start <= now);
    const begun = now > 0 || !audio.paused;
    const spoken = begun && last >= 0 && now < ends[last] + LINGER ? words[last] : null;
    if (spoken === lit) return;
    lit?.classList.remove("lit");
    spoken?.classList.add("lit");
    lit = spoken;
  };
}

/** One word at a time can be reached with Tab; the arrows go on from it. */
function pick(words, i) {
  words.forEach((word, n) => word.setAttribute("tabindex", n === i ? 0 : -1));
  words[i].focus();
}
