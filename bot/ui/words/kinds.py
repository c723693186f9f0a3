"""What else than the dream of a picture can be had: from noise, from scratch, on sheets."""

from collections.abc import Sequence

from bot.jobs.job import Kind
from bot.ui.languages import _, noted, several
from bot.ui.words.numbers import listed
from bot.ui.words.which import OPTIONS
from dream import Network, Progress

SHEETS = {Kind.TOUR, Kind.EXPLORE, Kind.PRESETS}

NOISE_OPTIONS = {
    "preset": OPTIONS["preset"],
    "seed": OPTIONS["seed"],
    "size": noted("Side of the dream in pixels: 512 if you choose none"),
}
CLASS_OPTIONS = {
    "name": noted("What is imagined, such as banana"),
    "seed": OPTIONS["seed"],
    "size": noted("Side of the picture in pixels: 256 if you choose none"),
}
SHEET_OPTIONS = {name: OPTIONS[name] for name in ("image", "preset", "seed", "link", "person")}
TOUR_OPTIONS = {
    **SHEET_OPTIONS,
    "by": noted("What changes from one dream to the next: layers if you choose nothing"),
}
AXES = {
    "layers": noted("layers"),
    "iterations": noted("iterations"),
    "octaves": noted("octaves"),
}
"""What may change from one dream of a tour to the next."""

PRESETS_IMAGE = noted("A picture to see in all of them; leave it out for the list")
NETWORK_NAME = noted("Which one; leave it out for all")

_NAMED = {
    Kind.NOISE: noted("{title} from noise"),
    Kind.CLASS: noted("{title}, imagined"),
    Kind.TOUR: noted("A tour of {title}"),
    Kind.EXPLORE: noted("Four ways from {title}"),
}


def named(kind: Kind, title: str) -> str:
    """What a job makes, as people read it; `title` is that of its preset, or what it shows."""
    if kind is Kind.PRESETS:
        return _("All presets")
    return _(_NAMED[kind], title=title) if kind in _NAMED else title


def part(kind: Kind, progress: Progress) -> str:
    """What of it is under way."""
    filled = {"number": progress.octave, "of": progress.octaves}
    if kind in SHEETS:
        return _("picture {number} of {of}", **filled)
    if kind is Kind.CLASS:
        return _("stage {number} of {of}", **filled)
    return _("octave {octave} of {octaves}", octave=progress.octave, octaves=progress.octaves)


def original() -> str:
    """What stands on a sheet above the picture that was posted."""
    return _("as it was")


def number_of(axis: str, number: int) -> str:
    """What stands on a sheet above a dream of so many."""
    if axis == "octaves":
        return several("{number} octave", "{number} octaves", number)
    return several("{number} iteration", "{number} iterations", number)


def described_noise(title: str, network: str, layer: str, seed: int) -> str:
    """What people who can't see a dream out of noise are told."""
    return _(
        "A DeepDream out of noise, without a picture: {title} ({network}, {layer}), seed {seed}.",
        title=title,
        network=network,
        layer=layer,
        seed=seed,
    )


def described_class(name: str, network: str, seed: int) -> str:
    """What people who can't see a picture from scratch are told."""
    return _(
        "What the network {network} calls “{name}”, made from scratch, seed {seed}.",
        network=network,
        name=name,
        seed=seed,
    )


def described_sheet(title: str, labels: Sequence[str]) -> str:
    """What people who can't see a sheet are told."""
    return _(
        "The posted picture dreamt several times, side by side. {title}: {labels}.",
        title=title,
        labels=", ".join(labels),
    )


def one_of_four() -> str:
    """Below four numbered dreams: what their buttons do."""
    return "-# " + _("Have one of them large, or four more that are near it.")


def no_name(command: str) -> str:
    """Nothing was said that is to be imagined."""
    example = f"{command} banana"
    return _("Imagine what? Say it after the command: `{example}`.", example=example)


def no_such_class(name: str, near: Sequence[str]) -> str:
    """The network knows no such thing; what was typed is shown as it is, never as markup."""
    regret = _("I know nothing called `{name}`.", name=name[:40].replace("`", ""))
    if near:
        return f"{regret} " + _("What comes near: {names}.", names=listed(near))
    return f"{regret} " + _("I know {some}, and a thousand things more.", some=_SOME)


_SOME = "banana, castle, jellyfish, violin"


def no_classes(command: str) -> str:
    """No network here has classes; `command` gets one that has."""
    return _(
        "None of my networks has names for what it sees. "
        "Whoever runs me gets one that has with `{command}`.",
        command=command,
    )


def not_chosen_here(names: Sequence[str], taken: Sequence[str]) -> str:
    """Choices that this can't be made with, and those that it can."""
    return _(
        "{names} can't be chosen here; {taken} can.",
        names=listed([f"`{name}`" for name in names]),
        taken=listed([f"`{name}`" for name in taken]),
    )


def no_further_pictures(command: str) -> str:
    """A guide or a mask was given for what takes none."""
    return _("Guides and masks go with `{command}` alone.", command=command)


def sample() -> str:
    """What people who can't see the sheet of presets are told."""
    return _("A cat as it was, and in presets that can be had here.")


def networks_card(
    networks: Sequence[tuple[Network, bool]], command: str, fetching: str
) -> tuple[str, str]:
    """Title and text of the card of all networks, each with whether it is here.

    Args:
        command: What one types for one of them.
        fetching: What gets one that isn't here.
    """
    lines = []
    for of, here in networks:
        layers = several("{number} layer", "{number} layers", of.layers)
        size, licence = f"{of.weights.megabytes} MB", _(of.weights.licence)
        lines += [f"{'●' if here else '○'} **{of.name}** · {layers} · {size} · {licence}"]
        lines += [f"-# {_(of.text)}"]
    example = f"{command} {networks[0][0].name}"
    more = sum(not here for _, here in networks)
    legend = _("● is here")
    if more:
        can = several("{number} more can be had", "{number} more can be had", more)
        legend += f" · ○ {can}: `{fetching}`"
    foot = [
        legend,
        _("Torchvision's can be had too, such as `torchvision:resnet50`."),
        _("`{example}` says where one is from.", example=example),
    ]
    return _("Networks"), "\n".join([*lines, *(f"-# {line}" for line in foot)])


def network_card(of: Network, here: bool, presets: Sequence[str], command: str) -> tuple[str, str]:
    """Title and text of one network's card.

    Args:
        of: The network.
        here: Whether its weights are.
        presets: Titles of those that dream with it.
        command: What gets the weights.
    """
    size = f"{of.weights.megabytes} MB"
    where = _("not here; `{command}` gets them ({size})", command=command, size=size)
    origin = of.weights.address
    facts = [
        (_("Layers"), str(of.layers or "")),
        (_("Classes"), str(of.classes or _("none"))),
        (_("Weights"), _("here ({size})", size=size) if here else where),
        (_("From"), f"<{origin}>" if origin else _("this program's package")),
        (_("Licence"), _(of.weights.licence)),
        (_("Presets"), ", ".join(presets)),
    ]
    lines = [f"**{fact}** · {said}" for fact, said in facts if said]
    return of.name, "\n".join([_(of.text), *lines])


def no_such_network(name: str, near: Sequence[str]) -> str:
    """There is no network of that name; it is shown as it is, never as markup."""
    regret = _("I know no network `{name}`.", name=name[:40].replace("`", ""))
    there = listed([f"`{each}`" for each in near])
    return f"{regret} " + _("There are {names}.", names=there)
