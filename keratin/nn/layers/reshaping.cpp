// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layers/reshaping.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/layer_body.h"

namespace keratin::layers {

namespace {

class FlattenBody final : public LayerBody {
 public:
  explicit FlattenBody(const FlattenOptions& options)
      : LayerBody("Flatten", options), channels_first_(options.data_format == "channels_first") {
    require<ValueError>(channels_first_ || options.data_format == "channels_last", label(),
                        "expected `data_format` channels_last or channels_first, got '{}'. Check "
                        "the spelling.",
                        options.data_format);
  }

  void check(const Nest& inputs) const override {
    require<ShapeError>(inputs.tensor().rank() >= 1, label(),
                        "expected inputs of rank 1 or more, got a scalar. Add a batch axis.");
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    Tensor x = inputs.tensor();
    if (channels_first_ && x.rank() > 2) {
      // The channels become the last axis before the axes are joined.
      std::vector<int64_t> axes{0};
      for (int i = 2; i < x.rank(); ++i) axes.push_back(i);
      axes.push_back(1);
      x = ops::transpose(x, axes);
    }
    int64_t width = 1;
    for (int i = 1; i < x.rank(); ++i) {
      const int64_t size = x.shape()[i];
      width = width == None || size == None ? None : width * size;
    }
    if (x.rank() == 1) return ops::expand_dims(x, -1);
    // A None axis inside leaves the width open; the batch is then counted from the data.
    if (width == None && x.shape()[0] == None) return flatten_unknown(x);
    return ops::reshape(x, Shape{x.shape()[0], width});
  }

 private:
  static Nest flatten_unknown(const Tensor& x) {
    require<InternalError>(x.is_keras_tensor(), "Flatten",
                           "expected data of known sizes, got shape {}. Report this.",
                           to_string(x.shape()));
    return keras_tensor({Shape{None, None}, x.dtype()});
  }
  bool channels_first_;
};

class ReshapeBody final : public LayerBody {
 public:
  explicit ReshapeBody(const ReshapeOptions& options)
      : LayerBody("Reshape", options), target_(Shape(options.target_shape)) {
    require<ValueError>(std::count(target_.begin(), target_.end(), -1) <= 1, label(),
                        "expected -1 at most once in `target_shape`, got {}. Give sizes.",
                        to_string(target_));
    check_size(target_, label());
    set_built();
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    const Tensor& x = inputs.tensor();
    const Shape sample = x.shape().slice(1, x.rank());
    Shape shape = target_;
    if (sample.is_static()) {
      shape = resolve_reshape(sample, target_, label());
    } else if (x.is_keras_tensor()) {
      return keras_tensor({target_.with_front(x.shape()[0]), x.dtype()});
    }
    return ops::reshape(x, shape.with_front(x.shape()[0]));
  }

 private:
  Shape target_;
};

class PermuteBody final : public LayerBody {
 public:
  explicit PermuteBody(const PermuteOptions& options)
      : LayerBody("Permute", options), axes_(options.dims) {
    std::vector<int64_t> sorted = axes_;
    std::sort(sorted.begin(), sorted.end());
    for (size_t i = 0; i < sorted.size(); ++i) {
      require<ValueError>(sorted[i] == static_cast<int64_t>(i) + 1, label(),
                          "expected `dims` to hold each of 1 to {} once, got [{}]. The batch axis "
                          "does not count.",
                          axes_.size(), fmt::join(axes_, ", "));
    }
    axes_.insert(axes_.begin(), 0);
  }

  void check(const Nest& inputs) const override {
    require<ShapeError>(inputs.tensor().rank() == static_cast<int>(axes_.size()), label(),
                        "expected inputs of rank {}, got shape {}. Name each axis behind the "
                        "batch in `dims`.",
                        axes_.size(), to_string(inputs.tensor().shape()));
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    return ops::transpose(inputs.tensor(), axes_);
  }

 private:
  std::vector<int64_t> axes_;
};

class RepeatVectorBody final : public LayerBody {
 public:
  explicit RepeatVectorBody(const RepeatVectorOptions& options)
      : LayerBody("RepeatVector", options), n_(options.n) {
    require<ValueError>(n_ > 0, label(),
                        "expected `n` to be a positive integer, got {}. Pass 1 "
                        "or more.",
                        n_);
  }

  void check(const Nest& inputs) const override {
    require<ShapeError>(inputs.tensor().rank() == 2, label(),
                        "expected inputs of rank 2, got shape {}. Flatten them first.",
                        to_string(inputs.tensor().shape()));
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    return ops::repeat(ops::expand_dims(inputs.tensor(), 1), n_, 1);
  }

 private:
  int64_t n_;
};

PermuteOptions with_dims(std::vector<int64_t> dims, PermuteOptions options) {
  options.dims = std::move(dims);
  return options;
}

RepeatVectorOptions with_count(int64_t n, RepeatVectorOptions options) {
  options.n = n;
  return options;
}

ReshapeOptions with_target(const Shape& target_shape, ReshapeOptions options) {
  options.target_shape = target_shape.dims();
  return options;
}

}  // namespace

Flatten::Flatten(FlattenOptions options) : TensorLayer(std::make_shared<FlattenBody>(options)) {}

Reshape::Reshape(const Shape& target_shape, ReshapeOptions options)
    : Reshape(with_target(target_shape, std::move(options))) {}

Reshape::Reshape(ReshapeOptions options) : TensorLayer(std::make_shared<ReshapeBody>(options)) {}

Permute::Permute(std::vector<int64_t> dims, PermuteOptions options)
    : Permute(with_dims(std::move(dims), std::move(options))) {}

Permute::Permute(PermuteOptions options) : TensorLayer(std::make_shared<PermuteBody>(options)) {}

RepeatVector::RepeatVector(int64_t n, RepeatVectorOptions options)
    : RepeatVector(with_count(n, std::move(options))) {}

RepeatVector::RepeatVector(RepeatVectorOptions options)
    : TensorLayer(std::make_shared<RepeatVectorBody>(options)) {}

}  // namespace keratin::layers
