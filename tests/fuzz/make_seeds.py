# SPDX-License-Identifier: Apache-2.0
"""Makes the seeds of the fuzzers from the golden files, and small files of each format.

Usage: python tests/fuzz/make_seeds.py (with numpy and h5py)
"""

import gzip
import io
import json
import pathlib
import shutil
import struct
import zipfile

import h5py
import make_hdf5_seeds
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden"
SEEDS = HERE / "seeds"

JSON = [
    b'{"a": [1, -2.5e-3, true, null], "b": {"c": "\\u00e9\\ud83d\\ude00\\n"}}',
    b"[NaN, Infinity, -Infinity, 1e400, -0.0, 9223372036854775807, 9223372036854775808]",
    b"[[[[[[[[]]]]]]]]",
    b'{"": {"": {}}, "x": "\\"\\\\/\\b\\f\\t"}',
    b'{"a": NaN, "b": "\\"Infinity", "a": [-1, -Infinity], "c": {"d": 1, "d": 2}}',
    b'[NaN, "no end',
]
CSV = [b"1,2,3\n4,5,6\n", b'a,b\n"1",-2.5e3\r\n\r\n+3,nan\n', b"1;2\n", b"\xef\xbb\xbf1,2\n"]
# Layers that a legacy config of Keras 1 writes otherwise than today's.
KERAS_1 = [
    {
        "class_name": "Sequential",
        "config": [
            {
                "class_name": "Dense",
                "config": {
                    "name": "a",
                    "output_dim": 4,
                    "batch_input_shape": [None, 3],
                    "init": "glorot_uniform",
                    "bias": True,
                    "W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01},
                },
            },
            {"class_name": "Dropout", "config": {"name": "b", "p": 0.5}},
        ],
    },
]


def save(name: str, file: str, content: bytes) -> None:
    folder = SEEDS / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_bytes(content)


def save_configs() -> None:
    for path in sorted(GOLDEN.glob("saving/*.keras")):
        with zipfile.ZipFile(path) as archive:
            save("model", path.stem + ".json", archive.read("config.json"))
    for path in sorted(GOLDEN.glob("models/*.npz")):
        with np.load(path) as arrays:
            config = json.loads(arrays["case"].tobytes())["config"]
            save("model", path.stem + ".json", json.dumps(config).encode())
    for path in sorted(GOLDEN.glob("saving/*.h5")):
        with h5py.File(path) as file:
            config = file.attrs.get("model_config")
            if config is not None:
                save("model", path.stem + "_h5.json", b" " + config.encode())
    for number, config in enumerate(KERAS_1):
        save("model", f"keras_1_{number}.json", b" " + json.dumps(config).encode())


def save_words() -> None:
    words: set[str] = set()

    def collect(value: object) -> None:
        if isinstance(value, dict):
            words.update(value)
            for item in value.values():
                collect(item)
        elif isinstance(value, list):
            for item in value:
                collect(item)
        elif isinstance(value, str) and value.replace("_", "").isalnum():
            words.add(value)

    for path in sorted((SEEDS / "model").iterdir()):
        collect(json.loads(path.read_text()))
    lines = [json.dumps('"' + word + '"') for word in sorted(words)]
    (HERE / "model.dict").write_text("\n".join(lines) + "\n")


def save_archives() -> None:
    for kind, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", method) as archive:
            for name, content in (("a.txt", b"alpha" * 20), ("b/c.bin", bytes(range(64)))):
                archive.writestr(zipfile.ZipInfo(name), content, method)
        save("zip", kind + ".zip", target.getvalue())
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        with archive.open("large", "w", force_zip64=True) as member:
            member.write(b"zip64")
        archive.comment = b"a comment"
    save("zip", "zip64.zip", target.getvalue())


def save_hostile_archives() -> None:
    """Saves archives with damage in places that a random change seldom hits."""
    def archive_of(content: bytes, method: int, name: str = "member") -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", method) as archive:
            archive.writestr(zipfile.ZipInfo(name), content, method)
            archive.writestr(zipfile.ZipInfo("nember"), b"other", method)
        return target.getvalue()

    large = archive_of(bytes(range(200)) * 400, zipfile.ZIP_STORED)
    save("zip", "large.zip", archive_of(bytes(80_000), zipfile.ZIP_DEFLATED))
    stored = archive_of(b"plain text, stored", zipfile.ZIP_STORED)
    packed = archive_of(b"plain text, packed" * 3, zipfile.ZIP_DEFLATED)
    end64 = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 10**9, 10**9, 0, 0)
    for name, content in {
        "sum_stored": stored.replace(b"text", b"tent"),
        "sum_packed": packed[:45] + bytes([packed[45] ^ 1]) + packed[46:],
        "name_twice": stored.replace(b"nember", b"member"),
        "no_name": archive_of(b"x", zipfile.ZIP_STORED, "/"),
        "encrypted": stored.replace(b"\x14\x00\x00\x00\x00\x00", b"\x14\x00\x01\x00\x00\x00"),
        "method": stored.replace(b"\x14\x00\x00\x00\x00\x00", b"\x14\x00\x00\x00\x0c\x00"),
        "many_members": stored[:-22] + end64 + stored[-22:],
        "no_archive": b"no archive at all, but long enough to be one",
        "sum_large": large.replace(b"\x10\x11\x12", b"\x10\x11\x13", 1)[:70_000],
    }.items():
        save("zip", name + ".zip", content)


def save_idx() -> None:
    for code, dtype in ((8, ">u1"), (9, ">i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")):
        array = np.arange(6).astype(dtype)
        content = bytes([0, 0, code, 2]) + np.array([2, 3], ">u4").tobytes() + array.tobytes()
        save("idx", f"type_{code}.idx", content)
    packed = gzip.compress(content, mtime=0)
    halves = gzip.compress(content[:9], mtime=0) + gzip.compress(content[9:], mtime=0)
    save("idx", "packed.gz", packed)
    save("idx", "members.gz", halves + bytes(4))
    save("idx", "cut.gz", packed[:-9])
    save("idx", "damaged.gz", packed[:12] + b"\xff\xff" + packed[14:])
    save("idx", "more.gz", packed + b"more")
    save("idx", "no_type.idx", content.replace(b"\x0e", b"\x0a", 1))


def save_npy() -> None:
    """Saves headers that NumPy does not write, and some that nothing should."""
    for number, header in enumerate([
        b"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1)}",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (2L,), }",
        b"{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2,)}",
        b"{'descr': '<f4', 'descr': '<f4', 'shape': (2,)}",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
    ]):
        front = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header))
        save("npy", f"header_{number}.npy", front + header + bytes(8))


def save_pickles() -> None:
    for path in sorted(GOLDEN.glob("words/*_[2-5].npy")):
        save("pickle", path.stem, path.read_bytes().partition(b"\n")[2])


def main() -> None:
    shutil.rmtree(SEEDS, ignore_errors=True)
    for number, text in enumerate(JSON):
        save("json", f"{number}.json", text)
    for number, text in enumerate(CSV):
        save("csv", f"{number}.csv", text)
    save_configs()
    save_words()
    save_archives()
    save_hostile_archives()
    save_npy()
    for name, content in make_hdf5_seeds.all_files().items():
        save("hdf5", name + ".h5", content)
    save_idx()
    save_pickles()


if __name__ == "__main__":
    main()
