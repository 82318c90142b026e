// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/core/dtype.h"

namespace keratin {

/// Says in which dtype a layer computes and keeps its variables (keras.io/api/mixed_precision):
/// "float32", "float64", "mixed_float16", "mixed_bfloat16" and the like. Empty means the global
/// policy.
class DTypePolicy {
 public:
  DTypePolicy() = default;
  /// Takes the name of a policy; throws ValueError for others, with a suggestion.
  DTypePolicy(const char* name) : DTypePolicy(std::string(name)) {}
  DTypePolicy(std::string name);
  DTypePolicy(DType dtype) : DTypePolicy(std::string(name_of(dtype))) {}

  /// Returns the global policy in place of an empty one.
  DTypePolicy resolved() const;
  const std::string& name() const { return name_; }
  DType compute_dtype() const { return compute_; }
  DType variable_dtype() const { return variable_; }

 private:
  std::string name_;
  DType compute_ = DType::float32;
  DType variable_ = DType::float32;
};

template <>
struct Codec<DTypePolicy> {
  static Config write(const DTypePolicy& policy);
  static DTypePolicy read(const Config& config);
  static std::string type_name() { return "dtype policy"; }
};

namespace config {

/// Returns the policy of layers that are made without one; float32 at first. This and the setter
/// are one of the documented globals.
DTypePolicy dtype_policy();
void set_dtype_policy(const DTypePolicy& policy);

}  // namespace config

}  // namespace keratin
