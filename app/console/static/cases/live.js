// Calls that are going on: the words as they come, from the news (news.js) in the event "live".

import { zh } from "../shell/language.js";

const part = document.querySelector("[data-live]");
const list = part?.querySelector("ul");
const only = part?.dataset.live; // on a case's page: its own calls

function row(call) {
  const item = list.querySelector(`[data-call="${call.id}"]`);
  if (item) return item;
  const fresh = part.querySelector("template").content.querySelector("li").cloneNode(true);
  fresh.dataset.call = call.id;
  fresh.querySelector("[data-who]").textContent = call.who;
  fresh.querySelector("[data-since]").textContent = zh`${call.since} 开始说`;
  list.append(fresh);
  return fresh;
}

function write(item, call) {
  const words = item.querySelector("[data-words-so-far]");
  const text = call.text || zh`还没有听出话来`;
  if (words.textContent !== text) words.textContent = text; // said aloud only when it changes
  words.classList.toggle("quiet", !call.text);
  const link = item.querySelector("a");
  link.hidden = !call.case || Boolean(only);
  if (call.case) [link.href, link.textContent] = [call.page, zh`事项 ${call.case}`];
}

document.addEventListener("live", ({ detail }) => {
  if (!part) return;
  const calls = detail.filter((call) => !only || call.case === only);
  const ids = calls.map((call) => call.id);
  for (const item of list.querySelectorAll("[data-call]")) if (!ids.includes(item.dataset.call)) item.remove();
  for (const call of calls) write(row(call), call);
  if (only) part.hidden = !calls.length; // at its place nothing lies below that would be moved
  else part.querySelector("[data-nobody]").hidden = Boolean(calls.length);
});
