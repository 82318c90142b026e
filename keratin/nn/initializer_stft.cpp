// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/initializer_internal.h"
#include "keratin/nn/windows.h"

namespace keratin {

namespace {

constexpr std::string_view where = "STFT";

class StftBody final : public InitializerBody {
 public:
  explicit StftBody(initializers::STFTOptions options) : options_(std::move(options)) {
    require<ValueError>(options_.side == "real" || options_.side == "imag", where,
                        "expected \"real\" or \"imag\" as side, got '{}'. Use one of them.",
                        options_.side);
    const std::string scaling = options_.scaling.value_or("density");
    require<ValueError>(scaling == "density" || scaling == "spectrum", where,
                        "expected \"density\", \"spectrum\" or none as scaling, got '{}'. Use one "
                        "of them.",
                        scaling);
    if (!options_.window.name().empty()) detail::signal_window(options_.window.name(), 1, false);
  }

  Tensor make(const Shape& shape, DType dtype) const override {
    require<ShapeError>(shape.rank() == 3, where,
                        "expected a weight [frame, 1, frequencies], got shape {}. Use another "
                        "initializer.",
                        to_string(shape));
    const int64_t frame = shape[0];
    const int64_t count = shape[2];
    // In the order of Keras, as the angles are rounded.
    const Tensor places = ops::cast(ops::arange(count), dtype);
    const Tensor frequency =
        ops::reshape(places, {1, 1, count}) / static_cast<double>((count - 1) * 2);
    const Tensor time = ops::reshape(ops::cast(ops::arange(frame), dtype), {frame, 1, 1});
    const Tensor angles = (-2 * time) * frequency * ops::arccos(ops::cast(-1.0, dtype));
    const Tensor kernel = options_.side == "real" ? ops::cos(angles) : ops::sin(angles);
    if (!options_.window.defined()) return kernel;
    const Tensor window = window_of(frame, dtype);
    return kernel * window / scale_of(window);
  }

  Config to_config() const override {
    return envelope(detail::initializer_module, where, config_of(options_));
  }

 private:
  Tensor window_of(int64_t frame, DType dtype) const {
    const auto& window = options_.window;
    const Tensor values =
        window.values().defined()
            ? window.values()
            : Tensor::from(detail::signal_window(window.name(), frame, options_.periodic), {frame});
    require<ShapeError>(values.shape() == Shape{frame}, where,
                        "expected a window of {} values, got shape {}. Pass one as long as the "
                        "weight's first axis.",
                        frame, to_string(values.shape()));
    return ops::reshape(ops::cast(values, dtype), {frame, 1, 1});
  }

  Tensor scale_of(const Tensor& window) const {
    if (!options_.scaling) return ops::ones({}, window.dtype());
    return *options_.scaling == "density" ? ops::sqrt(ops::sum(ops::square(window)))
                                          : ops::sum(ops::abs(window));
  }

  initializers::STFTOptions options_;
};

}  // namespace

std::shared_ptr<const InitializerBody> detail::stft_body(const initializers::STFTOptions& options) {
  return std::make_shared<StftBody>(options);
}

namespace initializers {

Window::Window(std::vector<double> values)
    : values_(Tensor::from(values, {static_cast<int64_t>(values.size())})) {}

}  // namespace initializers

using initializers::Window;

Config Codec<Window>::write(const Window& window) {
  if (window.values().defined()) return detail::array_config(window.values());
  return window.name().empty() ? Config() : Config(window.name());
}

Window Codec<Window>::read(const Config& config) {
  if (config.is_null()) return {};
  if (config.is_string()) return config.as_string();
  if (config.is_list()) return Codec<std::vector<double>>::read(config);
  return detail::read_constant(config);
}

}  // namespace keratin
