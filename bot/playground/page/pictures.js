// Pictures: the old one stays until the new one has come, and each opens large.

import { $, h, icon } from "./dom.js";
import { local } from "./api.js";

const LARGEST = 520;
const SLIM = 72;

// A frame for a picture. Called again with another address it changes the picture in place.
// A preview is small: it is shown as wide as what grows from it will be (`becomes`, in pixels).
export function picture(frame, { url, name, alt, width, height, becomes = LARGEST }) {
  const address = local(url);
  if (!address) return elsewhere(url, name);
  if (!frame || frame.tagName !== "FIGURE") frame = emptyFrame();
  if (frame.dataset.key === key(address)) return frame;
  const first = !frame.dataset.key;
  frame.dataset.key = key(address);
  frame.dataset.address = address;
  frame.dataset.name = name;
  const growing = name.startsWith("preview");
  frame.classList.toggle("growing", growing);
  const fit = () => size(frame, width, height, growing ? becomes : width);
  if (first) fit();
  load(frame, address, alt || name, fit);
  const save = frame.querySelector(".save");
  save.href = `${address}download=1`;
  save.setAttribute("download", name);
  save.setAttribute("aria-label", `Download ${name}`);
  frame.querySelector(".open").setAttribute("aria-label", `Open ${alt || name} large`);
  return frame;
}

function emptyFrame() {
  const open = h("button", { class: "open", type: "button", onclick: () => enlarge(frame) });
  const frame = h("figure", { class: "picture" }, open, h("a", { class: "save icon" }, icon("download")));
  return frame;
}

function load(frame, address, alt, shown) {
  const next = h("img", { alt, src: address, draggable: "false" });
  const place = () => {
    // A newer one may have overtaken this one while it was loading.
    if (frame.dataset.key !== key(address)) return;
    const old = frame.querySelector("img");
    if (old) old.replaceWith(next);
    else frame.querySelector(".open").append(next);
    shown();
  };
  const broken = () => {
    if (frame.dataset.key === key(address)) frame.classList.add("broken");
  };
  next.decode().then(place, () => (next.complete && next.naturalWidth ? place() : broken()));
}

function size(frame, width, height, wanted) {
  if (!width || !height) return;
  const shown = Math.min(wanted, LARGEST, (LARGEST * width) / height);
  frame.style.setProperty("--wide", `${Math.max(Math.round(shown), 24)}px`);
  // Previews are rounded to whole pixels: a frame that fits but for that doesn't twitch.
  const before = Number(frame.style.getPropertyValue("--ratio"));
  if (!before || Math.abs(before * height / width - 1) > 0.02) frame.style.setProperty("--ratio", String(width / height));
  frame.classList.toggle("slim", shown < SLIM || (shown * height) / width < SLIM);
}

// The signature changes while the file stays the same.
const key = (address) => address.split("?")[0];

function elsewhere(url, name) {
  return h("p", { class: "elsewhere" }, h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, name || url));
}

function enlarge(frame) {
  const light = $("light");
  const { address, name } = frame.dataset;
  const close = () => light.close();
  const large = h("img", { src: address, alt: name, onclick: close });
  // Twice as large as it is at the most: more would only be a blur.
  large.style.setProperty("--own", `${2 * (frame.querySelector("img")?.naturalWidth ?? 0)}px`);
  light.replaceChildren(
    large,
    h("div", { class: "light-bar" },
      h("span", { class: "light-name" }, name),
      h("a", { class: "pill", href: `${address}download=1`, download: name }, icon("download"), "Download"),
      h("button", { class: "pill", type: "button", onclick: close }, icon("close"), "Close")),
  );
  light.onclick = (event) => {
    if (event.target === light) close();
  };
  light.showModal();
}

// A file that isn't shown as a picture.
export function fileCard({ url, name, size: bytes }) {
  const address = local(url);
  const label = h("span", { class: "file-name" }, name);
  return h("p", { class: "file" }, icon("file"),
    address ? h("a", { href: `${address}download=1`, download: name }, label) : label,
    h("span", { class: "file-size" }, readable(bytes)));
}

export function readable(bytes) {
  if (bytes === undefined || bytes === null) return "";
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

export const shownAsPicture = (file) =>
  Boolean(file.width) && /^image\/(png|jpeg|gif|webp|avif)$/.test(file.content_type ?? "");
