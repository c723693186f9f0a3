"""Every setting of the bot, once, with its default and what it is for.

A setting is an environment variable: `DREAMBOT_` and its name in capitals, except for the two
that the world calls otherwise, `DISCORD_TOKEN` and `DATABASE_URL`.
"""

import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

import dream
from bot.jobs.limits import Limits


class Settings(BaseSettings):
    """The settings, read from the environment when made.

    Raises:
        pydantic.ValidationError: A value that can't be.
    """

    model_config = SettingsConfigDict(
        env_prefix="DREAMBOT_", env_ignore_empty=True, frozen=True, populate_by_name=True
    )

    # Discord
    discord_token: SecretStr | None = Field(
        default=None,
        validation_alias="DISCORD_TOKEN",
        description="The bot's token. Without it the playground starts in place of Discord.",
    )
    discord_api: str = Field(
        default="https://discord.com/api/v10",
        description="Address of Discord's REST interface, or of a server that speaks like it.",
    )
    discord_gateway: str = Field(
        default="wss://gateway.discord.gg/", description="Address of its gateway."
    )
    discord_cdn: str = Field(
        default="https://cdn.discordapp.com", description="Address that it serves files from."
    )
    prefix: str = Field(default="!", description="What a typed command begins with.", min_length=1)

    # Where things are kept
    data: Path = Field(
        default_factory=lambda: user_data_path("dreambot"),
        description="Folder for whatever has no address of its own below; "
        "the system's folder for data of programs if unset.",
    )
    database_url: str | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="`postgresql://…` or `sqlite:///…`; a SQLite file in the data folder if unset.",
    )
    storage: str | None = Field(
        default=None,
        description="Where pictures are kept: a folder, or an address such as "
        "`s3://bucket/prefix`; a subfolder of the data folder if unset.",
    )
    keep_hours: PositiveFloat = Field(
        default=72.0, description="How long pictures and dreams are kept after their job has ended."
    )
    record_days: PositiveInt = Field(
        default=90,
        description="How long it is kept on record which dreams there were, and what they cost.",
    )
    key: SecretStr | None = Field(
        default=None,
        description="Secret of the hashes by which people who asked to be forgotten are known "
        "again; made of the token if unset. Give it one before you change the token.",
    )

    # Dreaming
    devices: str | None = Field(
        default=None,
        description="Comma-separated devices to dream on, such as `cuda:0,cuda:1` or `cpu`; "
        "whatever there is if unset.",
    )
    threads: PositiveInt | None = Field(
        default=None,
        description="Threads of one CPU worker; if unset as many as the command `dream` takes, "
        "one for each core and at most 4, which makes the same bytes.",
    )
    worker_memory: int = Field(
        default=6 * 2**30,
        ge=2**30,
        description="Most bytes of memory of one worker; a dream that takes more fails, and its "
        "worker is replaced.",
    )
    isolation: bool = Field(
        default=True,
        description="Workers, which open strangers' pictures, are shut off from files, network and "
        "other processes, as docs/isolation.md says. `false` only where they can't start so.",
    )
    preset: str | None = Field(
        default=None,
        description="The preset of a dream that names none; if unset `classic`, or as long as its "
        "network isn't here, one that needs none but our own.",
    )
    dream_pixels: PositiveInt = Field(
        default=1024 * 768,
        description="Most pixels of a dream; larger pictures are dreamt smaller.",
    )

    # Limits
    daily_credits: PositiveInt = Field(
        default=20, description="Credits of a person a day (UTC); a standard dream costs one."
    )
    server_credits: NonNegativeInt = Field(
        default=1000,
        description="Credits of a server a day, for all its people together; 0 for any number.",
    )
    role_bonus: Annotated[Mapping[int, PositiveInt] | None, NoDecode] = Field(
        default=None,
        description="Credits that a role adds to a person's day, such as `123=10,456=30` with the "
        "roles' ids; of several the best counts.",
    )
    waiting: NonNegativeInt = Field(
        default=10, description="Most dreams of a person that wait in the line; 0 for any number."
    )
    server_waiting: NonNegativeInt = Field(
        default=200, description="Most dreams of a server that wait; 0 for any number."
    )
    cooldown_seconds: NonNegativeFloat = Field(
        default=0.0,
        description="Seconds from one accepted wish of a person to the next; 0 for none.",
    )
    at_once: PositiveInt = Field(
        default=2, description="Dreams of one person that run at the same time at most."
    )
    server_at_once: PositiveInt = Field(
        default=10, description="Dreams of one server that run at the same time at most."
    )
    saved_presets: PositiveInt = Field(
        default=25, description="Most presets that one person saves, and that one server has."
    )
    picture_bytes: PositiveInt = Field(
        default=25 * 2**20, description="Most bytes of a picture that is accepted."
    )
    picture_hosts: str = Field(
        default="discordapp.com,discordapp.net,discord.com,imgur.com,redd.it,wikimedia.org,"
        "flickr.com,staticflickr.com,unsplash.com,giphy.com,tenor.com",
        description="Comma-separated hosts whose pictures are fetched where somebody types a "
        "link, each with its subdomains; `*` for all, which shows them all this machine's address.",
    )
    picture_pixels: PositiveInt = Field(
        default=50_000_000, description="Most pixels of a picture that is accepted."
    )
    lease_seconds: PositiveFloat = Field(
        default=15.0,
        description="After so long without a sign of life, a bot's jobs go to another.",
    )
    drain_seconds: PositiveFloat = Field(
        default=30.0, description="How long a stopping bot lets running dreams go on."
    )

    # What people are shown of the rules, and how they are kept
    pages: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="Address of the folder on the web with your privacy.md and terms.md, such as "
        "docs/ of your fork; `/privacy` and `/terms` link to them.",
    )
    gate: str | None = Field(
        default=None,
        pattern=r"^[\w.]+:\w+$",
        description="A function of yours, `module:function`, that sees a small copy of each "
        "picture and says `fine`, `spoiler` or `refuse`, as docs/gate.md says.",
    )

    # The playground
    playground_host: str = Field(
        default="127.0.0.1", description="Address the playground listens on."
    )
    playground_port: int = Field(
        default=8015,
        ge=0,
        le=65535,
        description="Port the playground listens on; 0 for any free one.",
    )

    # The log
    log: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="How much is logged: `DEBUG`, `INFO`, `WARNING` or `ERROR`."
    )

    @field_validator("role_bonus", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        """`123=10,456=30` as what it says."""
        if not isinstance(value, str):
            return value
        pairs = [pair.split("=") for pair in value.split(",")]
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError("write it like 123=10,456=30")
        return {role.strip(): bonus.strip() for role, bonus in pairs}

    @property
    def limits(self) -> Limits:
        """How much people may ask for."""
        return Limits(
            daily_credits=self.daily_credits,
            server_credits=self.server_credits,
            waiting=self.waiting,
            server_waiting=self.server_waiting,
            cooldown=self.cooldown_seconds,
            bonuses=self.role_bonus or {},
        )

    def default_preset(self) -> dream.Preset:
        """The preset of a dream that names none, as things are now.

        Raises:
            dream.UnknownName: The one that is set doesn't exist.
        """
        return dream.preset(self.preset) if self.preset else dream.default_preset()

    @property
    def database(self) -> str:
        """The database's address, SQLite's file in the data folder if none is set."""
        return self.database_url or f"sqlite:///{self.data / 'dreambot.sqlite'}"

    @property
    def pictures(self) -> str:
        """The address of pictures at rest."""
        return self.storage or str(self.data / "pictures")

    @property
    def hashing_key(self) -> bytes:
        """Of the hashes of people who asked to be forgotten: the same for all bots on a token."""
        secret = self.key or self.discord_token or SecretStr("")
        return hmac.digest(secret.get_secret_value().encode(), b"forgotten people", "sha256")


def variable(name: str) -> str:
    """The environment variable of a setting, by the setting's name or its variable's."""
    field = Settings.model_fields.get(name)
    if field is None:
        return name
    if isinstance(field.validation_alias, str):
        return field.validation_alias
    return f"DREAMBOT_{name.upper()}"


def of_a_community(settings: Settings) -> list[str]:
    """Variables of a community that are set: whoever sets them means no playground."""
    community = ("database_url", "storage", "devices")
    return [variable(name) for name in community if getattr(settings, name) is not None]
