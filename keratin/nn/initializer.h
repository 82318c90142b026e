// SPDX-License-Identifier: Apache-2.0
// Initializers: what new weights hold. Values and the order in which seeds are drawn are those of
// Keras on JAX.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/graph/tensor.h"
#include "keratin/nn/object.h"

namespace keratin {

class Initializer;

/// Is what stands behind an Initializer.
class InitializerBody {
 public:
  virtual ~InitializerBody() = default;
  virtual Tensor make(const Shape& shape, DType dtype) const = 0;
  virtual Config to_config() const = 0;
  /// Returns a copy with a seed drawn; null when this needs none.
  virtual std::shared_ptr<const InitializerBody> with_seed() const { return nullptr; }
  /// Returns a copy that counts these axes as inputs and outputs; null when it does not count.
  virtual std::shared_ptr<const InitializerBody> with_axes(
      const std::vector<int64_t>& /*input_axes*/,
      const std::vector<int64_t>& /*output_axes*/) const {
    return nullptr;
  }
};

namespace detail {

template <class F>
concept InitializerFunction =
    std::is_invocable_r_v<Tensor, const F&, const Shape&, DType> && !std::is_same_v<F, Initializer>;

}  // namespace detail

/// Is what an `..._initializer` argument takes: nothing, a name, an object of namespace
/// initializers, a tensor of the values themselves, or a function of shape and dtype.
///
/// An object without a seed draws one from the process' Python generator when it is made. A name
/// draws it when the layer is made that uses it (`resolved`), so one options struct may serve many
/// layers.
class Initializer {
 public:
  using Function = std::function<Tensor(const Shape&, DType)>;

  Initializer() = default;
  Initializer(std::nullptr_t) {}
  /// Takes the name of a built-in initializer; throws ValueError for others, with a suggestion.
  Initializer(const char* name);
  Initializer(const std::string& name);
  /// Takes the values themselves; a weight of another shape throws ShapeError.
  template <std::same_as<Tensor> T>
  Initializer(const T& values) : Initializer(of_values(values)) {}
  /// Takes a function of the user and the name under which it is written.
  Initializer(std::string name, Function function);
  template <class F>
  requires detail::InitializerFunction<F> Initializer(F function)
      : Initializer(std::string(), Function(std::move(function))) {}
  explicit Initializer(std::shared_ptr<const InitializerBody> body) : body_(std::move(body)) {}

  /// Tells whether there is one at all.
  bool defined() const { return body_ != nullptr; }
  /// Returns an initializer that has its seed: a name becomes a new object, others stay.
  Initializer resolved() const;
  /// Returns an initializer that counts these axes of a weight as inputs and outputs, where its
  /// values depend on their number and it was not told which.
  Initializer with_axes(const std::vector<int64_t>& input_axes,
                        const std::vector<int64_t>& output_axes) const;
  /// Returns the first values of a weight. The same object gives the same values again. Throws
  /// ValueError when there is no initializer, DTypeError for random numbers that are no floats.
  Tensor operator()(const Shape& shape, DType dtype = DType::float32) const;
  /// Returns the envelope that Keras writes; null for none.
  Config to_config() const;
  static Initializer from_config(const Config& config);

 private:
  static Initializer of_values(const Tensor& values);
  std::shared_ptr<const InitializerBody> body_;
};

template <>
struct Codec<Initializer> {
  static Config write(const Initializer& value) { return value.to_config(); }
  static Initializer read(const Config& config) { return Initializer::from_config(config); }
  static std::string type_name() { return "initializer"; }
};

/// Gives every initializer of an options struct its seed, in the order of the fields: what a layer
/// does first when it is made.
template <class Options>
void resolve_initializers(Options& options) {
  for_each_field(options, [](auto, auto& member) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, Initializer>) {
      member = member.resolved();
    }
  });
}

/// Returns the number of inputs and outputs that a weight of that shape joins, as
/// `compute_fans` of keras.initializers counts them.
std::pair<int64_t, int64_t> compute_fans(const Shape& shape);

namespace initializers {

using Seed = std::optional<int64_t>;
using Axes = std::optional<std::vector<int64_t>>;

#define KERATIN_SEED_FIELD \
  KERATIN_FIELD_AT(-1, Seed, seed, "Seed of the values; drawn when there is none.") = {}

struct RandomNormalOptions {
  KERATIN_OPTIONS(RandomNormalOptions);
  KERATIN_FIELD(double, mean, "Mean of the values.") = 0.0;
  KERATIN_FIELD(double, stddev, "Standard deviation of the values.") = 0.05;
  KERATIN_SEED_FIELD;
};

struct TruncatedNormalOptions {
  KERATIN_OPTIONS(TruncatedNormalOptions);
  KERATIN_FIELD(double, mean, "Mean of the values.") = 0.0;
  KERATIN_FIELD(double, stddev, "Standard deviation before the cut at twice of it.") = 0.05;
  KERATIN_SEED_FIELD;
};

struct RandomUniformOptions {
  KERATIN_OPTIONS(RandomUniformOptions);
  KERATIN_FIELD(double, minval, "Least value.") = -0.05;
  KERATIN_FIELD(double, maxval, "Upper end, which does not occur.") = 0.05;
  KERATIN_SEED_FIELD;
};

struct VarianceScalingOptions {
  KERATIN_OPTIONS(VarianceScalingOptions);
  KERATIN_FIELD(double, scale, "Variance times the number of units.") = 1.0;
  KERATIN_FIELD(std::string, mode, "fan_in, fan_out or fan_avg.") = "fan_in";
  KERATIN_FIELD(std::string, distribution,
                "truncated_normal, untruncated_normal or uniform.") = "truncated_normal";
  KERATIN_SEED_FIELD;
  KERATIN_FIELD(Axes, input_axes, "Axes that count as inputs.") = {};
  KERATIN_FIELD(Axes, output_axes, "Axes that count as outputs.") = {};
};

struct OrthogonalOptions {
  KERATIN_OPTIONS(OrthogonalOptions);
  KERATIN_FIELD(double, gain, "Factor of the values.") = 1.0;
  KERATIN_FIELD(Seed, seed, "Seed of the values; drawn when there is none.") = {};
};

struct IdentityOptions {
  KERATIN_OPTIONS(IdentityOptions);
  KERATIN_FIELD(double, gain, "Factor of the values.") = 1.0;
};

/// Is the arguments of the initializers that are a VarianceScaling with fixed settings.
struct FanOptions {
  KERATIN_OPTIONS(FanOptions);
  KERATIN_FIELD(Seed, seed, "Seed of the values; drawn when there is none.") = {};
  KERATIN_FIELD(Axes, input_axes, "Axes that count as inputs.") = {};
  KERATIN_FIELD(Axes, output_axes, "Axes that count as outputs.") = {};
};

#undef KERATIN_SEED_FIELD

/// Is the window of an STFT: none, a name of scipy.signal.windows that needs no numbers, such as
/// "hann", "hamming" or "hann_periodic", or its values.
class Window {
 public:
  Window() = default;
  Window(std::nullptr_t) {}
  Window(const char* name) : name_(name) {}
  Window(std::string name) : name_(std::move(name)) {}
  Window(std::vector<double> values);
  template <std::same_as<Tensor> T>
  Window(const T& values) : values_(values) {}

  const std::string& name() const { return name_; }
  const Tensor& values() const { return values_; }
  bool defined() const { return !name_.empty() || values_.defined(); }

 private:
  std::string name_;
  Tensor values_;
};

struct STFTOptions {
  KERATIN_OPTIONS(STFTOptions);
  KERATIN_FIELD_AT(1, std::string, side, "real or imag.") = "real";
  KERATIN_FIELD_AT(2, Window, window, "Its name, its values, or none.") = "hann";
  KERATIN_FIELD_AT(4, std::optional<std::string>, scaling,
                   "density, spectrum or none.") = "density";
  KERATIN_FIELD_AT(3, bool, periodic, "Whether the window repeats without a seam.") = false;
};

/// Gives zeros (keras.io/api/layers/initializers has all of these).
Initializer Zeros();
/// Gives ones.
Initializer Ones();
/// Gives one value everywhere, or a tensor that broadcasts to the weight's shape.
Initializer Constant(const Tensor& value = 0.0);
/// Gives normally distributed numbers.
Initializer RandomNormal(RandomNormalOptions options = {});
/// Gives normally distributed numbers less than two standard deviations from the mean.
Initializer TruncatedNormal(TruncatedNormalOptions options = {});
/// Gives evenly distributed numbers.
Initializer RandomUniform(RandomUniformOptions options = {});
/// Gives numbers whose variance follows from the weight's shape. Throws ValueError for a scale that
/// is not positive, an unknown mode or an unknown distribution.
Initializer VarianceScaling(VarianceScalingOptions options = {});
/// Gives evenly distributed numbers below sqrt(6 / (fan_in + fan_out)).
Initializer GlorotUniform(FanOptions options = {});
/// Gives truncated normal numbers of standard deviation sqrt(2 / (fan_in + fan_out)).
Initializer GlorotNormal(FanOptions options = {});
/// Gives evenly distributed numbers below sqrt(6 / fan_in).
Initializer HeUniform(FanOptions options = {});
/// Gives truncated normal numbers of standard deviation sqrt(2 / fan_in).
Initializer HeNormal(FanOptions options = {});
/// Gives evenly distributed numbers below sqrt(3 / fan_in).
Initializer LecunUniform(FanOptions options = {});
/// Gives truncated normal numbers of standard deviation sqrt(1 / fan_in).
Initializer LecunNormal(FanOptions options = {});
/// Gives the real or imaginary part of a short-time Fourier transform with frames of `T` values and
/// `F` frequencies, for a weight [T, 1, F / 2 + 1]. Throws ValueError for other sides, scalings and
/// names of windows, ShapeError for other ranks and windows of another length.
Initializer STFT(STFTOptions options = {});

/// Gives a matrix with orthogonal rows or columns, whichever are fewer; the axes before the last
/// one count as rows. Throws ValueError for weights of rank 0 and 1.
Initializer Orthogonal(OrthogonalOptions options = {});
/// Gives ones on the diagonal. Throws ValueError for weights that are no matrices.
Initializer Identity(IdentityOptions options = {});

}  // namespace initializers

template <>
struct Codec<initializers::Window> {
  static Config write(const initializers::Window& window);
  static initializers::Window read(const Config& config);
  static std::string type_name() { return "name or list of floats"; }
};

}  // namespace keratin
