// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layers/merging.h"

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/layer_body.h"

namespace keratin::layers {

namespace {

void check_list(const LayerBody& body, const Nest& inputs, size_t least) {
  if (inputs.is_list() && inputs.size() >= least) return;
  std::string given = "a dict";
  if (inputs.is_list()) given = fmt::format("a list of {}", inputs.size());
  if (inputs.is_tensor()) given = "one tensor of shape " + to_string(inputs.shape());
  fail<ValueError>(body.label(),
                   "expected a list of {} or more inputs, got {}. Pass them in braces.", least,
                   given);
}

class AddBody final : public LayerBody {
 public:
  explicit AddBody(const AddOptions& options) : LayerBody("Add", options) {}

  void check(const Nest& inputs) const override {
    check_list(*this, inputs, 2);
    const std::vector<Tensor> tensors = inputs.flatten();
    Shape shape = tensors[0].shape();
    for (const Tensor& tensor : tensors) {
      if (tensor.rank() == shape.rank()) shape = broadcast_shapes(shape, tensor.shape(), label());
    }
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    std::vector<Tensor> tensors = inputs.flatten();
    int rank = 0;
    for (const Tensor& tensor : tensors) rank = std::max(rank, tensor.rank());
    Tensor sum;
    for (Tensor& tensor : tensors) {
      // A smaller rank grows behind the batch axis, as Keras has it.
      while (tensor.rank() < rank) tensor = ops::expand_dims(tensor, 1);
      sum = sum.defined() ? sum + tensor : tensor;
    }
    return sum;
  }

  bool supports_masking() const override { return true; }

  Tensor compute_mask(const Nest& inputs, const Nest& mask) const override {
    return merged_mask(inputs, mask);
  }

 private:
  static Tensor merged_mask(const Nest&, const Nest& mask) {
    Tensor merged;
    for (const Tensor& one : mask.flatten()) {
      if (!one.defined()) return {};
      merged = merged.defined() ? ops::logical_or(merged, one) : one;
    }
    return merged;
  }
};

class ConcatenateBody final : public LayerBody {
 public:
  explicit ConcatenateBody(const ConcatenateOptions& options)
      : LayerBody("Concatenate", options), axis_(options.axis) {}

  void check(const Nest& inputs) const override {
    check_list(*this, inputs, 1);
    const std::vector<Tensor> tensors = inputs.flatten();
    const Shape& first = tensors[0].shape();
    const int axis = normalize_axis(axis_, first.rank(), label());
    for (const Tensor& tensor : tensors) {
      Shape shape = tensor.shape();
      if (shape.rank() == first.rank()) shape[axis] = first[axis];
      require<ShapeError>(is_compatible(first, shape), label(),
                          "expected inputs of equal shapes but for axis {}, got {}. Reshape them.",
                          axis_, to_string(inputs));
    }
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    return ops::concatenate(inputs.flatten(), axis_);
  }

  bool supports_masking() const override { return true; }

  Tensor compute_mask(const Nest& inputs, const Nest& mask) const override {
    const std::vector<Tensor> tensors = inputs.flatten();
    const std::vector<Tensor> given = mask.flatten();
    std::vector<Tensor> masks;
    for (size_t i = 0; i < tensors.size(); ++i) {
      const Tensor all_true = ops::ones_like(tensors[i], DType::bool_);
      if (!given[i].defined()) {
        masks.push_back(all_true);
      } else if (given[i].rank() < tensors[i].rank()) {
        masks.push_back(ops::logical_and(ops::expand_dims(given[i], -1), all_true));
      } else {
        masks.push_back(given[i]);
      }
    }
    return ops::any(ops::concatenate(masks, axis_), -1);
  }

 private:
  int64_t axis_;
};

}  // namespace

Add::Add(AddOptions options) : TensorLayer(std::make_shared<AddBody>(options)) {}

Concatenate::Concatenate(ConcatenateOptions options)
    : TensorLayer(std::make_shared<ConcatenateBody>(options)) {}

Tensor add(const Nest& inputs, AddOptions options) { return Add(std::move(options))(inputs); }

Tensor concatenate(const Nest& inputs, ConcatenateOptions options) {
  return Concatenate(std::move(options))(inputs);
}

}  // namespace keratin::layers
