// The log of a room: its history, what comes live, and where one is in it.

import { $, toast } from "./dom.js";
import { request } from "./api.js";
import { drawMessage, group } from "./messages.js";
import { world } from "./world.js";

const PAGE = 50;
const NEAR = 120;
const FLASH_MS = 1600;
let stuck = true;
let last = { top: 0, reach: 0 };

export function prepareLog() {
  const log = $("log");
  log.addEventListener("scroll", () => {
    // Only who scrolls up leaves the end. A log that shrinks is moved up by the browser, and may
    // have grown again before the page hears of it: neither takes anybody away from the end.
    const reach = log.scrollHeight - log.clientHeight;
    if (reach - log.scrollTop < NEAR) stuck = true;
    else if (log.scrollTop < last.top && reach === last.reach) stuck = false;
    last = { top: log.scrollTop, reach };
  });
  // Pictures and edits grow the log; who was at its end stays there.
  new ResizeObserver(() => stuck && toEnd()).observe($("messages"));
  new ResizeObserver(() => stuck && toEnd()).observe(log);
  $("older").addEventListener("click", older);
}

export async function openRoom(channel) {
  const found = await request("GET", `/channels/${channel}/messages?limit=${PAGE}`);
  if (world.channel !== channel) return;
  world.messages.clear();
  const list = $("messages");
  const known = new Map([...list.children].map((element) => [element.dataset.id, element]));
  for (const message of found.reverse()) {
    world.messages.set(message.id, message);
  }
  list.replaceChildren(...[...world.messages.values()].map((message) => drawMessage(message, known.get(message.id) ?? null)));
  $("older").hidden = found.length < PAGE;
  settle();
  stuck = true;
  toEnd();
}

export function emptyLog() {
  world.messages.clear();
  $("messages").replaceChildren();
  $("empty").hidden = true;
}

async function older() {
  const [first] = world.messages.keys();
  const found = await request("GET", `/channels/${world.channel}/messages?limit=${PAGE}&before=${first}`);
  const log = $("log");
  const before = log.scrollHeight - log.scrollTop;
  const all = [...found.reverse().map((message) => [message.id, message]), ...world.messages];
  world.messages.clear();
  for (const [id, message] of all) world.messages.set(id, message);
  $("messages").prepend(...found.map((message) => drawMessage(message)));
  $("older").hidden = found.length < PAGE;
  settle();
  log.scrollTop = log.scrollHeight - before;
}

// Brings a message of this room into view, however far up it is.
export async function reach(id) {
  const first = () => world.messages.keys().next().value;
  while (!world.messages.has(id) && !$("older").hidden && BigInt(first()) > BigInt(id)) await older();
  const element = $(`message-${id}`);
  if (!element) return toast("That message isn't there any more.");
  stuck = false;
  element.scrollIntoView({ block: "center" });
  element.classList.add("found");
  setTimeout(() => element.classList.remove("found"), FLASH_MS);
}

export function addMessage(message) {
  if (world.messages.has(message.id)) return changeMessage(message);
  world.messages.set(message.id, message);
  $("messages").append(drawMessage(message));
  const acted = message.interaction_metadata?.user.id ?? message.author.id;
  if (acted === world.me.id) stuck = true;
  settle();
  if (stuck) toEnd();
}

export function changeMessage(message) {
  const before = world.messages.get(message.id);
  if (!before) return;
  // Reactions don't come with an edit.
  const whole = { reactions: before.reactions, ...message };
  world.messages.set(message.id, whole);
  redraw(whole);
}

export function removeMessage(id) {
  world.messages.delete(id);
  $(`message-${id}`)?.remove();
  settle();
}

export function react({ message_id: id, user_id: user, emoji }, step) {
  const message = world.messages.get(id);
  if (!message) return;
  const all = (message.reactions ?? []).map((reaction) => ({ ...reaction }));
  let one = all.find((reaction) => reaction.emoji.name === emoji.name);
  if (!one) all.push((one = { emoji, count: 0, me: false }));
  one.count += step;
  if (user === world.me.id) one.me = step > 0;
  world.messages.set(id, { ...message, reactions: all.filter((reaction) => reaction.count > 0) });
  redraw(world.messages.get(id));
}

export function clearReactions({ message_id: id, emoji }) {
  const message = world.messages.get(id);
  if (!message) return;
  const left = emoji ? (message.reactions ?? []).filter((reaction) => reaction.emoji.name !== emoji.name) : [];
  world.messages.set(id, { ...message, reactions: left });
  redraw(world.messages.get(id));
}

export function redrawAll() {
  for (const message of world.messages.values()) redraw(message);
}

function redraw(message) {
  const element = $(`message-${message.id}`);
  if (element) drawMessage(message, element);
}

function settle() {
  group($("messages"));
  $("empty").hidden = world.messages.size > 0;
}

function toEnd() {
  const log = $("log");
  log.scrollTop = log.scrollHeight;
}
