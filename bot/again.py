"""A dream once more: what is wished for where somebody wants another one like it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace

from bot.dreams import before_of, result_of
from bot.errors import Refusal
from bot.intake import Candidate, Stored
from bot.jobs.job import Job, Kind
from bot.jobs.recipes import side
from bot.plans import MOST_ITERATIONS, Explore, FromScratch, OnNoise, OnPicture, Plan
from bot.presets import Styles
from bot.typed import Choices, read
from bot.ui import words
from dream import Imagination, Preset, Recipe, Series, presets

FIRMER = 1.5
"""By how much a dream is made stronger or softer at a time: enough to be seen at a glance."""

FULLEST, FAINTEST = 2.0, 0.2
"""Of a recipe's strength: more there isn't, and of less one sees nothing."""


@dataclass(frozen=True, slots=True)
class Anew:
    """What is wished for.

    Attributes:
        style: The preset, with the recipe that is dreamt.
        picture: What it is dreamt on; None where it needs nothing.
        choices: What of that recipe is wanted otherwise; a new seed unless there is one.
        further: Other pictures by what they are for.
        plan: What is made of all that.
        deeper: Whether the picture is what was made, and not what that was made of.
    """

    style: Preset
    picture: Stored | None
    choices: Choices = field(default_factory=Choices)
    further: Mapping[str, Stored] = field(default_factory=dict)
    plan: Plan = field(default_factory=OnPicture)
    deeper: bool = False


def recipe_of(job: Job) -> Recipe:
    """The recipe of a dream of a picture.

    Raises:
        Refusal: The job made something else.
    """
    if not isinstance(job.recipe, Recipe):
        raise Refusal(words.only_of_pictures())
    return job.recipe


def again(job: Job) -> Anew:
    """The same with another seed.

    Raises:
        Refusal: It is a sheet that a seed says little of.
    """
    recipe = job.recipe
    if isinstance(recipe, Imagination):
        base = Recipe(network=recipe.network, size=recipe.size)
        number = int(recipe.what.removeprefix("class:"))
        return Anew(_named(job, base), None, plan=FromScratch(number))
    if job.kind is Kind.NOISE:
        base = recipe_of(job).with_(start="picture", size=side(recipe))
        return Anew(_named(job, base), None, plan=OnNoise())
    if job.kind is Kind.EXPLORE and isinstance(recipe, Series):
        _, first = recipe.stops[0]
        return Anew(_named(job, first), before_of(job), plan=Explore())
    return Anew(_style(job), before_of(job), further=_further(job))


def deeper(job: Job, posted: Candidate | None, usual: Preset) -> Anew:
    """A dream of what was made; `usual` is the preset of that where it was made by none.

    Raises:
        Refusal: It is a sheet.
    """
    picture = result_of(job, posted)
    if isinstance(job.recipe, Imagination):
        return Anew(usual, picture, deeper=True)
    recipe = recipe_of(job)
    if job.kind is Kind.NOISE:
        recipe = recipe.with_(start="picture")
    return Anew(_named(job, recipe), picture, further=_further(job), deeper=True)


def stronger(job: Job) -> Anew:
    """More of the dream: first of what is mixed in, then of what is dreamt.

    Raises:
        Refusal: There is no more.
    """
    recipe, most = recipe_of(job), MOST_ITERATIONS
    if recipe.strength < FULLEST:
        strength = min(round(recipe.strength * FIRMER, 2), FULLEST)
        return _with(job, Choices(strength=strength, seed=recipe.seed))
    steps = recipe.iterations if isinstance(recipe.iterations, int) else max(recipe.iterations)
    if steps >= most:
        raise Refusal(words.no_stronger())
    return _with(job, Choices(iterations=min(round(steps * FIRMER), most), seed=recipe.seed))


def softer(job: Job) -> Anew:
    """Less of the dream, and more of the picture.

    Raises:
        Refusal: There would be nothing left of it.
    """
    recipe = recipe_of(job)
    strength = round(recipe.strength / FIRMER, 2)
    if strength < FAINTEST:
        raise Refusal(words.no_softer())
    return _with(job, Choices(strength=strength, seed=recipe.seed))


def enlarged(job: Job, number: int) -> Anew:
    """That dream of a sheet of several, large.

    Raises:
        Refusal: There is none.
    """
    style = _of_sheet(job, number)
    return Anew(style, before_of(job), Choices(seed=style.recipe.seed))


def varied(job: Job, number: int) -> Anew:
    """Another sheet of dreams around that one.

    Raises:
        Refusal: There is none.
    """
    return Anew(_of_sheet(job, number), before_of(job), plan=Explore())


def _of_sheet(job: Job, number: int) -> Preset:
    if not isinstance(job.recipe, Series) or not 0 < number <= len(job.recipe.stops):
        raise Refusal(words.only_of_sheets())
    _, recipe = job.recipe.stops[number - 1]
    return _named(job, recipe.with_(size=None))


def main_choices(job: Job) -> dict[str, str]:
    """The choices that people change most, as one types them."""
    recipe = recipe_of(job)
    steps = recipe.iterations
    return {
        "preset": job.preset,
        "strength": f"{recipe.strength:g}",
        "iterations": str(steps) if isinstance(steps, int) else " ".join(map(str, steps)),
        "layer": recipe.layer,
        "seed": str(recipe.seed),
    }


def tweaked(
    job: Job, typed: Mapping[str, str], preset_named: Callable[[str], Preset], styles: Styles
) -> Anew:
    """The same with other choices, where what is typed isn't what `main_choices` says.

    What was left as it was goes along with the preset, if another one is named, and what was
    emptied is as in the preset; but for the seed, which stays, or is drawn anew.

    Args:
        preset_named: The preset that somebody typed.
        styles: Those that they may name.

    Raises:
        Refusal, RecipeError: Something is no such choice.
    """
    before = main_choices(job)
    given = {name: typed.get(name, text).strip() for name, text in before.items()}
    changed = {name: text for name, text in given.items() if text != before[name]}
    style = _style(job)
    if "preset" in changed:
        named = preset_named(changed.pop("preset"))
        style = replace(named, recipe=_onto(named.recipe, recipe_of(job)))
    changed["seed"] = given["seed"]
    emptied = [name for name, text in changed.items() if not text]
    if (usual := styles.find(style.name)) is not None:
        as_usual = {name: getattr(usual.recipe, name) for name in emptied if name != "seed"}
        style = replace(style, recipe=style.recipe.with_(**as_usual))
    choices = Choices.read({name: text for name, text in changed.items() if text})
    return Anew(style, before_of(job), choices, _further(job))


def as_typed(job: Job, styles: Styles) -> tuple[str, bool]:
    """What one types for that dream, and whether it says all of the recipe.

    Args:
        styles: The presets that whoever types it may name.
    """
    recipe = recipe_of(job)
    style = styles.find(job.preset) or _nearest(recipe)
    usual, parts = style.recipe, [style.name]
    parts += [role for role in ("guide", "mask") if getattr(recipe, role) is not None]
    if recipe.layer != usual.layer:
        parts.append(f'layer="{recipe.layer}"' if " " in recipe.layer else f"layer={recipe.layer}")
    parts += [
        f"{name}={getattr(recipe, name):g}"
        for name in ("strength", "iterations")
        if getattr(recipe, name) != getattr(usual, name)
        and isinstance(getattr(recipe, name), int | float)
    ]
    parts.append(f"seed={recipe.seed}")
    if recipe.size is not None:
        parts.append(f"size={recipe.size}")
    text = " ".join(parts)
    says = read(text).choices.of(usual).with_(guide=recipe.guide, mask=recipe.mask)
    return text, says == recipe


def _nearest(recipe: Recipe) -> Preset:
    """The preset of the catalogue that differs least: in its network, or else in fewest choices."""

    def distance(preset: Preset) -> tuple[bool, int]:
        other = preset.recipe
        names = [each.name for each in fields(Recipe)]
        different = sum(getattr(other, name) != getattr(recipe, name) for name in names)
        return other.network != recipe.network, different

    return min(presets().values(), key=distance)


def _style(job: Job) -> Preset:
    """Its preset with its very recipe, also where the catalogue says otherwise by now."""
    return _named(job, recipe_of(job))


def _named(job: Job, recipe: Recipe) -> Preset:
    """The preset of a job, with that recipe."""
    known = presets().get(job.preset)
    title, text = (known.title, known.text) if known else (job.preset, "")
    return Preset(job.preset, title, text, recipe)


def _further(job: Job) -> dict[str, Stored]:
    return {role: Stored(key) for role, key in job.inputs.items() if role != "picture"}


def _with(job: Job, choices: Choices) -> Anew:
    return Anew(_style(job), before_of(job), choices, _further(job))


def _onto(recipe: Recipe, before: Recipe) -> Recipe:
    """A preset's recipe for the same pictures, as large and with the same seed."""
    kept = {name: getattr(before, name) for name in ("guide", "mask", "seed", "size")}
    return recipe.with_(**kept)
