"""Addresses of databases, as people write them."""

from pathlib import Path

import pytest

from bot.database import BadAddress, Database
from bot.database.address import Address


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me:secret@host:5433/dreams?sslmode=require",
        "postgres://me:secret@host:5433/dreams?sslmode=require",
        "postgresql+asyncpg://me:secret@host:5433/dreams?sslmode=require",
        "postgresql+psycopg2://me:secret@host:5433/dreams?sslmode=require",
        "postgres://me:secret@host:5433/dreams?sslmode=require&channel_binding=require"
        "&connect_timeout=10",
    ],
)
def test_postgresql_under_any_name_is_reached_through_asyncpg(text: str) -> None:
    address = Address.parse(text)
    assert address.url.drivername == "postgresql+asyncpg"
    assert address.arguments == {"dsn": "postgresql://me:secret@host:5433/dreams?sslmode=require"}
    assert address.file is None
    assert "secret" not in repr(address)


@pytest.mark.parametrize(
    "hosts",
    [
        "me@",
        "host",
        "me@host:5433",
        "me:a%40b@[::1]:5433",
        "me@one:5432,two:5433",
        "me@%2Fvar%2Frun:5433",
    ],
)
def test_hosts_of_postgresql_are_left_as_they_are(hosts: str) -> None:
    text = f"postgresql://{hosts}/dreams"
    assert Address.parse(text).arguments == {"dsn": text}


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+aiosqlite", "sqlite+pysqlite"])
def test_sqlite_under_any_name_is_a_file(scheme: str) -> None:
    assert Address.parse(f"{scheme}:////srv/50% dreams.sqlite").file == Path(
        "/srv/50% dreams.sqlite"
    )
    relative = Address.parse(f"{scheme}:///dreams.sqlite")
    assert relative.file == Path("dreams.sqlite")
    assert relative.url.drivername == "sqlite+aiosqlite"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dreams.sqlite",
        "mysql://me:secret@host/dreams",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite://host/dreams.sqlite",
        "postgresql://me:secret@host:port/dreams",
        "postgresql://me:secret@word@host/dreams",
        "postgresql://me:[secret@host/dreams",
        "postgresql://me:secret@host,/dreams",
    ],
)
def test_anything_else_is_refused_without_repeating_a_password(text: str) -> None:
    with pytest.raises(BadAddress, match="address") as refusal:
        Database(text)
    assert "secret" not in str(refusal.value)
