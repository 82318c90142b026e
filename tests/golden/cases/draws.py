# SPDX-License-Identifier: Apache-2.0
"""The random numbers of a training: those of a float64 run, and the orders of the samples."""

import contextlib

import jax
import jax.numpy as jnp
import numpy as np


def draw_in_float32():
    """Makes a float64 run draw the noise and the masks that its float32 run draws."""
    import keras.src.backend.jax.random as jax_random
    from keras.src.backend import random as keras_random

    draw = jax_random.jax_draw_seed

    def dropout(inputs, rate, noise_shape=None, seed=None):
        if rate == 0.0:
            return inputs
        shape = jax_random._get_concrete_noise_shape(inputs, noise_shape)
        keep = 1.0 - rate
        mask = jax.random.bernoulli(draw(seed), p=np.float32(keep), shape=shape)
        return jnp.where(jnp.broadcast_to(mask, inputs.shape), inputs / keep, 0.0)

    def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
        sample = jax.random.normal(draw(seed), shape=shape, dtype="float32")
        return sample.astype("float64") * stddev + mean

    def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
        return jax.random.uniform(draw(seed), shape=shape, dtype="float32", minval=minval,
                                  maxval=maxval)

    for module in (keras_random, jax_random):
        module.dropout, module.normal, module.uniform = dropout, normal, uniform


@contextlib.contextmanager
def permutations_drawn():
    """Gives the list to which the permutations are added that NumPy draws meanwhile."""
    permutations = []
    draw = np.random.permutation

    def recorded(*args):
        permutations.append(draw(*args))
        return permutations[-1]

    np.random.permutation = recorded
    try:
        yield permutations
    finally:
        np.random.permutation = draw
