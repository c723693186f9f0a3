"""The address of a database: as people write it, for the drivers used here."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_POSTGRESQL = re.compile(r"postgres(?:ql)?(?:\+\w+)?://", re.IGNORECASE)
_HOST = re.compile(r"(\[[^\[\]@]+\]|[^:@\[\]]+)(:[0-9]+)?")
_WRITTEN_SO = (
    "A PostgreSQL database's address (DATABASE_URL) is postgresql://user:password@host:port/name; "
    "in the password, @ is written %40, : %3A, / %2F, ? %3F, # %23 and % %25."
)
_SQLITE = re.compile(r"sqlite(?:\+\w+)?://", re.IGNORECASE)

# What psql and its library understand; the driver would hand them to the server, which doesn't.
_OF_LIBPQ = {
    "channel_binding",
    "connect_timeout",
    "gssencmode",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "sslcompression",
}


class BadAddress(ValueError):
    """Not the address of a database that can be used; the sentence never shows a password."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is.

    Attributes:
        url: For SQLAlchemy, its async driver chosen.
        arguments: For the driver's connect function.
        file: SQLite's file; None for a server.
    """

    url: URL
    arguments: dict[str, Any] = field(repr=False)
    file: Path | None

    @classmethod
    def parse(cls, text: str) -> "Address":
        """The address written as `sqlite:///path` or `postgresql://…`, with any driver or none.

        Raises:
            BadAddress: Neither of the two, or a SQLite that would live in memory.
        """
        if _POSTGRESQL.match(text):
            # The driver reads such an address as PostgreSQL's own programs do: sslmode, several
            # hosts, sockets. It also keeps the password out of what SQLAlchemy prints.
            return cls(URL.create("postgresql+asyncpg"), {"dsn": _for_asyncpg(text)}, None)
        if not _SQLITE.match(text):
            raise BadAddress(
                "The database's address (DATABASE_URL) begins with postgresql:// or sqlite:///."
            )
        try:
            url = make_url(text).set(drivername="sqlite+aiosqlite")
        except ArgumentError:
            raise BadAddress("A SQLite database's address is sqlite:/// and a path.") from None
        if url.host or url.database in (None, "", ":memory:") or "mode" in url.query:
            raise BadAddress(
                "A SQLite database's address is sqlite:/// and the path of its file "
                "(four slashes before an absolute one)."
            )
        return cls(url, {}, Path(url.database or ""))


def _for_asyncpg(text: str) -> str:
    try:
        parts = urlsplit(_POSTGRESQL.sub("postgresql://", text, count=1))
    except ValueError:
        raise BadAddress(_WRITTEN_SO) from None
    # As the driver reads it, which stumbles over anything else.
    hosts = parts.netloc.partition("@")[2] if "@" in parts.netloc else parts.netloc
    if hosts and not all(_HOST.fullmatch(host) for host in hosts.split(",")):
        raise BadAddress(_WRITTEN_SO)
    choices = [(name, value) for name, value in parse_qsl(parts.query) if name not in _OF_LIBPQ]
    return urlunsplit(parts._replace(query=urlencode(choices)))
