// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/custom_layer.h"

#include "keratin/base/check.h"

namespace keratin::detail {

void wrong_inputs(const std::string& class_name, const Nest& inputs) {
  fail<ValueError>(class_name + ".call",
                   "expected as many inputs as its `call` takes, got {}. Pass each one.",
                   to_string(inputs));
}

}  // namespace keratin::detail
