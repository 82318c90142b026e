// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/layers/preprocessing.h"

#include <cmath>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/layer_body.h"

namespace keratin {

Config Codec<layers::Numbers>::write(const layers::Numbers& numbers) {
  if (!numbers.is_list) return Codec<Number>::write(numbers.values[0]);
  return Codec<std::vector<Number>>::write(numbers.values);
}

layers::Numbers Codec<layers::Numbers>::read(const Config& config) {
  if (!config.is_list()) return Codec<Number>::read(config);
  std::vector<double> values;
  for (const Config& item : config.as_list()) values.push_back(item.as_number());
  return values;
}

namespace layers {

Tensor Numbers::tensor(DType dtype) const {
  const std::vector<double> plain(values.begin(), values.end());
  const Shape shape = is_list ? Shape{static_cast<int64_t>(plain.size())} : Shape{};
  return Tensor::from(plain, shape).cast(dtype);
}

namespace {

class RescalingBody final : public LayerBody {
 public:
  explicit RescalingBody(const RescalingOptions& options)
      : LayerBody("Rescaling", options), options_(options) {
    check_numbers("scale", options_.scale);
    check_numbers("offset", options_.offset);
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    const DType dtype = dtype_policy().compute_dtype();
    return ops::cast(inputs.tensor(), dtype) * options_.scale.tensor(dtype) +
           options_.offset.tensor(dtype);
  }

  bool supports_masking() const override { return true; }

 private:
  void check_numbers(std::string_view name, const Numbers& numbers) const {
    bool fits = !numbers.values.empty();
    for (double value : numbers.values) fits = fits && std::isfinite(value);
    require<ValueError>(fits, label(),
                        "expected `{}` to be a finite number or a list of them, got {}. Check how "
                        "it was computed.",
                        name, to_json(Codec<Numbers>::write(numbers)));
  }

  RescalingOptions options_;
};

RescalingOptions with_scale(Numbers scale, RescalingOptions options) {
  options.scale = std::move(scale);
  return options;
}

}  // namespace

Rescaling::Rescaling(Numbers scale, RescalingOptions options)
    : Rescaling(with_scale(std::move(scale), std::move(options))) {}

Rescaling::Rescaling(RescalingOptions options)
    : TensorLayer(std::make_shared<RescalingBody>(options)) {}

}  // namespace layers

}  // namespace keratin
