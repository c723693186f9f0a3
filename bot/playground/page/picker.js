// A list of suggestions above the message box, for the keyboard and the pointer.

import { $, h } from "./dom.js";

let choose = null;
let at = 0;

export const picking = () => choose !== null;

// Shows suggestions ({ label, detail, value }); `chosen` is called with the value.
export function suggest(list, field, chosen) {
  const picker = $("picker");
  if (!list.length) return closePicker();
  const same = choose !== null && picker.childElementCount === list.length;
  choose = chosen;
  at = same ? Math.min(at, list.length - 1) : 0;
  picker.hidden = false;
  picker.replaceChildren(...list.map((item, index) => h("div", {
    class: "suggestion", role: "option", id: `suggestion-${index}`,
    onpointerdown: (event) => { event.preventDefault(); pick(index, list); },
    onpointermove: () => index !== at && mark(index, field),
  }, h("span", { class: "suggestion-label" }, item.label), h("span", { class: "suggestion-detail" }, item.detail ?? ""))));
  mark(at, field);
  field.setAttribute("aria-expanded", "true");
  field.onkeydown = (event) => keys(event, list, field);
}

export function closePicker(field = null) {
  choose = null;
  at = 0;
  const picker = $("picker");
  picker.hidden = true;
  picker.replaceChildren();
  for (const each of [field, $("text")]) {
    if (!each) continue;
    each.removeAttribute("aria-expanded");
    each.removeAttribute("aria-activedescendant");
    each.onkeydown = null;
  }
}

function mark(index, field) {
  at = index;
  const options = [...$("picker").children];
  options.forEach((option, each) => option.setAttribute("aria-selected", String(each === index)));
  options[index]?.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", `suggestion-${index}`);
}

function pick(index, list) {
  const done = choose;
  closePicker();
  done(list[index].value);
}

function keys(event, list, field) {
  if (event.isComposing || !picking()) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    mark((at + step + list.length) % list.length, field);
  } else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    pick(at, list);
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.stopImmediatePropagation();
    closePicker(field);
  }
}
