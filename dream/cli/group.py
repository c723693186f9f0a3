"""How the commands end: expected failures are one sentence, and help has an order."""

from typing import Any

import click

from dream.errors import DreamError


class Command(click.Command):
    """A command whose expected failures are one sentence on stderr and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it."""
        try:
            return super().invoke(ctx)
        except DreamError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{where}{error.strerror or error}.") from None


class Group(click.Group):
    """Commands in the order in which people meet them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order they were added."""
        return list(self.commands)
