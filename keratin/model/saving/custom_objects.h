// SPDX-License-Identifier: Apache-2.0
// Classes of the user, by the names that files use.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keratin/nn/custom_layer.h"
#include "keratin/nn/loss.h"
#include "keratin/nn/metric.h"

namespace keratin {

/// Is a class of the user by the name that files use: how its objects are made of a config.
struct CustomObject {
  std::string class_name;
  std::string package = "Custom";
  /// One of these makes the object; the others are empty.
  std::function<Layer(const Config&)> make_layer = {};
  std::function<Loss(const Config&)> make_loss = {};
  std::function<Metric(const Config&)> make_metric = {};

  /// Returns `Custom>Sampling`.
  std::string registered_name() const { return package + ">" + class_name; }
};

namespace detail {

template <class T>
concept MakesLayer = std::convertible_to<T, Layer> && requires(T object) {
  object.options;
};

/// Makes an object by its `from_config` where it has one, and without arguments otherwise; a loss
/// gets its name and reduction back.
template <class T>
T custom_from(const Config& config) {
  if constexpr (requires { T::from_config(config); }) {
    return T::from_config(config);
  } else if constexpr (requires(T object) { object.loss_options; }) {
    T object;
    Config common = Config::dict();
    for (const char* key : {"name", "reduction", "dtype"}) {
      if (config.has(key)) common.set(key, config.at(key));
    }
    object.loss_options = options_from<LossOptions>(common, type_name<T>() + ".from_config");
    return object;
  } else {
    return T();
  }
}

}  // namespace detail

/// Returns the class `T`, a CustomLayer, CustomModel, CustomLoss or CustomMetric, under its own
/// name or another. Layers and models are made of their options, which are their config; losses and
/// metrics by `static T from_config(const Config&)`, or without arguments.
template <class T>
CustomObject custom_object(const std::string& name = {}) {
  CustomObject object{name.empty() ? type_name<T>() : name};
  if constexpr (detail::MakesLayer<T>) {
    object.make_layer = [](const Config& config) {
      using Options = decltype(T::options);
      return Layer(T(options_from<Options>(config, type_name<T>() + ".from_config")));
    };
  } else if constexpr (std::constructible_from<Loss, T>) {
    object.make_loss = [](const Config& config) { return Loss(detail::custom_from<T>(config)); };
  } else {
    static_assert(std::constructible_from<Metric, T>,
                  "custom_object takes a CustomLayer, CustomModel, CustomLoss or CustomMetric");
    object.make_metric = [](const Config& config) {
      return Metric(detail::custom_from<T>(config));
    };
  }
  return object;
}

/// Returns the class that is meant by an object's `class_name` and `registered_name`: one of the
/// scope that is open, or a registered one.
std::optional<CustomObject> find_custom_object(const std::string& class_name,
                                               const std::string& registered_name);

/// Returns the registered name of a class of the user, `Custom>Sampling` for one that is not
/// registered.
std::string registered_name_of(const std::string& class_name);

/// Makes classes known on this thread while it lives.
class CustomObjectScope {
 public:
  explicit CustomObjectScope(std::vector<CustomObject> objects);
  ~CustomObjectScope();
  CustomObjectScope(const CustomObjectScope&) = delete;
  CustomObjectScope& operator=(const CustomObjectScope&) = delete;
};

namespace saving {

/// Makes a class known to all files that are read or written from then on.
void register_custom_object(CustomObject object);

/// Makes the class `T` known to all files that are read or written from then on, as
/// `package>T` (keras.saving.register_keras_serializable).
template <class T>
void register_keras_serializable(const std::string& package = "Custom",
                                 const std::string& name = {}) {
  CustomObject object = custom_object<T>(name);
  object.package = package;
  register_custom_object(std::move(object));
}

}  // namespace saving

}  // namespace keratin
