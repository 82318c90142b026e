// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layers/input_body.h"

namespace keratin::layers {

namespace {

LayerSettings settings_of(const InputOptions& options) {
  LayerSettings settings;
  settings.name = options.name;
  settings.dtype = DTypePolicy(options.dtype);
  return settings;
}

}  // namespace

InputBody::InputBody(InputOptions options)
    : LayerBody("InputLayer", settings_of(options), Attrs(options)), options_(std::move(options)) {
  set_built();
}

Tensor InputBody::tensor() {
  // The node keeps this layer alive, and with it every tensor that comes from the input. The layer
  // knows the node only while somebody holds such a tensor.
  for (const auto& call : calls()) {
    if (const auto node = call.lock()) return node->outputs().tensor();
  }
  auto node = std::make_shared<CallNode>();
  node->operation = shared_from_this();
  node->output_masks.resize(1);
  node->output_template = keras_tensor({batch_shape(), options_.dtype});
  record(node);
  return node->outputs().tensor();
}

Config InputBody::get_config() const {
  // Keras' one exception: no trainable, and a plain dtype.
  return Config::dict({{"batch_shape", Codec<Shape>::write(batch_shape())},
                       {"dtype", name_of(options_.dtype)},
                       {"sparse", false},
                       {"ragged", false},
                       {"name", operation_name()},
                       {"optional", options_.optional}});
}

}  // namespace keratin::layers
