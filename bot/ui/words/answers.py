"""What the answer to a wish says, from the first word to the dream."""

from bot.jobs.forecast import Forecast
from bot.jobs.turns import LineState
from bot.ui.languages import _, in_each, several
from bot.ui.words.numbers import about, bar, credits_of, duration, percent
from bot.ui.words.queue import begins, line_state
from bot.ui.words.told import told
from dream import Progress


def looking() -> str:
    """The end of the first answer, by which that is known."""
    return _("got it, looking at your picture…")


def beginning() -> str:
    """The same where there is no picture to look at."""
    return _("got it, one moment…")


def looking_in(text: str) -> str | None:
    """The language in which an answer still says one of these; None if it doesn't."""
    said = [*in_each(looking).items(), *in_each(beginning).items()]
    return next((code for code, end in said if text.endswith(end)), None)


def got_it(title: str, *, picture: bool = True) -> str:
    """The first answer, before anything was looked at."""
    return f"☾ **{title}** · {looking() if picture else beginning()}"


def left_behind() -> str:
    """The bot was killed over a slash command."""
    return _("I was restarted before I could begin. Ask me again; nothing was charged.")


def waiting(title: str, forecast: Forecast) -> str:
    """In the line: how many dreams come before it, and when it begins."""
    line = _("yours is next")
    if forecast.before:
        line = several(
            "waiting, {number} dream before yours",
            "waiting, {number} dreams before yours",
            forecast.before,
        )
    text = f"☾ **{title}** · {line}{begins(forecast)}"
    if forecast.line.state is LineState.PAUSED:
        text += f"\n-# {line_state(forecast.line)}"
    return text


def dreaming(title: str, part: str, progress: Progress, left: float) -> str:
    """How far a dream has come, with its bar, what of it is dreamt, and the seconds to go."""
    share = min(max(progress.done, 0.0), 1.0)
    remaining = _("{time} left", time=about(left))
    state = _("dreaming")
    return f"☾ **{title}** · {state}\n{bar(share)} {percent(share)} · {part} · {remaining}"


def previewed(share: float) -> str:
    """What people who can't see a dream that is under way are told."""
    return _("The dream at {percent}.", percent=percent(share))


def restarted(title: str) -> str:
    """The dream begins again."""
    said = _("something broke on our side, so the dream begins again")
    return f"☾ **{title}** · {said}"


def result(title: str, seed: int, seconds: float, cost: int, notes: list[str]) -> str:
    """The line above the finished dream; below it, in small, what of the wish was dreamt.

    Args:
        title: As `bot.ui.words.made_so` has it.
    """
    line = f"✦ {title} · {seeded(seed)} · {duration(seconds)} · {credits_of(cost)}"
    dreamt = [_("I dreamt {note}", note=told(note)) for note in notes if note]
    return "\n".join([line, *(f"-# {note}" for note in dreamt)])


def seeded(seed: int) -> str:
    """The seed of a dream, for whoever wants the same again."""
    return _("seed `{seed}`", seed=seed)


def described(title: str, network: str, layer: str, seed: int) -> str:
    """What people who can't see the dream are told."""
    return _(
        "A DeepDream of the posted picture: {title} ({network}, {layer}), seed {seed}.",
        title=title,
        network=network,
        layer=layer,
        seed=seed,
    )


def failed(sentence: str, cost: int) -> str:
    """A dream that came to nothing; its credits are back."""
    back = several("Your credit is back.", "Your {number} credits are back.", cost)
    regret = _("Sorry, this dream came to nothing.")
    return f"{regret} {told(sentence)} {back}"


def cancelled(title: str, sentence: str, cost: int) -> str:
    """A dream that somebody called off; its credits are back."""
    back = several("The credit is back.", "The {number} credits are back.", cost)
    state = _("cancelled.")
    return f"☾ **{title}** · {state} {told(sentence)} {back}"
