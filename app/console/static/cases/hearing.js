// A case whose recording is being written down: its words are shown once they are there, and nothing typed is lost.

import { compare } from "./compare.js";
import { adopt } from "./player.js";

const { page } = document.querySelector("[data-shown]").dataset;

/** Whether the page may be loaded anew: nothing was typed or opened, nothing plays, no form was refused. */
function idle() {
  const typed = [...document.querySelectorAll("main form")].some((form) => [...form.elements].some(changed));
  const busy = document.querySelector("[data-correct][open], dialog[open]")
    || [...document.querySelectorAll("audio")].some((audio) => !audio.paused);
  return location.pathname === page && !typed && !busy;
}

function changed(field) {
  if (field.type === "hidden") return false;
  if (field.options) { // a list in which nothing was chosen for us stands on its first line
    const chosen = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(chosen, 0);
  }
  return field.type === "checkbox" ? field.checked !== field.defaultChecked
    : field.defaultValue !== undefined && field.value !== field.defaultValue;
}

document.addEventListener("progress", async () => {
  if (idle()) return location.reload();
  const answer = await fetch(page);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("[data-shown]").dataset.waiting = fresh.querySelector("[data-shown]")?.dataset.waiting ?? "";
  for (const section of fresh.querySelectorAll("[data-recording]")) renew(section);
  return undefined;
});

function renew(section) {
  const here = document.getElementById(section.id);
  if (!here) return;
  const player = section.querySelector(".player");
  if (player && !here.querySelector(".player")) here.querySelector("[data-heard-words]").before(player);
  here.querySelector("[data-heard-words]").replaceWith(section.querySelector("[data-heard-words]"));
  adopt(here);
  compare(here);
}
