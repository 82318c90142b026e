// SPDX-License-Identifier: Apache-2.0
// Loops and branches over functions. Each follows the function of the same name in keras.ops.
//
// On data, outside of any traced function, the functions run at once, as often as it takes. In a
// model, layer or traced function they are called once and become graphs: what they read from
// around them, variables too, is passed in, and variables that they assign travel along.
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "keratin/graph/nest.h"

namespace keratin::ops {

/// Says how many steps of a scan stand one after the other: a number, or true for all. All are
/// recorded one by one then; a number changes nothing but the speed on other backends.
struct Unroll {
  template <std::same_as<bool> T>
  Unroll(T unrolls_all) : all(unrolls_all) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Unroll(T count) : steps(static_cast<int64_t>(count)) {}
  bool all = false;
  int64_t steps = 1;
};

using ScanFunction = std::function<std::pair<Nest, Nest>(const Nest& carry, const Nest& x)>;

/// Calls `carry, y = f(carry, x)` for the rows x of `xs` in turn, from `init` on; returns the last
/// carry and the ys stacked. Without `xs`, x is empty and `length` says how often. The carry keeps
/// its structure, shapes and dtypes. Throws ValueError, ShapeError, DTypeError where it does not,
/// where the xs have other lengths, and for an `unroll` below 1.
std::pair<Nest, Nest> scan(const ScanFunction& f, const Nest& init, const Nest& xs = nullptr,
                           std::optional<int64_t> length = std::nullopt, bool reverse = false,
                           const Unroll& unroll = 1);

/// Returns what `true_fn` gives where the scalar `pred` is true (or not 0), else what `false_fn`
/// gives. Traced, both must give the same structure, shapes and dtypes; throws ValueError else.
Nest cond(const Tensor& pred, const std::function<Nest()>& true_fn,
          const std::function<Nest()>& false_fn);

/// Calls the branch of that number with `operands`; a number out of range means the nearest one.
/// Is Keras' `switch`, which is a word of C++.
Nest switch_(const Tensor& index, const std::vector<std::function<Nest(const Nest&)>>& branches,
             const Nest& operands = nullptr);

/// Replaces `loop_vars` by `body(loop_vars)` while `cond(loop_vars)` is true, at most
/// `maximum_iterations` times. Its gradient is an error: use `scan`.
Nest while_loop(const std::function<Nest(const Nest&)>& cond,
                const std::function<Nest(const Nest&)>& body, const Nest& loop_vars,
                std::optional<int64_t> maximum_iterations = std::nullopt);

/// Replaces the state, from `init_val` on, by `body_fun(i, state)` for each i in [lower, upper).
/// Where both are data this is a scan, which has a gradient, else a `while_loop`. Throws DTypeError
/// for bounds that are not integers.
Nest fori_loop(const Tensor& lower, const Tensor& upper,
               const std::function<Nest(const Tensor& i, const Nest& state)>& body_fun,
               const Nest& init_val);

/// Returns `f` of each row of `xs`, stacked.
Nest map(const std::function<Nest(const Nest&)>& f, const Nest& xs);
/// Is `map`; Keras computes all rows together, with the same results.
Nest vectorized_map(const std::function<Nest(const Nest&)>& function, const Nest& elements);

/// Combines the first 1, 2, ... elements along `axis` by an associative function of two nests,
/// which gets slices of several elements; with `reverse` the last ones.
Nest associative_scan(const std::function<Nest(const Nest&, const Nest&)>& f, const Nest& elems,
                      bool reverse = false, int64_t axis = 0);

}  // namespace keratin::ops
