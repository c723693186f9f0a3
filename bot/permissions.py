"""What the bot must be allowed to do where it dreams, once for the invite and for its checks."""

# Names as discord.py spells them, with the bit that Discord gives each.
NEEDED = {
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "embed_links": 1 << 14,
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "send_messages_in_threads": 1 << 38,
}


def invite(application_id: int) -> str:
    """The address that adds the bot to a server, with exactly these permissions."""
    return (
        f"https://discord.com/oauth2/authorize?client_id={application_id}"
        f"&scope=bot+applications.commands&permissions={sum(NEEDED.values())}"
    )
