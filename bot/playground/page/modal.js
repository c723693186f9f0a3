// Modals: a form that the bot asks to be filled in.

import { $, h, icon, toast } from "./dom.js";
import { interact } from "./interactions.js";
import { markdown } from "./markdown.js";
import { choices } from "./parts.js";

const LONG = 2;

export function showModal(modal) {
  const sheet = $("sheet");
  const fields = [];
  const send = h("button", { class: "button primary", type: "submit" }, "Send");
  const form = h("form", { method: "dialog", "aria-labelledby": "sheet-title" },
    h("header", {}, h("h2", { id: "sheet-title" }, modal.title),
      h("button", { class: "icon", type: "button", "aria-label": "Close", onclick: () => sheet.close() }, icon("close"))),
    h("div", { class: "sheet-body" }, modal.components.map((part) => draw(part, fields))),
    h("div", { class: "toasts", role: "alert" }),
    h("footer", {}, h("button", { class: "button secondary", type: "button", onclick: () => sheet.close() }, "Cancel"), send));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const files = [];
    const components = fields.map((field) => field.read(files));
    const attachments = files.map((file, index) => ({ id: String(index), filename: file.name }));
    send.setAttribute("aria-busy", "true");
    try {
      const data = { id: modal.id, custom_id: modal.custom_id, components, attachments };
      await interact({ type: 5, channel_id: modal.channel_id, data }, files);
      sheet.close();
    } catch (error) {
      toast(error.message);
    } finally {
      send.removeAttribute("aria-busy");
    }
  });
  sheet.replaceChildren(form);
  sheet.showModal();
  sheet.querySelector(".sheet-body :is(input, select, textarea)")?.focus();
}

function draw(part, fields) {
  if (part.type === 10) return h("div", { class: "flow" }, markdown(part.content));
  if (part.type === 1) {
    return part.components.map((inner) => labelled(inner, inner.label ?? inner.custom_id, null, fields, (data) => ({ type: 1, components: [data] })));
  }
  return labelled(part.component, part.label, part.description, fields, (data) => ({ type: 18, id: part.id, component: data }));
}

function labelled(part, label, description, fields, wrap) {
  const id = `sheet-${part.id}`;
  const { element, read } = control(part, id);
  fields.push({ read: (files) => wrap({ type: part.type, id: part.id, custom_id: part.custom_id, ...read(files) }) });
  const optional = part.required === false ? h("span", { class: "soft" }, " optional") : null;
  const hint = description ? h("p", { class: "small", id: `${id}-hint` }, description) : null;
  return h("div", { class: "sheet-field" }, h("label", { for: id, id: `${id}-label` }, label, optional), hint, element);
}

function control(part, id) {
  const required = part.required !== false;
  switch (part.type) {
    case 4: return textInput(part, id, required);
    case 19: return upload(part, id, required);
    case 21: return radios(part, id, required);
    case 22: return boxes(part, id);
    case 23: return single(part, id);
    default: return select(part, id, required);
  }
}

function textInput(part, id, required) {
  const props = { id, class: "field-input", value: part.value ?? "", placeholder: part.placeholder, required, minlength: part.min_length, maxlength: part.max_length ?? 4000 };
  const element = part.style === LONG ? h("textarea", { ...props, rows: "4" }) : h("input", { type: "text", ...props });
  return { element, read: () => ({ value: element.value }) };
}

function upload(part, id, required) {
  const element = h("input", { id, type: "file", required, multiple: (part.max_values ?? 1) > 1 });
  return { element, read: (files) => ({ values: [...element.files].map((file) => String(files.push(file) - 1)) }) };
}

function radios(part, id, required) {
  const inputs = part.options.map((option) => h("input", { type: "radio", name: id, value: option.value, required, checked: Boolean(option.default) }));
  return { element: group(part, id, inputs, "radiogroup"), read: () => ({ value: inputs.find((input) => input.checked)?.value ?? null }) };
}

function boxes(part, id) {
  const inputs = part.options.map((option) => h("input", { type: "checkbox", value: option.value, checked: Boolean(option.default) }));
  return { element: group(part, id, inputs, "group"), read: () => ({ values: inputs.filter((input) => input.checked).map((input) => input.value) }) };
}

function group(part, id, inputs, role) {
  return h("div", { class: "options", role, "aria-labelledby": `${id}-label` }, part.options.map((option, index) =>
    h("label", { class: "check" }, inputs[index], h("span", {}, option.label, option.description ? h("span", { class: "soft" }, ` ${option.description}`) : null))));
}

function single(part, id) {
  const element = h("input", { id, type: "checkbox", checked: Boolean(part.default) });
  return { element, read: () => ({ value: element.checked }) };
}

function select(part, id, required) {
  const many = (part.max_values ?? 1) > 1;
  const element = h("select", { id, class: "select", required, multiple: many },
    many ? null : h("option", { value: "" }, part.placeholder ?? "Choose…"),
    choices(part).map((option) => h("option", { value: option.value, selected: Boolean(option.default) }, option.label)));
  return { element, read: () => ({ values: [...element.selectedOptions].map((option) => option.value).filter(Boolean) }) };
}
