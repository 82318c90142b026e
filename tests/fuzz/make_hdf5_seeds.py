# SPDX-License-Identifier: Apache-2.0
"""Small HDF5 files for what the golden ones do not hold: types that are not read, and damage in the
places that a random change seldom hits. `make_seeds.py` saves them."""

import io
import re

import h5py
import numpy as np


def file_of(fill, **kwargs) -> bytes:
    """Returns a file that `fill` has put objects in."""
    target = io.BytesIO()
    with h5py.File(target, "w", **kwargs) as file:
        fill(file)
    return target.getvalue()


def with_type(file_type) -> bytes:
    """Returns a file with one array of a type of the HDF5 library."""
    def fill(file):
        space = h5py.h5s.create_simple((2,))
        h5py.h5d.create(file.id, b"a", file_type, space)
    return file_of(fill)


def changed(content: bytes, pattern: bytes, replacement: bytes) -> bytes:
    """Replaces the group of the first match of a pattern by as many bytes."""
    found = re.search(pattern, content, re.DOTALL)
    assert found and len(found.group(1)) == len(replacement), pattern
    return content[:found.start(1)] + replacement + content[found.end(1):]


def types() -> dict[str, bytes]:
    h5t = h5py.h5t
    three_bytes = h5t.STD_U32LE.copy()
    three_bytes.set_size(3)
    padded = h5t.C_S1.copy()
    padded.set_size(4)
    padded.set_strpad(h5t.STR_SPACEPAD)

    def fill_padded(file):
        space = h5py.h5s.create(h5py.h5s.SCALAR)
        attribute = h5py.h5a.create(file.id, b"text", padded, space)
        attribute.write(np.array(b"ab  ", "S4"))

    made = {
        "three_bytes": three_bytes,
        "long_float": h5t.NATIVE_LDOUBLE,
        "enumeration": h5t.py_create(h5py.enum_dtype({"a": 0, "b": 1}, "i2")),
        "time": h5t.UNIX_D32LE,
        "bits": h5t.STD_B8LE,
        "reference": h5t.STD_REF_OBJ,
        "array": h5t.array_create(h5t.IEEE_F32LE, (2,)),
    }
    return {"padded": file_of(fill_padded)} | {n: with_type(t) for n, t in made.items()}


def deep_names() -> bytes:
    """Returns a file whose tree of names has two levels; what is named is refused."""
    def fill(file):
        for number in range(150):
            file[f"{number:03}"] = h5py.SoftLink("/")
    return file_of(fill)


def damage() -> dict[str, bytes]:
    def fill_attributes(file):
        file.attrs["na"] = 1.0
        file.attrs["nb"] = 2.0

    def fill_groups(file):
        file.create_group("ga")
        file.create_group("gb")

    def fill_chunks(file):
        file.create_dataset("c", data=np.arange(5.0, dtype="f4"), chunks=(2,), compression="gzip",
                            shuffle=True)

    def fill_partly(file):
        file.create_dataset("p", (4,), "f4", chunks=(2,), fillvalue=3.0)

    attributes, groups = file_of(fill_attributes), file_of(fill_groups)
    chunks, partly = file_of(fill_chunks), file_of(fill_partly)
    plain = file_of(lambda file: file.create_dataset("d", data=np.arange(3.0, dtype="f4")))
    return {
        "twice_attribute": changed(attributes, b"(nb)", b"na"),
        "twice_name": changed(groups, b"(gb)", b"ga"),
        "no_attribute": changed(attributes, rb"(\x0c)\x00.{5}\x00\x01", b"\x15"),
        "no_tree": changed(groups, b"(TREE)", b"TREF"),
        "no_names": changed(groups, b"(SNOD)", b"SNOE"),
        "no_heap": changed(groups, b"(HEAP)", b"HEAQ"),
        "no_chunks": changed(chunks, rb"TREE(\x01)", b"\x02"),
        "chunk_outside": changed(chunks, rb"TREE\x01.*?(\x02)\x00{15}", b"\x09"),
        "chunks": chunks,
        "filter_twice": changed(chunks, rb"(\x02)\x00.{6}shuffle", b"\x01"),
        "fill_value": changed(partly, rb"\x05\x00.\x00.\x00{3}(\x02)", b"\x03"),
        "no_layout": changed(plain, rb"\x08\x00.\x00.\x00{3}\x03(\x01)", b"\x07"),
        "no_type": changed(plain, rb"\x03\x00.\x00.\x00{3}(\x11)", b"\x1f"),
    }


def all_files() -> dict[str, bytes]:
    return types() | damage() | {"deep_names": deep_names()}
