// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/error_context.h"

#include "keratin/nn/error_context.h"

namespace keratin {

void rethrow_in_model(const std::string& model) { rethrow_in("model `" + model + "`"); }

}  // namespace keratin
