// The place of a case: villages and their groups found by name, pinyin or its first letters (qsc3), or on a small map.

const NUMERALS = [..."零一二三四五六七八九"]; // no sentence
const MOST = 15;
const SVG = "http://www.w3.org/2000/svg";

const field = document.querySelector("[data-places]");
if (field) setUp(field);

function setUp(field) {
  const village = document.querySelector("#village");
  const panel = document.querySelector("[data-place-panel]");
  const list = panel.querySelector("[role='listbox']");
  let town = null;
  let options = [];
  let at = -1;

  async function open() {
    town ??= fetch(field.dataset.places).then((answer) => answer.json());
    const places = await town;
    if (document.activeElement !== field) return;
    options = find(places.villages, field.value.trim().toLowerCase());
    list.replaceChildren(...options.map((option, i) => item(places.town, option, i)));
    drawMap(panel.querySelector("svg"), places.villages, options, choose);
    mark(-1);
    show(options.length > 0);
  }

  function show(shown) {
    panel.hidden = !shown;
    field.setAttribute("aria-expanded", shown);
    if (!shown) mark(-1);
  }

  function mark(to) {
    at = to;
    [...list.children].forEach((each, i) => each.setAttribute("aria-selected", i === at));
    list.children[at]?.scrollIntoView({ block: "nearest" });
    if (at >= 0) field.setAttribute("aria-activedescendant", list.children[at].id);
    else field.removeAttribute("aria-activedescendant");
  }

  function choose(option) {
    village.value = option.id;
    field.value = option.value;
    show(false);
    field.focus();
  }

  function item(town, option, i) {
    const line = document.createElement("li");
    Object.assign(line, { id: `place-${i}`, role: "option", textContent: [town, ...option.path].join(" › ") });
    line.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    line.addEventListener("click", () => choose(option));
    return line;
  }

  field.addEventListener("input", open);
  field.addEventListener("focus", open);
  field.addEventListener("blur", () => show(false));
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || panel.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark((at + step + options.length + (at < 0 && step < 0 ? 1 : 0)) % options.length);
    else if (event.key === "Enter" && at >= 0) choose(options[at]);
    else if (event.key === "Escape") show(false);
    else return;
    event.preventDefault();
  });
}

/** Places that fit what was typed, each with the village's id, the text for the field and the path to it. */
export function find(villages, typed) {
  const { name, group } = split(typed);
  const fitting = villages.filter((one) => one.keys.some((key) => key.startsWith(name)))
    .concat(villages.filter((one) => name && one.name.includes(name) && !one.keys.some((key) => key.startsWith(name))));
  const only = fitting.length === 1;
  return fitting.flatMap((village) => {
    const whole = { id: village.id, value: village.name, path: [village.name] };
    const groups = Array.from({ length: village.groups }, (_, i) => i + 1)
      .filter((number) => (group ? number === group : only && name))
      .map((number) => ({ id: village.id, value: `${village.name}${inWords(number)}组`, path: [village.name, `${inWords(number)}组`] })); // no sentence
    return group ? groups : [whole, ...groups];
  }).slice(0, MOST);
}

/** What was typed, as the name of a village and the number of a group (0: none): qsc3, 清水村三组, qsc. */
function split(typed) {
  const [, name, number] = /^(.*?)(\d{1,2}|[一二三四五六七八九十]{1,3})?(?:组|z|zu)?$/.exec(typed) ?? ["", typed, ""]; // no sentence
  return number && name ? { name, group: /\d/.test(number) ? Number(number) : fromWords(number) } : { name: typed, group: 0 };
}

function inWords(number) {
  const [tens, ones] = [Math.floor(number / 10), number % 10];
  return `${tens > 1 ? NUMERALS[tens] : ""}${tens ? "十" : ""}${ones ? NUMERALS[ones] : ""}`; // no sentence
}

function fromWords(words) {
  return Array.from({ length: 99 }, (_, i) => i + 1).find((number) => inWords(number) === words) ?? 0;
}

/** The villages as dots, those that fit what was typed strong; nothing where no village says where it lies. */
function drawMap(map, villages, options, choose) {
  const known = villages.filter((one) => one.at.length);
  map.toggleAttribute("hidden", !known.length);
  const fits = new Set(options.map((option) => option.id));
  map.replaceChildren(...known.map((one) => {
    const [group, dot, name] = ["g", "circle", "text"].map((tag) => document.createElementNS(SVG, tag));
    const [x, y] = one.at;
    set(dot, { cx: x, cy: y, r: 4 });
    set(name, { x: x > 60 ? x - 6 : x + 6, y: y + 2.5, "text-anchor": x > 60 ? "end" : "start" });
    set(group, { class: fits.has(one.id) ? "fits" : "", "data-village": one.name });
    name.textContent = one.name;
    group.append(dot, name);
    group.addEventListener("mousedown", (event) => event.preventDefault());
    group.addEventListener("click", () => choose({ id: one.id, value: one.name }));
    return group;
  }));
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}
