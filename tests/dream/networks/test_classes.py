"""Classes are found by any of their names, and by number."""

from pathlib import Path

import pytest

from dream.errors import RecipeError, UnknownName
from dream.networks.classes import class_index, class_names


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("hen-of-the-woods", 996),
        ("Hen of the Woods", 996),
        ("grifola frondosa", 996),
        ("banana", 954),
        ("dumbbell", 543),
        ("Tinca tinca", 0),
        ("tench, Tinca tinca", 0),
        ("great_dane", 246),
        ("toilet tissue, toilet paper, bathroom tissue", 999),
        ("0", 0),
        (" 999 ", 999),
    ],
)
def test_a_class_is_found_by_any_of_its_names(text: str, number: int) -> None:
    assert class_index("googlenet", text) == number
    assert class_index("torchvision:resnet18", text) == number


def test_the_names_are_imagenets_in_their_order(weights: Path) -> None:
    lines = (weights / "synset_words.txt").read_text().splitlines()
    assert list(class_names("squeezenet")) == [line.partition(" ")[2] for line in lines]


def test_every_class_but_the_doubles_is_found_by_its_first_name() -> None:
    double = set()
    for number, names in enumerate(class_names("googlenet")):
        name = names.split(", ")[0]
        try:
            assert class_index("googlenet", name) == number
        except RecipeError:
            double.add(name)
    assert double == {"crane", "maillot", "cardigan", "Cardigan"}


@pytest.mark.parametrize(("text", "number"), [("partridge", 86), ("harp", 594), ("missile", 657)])
def test_a_first_name_goes_before_others_second_names(text: str, number: int) -> None:
    assert class_index("googlenet", text) == number


def test_a_name_of_several_says_their_numbers() -> None:
    with pytest.raises(RecipeError, match=r"called “crane”: say 134 \(crane\) or 517 \(crane\)"):
        class_index("googlenet", "crane")
    with pytest.raises(RecipeError, match=r"say 387 \(lesser panda.*\) or 388 \(giant panda"):
        class_index("googlenet", "panda")


def test_an_unknown_class_gets_the_nearest_names_and_the_command() -> None:
    with pytest.raises(UnknownName, match=r"class of googlenet.*banana.*`dream classes googlenet`"):
        class_index("googlenet", "bananna")


def test_a_number_too_many_is_said_with_how_many_there_are() -> None:
    with pytest.raises(RecipeError, match=r"has 1000 classes, 0 to 999; there is no 1000\."):
        class_index("googlenet", "1000")


@pytest.mark.parametrize(
    ("name", "text", "number"),
    [
        ("places205", "abbey", 0),
        ("places205", "Church_outdoor", 62),
        ("places205", "yard", 204),
        ("places365", "airfield", 0),
        ("places365", "church/outdoor", 91),
        ("places365", "zen garden", 364),
        ("inception5h", "dummy", 0),
        ("inception5h", "kit fox", 1),
        ("inception5h", "Vulpes macrotis", 1),
        ("inception5h", "dumbbell", 1000),
        ("inception5h", "1007", 1007),
    ],
)
def test_each_network_has_its_own_numbers(name: str, text: str, number: int) -> None:
    assert class_index(name, text) == number


def test_places_are_in_the_order_of_the_published_file() -> None:
    names = class_names("places365")
    assert len(names) == 365
    assert list(names) == sorted(names, key=lambda name: name[0])
    assert len(class_names("places205")) == 205


def test_googles_are_imagenets_in_another_order() -> None:
    theirs = {name for name in class_names("inception5h") if not name.startswith("maillot")}
    imagenets = {name for name in class_names("googlenet") if not name.startswith("maillot")}
    assert theirs - imagenets == {"dummy"}
    assert imagenets <= theirs
    assert len(class_names("inception5h")) == 1001


def test_where_names_arent_known_numbers_are_taken() -> None:
    mine = "places365@0123456789ab"
    assert class_index(mine, "364") == 364
    with pytest.raises(RecipeError, match="choose one by its number, 0 to 364"):
        class_index(mine, "banana")
    with pytest.raises(RecipeError, match="aren't known here"):
        class_names(mine)


@pytest.mark.parametrize("text", ["banana", "3"])
def test_a_network_that_ends_before_its_classes_says_so(text: str) -> None:
    with pytest.raises(RecipeError, match="dreamnet has no classes"):
        class_index("dreamnet", text)
