// Links: those to a message or a room of this server lead there, all others leave the page.

import { h } from "./dom.js";
import { followable } from "./api.js";
import { channelName, world } from "./world.js";

const INSIDE = /^https:\/\/(?:(?:ptb|canary)\.)?discord(?:app)?\.com\/channels\/(\d+|@me)\/(\d+)(?:\/(\d+))?\/?$/;

// A link as an element; an address that mustn't be followed is its text alone.
export function link(address, text, props = {}) {
  if (!followable(address)) return h("span", props, text);
  const target = inside(address);
  if (!target) return h("a", { href: address, target: "_blank", rel: "noopener noreferrer", ...props }, text);
  const follow = (event) => {
    event.preventDefault();
    jump(target.channel, target.message);
  };
  return h("a", { class: "mention", href: address, onclick: follow, ...props }, text === address ? target.name : text);
}

// Asks for a message to be shown, wherever it is.
export function jump(channel, message) {
  document.dispatchEvent(new CustomEvent("jump", { detail: { channel, message } }));
}

function inside(address) {
  const [, guild, channel, message] = INSIDE.exec(address) ?? [];
  const room = world.channels.get(channel);
  if (!room || guild !== (room.type === 1 ? "@me" : world.guild.id)) return null;
  return { channel, message, name: message ? `${channelName(room)} › message` : channelName(room) };
}
