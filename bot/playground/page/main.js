// Starts the page: who speaks, which room, and what to do with each event.

import { $, h, icon, toast } from "./dom.js";
import { request } from "./api.js";
import { describeRoom, leaveRoom, prepareComposer } from "./composer.js";
import { Gateway } from "./gateway.js";
import { heardOf } from "./interactions.js";
import { drawLanguage, prepareLanguage, tellLanguage } from "./language.js";
import { addMessage, changeMessage, clearReactions, emptyLog, openRoom, prepareLog, reach, react, redrawAll, removeMessage } from "./log.js";
import { remember, remembered } from "./memory.js";
import { avatar } from "./messages.js";
import { showModal } from "./modal.js";
import { isUnread, noteRead } from "./unread.js";
import { channelName, manages, meet, nameOf, world } from "./world.js";

const TYPING_MS = 9000;
const PATIENCE_MS = 1000;
const typing = new Map();

async function start() {
  await learn();
  prepareRail();
  prepareComposer();
  prepareLog();
  prepareLanguage(speakAnew);
  document.addEventListener("jump", ({ detail }) => go(detail).catch((error) => toast(error.message)));
  document.addEventListener("visibilitychange", () => document.hidden || world.session.hurry());
  become(world.persons[remembered("person")] ?? world.persons[0]);
}

// Who and what is here.
async function learn() {
  const answer = await fetch("/playground/me");
  const told = await answer.json();
  Object.assign(world, {
    api: told.api, cdn: told.cdn, gateway: told.gateway, fileBytes: told.file_bytes,
    example: told.example, guild: told.guild, bot: told.bot, home: told.channel, persons: told.persons,
  });
  document.title = told.guild.name;
  $("house-name").textContent = told.guild.name;
}

function become(person) {
  world.session?.close();
  world.me = person;
  remember("person", world.persons.indexOf(person));
  world.channels.clear();
  emptyLog();
  leaveRoom();
  drawPersons();
  drawLanguage();
  world.session = new Gateway(hear, drawConnection);
}

function drawConnection(status) {
  $("log").setAttribute("aria-busy", String(status !== "connected"));
  if (status !== "broken") {
    $("stopped").hidden = status !== "stopped";
    $("presence").hidden = status === "stopped";
  }
  if (status === "foreign") comeBack();
}

// The playground was started again: its people have the same names, and all else is new.
async function comeBack() {
  try {
    await learn();
    world.names.clear();
    world.roles.clear();
    become(world.persons[remembered("person")] ?? world.persons[0]);
  } catch {
    setTimeout(comeBack, PATIENCE_MS);
  }
}

// The direct messages with the bot, ready to be opened.
async function findWhisper() {
  const channel = await request("POST", "/users/@me/channels", { recipient_id: world.bot.id });
  world.channels.set(channel.id, channel);
}

async function enter(channel) {
  world.channel = channel;
  noteRead(channel);
  remember("room", channel);
  drawRooms();
  leaveRoom();
  closeRail();
  const room = world.channels.get(channel);
  $("room-name").textContent = channelName(room);
  $("room-topic").textContent = room?.topic ?? "Only the two of you read this.";
  describeRoom(channelName(room));
  drawTyping();
  await refresh();
}

async function refresh() {
  const path = `/channels/${world.channel}/application-command-index`;
  const [, index] = await Promise.all([openRoom(world.channel), request("GET", path)]);
  world.commands = index.application_commands;
}

async function speakAnew() {
  emptyLog();
  await refresh();
}

async function go({ channel, message }) {
  if (channel !== world.channel) await enter(channel);
  if (message) await reach(message);
}

function hear(name, data) {
  const here = data?.channel_id === world.channel;
  switch (name) {
    case "READY":
      for (const channel of data.private_channels) world.channels.set(channel.id, channel);
      break;
    case "GUILD_CREATE":
      arrive(data);
      break;
    case "MESSAGE_CREATE":
      stopTyping(data);
      if (here) addMessage(data);
      noteMessage(data);
      break;
    case "MESSAGE_UPDATE":
      if (here) changeMessage(data);
      break;
    case "MESSAGE_DELETE":
      if (here) removeMessage(data.id);
      break;
    case "MESSAGE_REACTION_ADD":
      if (here) react(data, 1);
      break;
    case "MESSAGE_REACTION_REMOVE":
      if (here) react(data, -1);
      break;
    case "MESSAGE_REACTION_REMOVE_ALL":
    case "MESSAGE_REACTION_REMOVE_EMOJI":
      if (here) clearReactions(data);
      break;
    case "TYPING_START":
      startTyping(data);
      break;
    case "PRESENCE_UPDATE":
      drawPresence(data.status === "online");
      break;
    case "GUILD_MEMBER_UPDATE":
      meet(data);
      drawPersons();
      redrawAll();
      break;
    case "CHANNEL_CREATE":
    case "CHANNEL_UPDATE":
      world.channels.set(data.id, data);
      drawRooms();
      break;
    case "CHANNEL_DELETE":
      world.channels.delete(data.id);
      if (data.id === world.channel) enter(firstRoom());
      else drawRooms();
      break;
    case "INTERACTION_MODAL_CREATE":
      showModal(data);
      break;
    default:
      heardOf(name, data);
  }
}

async function arrive(guild) {
  for (const member of guild.members) meet(member);
  for (const role of guild.roles) world.roles.set(role.id, role);
  for (const channel of guild.channels) world.channels.set(channel.id, channel);
  drawPersons();
  const { session } = world;
  drawPresence(guild.presences.some(({ user, status }) => user.id === world.bot.id && status === "online"));
  await Promise.all([findWhisper(), tellLanguage()]);
  if (session !== world.session) return;
  const before = remembered("room");
  await enter(world.channels.has(before) ? before : firstRoom());
}

function firstRoom() {
  if (world.channels.has(world.home)) return world.home;
  return [...world.channels.values()].find((channel) => channel.type !== 1)?.id ?? [...world.channels.keys()][0];
}

function noteMessage({ channel_id: channel, id, author }) {
  const room = world.channels.get(channel);
  if (room) room.last_message_id = id;
  if (channel === world.channel || author.id === world.me.id) noteRead(channel);
  else drawRooms();
}

function prepareRail() {
  const open = $("open-rail");
  open.append(icon("menu"));
  open.addEventListener("click", () => {
    document.body.classList.add("rail-open");
    open.setAttribute("aria-expanded", "true");
    $("rail").querySelector("button")?.focus();
  });
  $("veil").addEventListener("click", closeRail);
  addEventListener("keydown", (event) => event.key === "Escape" && closeRail());
}

function closeRail() {
  document.body.classList.remove("rail-open");
  $("open-rail").setAttribute("aria-expanded", "false");
}

function drawRooms() {
  const rooms = [...world.channels.values()];
  const shared = rooms.filter((channel) => channel.type !== 1).sort((one, other) => one.position - other.position);
  const own = rooms.filter((channel) => channel.type === 1);
  $("rooms").replaceChildren(...shared.map((channel) => door(channel, h("span", { class: "hash", "aria-hidden": "true" }, "#"), channel.name)));
  $("whispers").replaceChildren(...own.map((channel) => {
    const other = channel.recipients.find((user) => user.id !== world.me.id);
    return door(channel, avatar(other, "tiny"), nameOf(other));
  }));
}

function door(channel, sign, name) {
  const unread = isUnread(channel);
  const label = `${channelName(channel)}${unread ? ", new messages" : ""}`;
  return h("li", {}, h("button", {
    class: unread ? "door unread" : "door", type: "button", "aria-label": label,
    "aria-current": channel.id === world.channel ? "page" : null, onclick: () => enter(channel.id),
  }, sign, name));
}

function drawPersons() {
  const called = (person) => world.names.get(person.id)?.nick || person.name;
  $("persons").replaceChildren(...world.persons.map((person) => {
    const mine = person.id === world.me.id;
    return h("button", {
      class: "person", type: "button", role: "radio", "aria-checked": String(mine), title: called(person), tabindex: mine ? "0" : "-1",
      onclick: () => {
        if (!mine) become(person);
        $("persons").querySelector("[aria-checked=true]").focus();
      },
      onkeydown: step,
    }, avatar({ id: person.id, username: called(person) }), h("span", { class: "called" }, called(person)), manages(person) && h("span", { class: "tag" }, "manages this server"));
  }));
}

function step(event) {
  const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!way) return;
  event.preventDefault();
  const all = [...$("persons").children];
  all[(all.indexOf(event.currentTarget) + way + all.length) % all.length].click();
}

function drawPresence(online) {
  const name = world.bot.display_name;
  $("presence").className = online ? "presence online" : "presence";
  $("presence").textContent = online ? `${name} is awake` : `${name} is away`;
}

function startTyping({ channel_id: channel, user_id: user }) {
  if (user === world.me.id) return;
  clearTimeout(typing.get(`${channel}:${user}`));
  typing.set(`${channel}:${user}`, setTimeout(() => {
    typing.delete(`${channel}:${user}`);
    drawTyping();
  }, TYPING_MS));
  drawTyping();
}

function stopTyping({ channel_id: channel, author }) {
  clearTimeout(typing.get(`${channel}:${author.id}`));
  typing.delete(`${channel}:${author.id}`);
  drawTyping();
}

function drawTyping() {
  const here = [...typing.keys()].filter((mark) => mark.startsWith(`${world.channel}:`)).map((mark) => nameOf(world.names.get(mark.split(":")[1])?.user));
  $("typing").textContent = here.length ? `${here.join(" and ")} ${here.length > 1 ? "are" : "is"} writing…` : "";
}

start().catch((error) => toast(`The playground doesn't answer: ${error.message}`));
