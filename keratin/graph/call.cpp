// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/call.h"

#include "keratin/base/naming.h"

namespace keratin {

OpOperation::OpOperation(const OpDef& op, Attrs attrs)
    : op_(op), attrs_(std::move(attrs)), name_(unique_name(op.name)) {}

Tensor keras_tensor(TensorSpec spec) {
  auto body = std::make_shared<TensorBody>();
  body->spec = std::move(spec);
  body->keras_tensor = true;
  return Tensor(std::move(body));
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
