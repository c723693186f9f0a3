// The menu of a message: reply, react, the bot's own entries, copy, delete.

import { h, toast } from "./dom.js";
import { request } from "./api.js";
import { interact } from "./interactions.js";
import { localized } from "./language.js";
import { mayUse, moderates, world } from "./world.js";

const FACES = ["⭐", "❤️", "✨", "🌙", "😮", "😂", "👀"];
const MESSAGE_MENU = 3;
let open = null;

export async function quickReact(message, emoji) {
  const mine = message.reactions?.find((reaction) => reaction.emoji.name === emoji)?.me;
  const path = `/channels/${message.channel_id}/messages/${message.id}/reactions/${encodeURIComponent(emoji)}/@me`;
  await attempt(request(mine ? "DELETE" : "PUT", path));
}

export function openMenu(message, anchor, at = null) {
  closeMenu();
  const entries = world.commands.filter((command) => command.type === MESSAGE_MENU && mayUse(command));
  const own = message.author.id === world.me.id;
  const menu = h("div", { class: "menu", role: "menu", "aria-label": "For this message" },
    h("div", { class: "faces" }, FACES.map((face) => entry(face, () => quickReact(message, face), "face-choice", `React with ${face}`))),
    entries.map((command) => entry(localized(command, "name"), () => use(command, message), "of-bot")),
    entry("Reply", () => document.dispatchEvent(new CustomEvent("reply", { detail: message.id }))),
    message.content ? entry("Copy the text", () => copy(message.content)) : null,
    entry("Copy the id", () => copy(message.id)),
    own || moderates() ? entry("Delete", () => attempt(request("DELETE", `/channels/${message.channel_id}/messages/${message.id}`)), "danger") : null);
  document.body.append(menu);
  place(menu, anchor, at);
  anchor.setAttribute("aria-expanded", "true");
  open = { menu, anchor };
  menu.querySelector("[role=menuitem]").focus();
  menu.addEventListener("keydown", move);
  setTimeout(() => document.addEventListener("pointerdown", outside), 0);
}

function entry(label, act, style = "", spoken = null) {
  return h("button", { class: `entry ${style}`, type: "button", role: "menuitem", "aria-label": spoken, onclick: (event) => { closeMenu(event.detail === 0); act(); } }, label);
}

function place(menu, anchor, at) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const x = at ? at.clientX : box.right - width;
  const y = at ? at.clientY : box.bottom + 4;
  const above = at ? at.clientY - height : box.top - height - 4;
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, y + height > innerHeight - 8 ? above : y)}px`;
}

function move(event) {
  const items = [...open.menu.querySelectorAll("[role=menuitem]")];
  const now = items.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    closeMenu(true);
  } else if (step) {
    event.preventDefault();
    items[(now + step + items.length) % items.length].focus();
  }
}

function outside(event) {
  if (open && !open.menu.contains(event.target)) closeMenu();
}

function closeMenu(back = false) {
  if (!open) return;
  document.removeEventListener("pointerdown", outside);
  open.anchor.removeAttribute("aria-expanded");
  open.menu.remove();
  if (back) open.anchor.focus();
  open = null;
}

function use(command, message) {
  const { id, name, type, version } = command;
  return attempt(interact({ type: 2, data: { id, name, type, version, target_id: message.id } }));
}

async function copy(text) {
  await attempt(navigator.clipboard.writeText(text));
}

async function attempt(promise) {
  try {
    await promise;
  } catch (error) {
    toast(error.message);
  }
}
