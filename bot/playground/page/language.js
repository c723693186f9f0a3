// The language that a person's Discord is set to: the bot is told of it with each act.

import { $, h, toast } from "./dom.js";
import { request } from "./api.js";
import { remember, remembered } from "./memory.js";
import { world } from "./world.js";

const LANGUAGES = { "en-US": "English", de: "Deutsch" };

const place = () => `language:${world.persons.indexOf(world.me)}`;

export function prepareLanguage(changed) {
  const choice = $("language");
  choice.append(...Object.entries(LANGUAGES).map(([value, label]) => h("option", { value, lang: value }, label)));
  choice.addEventListener("change", () => {
    remember(place(), choice.value);
    tellLanguage().then(changed).catch((error) => toast(error.message));
  });
}

// Until somebody chooses, it is the browser's.
export function drawLanguage() {
  const own = Object.keys(LANGUAGES).find((language) => navigator.language.split("-")[0] === language.split("-")[0]);
  world.locale = remembered(place()) ?? own ?? "en-US";
  $("language").value = world.locale;
}

export async function tellLanguage() {
  drawLanguage();
  await request("PATCH", "/users/@me/settings", { locale: world.locale });
}

// A text of a command in the person's language: its "description", or its "name".
export const localized = (thing, what) => thing[`${what}_localizations`]?.[world.locale] ?? thing[what];
