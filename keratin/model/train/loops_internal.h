// SPDX-License-Identifier: Apache-2.0
// What the loops of `fit`, `evaluate` and `predict` share.
#pragma once

#include <cstdio>
#include <memory>
#include <string_view>
#include <vector>

#include "keratin/base/check.h"
#include "keratin/model/callbacks/callback_list.h"
#include "keratin/model/train/trainer.h"

namespace keratin {

inline void warn_of_end(const char* where, int64_t seen, int64_t wanted) {
  std::fprintf(stderr,
               "%s: expected %lld steps, got data for %lld. Make the data repeat, or lower the "
               "number of steps.\n",
               where, static_cast<long long>(wanted), static_cast<long long>(seen));
}

inline Model handle_of(ModelBody& body) {
  return Model(std::static_pointer_cast<ModelBody>(body.shared_from_this()));
}

inline std::vector<Callback*> pointers(const Callbacks& callbacks) {
  std::vector<Callback*> result;
  for (const CallbackRef& callback : callbacks) result.push_back(&callback.get());
  return result;
}

inline void require_own_weights(const Nest& weights, const BatchSource& batches,
                                std::string_view where) {
  require<ValueError>(weights.empty(), where,
                      "expected weights inside the batches of {}, got `sample_weight`. Give them "
                      "with each batch.",
                      batches.kind());
}

}  // namespace keratin
