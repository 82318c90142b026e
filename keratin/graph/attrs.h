// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "keratin/base/codec.h"

namespace keratin {

class Attrs;

/// Is what is known of one attributes struct: how it is written, read and made.
struct AttrsType {
  Config (*write)(const void*);
  Attrs (*read)(const Config&, std::string_view where);
};

/// Holds the attributes of an operation: any struct of KERATIN_FIELD lines, or nothing. Values are
/// immutable and shared; they print, parse and compare through their fields.
class Attrs {
 public:
  Attrs() = default;
  template <class T>
  requires requires { T::keratin_first_line; }
  Attrs(T value) : type_(&type_of<T>()), data_(std::make_shared<T>(std::move(value))) {}

  bool empty() const { return data_ == nullptr; }
  /// Returns the struct; the op that owns the attributes knows its type.
  template <class T>
  const T& as() const {
    if (type_ != &type_of<T>()) wrong_type();
    return *static_cast<const T*>(data_.get());
  }
  const void* raw() const { return data_.get(); }
  Config to_config() const { return data_ ? type_->write(data_.get()) : Config::dict(); }
  bool operator==(const Attrs& other) const;

  /// Returns the one AttrsType of a struct.
  template <class T>
  static const AttrsType& type_of() {
    static const AttrsType type{
        [](const void* data) { return config_of(*static_cast<const T*>(data)); },
        [](const Config& config, std::string_view where) {
          return Attrs(options_from<T>(config, where));
        }};
    return type;
  }

 private:
  [[noreturn]] static void wrong_type();
  const AttrsType* type_ = nullptr;
  std::shared_ptr<const void> data_;
};

}  // namespace keratin
