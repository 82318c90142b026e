// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/lambda_callback.h"

#include "keratin/model/callbacks/stations_internal.h"

namespace keratin::callbacks {

LambdaCallback::LambdaCallback(LambdaCallbackOptions options) : options_(std::move(options)) {}

// Where a function is not given, the base does what it does by default.
#define KERATIN_STATION(name)               \
  void LambdaCallback::name(Logs& logs) {   \
    if (options_.name) options_.name(logs); \
  }
#define KERATIN_COUNTED_STATION(name)                                   \
  void LambdaCallback::name(int64_t at, Logs& logs) {                   \
    options_.name ? options_.name(at, logs) : Callback::name(at, logs); \
  }
KERATIN_STATIONS(KERATIN_STATION, KERATIN_COUNTED_STATION)
KERATIN_COUNTED_STATION(on_batch_begin)
KERATIN_COUNTED_STATION(on_batch_end)
#undef KERATIN_STATION
#undef KERATIN_COUNTED_STATION

}  // namespace keratin::callbacks
