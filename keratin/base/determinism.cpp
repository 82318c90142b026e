// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/determinism.h"

#include <atomic>
#include <cstdlib>
#include <string_view>

namespace keratin::config {

namespace {

std::atomic<bool>& flag() {
  static std::atomic<bool> enabled = [] {
    const char* value = std::getenv("KERATIN_DETERMINISTIC");
    return value != nullptr && std::string_view(value) == "1";
  }();
  return enabled;
}

}  // namespace

void enable_op_determinism(bool enabled) { flag() = enabled; }

bool is_op_determinism_enabled() { return flag(); }

}  // namespace keratin::config
