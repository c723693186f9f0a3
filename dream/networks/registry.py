"""The networks there are: of each its architecture, weights, preprocessing and licence."""

import re
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from dream.errors import RecipeError, unknown
from dream.networks import torchvision_networks as torchvisions

TORCHVISION = "torchvision:"
"""How the names of torchvision's networks begin."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Where a network's trained weights come from.

    Attributes:
        file: Name of the file, in a folder of one's own as in the cache.
        address: Where its makers publish it, or an archive with it; None where it comes with the
            package, or is somebody's own.
        sha256: Of what is at the address, or how it begins, where its makers or several others
            state one.
        megabytes: Its size, roughly.
        licence: The terms, in the makers' words.
        member: Name of the file in the archive, where there is one at the address.
        digest: Of a file of one's own, how its sha256 begins.
    """

    file: str
    address: str | None
    sha256: str | None
    megabytes: int
    licence: str
    member: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """A trained image network.

    Attributes:
        name: As recipes and people call it.
        text: One line on what it is.
        layer: The layer it dreams at where nobody chose one.
        architecture: Module in this package and class in it, `module:Class`.
        weights: Where its weights come from.
        mean: Of each channel, R, G, B, on a scale of 0 to 255; taken off a picture first.
        channels: The order in which the first convolution's weights expect the channels.
        arguments: What the architecture's class is built with.
        scale: Of each channel, R, G, B: what a picture is divided by after the mean is off.
        classes: How many it tells apart; 0 where it ends before it does.
        class_list: The list of their names in this package; None where nobody knows them.
        logits: The layer whose channels are the classes, before a softmax makes them rivals; the
            last of all if None.
        tour: Layers worth a look, shallow to deep; a selection of all if there are none.
        layers: How many it has; 0 where nobody has counted them.
    """

    name: str
    text: str
    layer: str
    architecture: str
    weights: Weights
    mean: tuple[float, float, float]
    channels: str
    arguments: tuple[str | int, ...] = ()
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)
    classes: int = 1000
    class_list: str | None = "imagenet"
    logits: str | None = None
    tour: tuple[str, ...] = ()
    layers: int = 0

    @property
    def architecture_name(self) -> str:
        """Name of the network whose layers it has: its own, or the one that a file is for."""
        return self.name.partition("@")[0]


# All of Caffe's were trained on pixels of 0 to 255 less the mean of their own photographs.
_MEAN = (123.0, 117.0, 104.0)

_INCEPTION = (
    *("conv1/7x7_s2", "conv2/3x3_reduce", "conv2/3x3", "inception_3a/output"),
    *("inception_3b/output", "inception_4a/output", "inception_4b/output", "inception_4c/output"),
    *("inception_4d/output", "inception_4e/output", "inception_5a/output"),
)

_NETWORKS = (
    Network(
        name="googlenet",
        text="The classic: Google's Inception of 2014, trained by BVLC on ImageNet.",
        layer="inception_4c/output",
        architecture="googlenet:GoogLeNet",
        weights=Weights(
            file="bvlc_googlenet.caffemodel",
            address="http://dl.caffe.berkeleyvision.org/bvlc_googlenet.caffemodel",
            sha256="6f7101e3a2183738a7125a0c5021ba82a1feb4228c5ca0924d991b6daf6f6fad",
            megabytes=54,
            licence="unrestricted (“This model is released for unrestricted use.”)",
        ),
        mean=_MEAN,
        channels="BGR",
        logits="loss3/classifier",
        tour=_INCEPTION,
        layers=141,
    ),
    Network(
        name="squeezenet",
        text="Small and quick: SqueezeNet 1.1 of 2016, trained by its authors on ImageNet.",
        layer="fire8/concat",
        architecture="squeezenet:SqueezeNet",
        weights=Weights(
            file="squeezenet_v1.1.caffemodel",
            address="https://github.com/forresti/SqueezeNet/raw/a47b6f13d30985279789d08053d37013d67d131b/SqueezeNet_v1.1/squeezenet_v1.1.caffemodel",
            sha256="72b912ace512e8621f8ff168a7d72af55910d3c7c9445af8dfbff4c2ee960142",
            megabytes=5,
            licence="BSD 2-clause",
        ),
        mean=_MEAN,
        channels="BGR",
        logits="conv10",
        tour=("conv1", *(f"fire{number}/concat" for number in range(2, 10))),
        layers=65,
    ),
    Network(
        name="dreamnet",
        text="Our own, in the package: small, quick, and trained to see what the classic sees.",
        layer="inception_4c/output",
        architecture="dreamnet:DreamNet",
        weights=Weights(
            file="dreamnet.safetensors",
            address=None,
            sha256=None,
            megabytes=2,
            licence="MIT, as this program",
        ),
        mean=_MEAN,
        channels="RGB",
        classes=0,
        class_list=None,
        tour=(
            *("conv1/6x6_s2", "conv2/3x3", "inception_3a/output", "inception_3b/output"),
            *("inception_4a/output", "inception_4b/output", "inception_4c/output"),
        ),
        layers=77,
    ),
    Network(
        name="places205",
        text="Sees buildings and landscapes: the classic, trained by MIT on 205 kinds of place.",
        layer="inception_4c/output",
        architecture="googlenet:GoogLeNet",
        arguments=(205,),
        weights=Weights(
            file="googlelet_places205_train_iter_2400000.caffemodel",  # spelt so
            address="http://places.csail.mit.edu/model/googlenet_places205.tar.gz",
            sha256=None,
            megabytes=44,
            licence="none stated; that of places365 is CC BY",
            member="googlelet_places205_train_iter_2400000.caffemodel",
        ),
        mean=(116.06, 113.74, 105.49),
        channels="BGR",
        classes=205,
        class_list="places205",
        logits="loss3/classifier",
        tour=_INCEPTION,
        layers=141,
    ),
    Network(
        name="places365",
        text="Sees buildings and landscapes: the classic, trained by MIT on 365 kinds of place.",
        layer="inception_4c/output",
        architecture="googlenet:GoogLeNet",
        arguments=(365,),
        weights=Weights(
            file="googlenet_places365.caffemodel",
            address="http://places2.csail.mit.edu/models_places365/googlenet_places365.caffemodel",
            sha256=None,
            megabytes=46,
            licence="CC BY; the copyright of all the images belongs to the image owners",
        ),
        mean=(116.68, 112.51, 104.05),
        channels="BGR",
        classes=365,
        class_list="places365",
        logits="loss3/classifier",
        tour=_INCEPTION,
        layers=141,
    ),
    Network(
        name="inception5h",
        text="The classic as Google trained it, in TensorFlow's file; Lucid's atlas is of it.",
        layer="mixed4c",
        architecture="inception5h:Inception5h",
        weights=Weights(
            file="tensorflow_inception_graph.pb",
            address="https://storage.googleapis.com/download.tensorflow.org/models/inception5h.zip",
            sha256="d13569f6a98159de37e92e9c8ec4dae8f674fbf475f69fe6199b514f756d4364",
            megabytes=54,
            licence="Apache 2.0",
            member="tensorflow_inception_graph.pb",
        ),
        mean=(117.0, 117.0, 117.0),
        channels="RGB",
        classes=1008,
        class_list="inception5h",
        logits="softmax2_pre_activation",
        tour=(
            *("conv2d0", "conv2d1", "conv2d2", "mixed3a", "mixed3b", "mixed4a", "mixed4b"),
            *("mixed4c", "mixed4d", "mixed4e", "mixed5a"),
        ),
        layers=141,
    ),
)


def networks() -> MappingProxyType[str, Network]:
    """All networks by name but torchvision's."""
    return MappingProxyType({network.name: network for network in _NETWORKS})


@cache
def torchvision_networks() -> MappingProxyType[str, Network]:
    """Those of torchvision, by name."""
    return MappingProxyType(
        {found.name: found for found in map(_of_torchvision, torchvisions.FILES)}
    )


def unsupported() -> MappingProxyType[str, str]:
    """Those of torchvision that can't be dreamt with, and why."""
    reasons = torchvisions.UNSUPPORTED.items()
    return MappingProxyType({f"{TORCHVISION}{name}": reason for name, reason in reasons})


def network(name: str) -> Network:
    """The network of that name, `NAME@DIGEST` where its weights are a file of one's own.

    Raises:
        UnknownName: There is none; says the nearest.
        RecipeError: There is one, but it can't be dreamt with; says why.
    """
    wanted, at, digest = name.lower().partition("@")
    found = networks().get(wanted) or torchvision_networks().get(wanted)
    if wanted in unsupported():
        raise RecipeError(f"{wanted} can't be dreamt with: {unsupported()[wanted]}.")
    if found is None or (at and not re.fullmatch("[0-9a-f]{12}", digest)):
        known = [*networks(), *torchvision_networks()]
        raise unknown("network", name, known, "`dream networks --all` lists them all.")
    return _own(found, digest) if at else found


def _own(architecture: Network, digest: str) -> Network:
    """That architecture with a file of one's own."""
    name = f"{architecture.name}@{digest}"
    weights = replace(
        architecture.weights,
        file=f"a file whose sha256 begins with {digest}",
        address=None,
        sha256=None,
        licence="that of your file",
        member=None,
        digest=digest,
    )
    text = f"{architecture.name} with weights of your own."
    return replace(architecture, name=name, text=text, weights=weights, class_list=None)


def _of_torchvision(name: str) -> Network:
    file, megabytes, layer = torchvisions.FILES[name]
    halves = name in torchvisions.HALVES
    licence = "none stated; the code's is BSD 3-clause, the photographs' terms may apply"
    if name in torchvisions.NON_COMMERCIAL:
        licence = "CC BY-NC 4.0 (SWAG)"
    return Network(
        name=f"{TORCHVISION}{name}",
        text=f"torchvision's {name}, trained on ImageNet.",
        layer=layer,
        architecture="torchvision_model:TorchvisionModel",
        arguments=(name,),
        weights=Weights(
            file=file,
            address=torchvisions.ADDRESS + file,
            sha256=file.removesuffix(".pth").rpartition("-")[2],
            megabytes=megabytes,
            licence=licence,
        ),
        mean=(127.5, 127.5, 127.5) if halves else (123.675, 116.28, 103.53),
        scale=(127.5, 127.5, 127.5) if halves else (58.395, 57.12, 57.375),
        channels="RGB",
    )
