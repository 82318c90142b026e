# SPDX-License-Identifier: Apache-2.0
"""64-bit numbers in Keras on JAX.

JAX's 64-bit mode alone is not enough: but on TensorFlow, keras.backend.result_type turns
64-bit results into 32-bit ones, so that tanh of float64 is float32 and a float64 model
computes partly in float32. Here that last step is left out, as if each 64-bit dtype were its own.
"""

import contextlib

import jax
from keras.src.backend.common import dtypes

WIDE = ("int64", "uint64", "float64", "complex128")


def keep_wide_dtypes():
    """Lets result_type keep 64-bit dtypes for the rest of the process."""
    dtypes.BIT64_TO_BIT32_DTYPE.update({name: name for name in WIDE})


@contextlib.contextmanager
def wide_mode(on=True):
    """JAX's 64-bit mode with result_type keeping 64-bit dtypes, within a block."""
    before = dict(dtypes.BIT64_TO_BIT32_DTYPE)
    if on:
        keep_wide_dtypes()
    try:
        with jax.enable_x64(bool(on)):
            yield
    finally:
        dtypes.BIT64_TO_BIT32_DTYPE.update(before)
