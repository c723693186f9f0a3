// A small part of Discord's Markdown, turned into elements and never into markup.

import { h } from "./dom.js";
import { link } from "./links.js";
import { nameOf, world } from "./world.js";

const PATTERNS = [
  ["fence", /^```(?:([\w+-]*)\n)?([\s\S]+?)```\n?/],
  ["code", /^(`{1,2})([^\n]*?[^`])\1(?!`)/],
  ["escape", /^\\([^\w\s])/],
  ["link", /^\[([^\]\n]+)\]\(<?(https?:\/\/[^\s)>]+)>?\)/],
  ["angle", /^<(https?:\/\/[^\s>]+)>/],
  ["address", /^https?:\/\/[^\s<]+[^\s<.,:;"')\]]/],
  ["person", /^<@!?(\d+)>/],
  ["role", /^<@&(\d+)>/],
  ["channel", /^<#(\d+)>/],
  ["command", /^<\/([-\w ]+):\d+>/],
  ["time", /^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/],
  ["emoji", /^<a?:(\w+):\d+>/],
  ["bold", /^\*\*([\s\S]+?)\*\*(?!\*)/],
  ["underline", /^__([\s\S]+?)__(?!_)/],
  ["italic", /^\*(?!\s)((?:\*\*|[^*])+?)\*(?!\*)/],
  ["italic", /^_([^_\s](?:[^_]*?[^_\s])?)_(?!\w)/],
  ["strike", /^~~([\s\S]+?)~~/],
  ["spoiler", /^\|\|([\s\S]+?)\|\|/],
];

export function markdown(text) {
  const root = document.createDocumentFragment();
  for (const { kind, text: inner } of blocks(String(text ?? ""))) root.append(element(kind, inner));
  return root;
}

// Headings, quotes, lists and small print are lines; everything else flows.
function* blocks(text) {
  let flow = [];
  let fenced = false;
  for (const line of text.split("\n")) {
    const heading = !fenced && /^(#{1,3}|-#|>|[-*])\s+(.*)$/.exec(line);
    if (!heading) {
      flow.push(line);
      if ((line.match(/```/g) ?? []).length % 2) fenced = !fenced;
      continue;
    }
    if (flow.length) yield { kind: "flow", text: flow.join("\n") };
    flow = [];
    yield { kind: heading[1], text: heading[2] };
  }
  if (flow.length) yield { kind: "flow", text: flow.join("\n") };
}

function element(kind, text) {
  if (kind === "flow") return inline(text);
  if (kind === ">") return h("blockquote", {}, inline(text));
  if (kind === "-" || kind === "*") return h("p", { class: "item" }, inline(text));
  if (kind === "-#") return h("p", { class: "small" }, inline(text));
  return h("p", { class: `heading h${kind.length}` }, inline(text));
}

function inline(text) {
  const root = document.createDocumentFragment();
  let plain = "";
  const flush = () => {
    if (plain) root.append(plain);
    plain = "";
  };
  for (let rest = text, before = ""; rest; ) {
    const hit = match(rest, before);
    if (hit) {
      flush();
      root.append(node(hit));
      before = hit.found[0].at(-1);
      rest = rest.slice(hit.found[0].length);
    } else {
      const [first] = rest;
      plain += first;
      before = first;
      rest = rest.slice(first.length);
    }
  }
  flush();
  return root;
}

function match(rest, before) {
  for (const [kind, pattern] of PATTERNS) {
    if (kind === "italic" && rest[0] === "_" && /\w/.test(before)) continue;
    const found = pattern.exec(rest);
    if (found) return { kind, found };
  }
  return null;
}

function node({ kind, found }) {
  const [whole, one, two] = found;
  switch (kind) {
    case "fence": return h("pre", {}, h("code", {}, two));
    case "code": return h("code", {}, two.trim() || two);
    case "escape": return document.createTextNode(one);
    case "bold": return h("strong", {}, inline(one));
    case "underline": return h("u", {}, inline(one));
    case "italic": return h("em", {}, inline(one));
    case "strike": return h("s", {}, inline(one));
    case "spoiler": return spoiler(one);
    case "link": return link(two, inline(one));
    case "angle": return link(one, one);
    case "address": return link(whole, whole);
    case "person": return mention(`@${nameOf(world.names.get(one)?.user)}`);
    case "role": return mention(`@${world.roles.get(one)?.name ?? "role"}`);
    case "channel": return mention(`#${world.channels.get(one)?.name ?? "room"}`);
    case "command": return mention(`/${one}`);
    case "emoji": return document.createTextNode(`:${one}:`);
    default: return moment(Number(one), two ?? "f");
  }
}

function mention(text) {
  return h("span", { class: "mention" }, text);
}

function spoiler(text) {
  const shown = h("span", { class: "spoiler", tabindex: "0", role: "button", "aria-label": "Spoiler" }, inline(text));
  const reveal = (event) => {
    if (event.type === "keydown" && event.key !== "Enter") return;
    shown.classList.add("shown");
    shown.removeAttribute("aria-label");
  };
  shown.addEventListener("click", reveal);
  shown.addEventListener("keydown", reveal);
  return shown;
}

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

function moment(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return document.createTextNode("sometime");
  const full = new Intl.DateTimeFormat(world.locale, STYLES.F).format(date);
  const shown = h("time", { class: "moment", datetime: date.toISOString(), title: full });
  if (style === "R") shown.dataset.relative = String(seconds);
  shown.textContent = style === "R" ? relative(seconds) : new Intl.DateTimeFormat(world.locale, STYLES[style]).format(date);
  return shown;
}

export function relative(seconds) {
  const away = seconds - Date.now() / 1000;
  const format = new Intl.RelativeTimeFormat(world.locale, { numeric: "auto" });
  for (const [unit, size] of [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(away) >= size) return format.format(Math.round(away / size), unit);
  }
  return format.format(Math.round(away), "second");
}

setInterval(() => {
  for (const shown of document.querySelectorAll("time[data-relative]")) {
    const text = relative(Number(shown.dataset.relative));
    if (shown.textContent !== text) shown.textContent = text;
  }
}, 1000);
