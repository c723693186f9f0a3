"""Discord's JSON for who and what is in the house: people, roles, channels, the application."""

from bot.playground.permissions import Permission
from bot.playground.state import Channel, Command, Role, User, World
from bot.playground.wire import Json, iso

# What an application's portal has switched on (limited variants, as for small bots).
_MESSAGE_CONTENT_FLAG = 1 << 19
_USES_COMMANDS_FLAG = 1 << 23


class HousePayloads:
    """Writes the world's people and places as Discord writes them."""

    def __init__(self, world: World) -> None:
        self._world = world

    def user(self, user: User) -> Json:
        """A user."""
        return {
            "id": str(user.id),
            "username": user.name,
            "discriminator": "0000" if user.bot else "0",
            "global_name": None if user.bot else user.display_name,
            "avatar": None,
            "banner": None,
            "accent_color": None,
            "avatar_decoration_data": None,
            "primary_guild": None,
            "bot": user.bot,
            "system": False,
            "public_flags": 0,
        }

    def me(self, user: User) -> Json:
        """A user, to themself."""
        own = {"flags": 0, "verified": True, "mfa_enabled": False, "locale": user.locale}
        return {**self.user(user), **own, "email": None}

    def member(self, user: User, channel: Channel | None = None, *, nested: bool = False) -> Json:
        """A member of the guild; `nested` where the user stands beside it."""
        data: Json = {
            "nick": user.nick,
            "roles": [str(role) for role in user.roles],
            "joined_at": iso(user.joined_at),
            "premium_since": None,
            "avatar": None,
            "banner": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
            "communication_disabled_until": None,
        }
        if not nested:
            data["user"] = self.user(user)
        if channel is not None:
            data["permissions"] = str(int(self._world.permissions(user, channel)))
        return data

    def role(self, role: Role) -> Json:
        """A role."""
        colours = {"secondary_color": None, "tertiary_color": None, "primary_color": role.colour}
        return {
            "id": str(role.id),
            "name": role.name,
            "description": None,
            "permissions": str(int(role.permissions)),
            "position": role.position,
            "color": role.colour,
            "colors": colours,
            "hoist": role.position > 0,
            "managed": role.managed,
            "mentionable": False,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
            **({"tags": {"bot_id": str(self._world.bot.id)}} if role.managed else {}),
        }

    def channel(self, channel: Channel) -> Json:
        """A channel."""
        last = channel.last_message_id
        data: Json = {
            "id": str(channel.id),
            "type": channel.type,
            "last_message_id": str(last) if last else None,
            "flags": 0,
        }
        if channel.direct:
            people = [self._world.users[user] for user in channel.recipients]
            return {**data, "recipients": [self.user(user) for user in people]}
        overwrites = [
            {"id": str(user), "type": 1, "allow": str(int(o.allow)), "deny": str(int(o.deny))}
            for user, o in channel.overwrites.items()
        ]
        return {
            **data,
            "guild_id": str(self._world.guild_id),
            "name": channel.name,
            "topic": channel.topic,
            "position": channel.position,
            "permission_overwrites": overwrites,
            "parent_id": None,
            "nsfw": False,
            "rate_limit_per_user": 0,
        }

    def guild(self) -> Json:
        """The guild, as REST gives it."""
        world = self._world
        return {
            "id": str(world.guild_id),
            "name": world.guild_name,
            "owner_id": str(world.owner_id),
            "roles": [self.role(role) for role in world.roles.values()],
            "emojis": [],
            "stickers": [],
            "features": [],
            "icon": None,
            "splash": None,
            "banner": None,
            "description": None,
            "discovery_splash": None,
            "afk_channel_id": None,
            "afk_timeout": 300,
            "application_id": None,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "verification_level": 0,
            "preferred_locale": "en-US",
            "premium_tier": world.boosts,
            "premium_subscription_count": 0,
            "premium_progress_bar_enabled": False,
            "public_updates_channel_id": None,
            "rules_channel_id": None,
            "safety_alerts_channel_id": None,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "vanity_url_code": None,
            "max_members": 500_000,
        }

    def guild_create(self, viewer: User) -> Json:
        """The guild, as the gateway gives it to somebody who comes in."""
        world = self._world
        visible = [
            self.channel(channel)
            for channel in world.guild_channels()
            if world.may(viewer, channel, Permission.VIEW_CHANNEL)
        ]
        return {
            **self.guild(),
            "joined_at": iso(world.created_at),
            "large": False,
            "unavailable": False,
            "member_count": len(world.users),
            "members": [self.member(user) for user in world.users.values()],
            "channels": visible,
            "threads": [],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def application(self) -> Json:
        """The bot's application."""
        bot = self._world.bot
        owner = self._world.users[self._world.owner_id]
        return {
            "id": str(bot.id),
            "name": bot.display_name,
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "owner": self.user(owner),
            "bot": self.user(bot),
            "team": None,
            "verify_key": "0" * 64,
            "flags": self.application_flags(),
            "approximate_guild_count": 1,
            "interactions_endpoint_url": None,
            "integration_types_config": {"0": {}},
        }

    def application_flags(self) -> int:
        """Which intents the portal has switched on, among others."""
        content = _MESSAGE_CONTENT_FLAG if self._world.message_content else 0
        return content | _USES_COMMANDS_FLAG

    def command(self, command: Command) -> Json:
        """An application command as registered."""
        guild = {"guild_id": str(command.guild_id)} if command.guild_id else {}
        return {
            "id": str(command.id),
            "application_id": str(self._world.bot.id),
            "version": str(command.version),
            **command.body,
            **guild,
        }

    def ready(self, user: User, session_id: str, gateway: str, shard: tuple[int, int]) -> Json:
        """The first event of a gateway session."""
        world = self._world
        guilds = [{"id": str(world.guild_id), "unavailable": True}]
        direct = [c for c in world.channels.values() if c.direct and user.id in c.recipients]
        data: Json = {
            "v": 10,
            "user": self.me(user),
            "guilds": guilds if (world.guild_id >> 22) % shard[1] == shard[0] else [],
            "session_id": session_id,
            "session_type": "normal",
            "resume_gateway_url": gateway,
            "private_channels": [] if user.bot else [self.channel(channel) for channel in direct],
            "relationships": [],
            "presences": [],
            "shard": list(shard),
        }
        if user.bot:
            flags = self.application_flags()
            data["application"] = {"id": str(world.bot.id), "flags": flags}
        return data

    def place(self, user: User, channel: Channel) -> Json:
        """Where an interaction happens and what may be done there, as it tells the bot."""
        world = self._world
        data: Json = {
            "channel_id": str(channel.id),
            "channel": self.channel(channel)
            | {"permissions": str(int(world.permissions(user, channel)))},
            "app_permissions": str(int(world.permissions(world.bot, channel))),
            "locale": user.locale,
            "entitlements": [],
            "attachment_size_limit": world.file_bytes(channel),
        }
        if channel.direct:
            owners = {"0": "0"}
            return data | {
                "user": self.user(user),
                "context": 1,
                "authorizing_integration_owners": owners,
            }
        guild = str(world.guild_id)
        return data | {
            "guild_id": guild,
            "guild": {"id": guild, "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": self.member(user, channel),
            "context": 0,
            "authorizing_integration_owners": {"0": guild},
        }
