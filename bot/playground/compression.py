"""Streams of compressed frames, as the gateway sends them."""

import importlib
import zlib
from collections.abc import Callable

Compress = Callable[[bytes], bytes]


def stream(kind: str) -> Compress | None:
    """What compresses one connection's frames after each other; None for an unknown kind.

    Zstandard comes with Python 3.14, or with the package `zstandard`: a client that runs under
    this same Python asks for it exactly where it is there.
    """
    makers = {"zlib-stream": _zlib, "zstd-stream": _zstd}
    return makers[kind]() if kind in makers else None


def _zlib() -> Compress:
    compressor = zlib.compressobj()
    return lambda data: compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)


def _zstd() -> Compress | None:
    try:
        standard = importlib.import_module("compression.zstd")
    except ImportError:
        return _zstd_of_package()
    compressor = standard.ZstdCompressor()
    return lambda data: bytes(compressor.compress(data, mode=compressor.FLUSH_BLOCK))


def _zstd_of_package() -> Compress | None:
    try:
        package = importlib.import_module("zstandard")
    except ImportError:
        return None
    compressor = package.ZstdCompressor().compressobj()
    flush = package.COMPRESSOBJ_FLUSH_BLOCK
    return lambda data: bytes(compressor.compress(data) + compressor.flush(flush))
