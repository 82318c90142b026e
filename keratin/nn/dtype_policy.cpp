// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/dtype_policy.h"

#include <mutex>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/nn/object.h"

namespace keratin {

namespace {

std::mutex global_mutex;

DTypePolicy& global_policy() {
  static DTypePolicy policy("float32");
  return policy;
}

}  // namespace

DTypePolicy::DTypePolicy(std::string name) : name_(std::move(name)) {
  if (name_.empty()) return;
  if (name_ == "mixed_float16" || name_ == "mixed_bfloat16") {
    compute_ = name_ == "mixed_float16" ? DType::float16 : DType::bfloat16;
    variable_ = DType::float32;
    return;
  }
  std::vector<std::string> known{"mixed_float16", "mixed_bfloat16"};
  for (int i = 0; i < dtype_count; ++i) known.emplace_back(name_of(static_cast<DType>(i)));
  for (const std::string& candidate : known) {
    if (candidate == name_) {
      compute_ = variable_ = dtype_from(name_);
      return;
    }
  }
  fail<ValueError>("dtype", "expected the name of a dtype or policy, got '{}'.{}", name_,
                   text::did_you_mean(name_, known));
}

DTypePolicy DTypePolicy::resolved() const { return name_.empty() ? config::dtype_policy() : *this; }

Config Codec<DTypePolicy>::write(const DTypePolicy& policy) {
  if (policy.name().empty()) return {};
  return envelope("keras", "DTypePolicy", Config::dict({{"name", policy.name()}}));
}

DTypePolicy Codec<DTypePolicy>::read(const Config& config) {
  if (config.is_null()) return {};
  if (config.is_string()) return DTypePolicy(config.as_string());
  return DTypePolicy(config.at("config").at("name").as_string());
}

namespace config {

DTypePolicy dtype_policy() {
  const std::lock_guard lock(global_mutex);
  return global_policy();
}

void set_dtype_policy(const DTypePolicy& policy) {
  const std::lock_guard lock(global_mutex);
  global_policy() = policy.name().empty() ? DTypePolicy("float32") : policy;
}

}  // namespace config

}  // namespace keratin
