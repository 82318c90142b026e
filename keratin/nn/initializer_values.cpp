// SPDX-License-Identifier: Apache-2.0
// The initializers that draw no random numbers.
#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/core/nested.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/initializer_internal.h"

namespace keratin {

namespace {

// Returns a tensor that has one value everywhere.
Tensor filled(const Shape& shape, DType dtype, double value) {
  Array array(dtype, shape);
  dispatch(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::fill_n(array.data<T>(), array.size(), static_cast<T>(value));
  });
  return Tensor(std::move(array));
}

class FillBody final : public InitializerBody {
 public:
  FillBody(std::string_view name, double value) : name_(name), value_(value) {}
  Tensor make(const Shape& shape, DType dtype) const override {
    return filled(shape, dtype, value_);
  }
  Config to_config() const override {
    return envelope(detail::initializer_module, name_, Config::dict());
  }

 private:
  std::string_view name_;
  double value_;
};

void collect_values(const Config& config, size_t depth, Shape& shape, std::vector<double>& out) {
  if (!config.is_list()) {
    require<ConfigError>(depth == shape.size(), "Constant",
                         "expected a list of values of equal depth, got {}. Check the file.",
                         to_json(config));
    out.push_back(config.is_bool() ? static_cast<double>(config.as_bool()) : config.as_number());
    return;
  }
  const auto count = static_cast<int64_t>(config.size());
  if (depth == shape.size() && out.empty()) shape.push_back(count);
  require<ConfigError>(depth < shape.size() && shape[static_cast<int>(depth)] == count, "Constant",
                       "expected lists of equal length, got one of {}. Check the file.", count);
  for (const Config& item : config.as_list()) collect_values(item, depth + 1, shape, out);
}

class ConstantBody final : public InitializerBody {
 public:
  explicit ConstantBody(Tensor value) : value_(std::move(value)) {}

  Tensor make(const Shape& shape, DType dtype) const override {
    if (value_.rank() == 0) return filled(shape, dtype, value_.item<double>());
    bool fits = value_.rank() <= shape.rank();
    for (int i = 1; fits && i <= value_.rank(); ++i) {
      fits = value_.shape()[-i] == shape[-i] || value_.shape()[-i] == 1;
    }
    require<ShapeError>(fits, "Constant",
                        "expected a value that broadcasts to the weight's shape {}, got {}. Pass a "
                        "number or reshape the value.",
                        to_string(shape), to_string(value_.shape()));
    return ops::cast(value_, dtype) * Tensor::ones(shape, dtype);
  }

  Config to_config() const override {
    Config value = value_.rank() > 0 ? detail::array_config(value_) : nested_lists(value_.array());
    return envelope(detail::initializer_module, "Constant",
                    Config::dict({{"value", std::move(value)}}));
  }

 private:
  Tensor value_;
};

class ValuesBody final : public InitializerBody {
 public:
  explicit ValuesBody(Tensor values) : values_(std::move(values)) {}
  Tensor make(const Shape& shape, DType dtype) const override {
    require<ShapeError>(shape == values_.shape(), "initializer",
                        "expected a weight of the given tensor's shape {}, got {}. Reshape the "
                        "tensor.",
                        to_string(values_.shape()), to_string(shape));
    return ops::cast(values_, dtype);
  }
  Config to_config() const override { nameless_function("initializer"); }

 private:
  Tensor values_;
};

class FunctionBody final : public InitializerBody {
 public:
  FunctionBody(std::string name, Initializer::Function function)
      : name_(std::move(name)), function_(std::move(function)) {}
  Tensor make(const Shape& shape, DType dtype) const override {
    Tensor values = function_(shape, dtype);
    require<ValueError>(values.defined(), "initializer",
                        "expected a tensor from the function, got an empty handle. Return the "
                        "values.");
    require<ShapeError>(values.shape() == shape, "initializer",
                        "expected the function to return values of shape {}, got {}. Use the "
                        "shape that it is given.",
                        to_string(shape), to_string(values.shape()));
    return values.dtype() == dtype ? values : ops::cast(values, dtype);
  }
  Config to_config() const override {
    if (name_.empty()) nameless_function("initializer");
    return function_envelope(name_);
  }

 private:
  std::string name_;
  Initializer::Function function_;
};

Tensor identity_values(double gain, const Shape& shape, DType dtype) {
  require<ValueError>(shape.rank() == 2, "Identity",
                      "expected a weight of rank 2, got shape {}. Use another initializer.",
                      to_string(shape));
  return ops::eye(shape[0], shape[1], 0, dtype) * ops::cast(gain, dtype);
}

class IdentityBody final : public InitializerBody {
 public:
  explicit IdentityBody(initializers::IdentityOptions options) : options_(options) {}
  Tensor make(const Shape& shape, DType dtype) const override {
    return identity_values(options_.gain, shape, dtype);
  }
  // Keras never writes the gain, and so loses it. Here it is written where it is not the default,
  // which Keras reads.
  Config to_config() const override {
    return envelope(detail::initializer_module, "Identity",
                    options_.gain == 1.0 ? Config::dict() : config_of(options_));
  }

 private:
  initializers::IdentityOptions options_;
};

}  // namespace

namespace detail {

std::shared_ptr<const InitializerBody> fill_body(std::string_view class_name, double value) {
  return std::make_shared<FillBody>(class_name, value);
}

std::shared_ptr<const InitializerBody> constant_body(const Tensor& value) {
  return std::make_shared<ConstantBody>(value);
}

Tensor read_constant(const Config& value) {
  if (value.is_bool()) return Tensor(value.as_bool());
  if (value.is_int()) return Tensor(value.as_int());
  if (!value.is_dict()) return Tensor(value.as_number());
  const Config& inner = value.at("config");
  Shape shape;
  std::vector<double> values;
  collect_values(inner.at("value"), 0, shape, values);
  return Tensor(
      Tensor::from(values, shape).array().cast(dtype_from(inner.at("dtype").as_string())));
}

Config array_config(const Tensor& value) {
  const Config inner =
      Config::dict({{"value", nested_lists(value.array())}, {"dtype", name_of(value.dtype())}});
  return Config::dict({{"class_name", "__numpy__"}, {"config", inner}});
}

std::shared_ptr<const InitializerBody> identity_body(const initializers::IdentityOptions& options) {
  return std::make_shared<IdentityBody>(options);
}

std::shared_ptr<const InitializerBody> values_body(const Tensor& values) {
  return std::make_shared<ValuesBody>(values);
}

std::shared_ptr<const InitializerBody> function_body(std::string name,
                                                     Initializer::Function function) {
  return std::make_shared<FunctionBody>(std::move(name), std::move(function));
}

}  // namespace detail

}  // namespace keratin
