// Embeds: cards that a bot shows.

import { h } from "./dom.js";
import { followable, local } from "./api.js";
import { link } from "./links.js";
import { markdown } from "./markdown.js";
import { picture } from "./pictures.js";

export function embed(data, slot, index) {
  const card = h("article", { class: "card" });
  if (data.color) card.style.setProperty("--accent", `#${data.color.toString(16).padStart(6, "0")}`);
  const side = data.thumbnail && slot(`embed:${index}:thumbnail`, { ...media(data.thumbnail) });
  if (side) card.append(h("div", { class: "thumbnail" }, side));
  if (data.author) card.append(h("p", { class: "card-author" }, small(data.author), data.author.name ?? ""));
  if (data.title) card.append(h("p", { class: "card-title" }, titled(data)));
  if (data.description) card.append(h("div", { class: "flow" }, markdown(data.description)));
  if (data.fields?.length) card.append(h("dl", { class: "fields" }, data.fields.map(field)));
  if (data.image) card.append(slot(`embed:${index}:image`, media(data.image)));
  if (data.footer || data.timestamp) {
    const when = data.timestamp ? new Date(data.timestamp).toLocaleString() : null;
    card.append(h("p", { class: "card-foot" }, data.footer ? small(data.footer) : null, [data.footer?.text, when].filter(Boolean).join(" · ")));
  }
  return card;
}

export function pictureSlots(old) {
  const before = new Map();
  for (const frame of old?.querySelectorAll("[data-slot]") ?? []) before.set(frame.dataset.slot, frame);
  return (name, details) => {
    const frame = picture(before.get(name), details);
    frame.dataset.slot = name;
    return frame;
  };
}

export function media(item) {
  const name = decodeURIComponent(item.url.split("?")[0].split("/").at(-1));
  return { url: item.url, name, width: item.width, height: item.height };
}

function field({ name, value, inline }) {
  return h("div", { class: inline ? "field inline" : "field" },
    h("dt", {}, markdown(name)), h("dd", { class: "flow" }, markdown(value)));
}

function titled(data) {
  if (!followable(data.url)) return markdown(data.title);
  return link(data.url, data.title);
}

function small(part) {
  const address = local(part.icon_url);
  return address ? h("img", { class: "card-icon", src: address, alt: "" }) : null;
}
