// The reply: how it will look on a phone, how many parts it is as an SMS, and how it will sound.

import { zh } from "../shell/language.js";
import { parts } from "../shell/sms.js";

const form = document.querySelector("[data-reply]");
if (form) setUp(form);

function setUp(form) {
  const find = (name) => form.querySelector(`[data-${name}]`);
  const [text, counter, listen, said, heard, screen] = [
    form.elements.text, find("counter"), find("listen"), find("said"), find("heard"), find("screen"),
  ];
  let made = "";

  function count() {
    const body = text.value.trim();
    const letters = [...body].length;
    const cost = (parts(body) * counter.dataset.price).toFixed(2);
    counter.textContent = body ? zh`${letters} 字，${parts(body)} 条短信，${cost} ${counter.dataset.currency}` : zh`短信和电话都用这段话。`;
    counter.dataset.parts = parts(body);
    if (body !== made) heard.hidden = true;
    screen.textContent = body || zh`对方会看到这里的字。`;
    screen.classList.toggle("quiet", !body);
  }

  async function sound() {
    const body = text.value.trim();
    if (body && body === made) return heard.play();
    listen.disabled = true;
    const begun = Date.now();
    const tell = () => {
      const seconds = Math.floor((Date.now() - begun) / 1000);
      said.textContent = seconds ? zh`正在准备，约十秒，已经过了 ${seconds} 秒……` : zh`正在准备，约十秒……`;
    };
    const telling = setInterval(tell, 1000);
    tell();
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
      if (answer.redirected) throw new Error(zh`请重新登录。写的话会留着。`);
      if (answer.status === 422) throw new Error(await answer.text());
      if (!answer.ok) throw new Error(zh`现在听不了，请过一会儿再试。`);
      if (heard.src) URL.revokeObjectURL(heard.src);
      heard.src = URL.createObjectURL(await answer.blob());
      heard.hidden = false;
      made = body;
      clearInterval(telling);
      said.textContent = zh`对方会听到这样的声音。满意了再打电话。`;
      await heard.play();
    } catch (problem) {
      said.textContent = problem instanceof TypeError ? zh`网络不通，请过一会儿再试。` : problem.message;
    } finally {
      clearInterval(telling);
      listen.disabled = false;
    }
    return undefined;
  }

  find("template")?.addEventListener("change", ({ target }) => {
    if (!target.value) return;
    text.value = text.value.trim() ? `${text.value.trim()}\n${target.value}` : target.value;
    target.value = "";
    text.dispatchEvent(new Event("input", { bubbles: true }));
    const blank = text.value.indexOf("___");
    text.focus();
    if (blank >= 0) text.setSelectionRange(blank, blank + 3);
  });
  listen.hidden = false;
  find("phone").hidden = false;
  listen.addEventListener("click", sound);
  text.addEventListener("input", count);
  count();
}
