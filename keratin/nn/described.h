// SPDX-License-Identifier: Apache-2.0
// The classes that configs can name, with their arguments.
#pragma once

#include <string_view>
#include <vector>

#include "keratin/base/field_info.h"
#include "keratin/nn/object.h"

namespace keratin {

/// Is a class of Keras and what can be told of it.
struct ClassInfo {
  std::string_view kind;  ///< "layer", "loss", "metric", "optimizer" ...
  std::string_view class_name;
  std::vector<FieldInfo> (*fields)();
};

/// Returns the built-in classes of layers, losses, metrics, optimizers, schedules, initializers,
/// regularizers and constraints, each kind in the order of its table.
std::vector<ClassInfo> described_classes();

namespace detail {

/// Says how an object of a class is made of its arguments, and which they are.
template <class T>
struct ClassMaker {
  T (*make)(const Config& config, std::string_view where);
  std::vector<FieldInfo> (*fields)();

  T operator()(const Config& config, std::string_view where) const { return make(config, where); }
};

/// Returns the maker of a class whose arguments are the fields of `Options`.
template <class T, class Options, T (*Make)(Options)>
constexpr ClassMaker<T> maker_of() {
  return {[](const Config& config, std::string_view where) {
            return Make(options_from<Options>(config, where));
          },
          describe_fields<Options>};
}

/// Is the fields of a class without arguments.
inline std::vector<FieldInfo> no_fields() { return {}; }

std::vector<ClassInfo> loss_classes();
std::vector<ClassInfo> metric_classes();
std::vector<ClassInfo> optimizer_classes();
std::vector<ClassInfo> schedule_classes();
std::vector<ClassInfo> initializer_classes();
std::vector<ClassInfo> regularizer_classes();
std::vector<ClassInfo> constraint_classes();

}  // namespace detail

}  // namespace keratin
