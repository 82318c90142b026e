// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/attrs.h"

#include "keratin/base/check.h"

namespace keratin {

bool Attrs::operator==(const Attrs& other) const {
  if (data_ == other.data_) return true;
  return type_ == other.type_ && to_config() == other.to_config();
}

void Attrs::wrong_type() {
  fail<InternalError>("attrs", "expected the attributes of this op, got others. Report this.");
}

}  // namespace keratin
