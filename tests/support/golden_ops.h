// SPDX-License-Identifier: Apache-2.0
// Reads the recorded calls of keras.ops functions (tests/golden/ops) and makes them with ours.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keratin/graph/ops/reduction.h"
#include "tests/support/golden.h"

namespace keratin::testing_support {

/// Is one recorded call: its arguments by position or keyword, some of them replaced.
class GoldenCall {
 public:
  /// With `exact` the arrays of floats are taken as float64: what rounding has left of a result.
  GoldenCall(const Golden& golden, const Config& recorded, bool exact = false)
      : golden_(golden), case_(recorded), exact_(exact) {}

  /// Stands in for the array at [position] or [position, place in the list].
  void replace(const Config& place, Tensor tensor) {
    replaced_[to_json(place)] = std::move(tensor);
  }

  /// Returns an argument, null when it was not given.
  Config argument(size_t position, std::string_view keyword) const;
  /// Returns the number of arguments that were given by position.
  size_t count() const { return case_.at("args").size(); }
  Tensor tensor(size_t position) const;
  std::vector<Tensor> tensors(size_t position) const;
  std::optional<int64_t> axis(size_t position = 1) const;
  ops::Axes axes() const;
  bool keepdims() const;
  Shape shape(size_t position, std::string_view keyword) const;
  std::vector<int64_t> ints(size_t position, std::string_view keyword) const;
  /// Returns the dtype of the recorded result.
  DType output_dtype() const;

 private:
  Tensor value(const Config& place, const Config& argument) const;
  const Golden& golden_;
  const Config& case_;
  bool exact_;
  std::map<std::string, Tensor> replaced_;
};

/// Makes the call with our function of that name; empty where this call or function is none of
/// ours.
std::vector<Tensor> make_call(const std::string& name, const GoldenCall& call);

/// Tells whether there is a function of that name at all.
bool has_function(const std::string& name);

}  // namespace keratin::testing_support
