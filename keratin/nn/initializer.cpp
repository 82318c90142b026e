// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/initializer.h"

#include <span>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/nn/initializer_internal.h"

namespace keratin {

namespace {

constexpr detail::InitializerClass classes[] = {
    {"Zeros",
     "zero",
     {[](const Config& config, std::string_view where) {
        expect_no_arguments(config, where);
        return initializers::Zeros();
      },
      detail::no_fields}},
    {"Ones",
     "one",
     {[](const Config& config, std::string_view where) {
        expect_no_arguments(config, where);
        return initializers::Ones();
      },
      detail::no_fields}},
    {"Constant",
     "",
     {[](const Config& config, std::string_view) {
        return initializers::Constant(
            config.has("value") ? detail::read_constant(config.at("value")) : Tensor(0.0));
      },
      [] {
        return std::vector<FieldInfo>{
            {"value", "float", 0.0, "Is the value, or an array that broadcasts."}};
      }}},
    {"Identity", "IdentityInitializer",
     detail::maker_of<Initializer, initializers::IdentityOptions, initializers::Identity>()},
    {"STFT", "STFTInitializer",
     detail::maker_of<Initializer, initializers::STFTOptions, initializers::STFT>()},
};

Initializer make_initializer(const ObjectSpec& spec) {
  const std::string& name = spec.class_name;
  std::vector<std::string> known;
  for (std::span<const detail::InitializerClass> all :
       {std::span<const detail::InitializerClass>(classes), detail::random_initializers()}) {
    for (const detail::InitializerClass& type : all) {
      const std::string snake = text::snake_case(type.class_name);
      if (name == type.class_name || name == snake || (!name.empty() && name == type.alias)) {
        return type.make(spec.config, type.class_name);
      }
      known.push_back(snake);
      known.emplace_back(type.class_name);
    }
  }
  unknown_object("initializer", "an initializer", name, known);
}

}  // namespace

std::vector<ClassInfo> detail::initializer_classes() {
  std::vector<ClassInfo> all;
  for (std::span<const InitializerClass> some :
       {std::span<const InitializerClass>(classes), random_initializers()}) {
    for (const InitializerClass& type : some) {
      all.push_back({"initializer", type.class_name, type.make.fields});
    }
  }
  return all;
}

Initializer::Initializer(const char* name) : Initializer(std::string(name)) {}
Initializer::Initializer(const std::string& name)
    : Initializer(make_initializer({"", name, Config::dict(), ""})) {}
Initializer::Initializer(std::string name, Function function) {
  require<ValueError>(function != nullptr, "initializer",
                      "expected a function for the initializer '{}', got none. Pass one.", name);
  body_ = detail::function_body(std::move(name), std::move(function));
}

Initializer Initializer::of_values(const Tensor& values) {
  return Initializer(detail::values_body(values));
}

Initializer Initializer::resolved() const {
  if (!body_) return *this;
  std::shared_ptr<const InitializerBody> seeded = body_->with_seed();
  return seeded ? Initializer(std::move(seeded)) : *this;
}

Initializer Initializer::with_axes(const std::vector<int64_t>& input_axes,
                                   const std::vector<int64_t>& output_axes) const {
  std::shared_ptr<const InitializerBody> counted =
      body_ ? body_->with_axes(input_axes, output_axes) : nullptr;
  return counted ? Initializer(std::move(counted)) : *this;
}

Tensor Initializer::operator()(const Shape& shape, DType dtype) const {
  require<ValueError>(defined(), "initializer",
                      "expected an initializer, got none. Name one, such as 'zeros'.");
  return resolved().body_->make(shape, dtype);
}

Config Initializer::to_config() const { return body_ ? body_->to_config() : Config(); }

Initializer Initializer::from_config(const Config& config) {
  const std::optional<ObjectSpec> spec = read_object(config, "initializer");
  if (!spec) return {};
  if (!spec->is_function()) return make_initializer(*spec);
  return make_initializer({"", spec->config.as_string(), Config::dict(), ""});
}

std::pair<int64_t, int64_t> compute_fans(const Shape& shape) {
  if (shape.empty()) return {1, 1};
  if (shape.rank() == 1) return {shape[0], shape[0]};
  int64_t receptive_field = 1;
  for (int axis = 0; axis < shape.rank() - 2; ++axis) receptive_field *= shape[axis];
  return {shape[-2] * receptive_field, shape[-1] * receptive_field};
}

namespace initializers {

Initializer Zeros() { return Initializer(detail::fill_body("Zeros", 0.0)); }
Initializer Ones() { return Initializer(detail::fill_body("Ones", 1.0)); }

Initializer Constant(const Tensor& value) {
  require<ValueError>(value.defined() && value.is_concrete(), "Constant",
                      "expected a number or data, got {}. Pass a tensor with data.",
                      value.defined() ? "a symbolic tensor" : "an empty handle");
  return Initializer(detail::constant_body(value));
}

Initializer STFT(STFTOptions options) { return Initializer(detail::stft_body(options)); }

Initializer Identity(IdentityOptions options) {
  return Initializer(detail::identity_body(options));
}

}  // namespace initializers

}  // namespace keratin
