"""Every setting of the bot, once, with its default and what it is for.

A setting is an environment variable: `DREAMBOT_` and its name in capitals, except for the two
that the world calls otherwise, `DISCORD_TOKEN` and `DATABASE_URL`.
"""

from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings, read from the environment when made.

    Raises:
        pydantic.ValidationError: A value that can't be.
    """

    model_config = SettingsConfigDict(env_prefix="DREAMBOT_", frozen=True, populate_by_name=True)

    # Discord
    discord_token: SecretStr | None = Field(
        None,
        validation_alias="DISCORD_TOKEN",
        description="The bot's token. Without it the playground starts in place of Discord.",
    )
    discord_api: str = Field(
        "https://discord.com/api/v10",
        description="Address of Discord's REST interface, or of a server that speaks like it.",
    )
    discord_gateway: str = Field("wss://gateway.discord.gg/", description="Address of its gateway.")
    discord_cdn: str = Field(
        "https://cdn.discordapp.com", description="Address that it serves files from."
    )
    prefix: str = Field("!", description="What a typed command begins with.", min_length=1)

    # Where things are kept
    data: Path = Field(
        default_factory=lambda: user_data_path("dreambot"),
        description="Folder for whatever has no address of its own below.",
    )
    database_url: str | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="`postgresql://…` or `sqlite:///…`; a SQLite file in the data folder if unset.",
    )
    storage: Path | None = Field(
        None, description="Folder for pictures; a subfolder of the data folder if unset."
    )

    # Dreaming
    devices: str | None = Field(
        None,
        description="Comma-separated devices to dream on, such as `cuda:0,cuda:1` or `cpu`; "
        "whatever there is if unset.",
    )
    threads: PositiveInt | None = Field(
        None, description="Threads of one CPU worker; a sensible number for the cores if unset."
    )
    preset: str = Field("classic", description="The preset of a dream that names none.")
    dream_pixels: PositiveInt = Field(
        1024 * 768, description="Most pixels of a dream; larger pictures are dreamt smaller."
    )

    # Limits
    daily_credits: PositiveInt = Field(
        20, description="Credits of a person a day (UTC); a standard dream costs one."
    )
    picture_bytes: PositiveInt = Field(
        25 * 2**20, description="Most bytes of a picture that is accepted."
    )
    picture_pixels: PositiveInt = Field(
        50_000_000, description="Most pixels of a picture that is accepted."
    )
    lease_seconds: PositiveFloat = Field(
        15.0, description="After so long without a sign of life, a bot's jobs go to another."
    )
    drain_seconds: PositiveFloat = Field(
        30.0, description="How long a stopping bot lets running dreams go on."
    )

    # The playground
    playground_host: str = Field("127.0.0.1", description="Address the playground listens on.")
    playground_port: int = Field(
        8015, ge=0, le=65535, description="Port the playground listens on; 0 for any free one."
    )

    @property
    def database(self) -> str:
        """The database's address, SQLite's file in the data folder if none is set."""
        return self.database_url or f"sqlite:///{self.data / 'dreambot.sqlite'}"

    @property
    def pictures(self) -> Path:
        """The folder for pictures at rest."""
        return self.storage or self.data / "pictures"
