"""The bot: people post pictures, and get dreams."""
