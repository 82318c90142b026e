// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layer.h"

#include "keratin/base/check.h"
#include "keratin/nn/layer_body.h"

namespace keratin {

Layer::Layer(const Tensor& input) {
  if (input.defined() && input.is_keras_tensor() && input.origin()) {
    body_ = std::dynamic_pointer_cast<LayerBody>(input.origin()->operation);
  }
  require<ValueError>(body_ != nullptr && body_->class_name() == "InputLayer", "Sequential",
                      "expected layers or an Input, got a tensor. Pass the layer itself.");
}

LayerBody& Layer::body() const {
  require<ValueError>(defined(), "layer",
                      "expected a layer, got an empty handle. Assign a layer to it first.");
  return *body_;
}

Nest Layer::operator()(const Nest& inputs, const CallArgs& args) const {
  return body().invoke(inputs, args);
}

const std::string& Layer::name() const { return body().operation_name(); }
std::string Layer::class_name() const { return body().class_name(); }
bool Layer::built() const { return body().built(); }
bool Layer::trainable() const { return body().trainable(); }
void Layer::set_trainable(bool trainable) const { body().set_trainable(trainable); }
std::vector<Variable> Layer::weights() const { return body().weights(); }
std::vector<Variable> Layer::trainable_weights() const { return body().trainable_weights(); }
std::vector<Variable> Layer::variables() const { return body().variables(); }
Config Layer::get_config() const { return body().get_config(); }

void Layer::build(const Shape& input_shape) const {
  body().build_once(keras_tensor({input_shape, body().dtype_policy().compute_dtype()}));
}

std::vector<Variable> Layer::non_trainable_weights() const {
  std::vector<Variable> result;
  const std::vector<Variable> trained = trainable_weights();
  for (const Variable& weight : weights()) {
    bool found = false;
    for (const Variable& other : trained) found = found || other.is(weight);
    if (!found) result.push_back(weight);
  }
  return result;
}

std::vector<Tensor> Layer::get_weights() const {
  std::vector<Tensor> values;
  for (const Variable& weight : weights()) values.push_back(weight.value());
  return values;
}

void Layer::set_weights(const std::vector<Tensor>& values) const {
  const std::vector<Variable> targets = weights();
  require<ValueError>(values.size() == targets.size(), body().label() + ".set_weights",
                      "expected {} weights, got {}. Pass them in the order of get_weights.",
                      targets.size(), values.size());
  // All of them are checked first: either every weight changes or none.
  for (size_t i = 0; i < values.size(); ++i) {
    require<ValueError>(
        values[i].defined() && values[i].is_concrete(), body().label() + ".set_weights",
        "expected data for weight {} ({}), got {}. Pass tensors with data.", i, targets[i].path(),
        values[i].defined() ? "a symbolic tensor" : "an empty handle");
    require<ShapeError>(values[i].shape() == targets[i].shape(), body().label() + ".set_weights",
                        "expected weight {} ({}) of shape {}, got {}. Check the order.", i,
                        targets[i].path(), to_string(targets[i].shape()),
                        to_string(values[i].shape()));
  }
  for (size_t i = 0; i < values.size(); ++i) targets[i].assign(values[i]);
}

int64_t Layer::count_params() const {
  require<ValueError>(built(), body().label() + ".count_params",
                      "expected a built layer, got one whose weights are not made yet. Call it on "
                      "data or build it.");
  int64_t count = 0;
  for (const Variable& weight : weights()) count += weight.shape().element_count();
  return count;
}

namespace {

std::shared_ptr<CallNode> only_call(LayerBody& body, std::string_view what) {
  std::vector<std::shared_ptr<CallNode>> live;
  for (const auto& call : body.calls()) {
    if (auto node = call.lock()) live.push_back(std::move(node));
  }
  require<ValueError>(live.size() == 1, body.label() + "." + std::string(what),
                      "expected a layer that was called once on Keras tensors, got {} calls. Keep "
                      "the tensor that the call gave.",
                      live.size());
  return live[0];
}

}  // namespace

Nest Layer::input() const { return only_call(body(), "input")->inputs; }
Nest Layer::output() const { return only_call(body(), "output")->outputs(); }

}  // namespace keratin
