"""The rules of a server: as its moderators see and change them, and as people run into them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.jobs.limits import Limits
from bot.rules import LEAST_SIDE, LONGEST_PREFIX, MOST_BONUSES, Rules, Thing
from bot.ui.languages import _, noted, several
from bot.ui.words.numbers import credits_of, listed

_THINGS = {
    Thing.LINKS: (
        noted("links"),
        noted("No links"),
        noted("Pictures behind a link that somebody types"),
    ),
    Thing.AVATARS: (noted("avatars"), noted("No avatars"), noted("Dreams of people's avatars")),
    Thing.LOOKING_BACK: (
        noted("looking back"),
        noted("No looking back"),
        noted("The newest picture of the channel, where a wish brings none"),
    ),
    Thing.NOISE: (noted("noise"), noted("No noise"), noted("Dreams out of nothing")),
    Thing.EXPLORE: (
        noted("exploring"),
        noted("No exploring"),
        noted("Sheets of many small dreams"),
    ),
}

_OFF = {
    Thing.LINKS: noted(
        "This server's moderators have switched off pictures behind links. "
        "Attach the picture itself."
    ),
    Thing.AVATARS: noted(
        "This server's moderators have switched off dreams of avatars. Attach a picture."
    ),
    Thing.LOOKING_BACK: noted(
        "This server's moderators have switched off that I look for the newest picture. "
        "Attach one, or reply to one."
    ),
    Thing.NOISE: noted(
        "This server's moderators have switched off dreams out of nothing. Attach a picture to "
        "dream on."
    ),
    Thing.EXPLORE: noted(
        "This server's moderators have switched off exploring. Choose a preset to dream in."
    ),
}


@dataclass(frozen=True, slots=True)
class Own:
    """What goes where a server has no rule.

    Attributes:
        prefix: Of typed commands.
        preset: Title of the preset.
        limits: How much people may ask for.
    """

    prefix: str
    preset: str
    limits: Limits


def without(which: Thing) -> tuple[str, str]:
    """That something is switched off, as it is chosen, and what that is."""
    _name, chosen, what = _THINGS[which]
    return _(chosen), _(what)


def rules_title() -> str:
    """Of the panel."""
    return _("How I dream on this server")


def rules_told(rules: Rules, own: Own, preset: str, language: str | None) -> list[tuple[str, str]]:
    """What the panel tells: headings, each with its lines.

    Args:
        preset: Title of the preset that goes.
        language: Name of the one that was chosen.
    """
    told = [
        (_("Where"), _places(rules)),
        (_("Which dreams"), _dreams(rules, preset)),
        (_("How many"), _credits(rules, own.limits)),
        (_("How I answer"), _words(rules, own, language)),
    ]
    return [
        (heading, "\n".join(f"**{name}** · {what}" for name, what in lines))
        for heading, lines in told
    ]


def rules_saved(lines: Sequence[str]) -> str:
    """Above the panel once something was chosen or written.

    Args:
        lines: Those of the panel that have changed.
    """
    said = _("Saved.") if lines else _("Saved. The panel says the same as before.")
    return "\n".join([f"✅ {said}", *lines])


def rules_footer() -> str:
    """What else those in charge can do; Discord shows it without markup."""
    return _(
        "/admin block keeps somebody from dreaming here. Who may use commands at all is set in "
        "Server Settings › Integrations."
    )


def _places(rules: Rules) -> list[tuple[str, str]]:
    channels = _channels(sorted(rules.channels)) or _("everywhere")
    log = _channels([rules.log_channel_id] if rules.log_channel_id else [])
    news = _channels([rules.news_channel_id] if rules.news_channel_id else []) or _("off")
    return [
        (_("Channels"), channels),
        (_("Gallery"), _gallery(rules)),
        (
            _("Channel for moderators"),
            log or _("none: reports go to the server's owner by direct message"),
        ),
        (_("News of me"), news),
    ]


def _gallery(rules: Rules) -> str:
    if rules.gallery_channel_id is None:
        return _("off")
    where = f"<#{rules.gallery_channel_id}>"
    if not rules.stars:
        return _("{where}, for what people share", where=where)
    return several(
        "{where}, from {number} star", "{where}, from {number} stars", rules.stars, where=where
    )


def _words(rules: Rules, own: Own, language: str | None) -> list[tuple[str, str]]:
    return [
        (_("Prefix"), f"`{rules.prefix or own.prefix}`"),
        (
            _("Language"),
            _("each person's own, or else {language}", language=language or _("the server's")),
        ),
    ]


def _dreams(rules: Rules, preset: str) -> list[tuple[str, str]]:
    side = _("as large as I can")
    if rules.dream_size:
        side = _("{side} pixels", side=rules.dream_size)
    off = listed([_(_THINGS[each][0]) for each in Thing if each in rules.off]) if rules.off else ""
    return [
        (_("Preset"), preset),
        (_("Largest side"), side),
        (_("Switched off"), off or _("nothing")),
    ]


def _credits(rules: Rules, own: Limits) -> list[tuple[str, str]]:
    limits = rules.within(own)
    person = min(limits.daily_credits_here or own.daily_credits, own.daily_credits)
    waiting = _("any number")
    if limits.waiting:
        waiting = several("{number} dream", "{number} dreams", limits.waiting)
    server = credits_of(limits.server_credits) if limits.server_credits else _("any number")
    found = [
        (_("Each person a day"), credits_of(person)),
        (_("All together a day"), server),
        (_("Each person in the line"), waiting),
    ]
    if rules.bonuses:
        more = [f"<@&{role}> +{number}" for role, number in sorted(rules.bonuses.items())]
        found.append((_("Roles"), " · ".join(more)))
    return found


def _channels(channels: list[int]) -> str:
    return " ".join(f"<#{channel}>" for channel in channels)


# What the panel offers


def channels_hint() -> str:
    """Where dreams may be asked for."""
    return _("Channels: everywhere, unless you choose some")


def off_hint() -> str:
    """What is switched off."""
    return _("Switched off: nothing, unless you choose")


def preset_hint() -> str:
    """Which preset one gets who names none."""
    return _("Preset of a dream that names none")


def preset_usual(title: str) -> str:
    """The one that goes everywhere else."""
    return _("Preset: as everywhere, {title}", title=title)


def preset_named(title: str) -> str:
    """One of them."""
    return _("Preset: {title}", title=title)


def language_hint() -> str:
    """What people are answered in."""
    return _("Language of answers to people whose own isn't known")


def language_automatic() -> str:
    """What people's own Discord is set to, or else the server."""
    return _("Language: each person's own, or the server's")


def language_named(name: str) -> tuple[str, str]:
    """One of them, and for whom it is."""
    return _("Language: {name}", name=name), _("For people whose own language I don't know")


def limits_button() -> str:
    """Opens the form for credits and sizes."""
    return _("Limits…")


def gallery_button() -> str:
    """Opens the form for the gallery."""
    return _("Gallery…")


def roles_button() -> str:
    """Opens the form for what a role adds."""
    return _("Roles…")


def more_button() -> str:
    """Opens the form for the prefix, and the channels for moderators and of news."""
    return _("More…")


def reset_button() -> str:
    """Asks whether all rules go."""
    return _("Reset…")


def reset_question() -> tuple[str, str]:
    """Title and text of that question."""
    return (
        _("Back to how I am everywhere?"),
        _("All that was set for this server goes. What people have dreamt and used stays."),
    )


def reset_yes() -> str:
    """They go."""
    return _("Reset it all")


def reset_no() -> str:
    """They stay."""
    return _("Keep it")


# Forms


def limits_title() -> str:
    """Of the form for credits and sizes."""
    return _("Limits on this server")


def person_field(most: int) -> tuple[str, str]:
    """Name of a field, and what goes into it, as all these."""
    return _("Credits of each person a day"), _up_to(most)


def server_field(most: int) -> tuple[str, str]:
    """Of all people together."""
    return _("Credits of all together a day"), _up_to(most)


def waiting_field(most: int) -> tuple[str, str]:
    """Of the line."""
    return _("Dreams of one person that wait"), _up_to(most)


def side_field(most: int) -> tuple[str, str]:
    """Of a dream's size."""
    return _("Largest side of a dream in pixels"), _(
        "{least} to {most}; left empty, as large as I can.", least=LEAST_SIDE, most=most
    )


def gallery_title() -> str:
    """Of the form for the gallery."""
    return _("Gallery")


def gallery_field() -> tuple[str, str]:
    """Where shared and starred dreams go."""
    return _("Channel"), _("Where shared and starred dreams go. Empty: no gallery.")


def stars_field(most: int) -> tuple[str, str]:
    """How many stars it takes."""
    return _("Stars that a dream needs"), _(
        "How many ⭐ hang a dream there, up to {most}. 0: only who dreamt it, by Share.",
        most=most,
    )


def roles_title() -> str:
    """Of the form for what a role adds."""
    return _("Credits for a role")


def role_field() -> tuple[str, str]:
    """Which role."""
    return _("Role"), _("Of somebody's several roles the best counts.")


def bonus_field(most: int) -> tuple[str, str]:
    """How much it adds."""
    return _("Credits on top a day"), _("1 to {most}; 0 takes them away again.", most=most)


def more_title() -> str:
    """Of the form for the prefix, and the channels for moderators and of news."""
    return _("Prefix, moderators, news")


def prefix_field(own: str) -> tuple[str, str]:
    """What typed commands begin with."""
    return _("Prefix of typed commands"), _(
        "Up to {most} characters, the last one a sign; left empty, it is {own}",
        most=LONGEST_PREFIX,
        own=own,
    )


def log_field() -> tuple[str, str]:
    """Where moderators are told."""
    return _("Channel for moderators"), _(
        "For reports, and when the day's credits are used up. "
        "Empty: reports go to the server's owner."
    )


def news_field() -> tuple[str, str]:
    """Where news of the bot go."""
    return _("News of me"), _(
        "Told there: what whoever runs me announces; none, if you choose none."
    )


def _up_to(most: int) -> str:
    return (
        _("Up to {most}; left empty, it is {most}.", most=most)
        if most
        else _("Left empty, it is any number.")
    )


# What can't be


def number_wanted(name: str, least: int, most: int) -> str:
    """Something else than a number was typed, or one that can't be."""
    return _(
        "“{name}” takes a whole number from {least} to {most}. Nothing was changed.",
        name=name,
        least=least,
        most=most,
    )


def bad_prefix() -> str:
    """A prefix that would get into people's way."""
    return _(
        "A prefix has up to {most} characters without blanks, ends in a sign such as `!`, and has "
        "no `@`, `#`, `<`, `/` or `\\` in it. Nothing was changed.",
        most=LONGEST_PREFIX,
    )


def too_many_bonuses() -> str:
    """One more role than can have credits of its own."""
    return _(
        "{most} roles have credits of their own already: take one's away first. "
        "Nothing was changed.",
        most=MOST_BONUSES,
    )


def no_room_for_bonus(daily: int) -> str:
    """Everybody has as much already as one may have."""
    return _(
        "Nobody gets more than {daily} credits a day from me, and here everybody has them: lower "
        "that under “Limits…” first. Nothing was changed.",
        daily=daily,
    )


def everybody_has_it() -> str:
    """The role of all people was chosen."""
    return _(
        "Everybody has that role: set everybody's credits under “Limits…”. Nothing was changed."
    )


def cannot_write_in(channel_id: int) -> str:
    """A channel was chosen that the bot can't use."""
    return _(
        "I can't write in <#{channel}>. Let me see it, send messages, attach files and embed links "
        "there, then choose it again. Nothing was changed.",
        channel=channel_id,
    )


def not_in_charge_of_server() -> str:
    """They don't manage the server."""
    return _("Only those who manage this server set how I dream here.")


def only_by_slash() -> str:
    """The panel was asked for by typing."""
    return _("Type `/dreams settings`: only you see the panel then.")


# What people run into


def switched_off(which: Thing) -> str:
    """The moderators have switched that off."""
    return _(_OFF[which])


def not_in_this_channel(channel_id: int | None) -> str:
    """Dreams are asked for elsewhere: in that channel, if the person sees one."""
    if channel_id is None:
        return _(
            "This server's moderators have kept me to other channels, none of which you can see. "
            "Ask them, or dream in direct messages to me."
        )
    return _("Not in this channel: ask me in <#{channel}>.", channel=channel_id)


def server_ran_out(credits: int, when: str) -> str:
    """To those in charge: nobody can dream any more on that day."""
    return (
        _(
            "This server has used up its {credits} of today, so I turn people away. "
            "It gets new ones {when}.",
            credits=credits_of(credits),
            when=when,
        )
        + "\n-# "
        + _("Told once a day; `/dreams settings` has the limits.")
    )
