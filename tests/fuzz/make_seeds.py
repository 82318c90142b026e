# SPDX-License-Identifier: Apache-2.0
"""Makes the seeds of the fuzzers from the golden files, and small files of each format.

Usage: python tests/fuzz/make_seeds.py (with numpy and h5py)
"""

import gzip
import io
import json
import pathlib
import shutil
import zipfile

import h5py
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden"
SEEDS = HERE / "seeds"

JSON = [
    b'{"a": [1, -2.5e-3, true, null], "b": {"c": "\\u00e9\\ud83d\\ude00\\n"}}',
    b"[NaN, Infinity, -Infinity, 1e400, -0.0, 9223372036854775807, 9223372036854775808]",
    b"[[[[[[[[]]]]]]]]",
    b'{"": {"": {}}, "x": "\\"\\\\/\\b\\f\\t"}',
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


def save_idx() -> None:
    for code, dtype in ((8, ">u1"), (9, ">i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")):
        array = np.arange(6).astype(dtype)
        content = bytes([0, 0, code, 2]) + np.array([2, 3], ">u4").tobytes() + array.tobytes()
        save("idx", f"type_{code}.idx", content)
    save("idx", "packed.gz", gzip.compress(content, mtime=0))


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
    save_idx()
    save_pickles()


if __name__ == "__main__":
    main()
