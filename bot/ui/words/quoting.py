"""What somebody typed, shown as it is."""


def one_line(text: str, most: int) -> str:
    """What somebody typed, in one line of at most so many characters that can all be seen."""
    seen = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(seen.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def quoted(text: str, most: int) -> str:
    """What somebody typed, so that nothing in it is a mention, a link or bold."""
    return f"`{one_line(text, most).replace('`', '´')}`"
