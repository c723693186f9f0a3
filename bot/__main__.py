"""The command `dreambot`."""

import asyncio
import base64
import binascii
import logging
import sys
from typing import NoReturn

import click
from pydantic import ValidationError

from bot.permissions import invite as invite_address
from bot.settings import Settings, of_a_community, variable

LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dreambot")
def main() -> None:
    """A Discord bot that dreams: post a picture, watch a neural network see things in it."""


@main.command()
def run() -> None:
    """Run the bot; without a token and without a community's settings, the playground."""
    settings = _settings()
    if settings.discord_token is None:
        seen = of_a_community(settings)
        if seen:
            are = "are" if len(seen) > 1 else "is"
            _fail(
                f"{' and '.join(seen)} {are} set, but DISCORD_TOKEN is missing. Set it to the "
                f"bot's token, or unset the other{'s' if len(seen) > 1 else ''} for the playground."
            )
        click.echo("No DISCORD_TOKEN is set: starting the playground, Discord in a box.", err=True)
        _play(settings, port=settings.playground_port, as_json=False, control=False)
        return
    _log(settings)
    from bot.app import StartFailure
    from bot.app import run as run_bot

    try:
        run_bot(settings)
    except StartFailure as failure:
        _fail(str(failure))


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 for any.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when it is ready.")
@click.option("--control", is_flag=True, help="Let tests make it misbehave.")
def playground(port: int | None, as_json: bool, control: bool) -> None:
    """Run the bot against Discord in a box, with a chat page in the browser."""
    settings = _settings()
    chosen = settings.playground_port if port is None else port
    _play(settings, port=chosen, as_json=as_json, control=control)


@main.command()
@click.option("--id", "application_id", type=int, help="Application id; else taken from the token.")
def invite(application_id: int | None) -> None:
    """Print the address that adds the bot to a server, with exactly the permissions it needs."""
    if application_id is None:
        application_id = _application_id(_settings())
    click.echo(invite_address(application_id))


@main.command()
def settings() -> None:
    """Print every setting as a table: variable, default, what it is for."""
    click.echo("| Variable | Default | What for |\n|---|---|---|")
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory or field.default is None else f"`{field.default}`"
        click.echo(f"| `{variable(name)}` | {default} | {field.description} |")


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as invalid:
        wrong = [f"{variable(str(e['loc'][0]))}: {e['msg']}" for e in invalid.errors()]
        _fail(". ".join(wrong) + ". `dreambot settings` lists them all.")


def _play(settings: Settings, *, port: int, as_json: bool, control: bool) -> None:
    _log(settings)
    from bot.playground.play import play

    asyncio.run(play(settings, port=port, as_json=as_json, control=control))


def _log(settings: Settings) -> None:
    logging.basicConfig(level=settings.log, format=LOG_FORMAT, stream=sys.stderr)
    if settings.log != "DEBUG":
        # It tells of each of its steps; what came of them the migrations say in one line.
        logging.getLogger("alembic").setLevel(logging.WARNING)


def _application_id(settings: Settings) -> int:
    """The id that a token begins with, in base64."""
    if settings.discord_token is None:
        _fail("Set DISCORD_TOKEN, or give the application's id with --id.")
    first = settings.discord_token.get_secret_value().split(".")[0]
    try:
        return int(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (binascii.Error, ValueError):
        _fail("DISCORD_TOKEN doesn't look like a token. Give the application's id with --id.")


def _fail(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
