"""Walks the fields of a protocol-buffer message, for the readers of Caffe's and TensorFlow's files.

The encoding: https://protobuf.dev/programming-guides/encoding/. What a field means is the reader's
to know; here it is a number, a wire type and a value.
"""

from collections.abc import Iterator

VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5
"""Wire types."""

Field = tuple[int, int, int | memoryview]
"""Number, wire type and value; the value is a number or bytes, by the wire type."""


class Broken(ValueError):
    """The message breaks off, or is none."""


def fields(message: memoryview) -> Iterator[Field]:
    """Each field of the message, in the order in which they were written.

    Raises:
        Broken: As soon as it is met.
    """
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        field, wire = key >> 3, key & 7
        if wire == VARINT:
            number, at = varint(message, at)
            yield field, wire, number
            continue
        if wire == LENGTH:
            length, at = varint(message, at)
        elif wire in (EIGHT_BYTES, FOUR_BYTES):
            length = 8 if wire == EIGHT_BYTES else 4
        else:
            raise Broken
        if field == 0 or at + length > len(message):
            raise Broken
        yield field, wire, message[at : at + length]
        at += length


def varint(message: memoryview, at: int) -> tuple[int, int]:
    """The number that begins there, seven bits a byte, and where the next thing begins."""
    number = 0
    for count, byte in enumerate(message[at : at + 10]):
        number |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return number, at + count + 1
    raise Broken


def varints(packed: memoryview) -> list[int]:
    """Numbers written one behind the other."""
    numbers, at = [], 0
    while at < len(packed):
        number, at = varint(packed, at)
        numbers.append(number)
    return numbers


def text(value: memoryview) -> str:
    """The text of a field that holds one."""
    return bytes(value).decode("utf-8", "replace")
