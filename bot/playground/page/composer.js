// The message box: text, pictures, replies, and the way into commands.

import { $, h, icon, toast } from "./dom.js";
import { nonce, request } from "./api.js";
import { jump } from "./links.js";
import { avatar } from "./messages.js";
import { readable } from "./pictures.js";
import { picking } from "./picker.js";
import { closeCommand, inCommand, offerCommands, refusal, sendCommand, takeFile } from "./slash.js";
import { isWhisper, nameOf, world } from "./world.js";

let files = [];
let replyTo = null;
let sending = false;

export function prepareComposer() {
  $("choose").append(icon("plus"));
  $("send").append(icon("send"));
  $("begin").prepend(icon("plus"));
  for (const id of ["choose", "begin"]) $(id).addEventListener("click", () => $("files").click());
  $("rocket").hidden = !world.example;
  $("rocket").addEventListener("click", takeExample);
  $("files").addEventListener("change", () => {
    add([...$("files").files]);
    $("files").value = "";
  });
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  const text = $("text");
  text.addEventListener("input", () => {
    grow();
    drawHint();
    $("toasts").replaceChildren();
    offerCommands(text.value);
  });
  text.addEventListener("keydown", keys);
  text.addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (!pasted.length) return;
    event.preventDefault();
    add(pasted.map((file, index) => named(file, index)));
  });
  document.addEventListener("reply", (event) => startReply(event.detail));
  prepareDrop();
  grow();
}

export function describeRoom(name) {
  $("text").placeholder = `Say something ${isWhisper() ? "to" : "in"} ${name}`;
}

// A reply and a command belong to their room and their person. Text and files go along.
export function leaveRoom() {
  replyTo = null;
  closeCommand();
  drawReply();
}

function keys(event) {
  if (event.isComposing || picking()) return;
  if (event.key === "Enter" && !event.shiftKey && !event.defaultPrevented) {
    event.preventDefault();
    send();
  } else if (event.key === "Escape" && replyTo) {
    replyTo = null;
    drawReply();
  }
}

function grow() {
  const text = $("text");
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 220)}px`;
}

// A picture from the clipboard is always called the same; a name of its own says when it came.
function named(file, index) {
  if (file.name && file.name !== "image.png") return file;
  const ending = file.type.split("/")[1] ?? "png";
  return new File([file], `pasted-${Date.now()}${index || ""}.${ending}`, { type: file.type });
}

function add(added) {
  for (const file of added) {
    if (file.size > world.fileBytes) toast(`${file.name} is ${readable(file.size)}; at most ${readable(world.fileBytes)} can be sent.`);
    else if (inCommand() && takeFile(file)) continue;
    else if (files.length >= 10) toast("Ten files go with one message.");
    else files.push(file);
  }
  drawTray();
  if (!inCommand()) $("text").focus();
}

async function takeExample() {
  try {
    const data = await (await fetch(world.example)).blob();
    add([new File([data], world.example.split("/").at(-1), { type: data.type })]);
  } catch (error) {
    toast(error.message);
  }
}

function drawTray() {
  const tray = $("tray");
  for (const image of tray.querySelectorAll("img")) URL.revokeObjectURL(image.src);
  tray.hidden = files.length === 0;
  tray.replaceChildren(...files.map((file, index) => h("li", { class: "held" },
    file.type.startsWith("image/") ? h("img", { src: URL.createObjectURL(file), alt: "" }) : icon("file"),
    h("span", { class: "held-name" }, file.name),
    h("button", { class: "icon", type: "button", "aria-label": `Remove ${file.name}`, onclick: () => { files.splice(index, 1); drawTray(); $("text").focus(); } }, icon("close")))));
  if (files.length) tray.append(h("li", { class: "hint" }, h("button", { class: "pill", type: "button", onclick: dream }, icon("sparkle"), "Send with !dream")));
  drawHint();
}

// What to say with a picture, as long as nothing is said.
function drawHint() {
  const hint = $("tray").querySelector(".hint");
  if (hint) hint.hidden = $("text").value.trim() !== "";
}

function dream() {
  $("text").value = "!dream";
  $("text").focus();
  send();
}

function startReply(id) {
  replyTo = id;
  drawReply();
  $("text").focus();
}

function drawReply() {
  const bar = $("replying");
  const message = replyTo && world.messages.get(replyTo);
  bar.hidden = !message;
  bar.replaceChildren();
  if (!message) return;
  bar.append(icon("reply"), h("button", { class: "plain", type: "button", onclick: () => jump(message.channel_id, message.id) }, avatar(message.author, "tiny"), `Replying to ${nameOf(message.author)}`),
    h("button", { class: "icon", type: "button", "aria-label": "Don't reply", onclick: () => { replyTo = null; drawReply(); } }, icon("close")));
}

async function send() {
  if (inCommand()) return sendCommand();
  const text = $("text");
  const content = text.value;
  if (sending || (!content.trim() && !files.length)) return;
  const refused = refusal(content);
  if (refused) return toast(refused);
  const body = { content, nonce: nonce(), enforce_nonce: true };
  if (replyTo) body.message_reference = { message_id: replyTo, channel_id: world.channel };
  if (files.length) body.attachments = files.map((file, index) => ({ id: String(index), filename: file.name }));
  const held = { content, files, replyTo };
  text.value = "";
  [files, replyTo, sending] = [[], null, true];
  drawTray();
  drawReply();
  grow();
  offerCommands("");
  $("composer").setAttribute("aria-busy", "true");
  try {
    await request("POST", `/channels/${world.channel}/messages`, body, held.files);
  } catch (error) {
    toast(error.message);
    text.value ||= held.content;
    [files, replyTo] = [held.files, held.replyTo];
    drawTray();
    drawReply();
    grow();
  } finally {
    sending = false;
    $("composer").removeAttribute("aria-busy");
  }
}

function prepareDrop() {
  let depth = 0;
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragenter", (event) => {
    if (!carries(event)) return;
    depth += 1;
    $("drop").hidden = false;
  });
  addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (!depth) $("drop").hidden = true;
  });
  addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    depth = 0;
    $("drop").hidden = true;
    if (!carries(event)) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
}
