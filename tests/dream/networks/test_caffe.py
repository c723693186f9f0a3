"""The reader of Caffe models: two layouts, any order of fields, and hostile bytes."""

import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dream.errors import BadWeights
from dream.networks.caffe import read
from tests.dream.networks.messages import field, varint

VALUES = np.arange(12, dtype="<f4")
PACKED = field(5, VALUES.tobytes())
ONE_BY_ONE = b"".join(varint(5 << 3 | 5) + struct.pack("<f", value) for value in VALUES)
DOUBLES = field(8, VALUES.astype("<f8").tobytes())
SHAPE = field(7, field(1, varint(3) + varint(4)))
UNPACKED_SHAPE = field(7, field(1, 3) + field(1, 4))
OLDER_SHAPE = field(1, 1) + field(2, 1) + field(3, 3) + field(4, 4)


@pytest.mark.parametrize("blob", [PACKED, ONE_BY_ONE, DOUBLES])
@pytest.mark.parametrize("shape", [SHAPE, UNPACKED_SHAPE])
@pytest.mark.parametrize("shape_first", [True, False])
def test_the_newer_layout_is_read_however_it_was_written(
    blob: bytes, shape: bytes, shape_first: bool
) -> None:
    message = shape + blob if shape_first else blob + shape
    layer = field(1, b"fc") + field(2, b"InnerProduct") + field(7, message)
    found = read(field(1, b"a net") + field(100, layer))
    assert found.keys() == {"fc"}
    np.testing.assert_array_equal(found["fc"][0], VALUES.reshape(3, 4))


def test_the_older_layout_is_read_with_its_four_numbers() -> None:
    layer = field(6, OLDER_SHAPE + PACKED) + field(5, 14) + field(4, b"fc")
    found = read(field(3, b"data") + field(4, 10) + field(2, layer))
    np.testing.assert_array_equal(found["fc"][0], VALUES.reshape(1, 1, 3, 4))


def test_layers_without_weights_are_left_out() -> None:
    layers = field(100, field(1, b"relu")) + field(100, field(1, b"fc") + field(7, SHAPE + PACKED))
    assert list(read(layers)) == ["fc"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89HDF\r\n\x1a\n" + bytes(100),
        b"PK\x03\x04 a pickle in a zip",
        field(100, field(1, b"fc")),
        field(100, field(1, b"fc") + field(7, SHAPE + field(5, VALUES[:7].tobytes()))),
        field(100, field(1, b"fc") + field(7, SHAPE + field(5, b"12345"))),
        field(100, field(1, b"fc") + field(7, SHAPE + PACKED))[:-1],
        b"\xff" * 20,
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(BadWeights, match=r"no (whole )?Caffe model"):
        read(data)


WHOLE = field(100, field(1, b"fc") + field(7, SHAPE + PACKED)) + field(2, field(4, b"x"))


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_read_or_refused(at: int, damage: bytes) -> None:
    with suppress(BadWeights):
        read(WHOLE[:at] + damage + WHOLE[at + len(damage) :])


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(BadWeights):
        read(data)
