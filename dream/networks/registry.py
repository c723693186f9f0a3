"""The networks there are: of each its architecture, weights, preprocessing and licence."""

from dataclasses import dataclass
from types import MappingProxyType

from dream.errors import unknown


@dataclass(frozen=True, slots=True)
class Weights:
    """Where a network's trained weights come from.

    Attributes:
        file: Name of the file, in a folder of one's own as in the cache.
        address: Where its makers publish it; None where it comes with the package.
        sha256: Of the published file, where its makers or several others state one.
        megabytes: Its size, roughly.
        licence: The terms, in the makers' words.
    """

    file: str
    address: str | None
    sha256: str | None
    megabytes: int
    licence: str


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
    """

    name: str
    text: str
    layer: str
    architecture: str
    weights: Weights
    mean: tuple[float, float, float]
    channels: str


# All were trained on pixels of 0 to 255 less this.
_MEAN = (123.0, 117.0, 104.0)

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
    ),
)


def networks() -> MappingProxyType[str, Network]:
    """All networks by name."""
    return MappingProxyType({network.name: network for network in _NETWORKS})


def network(name: str) -> Network:
    """The network of that name.

    Raises:
        UnknownName: There is none; says the nearest.
    """
    found = networks().get(name.lower())
    if found is None:
        raise unknown("network", name, networks(), "`dream networks` lists them all.")
    return found
