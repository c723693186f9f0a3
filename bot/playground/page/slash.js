// Slash commands: found while typing, filled in one field an option, sent as one act.

import { $, h, icon, toast } from "./dom.js";
import { interact } from "./interactions.js";
import { localized } from "./language.js";
import { closePicker, suggest } from "./picker.js";
import { choices } from "./parts.js";
import { mayUse, nameOf, world } from "./world.js";

const [SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, FILE] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const KINDS = { [USER]: 5, [ROLE]: 6, [MENTIONABLE]: 7, [CHANNEL]: 8 };
const PAUSE = 180;

let open = null;

export const inCommand = () => open !== null;

export function offerCommands(text) {
  const field = $("text");
  if (!text.startsWith("/") || text.includes("\n")) return closePicker();
  const typed = text.slice(1).trimEnd().toLowerCase();
  const found = leaves().filter((leaf) => mayUse(leaf.command) && leaf.path.includes(typed));
  suggest(found.slice(0, 12).map((leaf) => ({ label: `/${leaf.path}`, detail: leaf.description, value: leaf })), field, begin);
}

// Why a command that is typed out can't be used, in a sentence; null where it isn't one of those.
export function refusal(text) {
  const typed = text.trim().toLowerCase();
  const command = leaves().find((leaf) => `${typed} `.startsWith(`/${leaf.path} `))?.command;
  if (!command || mayUse(command)) return null;
  const names = world.persons.filter((person) => mayUse(command, person)).map((person) => nameOf(world.names.get(person.id)?.user ?? person));
  return `Only who manages the server can: here that is ${names.join(" or ") || "nobody"}.`;
}

// Every command that can be called: one with subcommands can't by its bare name.
function leaves() {
  return world.commands.filter((command) => command.type === 1).flatMap((command) => descend(command, command, command.name, []));
}

function descend(command, node, path, way) {
  const inner = (node.options ?? []).filter((option) => option.type === SUBCOMMAND || option.type === GROUP);
  if (!inner.length) return [{ command, path, way, description: localized(node, "description"), options: node.options ?? [] }];
  return inner.flatMap((option) => descend(command, option, `${path} ${option.name}`, [...way, option]));
}

function begin(leaf) {
  open = { ...leaf, fields: new Map(), busy: false };
  $("text").value = "";
  $("writing").hidden = true;
  const box = $("command");
  box.hidden = false;
  const optional = h("div", { class: "optional" });
  box.replaceChildren(
    h("div", { class: "command-head" }, h("strong", { class: "mention" }, `/${leaf.path}`), h("span", {}, leaf.description),
      h("button", { class: "icon", type: "button", "aria-label": "Leave this command", onclick: leave }, icon("close"))),
    h("div", { class: "command-fields", id: "command-fields" }),
    h("div", { class: "command-foot" }, optional, h("button", { class: "button primary", type: "submit" }, "Run it")));
  for (const option of leaf.options) {
    if (option.required) addField(option);
    else optional.append(more(option));
  }
  box.onkeydown = (event) => {
    if (event.key === "Escape") leave();
  };
  focusFirst();
}

function more(option) {
  return h("button", { class: "pill", type: "button", title: localized(option, "description"), onclick: (event) => {
    event.currentTarget.remove();
    addField(option);
    open.fields.get(option.name).input.focus();
  } }, icon("plus"), option.name);
}

function focusFirst() {
  const first = open.fields.values().next().value;
  (first?.input ?? $("command").querySelector("[type=submit]")).focus();
}

function addField(option) {
  const id = `option-${option.name}`;
  const field = { option, file: null, chosen: null, ...control(option, id) };
  open.fields.set(option.name, field);
  $("command-fields").append(h("div", { class: "command-field" },
    h("label", { for: id, title: localized(option, "description") }, option.name, option.required ? "" : h("span", { class: "soft" }, " optional")), field.element));
}

function control(option, id) {
  if (option.type === FILE) return fileControl(option, id);
  const pairs = (option.choices ?? []).map((choice) => ({ value: JSON.stringify(choice.value), label: localized(choice, "name") }));
  if (pairs.length) return menu(id, option, pairs, JSON.parse);
  if (option.type === BOOLEAN) return menu(id, option, [{ value: "true", label: "yes" }, { value: "false", label: "no" }], JSON.parse);
  if (KINDS[option.type]) return menu(id, option, choices({ type: KINDS[option.type] }), String);
  const number = option.type === INTEGER || option.type === NUMBER;
  const input = h("input", { id, class: "field-input", type: "text", autocomplete: "off", inputmode: number ? "decimal" : null, placeholder: localized(option, "description"), maxlength: option.max_length });
  const field = { input, element: input, read: () => written(option, input) };
  if (option.autocomplete) complete(option, input);
  return field;
}

function written(option, input) {
  const text = input.value.trim();
  if (!text) return undefined;
  if (input.dataset.value && input.dataset.label === text) return JSON.parse(input.dataset.value);
  if (option.type === STRING) return text;
  const number = Number(text.replace(",", "."));
  if (Number.isNaN(number)) throw new Error(`${option.name} has to be a number.`);
  return option.type === INTEGER ? Math.trunc(number) : number;
}

function menu(id, option, pairs, parse) {
  const input = h("select", { id, class: "select", title: localized(option, "description") }, h("option", { value: "" }, "Choose…"),
    pairs.map(({ value, label }) => h("option", { value }, label)));
  return { input, element: input, read: () => (input.value === "" ? undefined : parse(input.value)) };
}

function fileControl(option, id) {
  const input = h("button", { id, class: "pill", type: "button", title: localized(option, "description") }, icon("plus"), "Choose a picture");
  const hidden = h("input", { type: "file", hidden: true, onchange: () => hidden.files[0] && give(hidden.files[0]) });
  input.addEventListener("click", () => hidden.click());
  const element = h("div", { class: "file-field" }, input, hidden);
  const give = (file) => {
    const field = open.fields.get(option.name);
    field.file = file;
    const image = file.type.startsWith("image/") ? h("img", { src: URL.createObjectURL(file), alt: "" }) : icon("file");
    input.replaceChildren(image, file.name);
  };
  return { input, element, give, read: () => undefined };
}

// A dropped or pasted file goes to the first option that waits for one.
export function takeFile(file) {
  let free = [...open.fields.values()].find((field) => field.give && !field.file);
  if (!free) {
    const option = open.options.find((each) => each.type === FILE && !open.fields.has(each.name));
    if (!option) return false;
    addField(option);
    free = open.fields.get(option.name);
  }
  free.give(file);
  return true;
}

function complete(option, input) {
  let timer = null;
  let asked = 0;
  const ask = async () => {
    const mine = ++asked;
    try {
      const { body } = filled({ focused: option.name });
      const answer = await interact({ type: 4, data: body });
      if (mine !== asked || document.activeElement !== input) return;
      suggest(answer.choices.map((choice) => ({ label: choice.name, value: choice })), input, (choice) => {
        input.value = choice.name;
        Object.assign(input.dataset, { value: JSON.stringify(choice.value), label: choice.name });
        input.focus();
      });
    } catch {
      closePicker(input);
    }
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  };
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-controls", "picker");
  input.addEventListener("input", later);
  input.addEventListener("focus", later);
  input.addEventListener("blur", () => {
    clearTimeout(timer);
    asked += 1;
    closePicker(input);
  });
}

// The command as Discord's client sends it: what was filled in, and the files beside it.
function filled({ focused = null } = {}) {
  const files = [];
  const options = [];
  for (const { option, file, read, input } of open.fields.values()) {
    if (option.name === focused) {
      options.push({ name: option.name, type: option.type, value: input.value, focused: true });
    } else if (file && !focused) {
      options.push({ name: option.name, type: FILE, value: files.push(file) - 1 });
    } else if (option.type !== FILE) {
      const value = focused ? quietly(read) : read();
      if (value !== undefined) options.push({ name: option.name, type: option.type, value });
    }
    if (!focused && option.required && !options.some((each) => each.name === option.name)) {
      input.focus();
      throw new Error(`${option.name} is missing.`);
    }
  }
  const { id, name, type, version } = open.command;
  const nested = open.way.reduceRight((inner, node) => [{ name: node.name, type: node.type, options: inner }], options);
  const attachments = files.map((file, index) => ({ id: String(index), filename: file.name }));
  return { body: { id, name, type, version, options: nested, attachments }, files };
}

function quietly(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

export async function sendCommand() {
  if (open.busy) return;
  try {
    const { body, files } = filled();
    open.busy = true;
    $("command").setAttribute("aria-busy", "true");
    const sent = interact({ type: 2, data: body }, files);
    leave();
    await sent;
  } catch (error) {
    toast(error.message);
  } finally {
    if (open) open.busy = false;
    $("command").removeAttribute("aria-busy");
  }
}

function leave() {
  closeCommand();
  $("text").focus();
}

export function closeCommand() {
  open = null;
  closePicker();
  $("command").hidden = true;
  $("command").replaceChildren();
  $("writing").hidden = false;
}
