// SPDX-License-Identifier: Apache-2.0
// What the parts of Dataset share.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "keratin/data/data.h"

namespace keratin {

/// Is the tensors of an element of one structure, ready to be cut into rows or stacked.
class Rows {
 public:
  /// Takes tensors that have rows; throws ValueError with `where` when their numbers differ.
  Rows(const Data& data, std::string_view where);
  int64_t count() const { return count_; }
  /// Returns row i of all tensors; it shares their memory.
  Data at(int64_t i) const;
  /// Returns the rows [first, last) of all tensors; they share their memory.
  Data range(int64_t first, int64_t last) const;

 private:
  Data form_;
  std::vector<Array> arrays_;
  int64_t count_ = 0;
};

/// Starts a pass over rows. It has a name so that `batch` can tell that its source are rows, which
/// are batches already where they lie: nothing needs to be copied.
struct RowsStart {
  std::shared_ptr<const Rows> rows;
  Generator operator()() const;
};

/// Returns elements of the same structure, dtypes and shapes as one with a new first axis.
Data stack(const std::vector<Data>& elements);

}  // namespace keratin
