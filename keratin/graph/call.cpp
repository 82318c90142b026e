// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/call.h"

#include <algorithm>

#include "keratin/base/naming.h"
#include "keratin/graph/ops/creation.h"

namespace keratin {

namespace {

std::string kind_of(const OpDef& op, const std::vector<Tensor>& inputs) {
  if (&op == &ops::full_like_op && inputs[1].is_concrete() && inputs[1].rank() == 0) {
    const double value = inputs[1].item<double>();
    if (value == 0.0) return "zeros_like";
    if (value == 1.0) return "ones_like";
  }
  return std::string(op.name);
}

}  // namespace

OpOperation::OpOperation(const OpDef& op, Attrs attrs, const std::vector<Tensor>& inputs)
    : op_(op), attrs_(std::move(attrs)), kind_(kind_of(op, inputs)), name_(unique_name(kind_)) {}

Tensor keras_tensor(TensorSpec spec) {
  auto body = std::make_shared<TensorBody>();
  body->spec = std::move(spec);
  body->keras_tensor = true;
  return Tensor(std::move(body));
}

bool CallNode::has_masks() const {
  const std::vector<Tensor> given = masks.flatten();
  return std::any_of(given.begin(), given.end(), [](const Tensor& m) { return m.defined(); });
}

std::vector<Tensor> CallNode::parents() const {
  std::vector<Tensor> found;
  for (const Nest* given : {&inputs, &masks}) {
    for (const Tensor& tensor : given->flatten()) {
      if (tensor.defined() && tensor.is_keras_tensor()) found.push_back(tensor);
    }
  }
  return found;
}

Nest CallNode::outputs() {
  std::vector<Tensor> tensors;
  const std::vector<Tensor> templates = output_template.flatten();
  for (size_t i = 0; i < templates.size(); ++i) {
    auto body = std::make_shared<TensorBody>();
    body->spec = templates[i].spec();
    body->keras_tensor = true;
    body->origin = shared_from_this();
    body->origin_index = static_cast<int>(i);
    body->mask = output_masks[i];
    tensors.emplace_back(std::shared_ptr<const TensorBody>(std::move(body)));
  }
  return output_template.pack(tensors);
}

}  // namespace keratin
