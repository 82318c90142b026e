# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/hdf5/: files of h5py 3.x, as Keras uses it, and such as must be refused.

Run:  python tests/golden/make_hdf5.py

Element k of each array is that of make_npy.py. Two runs write the same bytes but for the dates in
refused_latest.h5 and refused_virtual.h5.
"""

import os
import sys

sys.dont_write_bytecode = True
os.environ.setdefault("KERAS_BACKEND", "jax")

import h5py
import ml_dtypes
import numpy as np

from make_npy import DTYPES, values

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hdf5")


def create(name, **kwargs):
    return h5py.File(os.path.join(HERE, name + ".h5"), "w", **kwargs)


def write_arrays():
    with create("types") as file:
        for dtype in DTYPES:
            file[dtype] = values(dtype, (2, 3))
            if np.dtype(dtype).itemsize > 1:
                big = np.dtype(dtype).newbyteorder(">")
                file[dtype + "_big"] = values(dtype, (2, 3)).astype(big)
        half = file.create_dataset("bfloat16", data=values(ml_dtypes.bfloat16, (2, 3)))
        half.attrs["dtype"] = "bfloat16"
        file["scalar"] = np.float32(2.5)
        file["empty"] = np.zeros((0, 3), "float32")
        file.create_dataset("never_written", (2, 3), "float32")
    with create("layouts") as file:
        data = values("int32", (10, 13))
        file["contiguous"] = data
        options = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        options.set_layout(h5py.h5d.COMPACT)
        options.set_obj_track_times(False)
        space = h5py.h5s.create_simple((10, 13))
        compact = h5py.h5d.create(file.id, b"compact", h5py.h5t.NATIVE_INT32, space, options)
        compact.write(h5py.h5s.ALL, h5py.h5s.ALL, data)
        for name, kwargs in {
            "chunked": {},
            "gzip": {"compression": "gzip"},
            "shuffle": {"shuffle": True},
            "gzip_shuffle": {"compression": "gzip", "shuffle": True},
            "resizable": {"maxshape": (None, None), "compression": 1},
        }.items():
            file.create_dataset(name, data=data, chunks=(3, 5), **kwargs)
        part = file.create_dataset("partly_written", (10, 13), "int32", chunks=(3, 5))
        part[0:3] = data[0:3]
        file.create_dataset("cube", data=values("float64", (3, 4, 5)), chunks=(2, 1, 3),
                            compression="gzip")
        file.create_dataset("many_chunks", data=values("uint8", (300,)), chunks=(2,))


def write_attributes():
    with create("attributes") as file:
        texts = h5py.string_dtype()
        file.attrs["text"] = "h\u00e9llo"
        file.attrs["no_text"] = ""
        file.attrs["texts"] = np.array(["a", "", "long " * 20], dtype=texts)
        file.attrs["ascii"] = np.array([b"a", b"bc"], dtype=h5py.string_dtype("ascii"))
        file.attrs["fixed"] = np.array([b"ab", b"cde"])
        file.attrs["fixed_scalar"] = np.bytes_("tensorflow")
        file.attrs["no_names"] = []
        file.attrs["yes"] = True
        file.attrs["number"] = np.int64(-3)
        file.attrs["numbers"] = np.array([0.5, 1.5], "float32")
        file.attrs["a_name_beyond_eight"] = np.arange(3, dtype="uint16")
        file.attrs["nothing"] = h5py.Empty("float32")
        file.attrs["complex"] = np.complex64(1j)
        file.attrs["model_config"] = "x" * 5000
        file.create_group("vars").attrs["name"] = "sequential"
    with create("groups") as file:
        many = file.create_group("many")
        for index in range(300):
            many[str(index)] = np.uint8(index % 256)
        deep = file
        for index in range(10):
            deep = deep.create_group("d%d" % index)
        deep["value"] = np.float32(1)


def ordered_group(parent, name):
    """Makes a group that keeps the order of its members: links in messages instead of a tree."""
    options = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
    options.set_link_creation_order(h5py.h5p.CRT_ORDER_TRACKED)
    return h5py.Group(h5py.h5g.create(parent.id, name.encode(), gcpl=options))


def write_ordered():
    with create("ordered") as file:
        file["b"] = values("float32", (2, 3))
        inner = ordered_group(file, "a")
        inner.attrs["name"] = "ordered"
        inner["z"] = values("int32", (4,))
        ordered_group(inner, "deep")["y"] = np.float32(2.5)
        ordered_group(file, "none")
    with create("refused_ordered_soft_link") as file:
        ordered_group(file, "g")["b"] = h5py.SoftLink("/a")
    with create("refused_ordered_external_link") as file:
        ordered_group(file, "g")["b"] = h5py.ExternalLink("other.h5", "/a")
    with create("refused_ordered_many") as file:
        group = ordered_group(file, "g")
        for index in range(20):
            group[str(index)] = np.float32(index)


def write_fill_values():
    data = values("int32", (10, 13))
    with create("filled") as file:
        file.create_dataset("chunked", data=data, chunks=(3, 5), fillvalue=7)
        file.create_dataset("one_chunk", data=data, chunks=(10, 13), fillvalue=7)
        file.create_dataset("contiguous", data=data, fillvalue=7)
    with create("filled_with_zeros") as file:
        part = file.create_dataset("a", (10, 13), "int32", chunks=(3, 5), fillvalue=0)
        part[0:3] = data[0:3]
    with create("refused_fill_bytes") as file:
        file.create_dataset("a", (4,), "uint8", fillvalue=7)
    for name, rows in (("refused_fill_chunks", 3), ("refused_fill_last_chunk", 9)):
        with create(name) as file:
            part = file.create_dataset("a", (10, 13), "int32", chunks=(3, 13), fillvalue=7)
            part[0:rows] = data[0:rows]


def write_refused():
    with create("refused_soft_link") as file:
        file["a"] = np.float32(1)
        file["b"] = h5py.SoftLink("/a")
    with create("refused_external_link") as file:
        file["b"] = h5py.ExternalLink("other.h5", "/a")
    with create("refused_hard_link") as file:
        file["a"] = np.float32(1)
        file["b"] = file["a"]
    with create("refused_cycle") as file:
        file.create_group("a")["again"] = file["/"]
    with create("refused_external_storage") as file:
        file.create_dataset("a", (4,), "float32", external=[("/etc/passwd", 0, 16)])
    with create("refused_virtual", libver="latest") as file:
        layout = h5py.VirtualLayout(shape=(4,), dtype="float32")
        layout[0:4] = h5py.VirtualSource("other.h5", "a", shape=(4,))
        file.create_virtual_dataset("a", layout)
    with create("refused_latest", libver="latest") as file:
        file["a"] = np.float32(1)
    with create("refused_lzf") as file:
        file.create_dataset("a", data=values("int32", (10,)), compression="lzf")
    with create("refused_fill_value") as file:
        file.create_dataset("a", (4,), "float32", fillvalue=1)
    with create("refused_bomb") as file:
        file.create_dataset("a", (1 << 20, 1 << 20), "float32", chunks=(1024, 1024),
                            compression="gzip")
    with create("refused_texts") as file:
        file["a"] = ["b", "c"]
    with create("refused_records") as file:
        file["a"] = np.zeros(2, [("x", "f4"), ("y", "i4")])
    with create("refused_bytes") as file:
        file["a"] = values(ml_dtypes.bfloat16, (2, 3))


if __name__ == "__main__":
    os.makedirs(HERE, exist_ok=True)
    write_arrays()
    write_attributes()
    write_ordered()
    write_fill_values()
    write_refused()
