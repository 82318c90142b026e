// SPDX-License-Identifier: Apache-2.0
// The config of a `.keras` file: made into a model as load_model does it, and written again. A
// config of Keras 1 or 2 begins with a space.
#include "keratin/model/model_body.h"
#include "keratin/model/saving/legacy_h5.h"
#include "keratin/nn/deferred_weights.h"
#include "tests/fuzz/fuzz.h"

using namespace keratin;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::run(data, size, [](ByteView bytes) {
    utils::clear_session();
    Config config = parse_json(text_of(bytes));
    if (text_of(bytes).starts_with(' ')) config = modern_layer(config);
    std::vector<std::function<void()>> compiles;
    const DeferredWeights deferred;
    const Model model = model_from_file(config, "config.json", compiles);
    parse_json(model.to_json());
  });
}
