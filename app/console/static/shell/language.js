// What scripts say, in the language of the page: zh`有 ${count} 件新事项` is looked up in english.js on an English page.

import words from "./english.js";

const english = document.documentElement.lang === "en";

export function zh(texts, ...values) {
  const key = texts.join("{}");
  let place = 0;
  return (english ? words[key] ?? key : key).replace(/\{\}/g, () => values[place++]);
}
