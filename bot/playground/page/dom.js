// Builds elements. Text goes in as text and as nothing else.

export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name in element && typeof value === "boolean") element[name] = value;
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const PATHS = {
  menu: "M4 7h16M4 12h16M4 17h10",
  plus: "M12 5v14M5 12h14",
  send: "M5 12h13M12.5 5.5 19 12l-6.5 6.5",
  close: "M6 6l12 12M18 6 6 18",
  reply: "M10 6 4.5 11.5 10 17M5 11.5h8.5c3.5 0 6 2.2 6 6",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  heart: "M12 19.5C6 15.2 4 12.2 4 9.2A4.2 4.2 0 0 1 12 7.5a4.2 4.2 0 0 1 8 1.7c0 3-2 6-8 10.3Z",
  download: "M12 4.5v10M7.5 10.5 12 15l4.5-4.5M5 19.5h14",
  file: "M7 3.5h7l4 4v13H7zM14 3.5v4h4",
  eye: "M3.5 12S7 6.5 12 6.5 20.5 12 20.5 12 17 17.5 12 17.5 3.5 12 3.5 12Zm8.5 2.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  sparkle: "M12 4l1.8 5.2L19 11l-5.2 1.8L12 18l-1.8-5.2L5 11l5.2-1.8zM19 16.5v4M17 18.5h4",
};

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("glyph");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export const $ = (id) => document.getElementById(id);

export function toast(text) {
  const element = h("p", { class: "toast" }, text);
  // What lies behind an open form isn't seen.
  (document.querySelector("dialog[open] .toasts") ?? $("toasts")).append(element);
  setTimeout(() => element.remove(), 6000);
}

// A colour of one's own, by one's place among the people.
export function tint(place) {
  const hues = [18, 262, 184, 328, 216];
  return hues[Math.max(0, place) % hues.length];
}

export function initial(name) {
  return [...name.trim()][0]?.toUpperCase() ?? "?";
}
