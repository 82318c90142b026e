// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layers/merging.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/layer_body.h"

namespace keratin {

Config Codec<layers::DotAxes>::write(const layers::DotAxes& axes) {
  if (!axes.is_pair) return axes.first;
  return Codec<std::vector<int64_t>>::write({axes.first, axes.second});
}

layers::DotAxes Codec<layers::DotAxes>::read(const Config& config) {
  if (!config.is_list()) return config.as_int();
  const std::vector<int64_t> axes = Codec<std::vector<int64_t>>::read(config);
  require<ConfigError>(axes.size() == 2, "Dot", "expected one axis or two, got {}. Check `axes`.",
                       axes.size());
  return {axes[0], axes[1]};
}

namespace layers {

namespace {

void check_list(const LayerBody& body, const Nest& inputs, size_t least, bool is_exact = false) {
  if (inputs.is_list() && inputs.size() >= least) return;
  std::string given = "a dict";
  if (inputs.is_list()) given = fmt::format("a list of {}", inputs.size());
  if (inputs.is_tensor()) given = "one tensor of shape " + to_string(inputs.shape());
  fail<ValueError>(body.label(), "expected a list of {}{} inputs, got {}. Pass them in braces.",
                   least, is_exact ? "" : " or more", given);
}

using MergeStep = Tensor (*)(const Tensor&, const Tensor&);

// How a class merges: step by step, in how many inputs, and what masks do to the elements.
struct MergeRule {
  MergeStep step;
  bool takes_two = false;
  bool takes_other_for_masked = false;
  bool takes_one_for_masked = false;
  bool divides_by_count = false;
};

// A smaller rank grows behind the batch axis, as Keras has it.
Tensor expanded(Tensor x, int rank) {
  while (x.rank() < rank) x = ops::expand_dims(x, 1);
  return x;
}

class MergeBody final : public LayerBody {
 public:
  template <class Options>
  MergeBody(std::string class_name, const Options& options, MergeRule rule)
      : LayerBody(std::move(class_name), options), rule_(rule) {}

  void check(const Nest& inputs) const override {
    check_list(*this, inputs, 2, rule_.takes_two);
    require<ValueError>(!rule_.takes_two || inputs.size() == 2, label(),
                        "expected a list of 2 inputs, got a list of {}. Pass two.", inputs.size());
    const std::vector<Tensor> tensors = inputs.flatten();
    Shape merged = tensors[0].shape();
    for (const Tensor& tensor : tensors) {
      merged = broadcast_shapes(merged_with_rank(merged, tensor.rank()),
                                merged_with_rank(tensor.shape(), merged.rank()), label());
    }
  }

  Nest call(const Nest& inputs, const CallArgs& args) override {
    const std::vector<Tensor> given = inputs.flatten();
    int rank = 0;
    for (const Tensor& tensor : given) rank = std::max(rank, tensor.rank());
    std::vector<Tensor> tensors;
    for (const Tensor& tensor : given) tensors.push_back(expanded(tensor, rank));
    const std::vector<Tensor> masks = args.mask.flatten();
    const bool masked =
        std::any_of(masks.begin(), masks.end(), [](const Tensor& mask) { return mask.defined(); });
    if (rule_.takes_other_for_masked && masked) return merged_by_other(tensors, masks);
    if (rule_.takes_one_for_masked && masked) return merged_with_ones(tensors, masks);
    Tensor merged = tensors[0];
    for (size_t i = 1; i < tensors.size(); ++i) merged = rule_.step(merged, tensors[i]);
    return rule_.divides_by_count ? merged / static_cast<int64_t>(tensors.size()) : merged;
  }

  bool supports_masking() const override { return true; }

  Tensor compute_mask(const Nest&, const Nest& mask) const override {
    Tensor merged;
    for (const Tensor& one : mask.flatten()) {
      if (!one.defined()) return {};
      merged = merged.defined() ? ops::logical_or(merged, one) : one;
    }
    return merged;
  }

 private:
  static Shape merged_with_rank(Shape shape, int rank) {
    if (shape.rank() == 0 || shape.rank() >= rank) return shape;
    Shape grown{shape[0]};
    for (int i = shape.rank(); i < rank; ++i) grown.push_back(1);
    for (int i = 1; i < shape.rank(); ++i) grown.push_back(shape[i]);
    return grown;
  }

  // Where one of two is masked, the other stands for both.
  Tensor merged_by_other(const std::vector<Tensor>& tensors, const std::vector<Tensor>& masks) {
    Tensor merged = tensors[0];
    Tensor merged_mask = spread(masks[0], merged);
    for (size_t i = 1; i < tensors.size(); ++i) {
      Tensor x = tensors[i];
      const Tensor mask = spread(masks[i], x);
      if (mask.defined()) x = ops::where(mask, x, merged);
      if (merged_mask.defined()) merged = ops::where(merged_mask, merged, x);
      const bool both = mask.defined() && merged_mask.defined();
      merged_mask = both ? ops::logical_or(merged_mask, mask) : Tensor();
      merged = rule_.step(merged, x);
    }
    return merged_mask.defined() ? merged.with_mask(ops::any(merged_mask, -1)) : merged;
  }

  // What is masked counts as 1, and as 0 where all inputs are masked.
  Tensor merged_with_ones(const std::vector<Tensor>& tensors, const std::vector<Tensor>& masks) {
    Tensor merged;
    Tensor merged_mask;
    bool all_masked = true;
    for (size_t i = 0; i < tensors.size(); ++i) {
      const Tensor mask = spread(masks[i], tensors[i]);
      all_masked = all_masked && mask.defined();
      const Tensor x = mask.defined() ? ops::where(mask, tensors[i], 1) : tensors[i];
      merged = merged.defined() ? rule_.step(merged, x) : x;
      if (all_masked) {
        merged_mask = merged_mask.defined() ? ops::logical_or(merged_mask, mask) : mask;
      }
    }
    if (!all_masked) return merged;
    return ops::where(merged_mask, merged, 0).with_mask(ops::any(merged_mask, -1));
  }

  // Returns a mask in the shape of its input.
  static Tensor spread(const Tensor& mask, const Tensor& x) {
    if (!mask.defined()) return {};
    return ops::logical_and(ops::expand_dims(mask, -1), ops::ones_like(x, DType::bool_));
  }

  MergeRule rule_;
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
      if (!given[i].defined()) {
        masks.push_back(ops::ones_like(tensors[i], DType::bool_));
      } else if (given[i].rank() < tensors[i].rank()) {
        const Tensor wide = ops::expand_dims(given[i], -1);
        masks.push_back(ops::logical_or(wide, ops::zeros_like(tensors[i], DType::bool_)));
      } else {
        masks.push_back(given[i]);
      }
    }
    return ops::any(ops::concatenate(masks, axis_), -1);
  }

 private:
  int64_t axis_;
};

class DotBody final : public LayerBody {
 public:
  explicit DotBody(const DotOptions& options) : LayerBody("Dot", options), options_(options) {}

  void check(const Nest& inputs) const override {
    check_list(*this, inputs, 2, true);
    require<ValueError>(inputs.size() == 2, label(),
                        "expected a list of 2 inputs, got a list of {}. Pass two.", inputs.size());
    const Shape first = inputs[0].shape();
    const Shape second = inputs[1].shape();
    require<ShapeError>(first.rank() >= 2 && second.rank() >= 2, label(),
                        "expected inputs of rank 2 or more, got {}. Add an axis.",
                        to_string(inputs));
    const auto [a, b] = axes_of(first.rank(), second.rank());
    require<ValueError>(a != 0 && b != 0, label(),
                        "expected axes other than the batch axis, got 0. Count from 1.");
    const bool fits = first[a] == second[b] || first[a] == None || second[b] == None;
    require<ShapeError>(fits, label(),
                        "expected axes {} and {} of equal size, got shapes {}. Check `axes`.", a, b,
                        to_string(inputs));
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    Tensor x = inputs[0].tensor();
    Tensor y = inputs[1].tensor();
    const auto [a, b] = axes_of(x.rank(), y.rank());
    if (options_.normalize) {
      x = ops::normalize(x, a);
      y = ops::normalize(y, b);
    }
    // Labels: z is the batch, y the axis that is added up, others count from a.
    std::string of_x;
    std::string of_y;
    std::string of_result = "z";
    char next = 'a';
    for (int i = 0; i < x.rank(); ++i) of_x += i == 0 ? 'z' : i == a ? 'y' : next++;
    for (int i = 0; i < y.rank(); ++i) of_y += i == 0 ? 'z' : i == b ? 'y' : next++;
    for (char label : of_x + of_y) {
      if (label != 'z' && label != 'y') of_result += label;
    }
    const Tensor result = ops::einsum(of_x + "," + of_y + "->" + of_result, {x, y});
    return result.rank() == 1 ? ops::expand_dims(result, -1) : result;
  }

  bool supports_masking() const override { return true; }
  Tensor compute_mask(const Nest&, const Nest&) const override { return {}; }

 private:
  std::pair<int, int> axes_of(int rank_of_first, int rank_of_second) const {
    return {normalize_axis(options_.axes.first, rank_of_first, label()),
            normalize_axis(options_.axes.second, rank_of_second, label())};
  }

  DotOptions options_;
};

DotOptions with_axes(DotAxes axes, DotOptions options) {
  options.axes = axes;
  return options;
}

template <class Options>
std::shared_ptr<LayerBody> merge(const char* class_name, const Options& options, MergeRule rule) {
  return std::make_shared<MergeBody>(class_name, options, rule);
}

}  // namespace

Add::Add(AddOptions options) : TensorLayer(merge("Add", options, {.step = ops::add})) {}

Subtract::Subtract(SubtractOptions options)
    : TensorLayer(merge("Subtract", options, {.step = ops::subtract, .takes_two = true})) {}

Multiply::Multiply(MultiplyOptions options)
    : TensorLayer(
          merge("Multiply", options, {.step = ops::multiply, .takes_one_for_masked = true})) {}

Average::Average(AverageOptions options)
    : TensorLayer(merge("Average", options, {.step = ops::add, .divides_by_count = true})) {}

Maximum::Maximum(MaximumOptions options)
    : TensorLayer(
          merge("Maximum", options, {.step = ops::maximum, .takes_other_for_masked = true})) {}

Minimum::Minimum(MinimumOptions options)
    : TensorLayer(
          merge("Minimum", options, {.step = ops::minimum, .takes_other_for_masked = true})) {}

Dot::Dot(DotAxes axes, DotOptions options)
    : TensorLayer(std::make_shared<DotBody>(with_axes(axes, std::move(options)))) {}

Concatenate::Concatenate(ConcatenateOptions options)
    : TensorLayer(std::make_shared<ConcatenateBody>(options)) {}

Tensor add(const Nest& inputs, AddOptions options) { return Add(std::move(options))(inputs); }

Tensor subtract(const Nest& inputs, SubtractOptions options) {
  return Subtract(std::move(options))(inputs);
}

Tensor multiply(const Nest& inputs, MultiplyOptions options) {
  return Multiply(std::move(options))(inputs);
}

Tensor average(const Nest& inputs, AverageOptions options) {
  return Average(std::move(options))(inputs);
}

Tensor maximum(const Nest& inputs, MaximumOptions options) {
  return Maximum(std::move(options))(inputs);
}

Tensor minimum(const Nest& inputs, MinimumOptions options) {
  return Minimum(std::move(options))(inputs);
}

Tensor dot(const Nest& inputs, DotAxes axes, DotOptions options) {
  return Dot(axes, std::move(options))(inputs);
}

Tensor concatenate(const Nest& inputs, ConcatenateOptions options) {
  return Concatenate(std::move(options))(inputs);
}

}  // namespace layers

}  // namespace keratin
