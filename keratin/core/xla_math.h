// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace keratin::xla {

// These functions are what XLA's CPU backend (the one under JAX) computes, to the last bit: its
// polynomials, and a fused multiply-add wherever its compiler contracts one. Results therefore
// do not depend on whether this processor has a fused multiply-add.

/// Returns the natural logarithm: -inf at 0, NaN below.
float log(float x);

/// Returns log(1 + x) without loss near 0.
float log1p(float x);
double log1p(double x);

/// Returns the error function.
float erf(float x);

/// Returns the inverse of the error function (M. Giles, "Approximating the erfinv function"):
/// infinite at -1 and 1, NaN outside of them.
float erf_inv(float x);
double erf_inv(double x);

}  // namespace keratin::xla
