// Messages in the log: each drawn once, and only what changed drawn again.

import { h, icon, initial, tint, toast } from "./dom.js";
import { request } from "./api.js";
import { embed, pictureSlots } from "./embeds.js";
import { jump } from "./links.js";
import { markdown } from "./markdown.js";
import { openMenu, quickReact } from "./menu.js";
import { parts } from "./parts.js";
import { fileCard, shownAsPicture } from "./pictures.js";
import { nameOf, world } from "./world.js";

const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const LINE = 200;
const TOGETHER_MS = 5 * 60_000;

export function avatar(user, extra = "") {
  const face = h("span", { class: `face ${user?.bot ? "bot" : ""} ${extra}`, "aria-hidden": "true" });
  if (user?.bot) face.append(h("img", { src: "/page/moon.svg", alt: "" }));
  else face.textContent = initial(nameOf(user));
  face.style.setProperty("--hue", tint(world.persons.findIndex((person) => person.id === user?.id)));
  return face;
}

export function drawMessage(message, old = null) {
  const element = old ?? skeleton(message);
  const slot = pictureSlots(element);
  const quiet = (message.flags & EPHEMERAL) !== 0;
  element.classList.toggle("private", quiet);
  update(element, ".quote", [message.referenced_message, message.interaction_metadata?.name], () => context(message));
  update(element, ".who", [message.author, message.edited_timestamp, world.names.get(message.author.id)?.nick], () => heading(message));
  update(element, ".words", [message.content, message.flags & LOADING], () => words(message));
  update(element, ".files", message.attachments.map((file) => file.id), () => message.attachments.map((file, index) =>
    shownAsPicture(file)
      ? slot(`file:${index}`, { url: file.url, name: file.filename, alt: file.description, width: file.width, height: file.height, becomes: message.referenced_message?.attachments[0]?.width })
      : fileCard({ url: file.url, name: file.filename, size: file.size })));
  update(element, ".embeds", steady(message.embeds), () => message.embeds.map((data, index) => embed(data, slot, index)));
  update(element, ".parts", steady(message.components), () => parts(message, slot));
  update(element, ".reactions", message.reactions ?? [], () => reactions(message));
  update(element, ".private-note", quiet, () => (quiet ? privacy(message) : []));
  return element;
}

// Redraws a part of a message if what it shows has changed, and keeps the keyboard where it was.
function update(element, place, shown, draw) {
  const box = element.querySelector(place);
  const now = JSON.stringify(shown);
  if (box.shown === now) return;
  box.shown = now;
  const focus = box.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  box.replaceChildren(...[draw()].flat());
  if (focus) [...box.querySelectorAll("[data-focus]")].find((each) => each.dataset.focus === focus)?.focus();
}

// Signatures of addresses come and go without a change of what is shown.
const steady = (data) => JSON.parse(JSON.stringify(data), (key, value) =>
  (key === "url" || key === "proxy_url") && typeof value === "string" ? value.split("?")[0] : value);

function skeleton(message) {
  const tools = h("div", { class: "tools", role: "group", "aria-label": "For this message" },
    h("button", { class: "icon", type: "button", "aria-label": "Love it", onclick: () => quickReact(current(message.id), "❤️") }, icon("heart")),
    h("button", { class: "icon", type: "button", "aria-label": "Reply", onclick: () => reply(message.id) }, icon("reply")),
    h("button", { class: "icon more", type: "button", "aria-label": "More for this message", "aria-haspopup": "menu", onclick: (event) => openMenu(current(message.id), event.currentTarget) }, icon("more")));
  const element = h("li", { class: "message", id: `message-${message.id}`, dataset: { id: message.id, author: message.author.id } },
    h("div", { class: "quote" }),
    h("div", { class: "face-place" }, avatar(message.author)),
    h("div", { class: "body" },
      h("div", { class: "who" }), h("div", { class: "words flow" }), h("div", { class: "files" }),
      h("div", { class: "embeds" }), h("div", { class: "parts" }), h("div", { class: "reactions" }),
      h("div", { class: "private-note" })),
    tools);
  element.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a, img, textarea, input")) return;
    event.preventDefault();
    openMenu(current(message.id), tools.lastElementChild, event);
  });
  return element;
}

const current = (id) => world.messages.get(id);

function reply(id) {
  document.dispatchEvent(new CustomEvent("reply", { detail: id }));
}

function heading(message) {
  const when = new Date(message.timestamp);
  const time = new Intl.DateTimeFormat(world.locale, { hour: "2-digit", minute: "2-digit" }).format(when);
  const roles = world.names.get(message.author.id)?.roles ?? [];
  const moderator = !message.author.bot && roles.length > 0;
  return [
    h("span", { class: "name" }, nameOf(message.author)),
    message.author.bot ? h("span", { class: "badge" }, "bot") : moderator ? h("span", { class: "badge soft" }, "moderator") : null,
    h("time", { class: "when", datetime: message.timestamp, title: when.toLocaleString() }, time),
    message.edited_timestamp && !message.author.bot ? h("span", { class: "when" }, "edited") : null,
  ].filter(Boolean);
}

function context(message) {
  if (message.referenced_message) {
    const target = message.referenced_message;
    const picture = target.attachments.some(shownAsPicture) ? "a picture" : "a message";
    const text = plain(target.content) || target.embeds?.[0]?.title || picture;
    return [h("button", { class: "quoted", type: "button", "aria-label": `In reply to ${nameOf(target.author)}: ${text}`, onclick: () => jump(target.channel_id, target.id) },
      avatar(target.author, "tiny"), h("strong", {}, nameOf(target.author)), h("span", {}, text))];
  }
  const act = message.interaction_metadata;
  if (act?.name) {
    const verb = act.command_type === 1 ? `/${act.name}` : act.name;
    return [h("p", { class: "quoted" }, avatar(act.user, "tiny"), h("strong", {}, nameOf(act.user)), h("span", {}, "used"), h("span", { class: "mention" }, verb))];
  }
  if (message.message_reference) return [h("p", { class: "quoted" }, h("span", {}, "in reply to a message that is gone"))];
  return [];
}

// A line of Markdown without its marks.
function plain(text) {
  const bare = text.replace(/<t:\d+(?::\w)?>/g, "…").replace(/\*\*|__|~~|\|\||`+|^(?:#{1,3}|-#|>)\s+/gm, "");
  const line = bare.replace(/\s+/g, " ").trim();
  return line.length > LINE ? `${line.slice(0, LINE - 1).trimEnd()}…` : line;
}

function words(message) {
  if (message.flags & LOADING) {
    return h("p", { class: "thinking" }, `${nameOf(message.author)} is thinking`, h("span", { class: "dots" }, h("i"), h("i"), h("i")));
  }
  return message.content ? markdown(message.content) : [];
}

function reactions(message) {
  return (message.reactions ?? []).map((reaction) => {
    const { name } = reaction.emoji;
    const text = `${name}, ${reaction.count} ${reaction.count === 1 ? "reaction" : "reactions"}`;
    return h("button", { class: "reaction", type: "button", "aria-pressed": String(reaction.me), "aria-label": text, dataset: { focus: name }, onclick: () => quickReact(current(message.id), name) },
      h("span", {}, name), h("span", { class: "count" }, String(reaction.count)));
  });
}

function privacy(message) {
  const dismiss = () => request("DELETE", `/channels/${message.channel_id}/messages/${message.id}`).catch((error) => toast(error.message));
  return [icon("eye"), "Only you can see this.", h("button", { class: "plain", type: "button", onclick: dismiss }, "Dismiss")];
}

// Messages of one author in a row share one face.
export function group(list) {
  let before = null;
  for (const element of list.children) {
    const message = world.messages.get(element.dataset.id);
    const same = before && before.author.id === message.author.id && !message.referenced_message && !message.interaction_metadata
      && !message.message_reference && new Date(message.timestamp) - new Date(before.timestamp) < TOGETHER_MS;
    element.classList.toggle("together", Boolean(same));
    before = message;
  }
}
