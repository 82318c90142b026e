// SPDX-License-Identifier: Apache-2.0
// The initializers that draw random numbers.
#include <algorithm>
#include <array>
#include <cmath>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/core/random.h"
#include "keratin/graph/evaluate.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/initializer_internal.h"

namespace keratin {

namespace {

using initializers::Axes;
using initializers::Seed;

// The standard deviation of a standard normal distribution cut at -2 and 2.
constexpr double truncated_stddev = 0.87962566103423978;

void check_dtype(DType dtype) {
  require<DTypeError>(is_float(dtype), "initializer",
                      "expected a float dtype for random values, got {}. Use zeros, ones or a "
                      "constant.",
                      name_of(dtype));
}

/// Draws by an op, at once even where a graph is traced.
Tensor drawn(const OpDef& op, const Shape& shape, DType dtype, int64_t seed, double low,
             double high) {
  check_dtype(dtype);
  const rng::Key key = rng::keras_seed_key(seed);
  const Array words = Array::from<uint32_t>(std::array{key.high, key.low}, {2});
  const ops::RandomAttrs attrs{.shape = shape, .low = low, .high = high, .dtype = dtype};
  return Tensor(evaluator().run(op, attrs, {{words}}, {{TensorSpec{shape, dtype}}})[0]);
}

/// Calls `fill(span)` with the elements of a new float array and returns it as a tensor.
template <class Fill>
Tensor random_tensor(const Shape& shape, DType dtype, Fill&& fill) {
  check_dtype(dtype);
  Array array(dtype, shape);
  dispatch(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double> ||
                  std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>) {
      fill(std::span<T>(array.data<T>(), static_cast<size_t>(array.size())));
    }
  });
  return Tensor(std::move(array));
}

Tensor normal(const Shape& shape, DType dtype, int64_t seed, double mean, double stddev) {
  return drawn(ops::random_normal_op, shape, dtype, seed, mean, stddev);
}

Tensor truncated_normal(const Shape& shape, DType dtype, int64_t seed, double mean, double stddev) {
  const rng::Key key = rng::keras_seed_key(seed);
  return random_tensor(shape, dtype,
                       [&](auto out) { rng::fill_truncated_normal(key, mean, stddev, out); });
}

Tensor uniform(const Shape& shape, DType dtype, int64_t seed, double minval, double maxval) {
  return drawn(ops::random_uniform_op, shape, dtype, seed, minval, maxval);
}

// An initializer whose values depend on a seed. `Rule` makes the values from options and seed.
template <class Options>
using Rule = Tensor (*)(const Options&, const Shape&, DType, int64_t seed);

template <class Options>
class RandomBody final : public InitializerBody {
 public:
  RandomBody(std::string_view name, Options options, Rule<Options> rule)
      : name_(name), options_(std::move(options)), rule_(rule), seed_(options_.seed) {}

  Tensor make(const Shape& shape, DType dtype) const override {
    return rule_(options_, shape, dtype, *seed_);
  }
  Config to_config() const override {
    Config config = config_of(options_);
    if constexpr (std::is_same_v<Options, initializers::OrthogonalOptions>) {
      // Here Keras writes the seed first.
      config = Config::dict({{"seed", config.at("seed")}, {"gain", config.at("gain")}});
    }
    return envelope(detail::initializer_module, name_, std::move(config));
  }
  std::shared_ptr<const InitializerBody> with_seed() const override {
    if (seed_) return nullptr;
    auto copy = std::make_shared<RandomBody>(*this);
    copy->seed_ = rng::global_random().make_default_seed();
    return copy;
  }
  std::shared_ptr<const InitializerBody> with_axes(
      const std::vector<int64_t>& input_axes,
      const std::vector<int64_t>& output_axes) const override {
    if constexpr (requires { options_.input_axes; }) {
      if (options_.input_axes && options_.output_axes) return nullptr;
      auto copy = std::make_shared<RandomBody>(*this);
      copy->options_.input_axes = input_axes;
      copy->options_.output_axes = output_axes;
      return copy;
    } else {
      return nullptr;
    }
  }

 private:
  std::string_view name_;
  Options options_;
  Rule<Options> rule_;
  Seed seed_;
};

std::pair<int64_t, int64_t> fans_of(const Shape& shape, const Axes& inputs, const Axes& outputs) {
  if (!inputs || !outputs) return compute_fans(shape);
  int64_t fan_in = 1;
  int64_t fan_out = 1;
  for (int64_t axis : *inputs) fan_in *= shape[static_cast<int>(axis)];
  for (int64_t axis : *outputs) fan_out *= shape[static_cast<int>(axis)];
  return {fan_in, fan_out};
}

Tensor scaled_values(const initializers::VarianceScalingOptions& options, const Shape& shape,
                     DType dtype, int64_t seed) {
  const auto [fan_in, fan_out] = fans_of(shape, options.input_axes, options.output_axes);
  const auto inputs = static_cast<double>(fan_in);
  const auto outputs = static_cast<double>(fan_out);
  const double units = options.mode == "fan_in"    ? inputs
                       : options.mode == "fan_out" ? outputs
                                                   : (inputs + outputs) / 2.0;
  const double scale = options.scale / std::max(1.0, units);
  if (options.distribution == "uniform") {
    const double limit = std::sqrt(3.0 * scale);
    return uniform(shape, dtype, seed, -limit, limit);
  }
  if (options.distribution == "untruncated_normal") {
    return normal(shape, dtype, seed, 0.0, std::sqrt(scale));
  }
  return truncated_normal(shape, dtype, seed, 0.0, std::sqrt(scale) / truncated_stddev);
}

std::string hint_for(const std::string& given, const std::vector<std::string>& allowed) {
  const std::string hint = text::did_you_mean(given, allowed);
  return hint.empty() ? " Check the spelling." : hint;
}

void check_scaling(initializers::VarianceScalingOptions& options) {
  require<ValueError>(options.scale > 0.0, "VarianceScaling",
                      "expected a positive scale, got {}. Pass a larger one.", options.scale);
  require<ValueError>(
      options.mode == "fan_in" || options.mode == "fan_out" || options.mode == "fan_avg",
      "VarianceScaling", "expected the mode fan_in, fan_out or fan_avg, got '{}'.{}", options.mode,
      hint_for(options.mode, {"fan_in", "fan_out", "fan_avg"}));
  options.distribution = text::lower(options.distribution);
  if (options.distribution == "normal") options.distribution = "truncated_normal";
  const std::vector<std::string> allowed{"uniform", "truncated_normal", "untruncated_normal"};
  require<ValueError>(
      std::find(allowed.begin(), allowed.end(), options.distribution) != allowed.end(),
      "VarianceScaling", "expected the distribution {}, got '{}'.{}", text::join(allowed, " or "),
      options.distribution, hint_for(options.distribution, allowed));
}

void check_normal(std::string_view where, double mean, double stddev) {
  require<ValueError>(std::isfinite(mean) && std::isfinite(stddev), where,
                      "expected finite numbers as mean and stddev, got {} and {}. Check how they "
                      "were computed.",
                      mean, stddev);
}

Initializer without_seed(initializers::RandomNormalOptions options) {
  check_normal("RandomNormal", options.mean, options.stddev);
  return Initializer(std::make_shared<RandomBody<initializers::RandomNormalOptions>>(
      "RandomNormal", std::move(options),
      [](const auto& o, const Shape& shape, DType dtype, int64_t seed) {
        return normal(shape, dtype, seed, o.mean, o.stddev);
      }));
}

Initializer without_seed(initializers::TruncatedNormalOptions options) {
  check_normal("TruncatedNormal", options.mean, options.stddev);
  return Initializer(std::make_shared<RandomBody<initializers::TruncatedNormalOptions>>(
      "TruncatedNormal", std::move(options),
      [](const auto& o, const Shape& shape, DType dtype, int64_t seed) {
        return truncated_normal(shape, dtype, seed, o.mean, o.stddev);
      }));
}

Initializer without_seed(initializers::RandomUniformOptions options) {
  require<ValueError>(
      std::isfinite(options.maxval - options.minval) && options.minval <= options.maxval,
      "RandomUniform", "expected minval up to maxval, got {} and {}. Swap them.",
      double{options.minval}, double{options.maxval});
  return Initializer(std::make_shared<RandomBody<initializers::RandomUniformOptions>>(
      "RandomUniform", std::move(options),
      [](const auto& o, const Shape& shape, DType dtype, int64_t seed) {
        return uniform(shape, dtype, seed, o.minval, o.maxval);
      }));
}

Initializer without_seed(initializers::VarianceScalingOptions options) {
  check_scaling(options);
  return Initializer(std::make_shared<RandomBody<initializers::VarianceScalingOptions>>(
      "VarianceScaling", std::move(options), scaled_values));
}

// Makes the columns orthonormal, twice, as the first time leaves what rounding mixed in: the Q of a
// QR decomposition whose R has a positive diagonal. Computed in double.
void orthonormalize(std::vector<double>& a, size_t rows, size_t columns) {
  const auto dot = [&](size_t i, size_t j) {
    double sum = 0.0;
    for (size_t k = 0; k < rows; ++k) sum += a[k * columns + i] * a[k * columns + j];
    return sum;
  };
  for (size_t j = 0; j < columns; ++j) {
    for (int pass = 0; pass < 2; ++pass) {
      for (size_t i = 0; i < j; ++i) {
        const double share = dot(i, j);
        for (size_t k = 0; k < rows; ++k) a[k * columns + j] -= share * a[k * columns + i];
      }
      const double norm = std::sqrt(dot(j, j));
      for (size_t k = 0; norm > 0.0 && k < rows; ++k) a[k * columns + j] /= norm;
    }
  }
}

Tensor orthogonal_values(const initializers::OrthogonalOptions& options, const Shape& shape,
                         DType dtype, int64_t seed) {
  require<ValueError>(shape.rank() >= 2, "Orthogonal",
                      "expected a weight of rank 2 or more, got shape {}. Use another initializer.",
                      to_string(shape));
  const int64_t columns = shape[-1];
  const int64_t rows = shape.slice(0, shape.rank() - 1).element_count();
  const Shape flat{std::max(rows, columns), std::min(rows, columns)};
  std::vector<double> values = normal(flat, dtype, seed, 0.0, 1.0).to_vector<double>();
  orthonormalize(values, static_cast<size_t>(flat[0]), static_cast<size_t>(flat[1]));
  Tensor q = Tensor::from(values, flat);
  if (rows < columns) q = ops::transpose(q);
  return ops::cast(ops::reshape(q, shape) * options.gain, dtype);
}

Initializer without_seed(initializers::OrthogonalOptions options) {
  require<ValueError>(std::isfinite(options.gain), "Orthogonal",
                      "expected a finite gain, got {}. Use 1.", options.gain);
  return Initializer(std::make_shared<RandomBody<initializers::OrthogonalOptions>>(
      "Orthogonal", std::move(options), orthogonal_values));
}

// Is a VarianceScaling with fixed settings, named so that Keras finds its class.
struct Fixed {
  std::string_view name;
  double scale;
  std::string_view mode;
  std::string_view distribution;
};

constexpr Fixed glorot_uniform{"GlorotUniform", 1.0, "fan_avg", "uniform"};
constexpr Fixed glorot_normal{"GlorotNormal", 1.0, "fan_avg", "truncated_normal"};
constexpr Fixed he_uniform{"HeUniform", 2.0, "fan_in", "uniform"};
constexpr Fixed he_normal{"HeNormal", 2.0, "fan_in", "truncated_normal"};
constexpr Fixed lecun_uniform{"LecunUniform", 1.0, "fan_in", "uniform"};
constexpr Fixed lecun_normal{"LecunNormal", 1.0, "fan_in", "truncated_normal"};

template <const Fixed& Settings>
Initializer fixed_without_seed(initializers::FanOptions options) {
  return Initializer(std::make_shared<RandomBody<initializers::FanOptions>>(
      Settings.name, std::move(options),
      [](const initializers::FanOptions& o, const Shape& shape, DType dtype, int64_t seed) {
        const initializers::VarianceScalingOptions scaling{
            .scale = Settings.scale,
            .mode = std::string(Settings.mode),
            .distribution = std::string(Settings.distribution),
            .input_axes = o.input_axes,
            .output_axes = o.output_axes};
        return scaled_values(scaling, shape, dtype, seed);
      }));
}

template <class Options>
constexpr auto from_arguments = detail::maker_of<Initializer, Options, without_seed>();

template <const Fixed& Settings>
constexpr auto fixed_from =
    detail::maker_of<Initializer, initializers::FanOptions, fixed_without_seed<Settings>>();

constexpr detail::InitializerClass classes[] = {
    {"RandomNormal", "normal", from_arguments<initializers::RandomNormalOptions>},
    {"TruncatedNormal", "", from_arguments<initializers::TruncatedNormalOptions>},
    {"RandomUniform", "uniform", from_arguments<initializers::RandomUniformOptions>},
    {"VarianceScaling", "", from_arguments<initializers::VarianceScalingOptions>},
    {"GlorotUniform", "", fixed_from<glorot_uniform>},
    {"GlorotNormal", "", fixed_from<glorot_normal>},
    {"HeUniform", "", fixed_from<he_uniform>},
    {"HeNormal", "", fixed_from<he_normal>},
    {"LecunUniform", "", fixed_from<lecun_uniform>},
    {"LecunNormal", "", fixed_from<lecun_normal>},
    {"Orthogonal", "OrthogonalInitializer", from_arguments<initializers::OrthogonalOptions>},
};

}  // namespace

std::span<const detail::InitializerClass> detail::random_initializers() { return classes; }

namespace initializers {

Initializer RandomNormal(RandomNormalOptions options) { return without_seed(options).resolved(); }
Initializer TruncatedNormal(TruncatedNormalOptions options) {
  return without_seed(options).resolved();
}
Initializer RandomUniform(RandomUniformOptions options) { return without_seed(options).resolved(); }
Initializer VarianceScaling(VarianceScalingOptions options) {
  return without_seed(std::move(options)).resolved();
}
Initializer GlorotUniform(FanOptions options) {
  return fixed_without_seed<glorot_uniform>(std::move(options)).resolved();
}
Initializer GlorotNormal(FanOptions options) {
  return fixed_without_seed<glorot_normal>(std::move(options)).resolved();
}
Initializer HeUniform(FanOptions options) {
  return fixed_without_seed<he_uniform>(std::move(options)).resolved();
}
Initializer HeNormal(FanOptions options) {
  return fixed_without_seed<he_normal>(std::move(options)).resolved();
}
Initializer LecunUniform(FanOptions options) {
  return fixed_without_seed<lecun_uniform>(std::move(options)).resolved();
}
Initializer LecunNormal(FanOptions options) {
  return fixed_without_seed<lecun_normal>(std::move(options)).resolved();
}

Initializer Orthogonal(OrthogonalOptions options) {
  return without_seed(std::move(options)).resolved();
}

}  // namespace initializers

}  // namespace keratin
