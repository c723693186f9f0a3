// What this page knows: who it speaks for, the rooms, the people, what was said.

export const world = {
  api: "",
  cdn: "",
  gateway: "",
  fileBytes: 0,
  example: null,
  guild: { id: "", name: "" },
  bot: null,
  home: "",
  persons: [],
  me: null,
  locale: "en-US",
  channel: null,
  channels: new Map(),
  names: new Map(),
  roles: new Map(),
  messages: new Map(),
  commands: [],
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

const [ADMINISTRATOR, MANAGE_GUILD, MANAGE_MESSAGES] = [1n << 3n, 1n << 5n, 1n << 13n];

const holds = (person, permissions) => (BigInt(person.permissions) & permissions) === permissions;

export const manages = (person) => holds(person, MANAGE_GUILD);
export const moderates = () => holds(world.me, MANAGE_MESSAGES);
export const isWhisper = () => world.channels.get(world.channel)?.type === 1;

// Whether a person finds a command in this room.
export function mayUse(command, person = world.me) {
  const needed = command.default_member_permissions;
  if (needed === null || needed === undefined || isWhisper()) return true;
  return holds(person, BigInt(needed) || ADMINISTRATOR);
}
