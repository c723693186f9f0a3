// What this page knows: who it speaks for, the rooms, the people, what was said.

export const world = {
  api: "",
  cdn: "",
  gateway: "",
  fileBytes: 0,
  guild: { id: "", name: "" },
  bot: null,
  home: "",
  persons: [],
  me: null,
  channel: null,
  channels: new Map(),
  names: new Map(),
  roles: new Map(),
  messages: new Map(),
  commands: [],
  unread: new Set(),
  session: null,
};

// What somebody is called here, and whether they are a moderator or the bot.
export function nameOf(user) {
  if (!user) return "Somebody";
  const member = world.names.get(user.id);
  return member?.nick || user.global_name || user.username || member?.name || "Somebody";
}

export function meet(member) {
  const { user } = member;
  const name = member.nick || user.global_name || user.username;
  world.names.set(user.id, { nick: member.nick, name, roles: member.roles ?? [], user });
}

export function channelName(channel) {
  if (!channel) return "…";
  if (channel.type !== 1) return `#${channel.name}`;
  const other = channel.recipients.find((user) => user.id !== world.me.id);
  return nameOf(other);
}

export const moderates = () => Boolean(world.me?.moderator);
