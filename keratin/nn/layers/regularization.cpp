// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layers/regularization.h"

#include <cmath>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/layer_body.h"

namespace keratin::layers {

namespace {

// What the random layers have in common: a seed, unless the rate is 0, and nothing to do outside
// of training.
class RandomBody : public LayerBody {
 public:
  template <class Options>
  RandomBody(std::string class_name, const Options& options, double rate)
      : LayerBody(std::move(class_name), options), rate_(rate) {
    require<ValueError>(rate_ >= 0.0 && rate_ <= 1.0, label(),
                        "expected `rate` between 0 and 1, got {}. Set the share of the elements "
                        "that are dropped.",
                        rate_);
    // A rate of 0 draws no seed, as in Keras, so that later layers draw the same.
    if (rate_ > 0.0) track(generator_.emplace(options.seed));
    set_built();
  }

  Nest call(const Nest& inputs, const CallArgs& args) final {
    const Tensor& x = inputs.tensor();
    return *args.training && rate_ > 0.0 ? randomized(x) : x;
  }
  bool supports_masking() const final { return true; }

 protected:
  virtual Tensor randomized(const Tensor& x) = 0;
  double rate() const { return rate_; }
  Tensor next_key() const { return generator_->next(); }

 private:
  double rate_;
  std::optional<SeedGenerator> generator_;
};

class DropoutBody : public RandomBody {
 public:
  template <class Options>
  DropoutBody(std::string class_name, const Options& options, Shape noise_shape)
      : RandomBody(std::move(class_name), options, options.rate),
        noise_shape_(std::move(noise_shape)) {}

 protected:
  Tensor randomized(const Tensor& x) override {
    // Keras draws no number when everything is dropped.
    if (rate() == 1.0) return ops::zeros_like(x);
    return ops::dropout(x, next_key(), rate(), noise_shape_);
  }

 private:
  Shape noise_shape_;
};

// Decides once for each sample and channel.
class SpatialDropoutBody final : public DropoutBody {
 public:
  template <class Options>
  SpatialDropoutBody(std::string class_name, const Options& options, Shape noise_shape)
      : DropoutBody(std::move(class_name), options, noise_shape), rank_(noise_shape.rank()) {
    if constexpr (requires { options.data_format; }) data_format_ = options.data_format;
  }

  void check(const Nest& inputs) const override {
    require<ShapeError>(inputs.tensor().rank() == rank_, label(),
                        "expected inputs of rank {}, got shape {}. Use the layer for that rank.",
                        rank_, to_string(inputs.tensor().shape()));
  }

  // Keras writes the variables' dtype instead of a policy, and not whether it is trainable.
  Config get_config() const override {
    const Config all = LayerBody::get_config();
    Config config = Config::dict({{"rate", all.at("rate")},
                                  {"seed", all.at("seed")},
                                  {"name", all.at("name")},
                                  {"dtype", name_of(dtype_policy().variable_dtype())}});
    if (!data_format_.empty()) config.set("data_format", data_format_);
    return config;
  }

 private:
  int rank_;
  std::string data_format_;
};

Shape channel_decisions(const std::string& class_name, const std::string& data_format, int rank) {
  const bool first = data_format == "channels_first";
  require<ValueError>(first || data_format == "channels_last", class_name,
                      "expected `data_format` channels_last or channels_first, got '{}'. Check "
                      "the spelling.",
                      data_format);
  Shape shape{None};
  for (int axis = 1; axis < rank; ++axis) {
    shape.push_back(axis == (first ? 1 : rank - 1) ? None : 1);
  }
  return shape;
}

class AlphaDropoutBody final : public RandomBody {
 public:
  explicit AlphaDropoutBody(const AlphaDropoutOptions& options)
      : RandomBody("AlphaDropout", options, options.rate), noise_shape_(options.noise_shape) {}

 protected:
  Tensor randomized(const Tensor& x) override {
    require<ValueError>(rate() < 1.0, label(),
                        "expected `rate` below 1 in training, got 1. Keep a share of the "
                        "elements.");
    Shape shape = noise_shape_.value_or(x.shape());
    require<ShapeError>(shape.rank() == x.rank(), label(),
                        "expected `noise_shape` with {} axes, got {}. Name each axis.", x.rank(),
                        to_string(shape));
    for (int i = 0; i < shape.rank(); ++i) {
      if (shape[i] == None) shape[i] = x.shape()[i];
    }
    constexpr double alpha = 1.6732632423543772848170429916717;
    constexpr double scale = 1.0507009873554804934193349852946;
    constexpr double saturation = -alpha * scale;
    const Tensor drawn = ops::random_uniform(next_key(), shape);
    const Tensor kept = ops::cast(ops::greater_equal(drawn, rate()), x.dtype());
    const double a = std::pow((1 - rate()) * (1 + rate() * saturation * saturation), -0.5);
    const double b = -a * saturation * rate();
    return a * (x * kept + saturation * (1 - kept)) + b;
  }

 private:
  NoiseShape noise_shape_;
};

class GaussianDropoutBody final : public RandomBody {
 public:
  explicit GaussianDropoutBody(const GaussianDropoutOptions& options)
      : RandomBody("GaussianDropout", options, options.rate) {}

 protected:
  Tensor randomized(const Tensor& x) override {
    require<ValueError>(rate() < 1.0, label(),
                        "expected `rate` below 1 in training, got 1. Its noise would be "
                        "infinite.");
    const double stddev = std::sqrt(rate() / (1.0 - rate()));
    return x *
           ops::random_normal(next_key(), x.shape(), 1.0, stddev, dtype_policy().compute_dtype());
  }
};

class GaussianNoiseBody final : public RandomBody {
 public:
  explicit GaussianNoiseBody(const GaussianNoiseOptions& options)
      : RandomBody("GaussianNoise", options, checked(options.stddev)) {}

 protected:
  Tensor randomized(const Tensor& x) override {
    return x +
           ops::random_normal(next_key(), x.shape(), 0.0, rate(), dtype_policy().compute_dtype());
  }

 private:
  static double checked(double stddev) {
    require<ValueError>(stddev >= 0.0 && stddev <= 1.0, "GaussianNoise",
                        "expected `stddev` between 0 and 1, got {}. Scale the inputs.", stddev);
    return stddev;
  }
};

class ActivityRegularizationBody final : public LayerBody {
 public:
  explicit ActivityRegularizationBody(const ActivityRegularizationOptions& options)
      : LayerBody("ActivityRegularization", options) {
    set_built();
  }
  Nest call(const Nest& inputs, const CallArgs&) override { return inputs; }
  bool supports_masking() const override { return true; }
  // The regularizer follows from l1 and l2 and is not written.
  Config get_config() const override {
    Config config = Config::dict();
    const Config all = LayerBody::get_config();
    for (const auto& [key, value] : all.as_dict()) {
      if (key != "activity_regularizer") config.set(key, value);
    }
    return config;
  }
};

template <class Options>
Options with_rate(Number rate, Options options) {
  options.rate = rate;
  return options;
}

GaussianNoiseOptions with_stddev(Number stddev, GaussianNoiseOptions options) {
  options.stddev = stddev;
  return options;
}

ActivityRegularizationOptions with_regularizer(ActivityRegularizationOptions options) {
  options.activity_regularizer = regularizers::L1L2({.l1 = options.l1, .l2 = options.l2});
  return options;
}

template <class Options>
std::shared_ptr<LayerBody> spatial(const char* class_name, const Options& options, int rank) {
  std::string data_format = "channels_last";
  if constexpr (requires { options.data_format; }) data_format = options.data_format;
  return std::make_shared<SpatialDropoutBody>(class_name, options,
                                              channel_decisions(class_name, data_format, rank));
}

}  // namespace

Dropout::Dropout(Number rate, DropoutOptions options)
    : Dropout(with_rate(rate, std::move(options))) {}
Dropout::Dropout(DropoutOptions options)
    : TensorLayer(std::make_shared<DropoutBody>("Dropout", options,
                                                options.noise_shape.value_or(Shape{}))) {}

AlphaDropout::AlphaDropout(Number rate, AlphaDropoutOptions options)
    : AlphaDropout(with_rate(rate, std::move(options))) {}
AlphaDropout::AlphaDropout(AlphaDropoutOptions options)
    : TensorLayer(std::make_shared<AlphaDropoutBody>(options)) {}

GaussianDropout::GaussianDropout(Number rate, GaussianDropoutOptions options)
    : GaussianDropout(with_rate(rate, std::move(options))) {}
GaussianDropout::GaussianDropout(GaussianDropoutOptions options)
    : TensorLayer(std::make_shared<GaussianDropoutBody>(options)) {}

GaussianNoise::GaussianNoise(Number stddev, GaussianNoiseOptions options)
    : GaussianNoise(with_stddev(stddev, std::move(options))) {}
GaussianNoise::GaussianNoise(GaussianNoiseOptions options)
    : TensorLayer(std::make_shared<GaussianNoiseBody>(options)) {}

SpatialDropout1D::SpatialDropout1D(Number rate, SpatialDropout1DOptions options)
    : SpatialDropout1D(with_rate(rate, std::move(options))) {}
SpatialDropout1D::SpatialDropout1D(SpatialDropout1DOptions options)
    : TensorLayer(spatial("SpatialDropout1D", options, 3)) {}

SpatialDropout2D::SpatialDropout2D(Number rate, SpatialDropout2DOptions options)
    : SpatialDropout2D(with_rate(rate, std::move(options))) {}
SpatialDropout2D::SpatialDropout2D(SpatialDropout2DOptions options)
    : TensorLayer(spatial("SpatialDropout2D", options, 4)) {}

SpatialDropout3D::SpatialDropout3D(Number rate, SpatialDropout3DOptions options)
    : SpatialDropout3D(with_rate(rate, std::move(options))) {}
SpatialDropout3D::SpatialDropout3D(SpatialDropout3DOptions options)
    : TensorLayer(spatial("SpatialDropout3D", options, 5)) {}

ActivityRegularization::ActivityRegularization(ActivityRegularizationOptions options)
    : TensorLayer(
          std::make_shared<ActivityRegularizationBody>(with_regularizer(std::move(options)))) {}

}  // namespace keratin::layers
