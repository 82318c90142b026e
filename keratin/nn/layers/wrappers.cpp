// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layers/wrappers.h"

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/layers/wrapper_body.h"

namespace keratin::layers {

void WrapperBody::require_wrapped() const {
  require<ValueError>(wrapped_.defined(), label(),
                      "expected a layer in `layer`, got none. Pass the layer to wrap.");
}

namespace {

// Returns step i of data [batch, steps, ...].
Tensor step_of(const Tensor& x, int64_t i) { return x[{All, i}]; }

class TimeDistributedBody final : public WrapperBody {
 public:
  explicit TimeDistributedBody(const TimeDistributedOptions& options)
      : WrapperBody("TimeDistributed", options) {}

  void check(const Nest& inputs) const override {
    const Shape& shape = inputs.tensor().shape();
    require<ShapeError>(shape.rank() >= 3, label(),
                        "expected inputs [batch, steps, ...] of rank 3 or more, got shape {}. Add "
                        "an axis for the steps.",
                        to_string(shape));
    require<ShapeError>(shape[1] != 0, label(),
                        "expected one step or more, got shape {}. Leave out empty inputs.",
                        to_string(shape));
  }

  void build(const Nest& inputs) override {
    wrapped().body().build_once(one_step(inputs.tensor()));
  }

  Nest call(const Nest& inputs, const CallArgs& args) override {
    const Tensor& x = inputs.tensor();
    const Tensor mask = args.mask.empty() ? Tensor() : args.mask.tensor();
    if (mask.defined()) check_mask(mask, x.shape());
    const int64_t steps = x.shape()[1];
    // The steps of data are counted when it is traced; only Keras tensors leave them open.
    if (steps == None) {
      const Tensor output = call_step(one_step(x), Tensor(), args);
      std::vector<int64_t> dims(output.shape().begin(), output.shape().end());
      dims.insert(dims.begin() + 1, None);
      return keras_tensor({Shape(dims), output.dtype()});
    }
    std::vector<Tensor> outputs;
    for (int64_t i = 0; i < steps; ++i) {
      outputs.push_back(
          call_step(step_of(x, i), mask.defined() ? step_of(mask, i) : Tensor(), args));
    }
    return ops::stack(outputs, 1);
  }

  bool supports_masking() const override { return true; }
  bool takes_mask() const override { return true; }

 private:
  // Like Keras, goes past what surrounds a call: the wrapper has cast the inputs and takes the
  // mask.
  Tensor call_step(const Tensor& x, const Tensor& mask, const CallArgs& args) const {
    CallArgs of_step{.training = args.training};
    if (mask.defined()) of_step.mask = mask;
    return wrapped().body().call(x, of_step).tensor();
  }

  static Tensor one_step(const Tensor& x) {
    return keras_tensor({x.shape().without(1), x.dtype()});
  }

  void check_mask(const Tensor& mask, const Shape& shape) const {
    const bool fits =
        mask.rank() >= 2 && is_compatible(mask.shape().slice(0, 2), shape.slice(0, 2));
    require<ShapeError>(fits, label(),
                        "expected a mask whose shape starts with {} like the inputs', got {}. Pass "
                        "one value for each step.",
                        to_string(shape.slice(0, 2)), to_string(mask.shape()));
  }
};

TimeDistributedOptions with_layer(const Layer& layer, TimeDistributedOptions options) {
  options.layer = layer;
  return options;
}

}  // namespace

TimeDistributed::TimeDistributed(const Layer& layer, TimeDistributedOptions options)
    : TimeDistributed(with_layer(layer, std::move(options))) {}
TimeDistributed::TimeDistributed(TimeDistributedOptions options)
    : TensorLayer(std::make_shared<TimeDistributedBody>(options)) {}

}  // namespace keratin::layers
