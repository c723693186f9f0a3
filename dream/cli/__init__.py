"""The command `dream`: the engine from the command line."""

import click

from dream.cli import dreaming, knowledge, scratch, sheets
from dream.cli.group import Group


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dreambot")
def main() -> None:
    """Show a picture to a neural network, and see what it dreams of it."""


for command in (
    dreaming.image,
    sheets.tour,
    sheets.sheet,
    scratch.class_,
    scratch.channel,
    knowledge.presets_,
    knowledge.networks_,
    knowledge.layers,
    knowledge.classes,
    knowledge.fetch,
    knowledge.info,
):
    main.add_command(command)
