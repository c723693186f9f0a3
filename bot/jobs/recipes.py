"""What makes the picture of a job, whichever kind of work it is: read, weighed, and foretold."""

from bot.jobs.estimates import Effort
from dream import Imagination, Recipe, Series, Size, is_imagination, is_series

AnyRecipe = Recipe | Imagination | Series
"""All choices of one dream, of a picture from scratch, or of several dreams on a sheet."""


def read(text: str) -> AnyRecipe:
    """From its line of JSON.

    Raises:
        RecipeError: Not such a line, or of a later version.
    """
    if is_series(text):
        return Series.from_json(text)
    return Imagination.from_json(text) if is_imagination(text) else Recipe.from_json(text)


def work(recipe: AnyRecipe, picture: Size | None) -> int:
    """Pixel-steps that it takes on a picture of that size, or on none."""
    return recipe.work() if isinstance(recipe, Imagination) else recipe.work(picture)


def cost(recipe: AnyRecipe, picture: Size | None) -> int:
    """Credits for it on a picture of that size, or on none."""
    return recipe.cost() if isinstance(recipe, Imagination) else recipe.cost(picture)


def seed(recipe: AnyRecipe) -> int:
    """By which the same is made again; of a sheet, that of its first dream."""
    return recipe.stops[0][1].seed if isinstance(recipe, Series) else recipe.seed


def side(recipe: AnyRecipe) -> int | None:
    """Longer side in pixels, where it says one: of a sheet, that of its first dream."""
    if isinstance(recipe, Series):
        return recipe.stops[0][1].size
    if isinstance(recipe, Recipe) and recipe.size is None and recipe.start != "picture":
        return max(recipe.dream_size())
    return recipe.size


def effort(recipe: AnyRecipe, work: int) -> Effort:
    """What its time depends on.

    Sheets and pictures from scratch go by layers of their own: their many small dreams, and the
    views of many pictures at once, take another time for a pixel than one dream does.
    """
    if isinstance(recipe, Recipe):
        return Effort(recipe.network, recipe.layer, work)
    if isinstance(recipe, Imagination):
        what = "class" if recipe.class_name is not None else recipe.channel[0]
        return Effort(recipe.network.casefold(), f"{what} from scratch", work)
    networks = sorted({each.network for _, each in recipe.stops})
    layers = {each.layer for _, each in recipe.stops}
    layer = layers.pop() if len(layers) == 1 else "several layers"
    return Effort("+".join(networks), f"sheet of {layer}", work)
