// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>

#include "keratin/data/dataset.h"
#include "keratin/data/py_dataset.h"

namespace keratin {

/// Is data that comes in batches, as `fit`, `evaluate` and `predict` take it: a Dataset, a
/// PyDataset (which must live until they return) or a function that gives batches.
class BatchSource {
 public:
  BatchSource(Dataset dataset) : source_(std::move(dataset)) {}
  BatchSource(utils::PyDataset& dataset) : source_(&dataset) {}
  template <class T>
  requires(std::convertible_to<T, Generator> &&
           !std::same_as<std::remove_cvref_t<T>, std::nullptr_t>) BatchSource(T&& generator)
      : source_(Generator(std::forward<T>(generator))) {}

  using Variant = std::variant<Generator, Dataset, utils::PyDataset*>;
  const Variant& variant() const { return source_; }
  bool is_generator() const { return std::holds_alternative<Generator>(source_); }
  /// Returns what it is called in errors: "a generator".
  const char* kind() const {
    constexpr const char* kinds[] = {"a generator", "a Dataset", "a PyDataset"};
    return kinds[source_.index()];
  }

 private:
  Variant source_;
};

}  // namespace keratin
