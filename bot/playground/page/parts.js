// Components of messages: rows of buttons and menus, and the layouts of the second version.

import { h, toast } from "./dom.js";
import { media } from "./embeds.js";
import { link } from "./links.js";
import { markdown } from "./markdown.js";
import { fileCard } from "./pictures.js";
import { nameOf, world } from "./world.js";
import { interact } from "./interactions.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };
const SELECTS = new Set([3, 5, 6, 7, 8]);

export function parts(message, slot) {
  return message.components.map((part) => draw(part, message, slot));
}

function draw(part, message, slot) {
  switch (part.type) {
    case 1: return h("div", { class: "row" }, part.components.map((inner) => draw(inner, message, slot)));
    case 2: return button(part, message);
    case 9: return section(part, message, slot);
    case 10: return h("div", { class: "flow" }, markdown(part.content));
    case 11: return h("div", { class: "thumbnail" }, guarded(part, shot(part, `thumbnail:${part.id}`, slot)));
    case 12: return gallery(part, slot);
    case 13: return guarded(part, fileCard({ url: part.file.url, name: part.name ?? media(part.file).name, size: part.size }));
    case 14: return h("hr", { class: `${part.divider === false ? "clear" : ""} ${part.spacing === 2 ? "wide" : ""}` });
    case 17: return container(part, message, slot);
    default: return SELECTS.has(part.type) ? select(part, message) : h("p", { class: "small" }, `(a component of type ${part.type})`);
  }
}

function button(part, message) {
  const label = [part.emoji ? h("span", { class: "button-emoji" }, part.emoji.name) : null, part.label ? h("span", {}, part.label) : null];
  const style = `button ${STYLES[part.style] ?? "secondary"}`;
  if (part.style === 5) return link(part.url, label, { class: style, "aria-disabled": part.disabled ? "true" : null });
  const name = part.label ?? part.emoji?.name ?? "Button";
  return h("button", {
    class: style, type: "button", disabled: Boolean(part.disabled), "aria-label": part.label ? null : name,
    dataset: { focus: part.custom_id },
    onclick: (event) => press(event.currentTarget, part, message),
  }, label);
}

async function press(element, part, message, values = undefined) {
  if (element.getAttribute("aria-busy") === "true") return;
  element.setAttribute("aria-busy", "true");
  const data = { component_type: part.type, custom_id: part.custom_id };
  if (values) Object.assign(data, { type: part.type, values });
  try {
    await interact({ type: 3, message_id: message.id, message_flags: message.flags, data });
  } catch (error) {
    toast(error.message);
  } finally {
    element.removeAttribute("aria-busy");
  }
}

function select(part, message) {
  const most = part.max_values ?? 1;
  const options = choices(part);
  const chosen = new Set(options.filter((option) => option.default).map((option) => option.value));
  if (most > 1) return manyOf(part, message, options, chosen);
  const element = h("select", {
    class: "select", disabled: Boolean(part.disabled), "aria-label": part.placeholder ?? "Choose", dataset: { focus: part.custom_id },
    onchange: (event) => event.target.value && press(event.target, part, message, [event.target.value]),
  });
  element.append(h("option", { value: "" }, part.placeholder ?? "Choose…"));
  for (const option of options) {
    const label = [option.emoji?.name, option.label].filter(Boolean).join(" ");
    element.append(h("option", { value: option.value, title: option.description, selected: chosen.has(option.value) }, option.description ? `${label} — ${option.description}` : label));
  }
  return element;
}

function manyOf(part, message, options, chosen) {
  const named = options.filter((option) => chosen.has(option.value)).map((option) => option.label).join(", ");
  const summary = h("summary", { dataset: { focus: part.custom_id } }, named || (part.placeholder ?? "Choose some…"));
  const list = h("fieldset", { disabled: Boolean(part.disabled) }, options.map((option) => h("label", { class: "check" },
    h("input", { type: "checkbox", value: option.value, checked: chosen.has(option.value) }), h("span", {}, option.label))));
  const done = h("button", { class: "button primary", type: "button", disabled: Boolean(part.disabled) }, "Choose these");
  done.addEventListener("click", () => {
    const values = [...list.querySelectorAll("input:checked")].map((input) => input.value);
    press(done, part, message, values);
  });
  return h("details", { class: "many" }, summary, list, done);
}

export function choices(part) {
  if (part.type === 3) return part.options;
  const chosen = new Set((part.default_values ?? []).map((each) => each.id));
  return everybody(part).map((option) => ({ ...option, default: chosen.has(option.value) }));
}

function everybody(part) {
  const people = [...world.names.entries()].map(([id, { user }]) => ({ value: id, label: nameOf(user) }));
  const roles = [...world.roles.values()].map((role) => ({ value: role.id, label: role.name }));
  const types = part.channel_types ?? [];
  const rooms = [...world.channels.values()].filter((room) => (types.length ? types.includes(room.type) : room.type !== 1));
  switch (part.type) {
    case 5: return people;
    case 6: return roles;
    case 7: return [...people, ...roles];
    default: return rooms.map((room) => ({ value: room.id, label: `#${room.name}` }));
  }
}

function section(part, message, slot) {
  return h("div", { class: "section" },
    h("div", { class: "section-text" }, part.components.map((inner) => draw(inner, message, slot))),
    part.accessory ? draw(part.accessory, message, slot) : null);
}

function gallery(part, slot) {
  const items = part.items.map((item, index) => guarded(item, shot(item, `gallery:${part.id}:${index}`, slot)));
  return h("div", { class: "gallery", dataset: { count: String(Math.min(items.length, 4)) } }, items);
}

function shot(item, name, slot) {
  return slot(name, { ...media(item.media), alt: item.description });
}

function container(part, message, slot) {
  const box = h("div", { class: "container" }, part.components.map((inner) => draw(inner, message, slot)));
  if (part.accent_color !== null && part.accent_color !== undefined) {
    box.style.setProperty("--accent", `#${part.accent_color.toString(16).padStart(6, "0")}`);
    box.classList.add("accented");
  }
  return guarded(part, box);
}

function guarded(part, element) {
  if (!part.spoiler) return element;
  const veil = h("button", { class: "veiled", type: "button", onclick: () => veil.parentElement.classList.add("shown") }, "Show");
  return h("div", { class: "guard" }, element, veil);
}
