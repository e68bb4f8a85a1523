// The script: how many parts a text is, how long words take to say, and how they sound.

import { zh } from "../shell/language.js";
import { parts } from "../shell/sms.js";

const SIGNS_A_SECOND = 4.3; // as prompts are spoken
const FILLED = "三四个字"; // no sentence: as long as what fills a gap
const script = document.querySelector("[data-listen]");
for (const form of document.querySelectorAll("form[data-step]")) setUp(form);

function setUp(form) {
  const told = form.querySelector("[data-told]");
  const heard = form.querySelector("[data-heard]");
  for (const text of form.querySelectorAll("[data-field]")) {
    const below = text.nextElementSibling;
    const count = () => {
      below.querySelector("[data-count]").textContent = counted(text);
    };
    text.addEventListener("input", count);
    count();
    const hear = below.querySelector("[data-hear]");
    if (!hear) continue;
    hear.hidden = false;
    hear.addEventListener("click", () => listen(form, text, hear, told, heard));
  }
}

function counted(text) {
  const first = text.value.split("\n")[0].trim();
  if (!first) return "";
  const signs = [...first.replace(/\{[^}]*\}/g, FILLED)].filter((sign) => /[\p{L}\p{N}]/u.test(sign)).length;
  if (text.dataset.field === "sms") return zh`约 ${parts(first)} 条短信`;
  return zh`说完约 ${Math.max(1, Math.round(signs / SIGNS_A_SECOND))} 秒`;
}

async function listen(form, text, button, told, heard) {
  const asked = new FormData();
  asked.set("csrf_token", form.elements.csrf_token.value);
  asked.set("dialect", script.dataset.dialect);
  asked.set("text", text.value);
  if (text.dataset.field === "again") asked.set("slow", "yes");
  button.disabled = true;
  told.textContent = zh`正在准备声音，请等几秒钟……`;
  try {
    const answer = await fetch(script.dataset.listen, { method: "POST", body: asked });
    if (answer.redirected) throw new Error(zh`请重新登录。`);
    if (answer.status === 422) throw new Error(await answer.text());
    if (!answer.ok) throw new Error(zh`现在听不了，请过一会儿再试。`);
    if (heard.src) URL.revokeObjectURL(heard.src);
    heard.src = URL.createObjectURL(await answer.blob());
    heard.hidden = false;
    told.textContent = zh`来电人听到的就是这样。`;
    await heard.play();
  } catch (problem) {
    told.textContent = problem instanceof TypeError ? zh`网络不通，请过一会儿再试。` : problem.message;
  } finally {
    button.disabled = false;
  }
}
