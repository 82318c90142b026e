// SPDX-License-Identifier: Apache-2.0
// Reads the golden files of tests/golden (see README.md there).
#pragma once

#include <map>
#include <string>

#include "keratin/base/config.h"
#include "keratin/graph/tensor.h"

namespace keratin::testing_support {

/// Is one golden file: a JSON document and the arrays that it names.
class Golden {
 public:
  /// Reads `tests/golden/<path>`.
  explicit Golden(const std::string& path);

  const Config& document() const { return document_; }
  const Config& at(const std::string& key) const { return document_.at(key); }
  /// Returns the array of that name; an empty handle for null.
  Tensor tensor(const Config& name) const;
  /// Returns the array's float64 twin; an empty handle when there is none.
  Tensor exact(const Config& name) const;

 private:
  Config document_;
  std::map<std::string, Tensor> arrays_;
};

}  // namespace keratin::testing_support
