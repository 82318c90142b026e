// SPDX-License-Identifier: Apache-2.0
// What stands behind an InputLayer; models ask it for the spec of their inputs.
#pragma once

#include "keratin/nn/layer_body.h"
#include "keratin/nn/layers/core.h"

namespace keratin::layers {

class InputBody final : public LayerBody {
 public:
  explicit InputBody(InputOptions options);

  const Shape& batch_shape() const { return *options_.batch_shape; }
  DType dtype() const { return options_.dtype; }
  bool is_optional() const { return options_.optional; }
  /// Returns the Keras tensor that stands for the data.
  Tensor tensor();
  Nest call(const Nest& inputs, const CallArgs&) override { return inputs; }
  bool autocasts() const override { return false; }
  bool supports_masking() const override { return true; }
  Config get_config() const override;

 private:
  InputOptions options_;
};

}  // namespace keratin::layers
