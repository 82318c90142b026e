# SPDX-License-Identifier: Apache-2.0
"""Writes one golden file: .npy members and a JSON member `case`, the same bytes each time."""

import io
import json
import os
import re
import zipfile
import zlib

import numpy as np

SIZE_LIMIT = 200_000
# A result with more elements than this is stored as a digest.
DIGEST_ABOVE = 4096


def seed_of(text):
    """Gives the seed of the random inputs of the case called `text`."""
    return zlib.crc32(text.encode())


def rng_of(text):
    return np.random.default_rng(seed_of(text))


def map_tree(function, tree):
    """Applies `function` to the leaves of nested lists and dicts, keeping the order of keys."""
    if isinstance(tree, dict):
        return {k: map_tree(function, v) for k, v in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [map_tree(function, v) for v in tree]
    return tree if tree is None else function(tree)


class Pack:
    """Collects arrays under names and writes them next to the JSON that refers to them."""

    def __init__(self):
        self.arrays = {}
        self.bfloat16 = []
        self._known = {}

    def put(self, hint, array, f64=None):
        """Stores `array` (and its float64 twin as `<name>.f64`) and returns its name.

        An array stored before is not stored again; its first name is returned.
        """
        array = np.asarray(array)
        is_bfloat16 = array.dtype.name == "bfloat16"
        stored = array.view(np.uint16) if is_bfloat16 else array
        stored = np.array(stored, order="C", copy=True)
        key = (array.dtype.name, array.shape, stored.tobytes())
        if f64 is not None:
            f64 = np.array(f64, dtype=np.float64, order="C")
            assert f64.shape == array.shape, (hint, f64.shape, array.shape)
            key += (f64.tobytes(),)
        if key in self._known:
            return self._known[key]
        name = hint
        number = 1
        while name in self.arrays or name == "case":
            name = f"{hint}_{number}"
            number += 1
        self.arrays[name] = stored
        if is_bfloat16:
            self.bfloat16.append(name)
        if f64 is not None:
            self.arrays[name + ".f64"] = f64
        self._known[key] = name
        return name

    def put_tree(self, hint, tree, f64=None):
        """Stores every array of a nest; returns the same nest with names in their places."""
        if tree is None:
            return None
        if isinstance(tree, dict):
            return {
                k: self.put_tree(f"{hint}.{k}", v, None if f64 is None else f64[k])
                for k, v in tree.items()
            }
        if isinstance(tree, (list, tuple)):
            return [
                self.put_tree(f"{hint}{i}", v, None if f64 is None else f64[i])
                for i, v in enumerate(tree)
            ]
        return self.put(hint, tree, f64)

    def put_results(self, hint, tree, f64=None):
        """As put_tree, for results: a big array becomes a digest."""
        if isinstance(tree, dict):
            return {
                k: self.put_results(f"{hint}.{k}", v, None if f64 is None else f64[k])
                for k, v in tree.items()
            }
        if isinstance(tree, (list, tuple)):
            return [
                self.put_results(f"{hint}{i}", v, None if f64 is None else f64[i])
                for i, v in enumerate(tree)
            ]
        if tree is None:
            return None
        if np.asarray(tree).size > DIGEST_ABOVE:
            return self.put_digest(hint, tree, f64)
        return self.put(hint, tree, f64)

    def put_digest(self, hint, array, f64=None, count=256):
        """Stores a sample of a big array with the figures that check the rest of it."""
        array = np.asarray(array)
        flat = array.reshape(-1)
        stride = max(1, flat.size // count)
        wide = flat.astype(np.float64)
        digest = {
            "digest": True,
            "shape": list(array.shape),
            "stride": stride,
            "sample": self.put(
                hint, flat[::stride], None if f64 is None else f64.reshape(-1)[::stride]
            ),
            "sum": float(wide.sum()),
            "sum_of_squares": float((wide * wide).sum()),
            "max_abs": float(np.abs(wide).max()) if flat.size else 0.0,
        }
        if f64 is not None:
            digest["keras_error"] = float(np.abs(wide - f64.reshape(-1)).max())
        return digest

    def drop_twins(self, pattern, limit):
        """Drops the float64 twins of arrays whose names match and whose error is under the limit.

        A twin decides only about values that differ from Keras by more than the tolerance, and
        where Keras' own error is far below that, such a value is wrong with or without it.
        """
        for name in [n for n in self.arrays if re.match(pattern, n) and n + ".f64" in self.arrays]:
            exact = self.arrays[name + ".f64"]
            scale = max(1e-3, np.abs(exact).max(initial=0.0))
            error = np.abs(self.arrays[name] - exact).max(initial=0.0)
            if error <= limit * scale:
                del self.arrays[name + ".f64"]

    def write(self, path, case):
        """Writes the file; raises when it would be larger than a golden file may be."""
        case = dict(case)
        if self.bfloat16:
            case["bfloat16"] = self.bfloat16
        text = json.dumps(case, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
        members = {"case": np.frombuffer(text.encode(), dtype=np.uint8), **self.arrays}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, array in members.items():
                member = io.BytesIO()
                np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
                info = zipfile.ZipInfo(name + ".npy", date_time=(1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                info.create_system = 3
                info.external_attr = 0o644 << 16
                archive.writestr(info, member.getvalue(), compresslevel=9)
        data = out.getvalue()
        if len(data) > SIZE_LIMIT:
            raise RuntimeError(f"{path}: {len(data)} bytes, more than {SIZE_LIMIT}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)
        return len(data)


def versions():
    import jax
    import jaxlib
    import keras

    return {
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "jax": jax.__version__,
        "jaxlib": jaxlib.__version__,
        "numpy": np.__version__,
    }
