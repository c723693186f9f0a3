// Which rooms hold what the person hasn't seen: by the last message of each that they saw.

import { remember, remembered } from "./memory.js";
import { world } from "./world.js";

const place = (channel) => `read:${world.me.id}:${channel}`;

export function noteRead(channel) {
  const last = world.channels.get(channel)?.last_message_id;
  if (last) remember(place(channel), last);
}

export function isUnread(channel) {
  return BigInt(channel.last_message_id ?? 0) > BigInt(remembered(place(channel.id)) ?? 0);
}
