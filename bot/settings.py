"""Every setting of the bot, once, with its default and what it is for.

A setting is an environment variable: `DREAMBOT_` and its name in capitals, except for the two
that the world calls otherwise, `DISCORD_TOKEN` and `DATABASE_URL`.
"""

from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

import dream


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
    storage: Path | None = Field(
        default=None, description="Folder for pictures; a subfolder of the data folder if unset."
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
    picture_bytes: PositiveInt = Field(
        default=25 * 2**20, description="Most bytes of a picture that is accepted."
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
    def pictures(self) -> Path:
        """The folder for pictures at rest."""
        return self.storage or self.data / "pictures"


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
