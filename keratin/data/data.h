// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "keratin/graph/nest.h"

namespace keratin {

/// Is one batch of data, all of it, or an element of a Dataset: inputs, targets and weights of
/// samples.
struct Data {
  Nest x;
  Nest y;
  Nest sample_weight;
  Data() = default;
  Data(Nest inputs, Nest targets = {}, Nest weights = {})
      : x(std::move(inputs)), y(std::move(targets)), sample_weight(std::move(weights)) {}
  bool empty() const { return x.empty(); }
};

/// Gives one batch after the other. An empty optional ends the epoch; the next call starts the next
/// one, or gives an empty optional again when there is no more data.
using Generator = std::function<std::optional<Data>()>;

}  // namespace keratin
