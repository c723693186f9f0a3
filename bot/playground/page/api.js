// Discord's REST interface with a person's token, as their own client uses it.

import { world } from "./world.js";

const STOPPED = "The playground has stopped: start it again with make run.";

export class Refused extends Error {
  constructor(status, body) {
    super(sentence(body) ?? `The server answered ${status}.`);
    this.status = status;
    this.code = body?.code;
  }
}

export async function request(method, path, body = undefined, files = []) {
  for (let tries = 0; ; tries++) {
    const headers = { Authorization: world.me.token };
    let payload;
    if (files.length) {
      payload = new FormData();
      payload.append("payload_json", JSON.stringify(body ?? {}));
      files.forEach((file, index) => payload.append(`files[${index}]`, file, file.name));
    } else if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      payload = JSON.stringify(body);
    }
    const answer = await fetch(world.api + path, { method, headers, body: payload }).catch(() => {
      throw new Error(STOPPED);
    });
    const text = await answer.text();
    const data = text ? parse(text) : null;
    if (answer.ok) return data;
    if (answer.status === 429 && tries < 4) {
      await new Promise((done) => setTimeout(done, (data?.retry_after ?? 1) * 1000 + 50));
      continue;
    }
    throw new Refused(answer.status, data);
  }
}

// Files are served here, whatever name this page was opened under.
export function local(url) {
  if (!url) return null;
  const path = url.startsWith(world.cdn) ? url.slice(world.cdn.length) : url;
  return path.startsWith("/attachments/") ? path : null;
}

// An address that may be followed: nothing that runs.
export function followable(url) {
  try {
    return ["http:", "https:"].includes(new URL(url).protocol) ? url : null;
  } catch {
    return null;
  }
}

let count = 0;
export const nonce = () => String(Date.now() * 1000 + (count++ % 1000));

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function sentence(body) {
  if (!body) return null;
  return deepest(body.errors) ?? body.message ?? null;
}

function deepest(errors) {
  if (!errors || typeof errors !== "object") return null;
  if (Array.isArray(errors._errors)) return errors._errors[0]?.message ?? null;
  for (const inner of Object.values(errors)) {
    const found = deepest(inner);
    if (found) return found;
  }
  return null;
}
