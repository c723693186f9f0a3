// A person's acts: sent as Discord's client sends them, and waited for until the bot answers.

import { nonce, request } from "./api.js";
import { world } from "./world.js";

const waiting = new Map();
const PATIENCE = 6000;

// Resolves with what came of it; rejects with a sentence.
export function interact(fields, files = []) {
  const mark = nonce();
  const body = {
    application_id: world.bot.id,
    channel_id: world.channel,
    session_id: "playground",
    nonce: mark,
    ...fields,
  };
  if (world.channels.get(world.channel)?.type !== 1) body.guild_id = world.guild.id;
  const outcome = new Promise((resolve, reject) => {
    const late = setTimeout(() => settle(mark, null, "The bot didn't answer in time."), PATIENCE);
    waiting.set(mark, { resolve, reject, late });
  });
  outcome.catch(() => {});
  return request("POST", "/interactions", body, files).then(() => outcome, (error) => {
    settle(mark, null, error.message);
    throw error;
  });
}

export function heardOf(name, data) {
  if (name === "INTERACTION_SUCCESS") settle(data.nonce, data);
  else if (name === "INTERACTION_FAILURE") settle(data.nonce, null, "The bot didn't answer in time.");
  else if (name === "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE") settle(data.nonce, data);
}

function settle(mark, data, problem = null) {
  const one = waiting.get(mark);
  if (!one) return;
  waiting.delete(mark);
  clearTimeout(one.late);
  if (problem) one.reject(new Error(problem));
  else one.resolve(data);
}
