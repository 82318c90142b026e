// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>

#include "keratin/graph/tensor.h"

namespace keratin {

struct VariableBody;

/// Says what a variable is made of.
struct VariableOptions {
  std::string name = {};
  /// Is the name within the model, `sequential/dense/kernel`; the name when empty.
  std::string path = {};
  bool trainable = true;
};

/// Is a named value that changes in place: weights, optimizer slots, metric and seed state. Copies
/// of the handle mean the same variable.
class Variable {
 public:
  /// Makes an empty handle.
  Variable() = default;
  /// Makes a variable that starts with the value of a concrete tensor.
  explicit Variable(const Tensor& initial, VariableOptions options = {});
  /// Makes a variable that has a name and gets its value later, by `initialize`.
  static Variable declare(std::string name);
  /// Gives a declared variable its first value, path and trainability. Throws ValueError when it
  /// has one already.
  void initialize(const Tensor& initial, VariableOptions options) const;
  /// Tells whether the variable has a value.
  bool initialized() const;

  bool defined() const { return body_ != nullptr; }
  const std::string& name() const;
  const std::string& path() const;
  const TensorSpec& spec() const;
  const Shape& shape() const { return spec().shape; }
  DType dtype() const { return spec().dtype; }
  bool trainable() const;
  void set_trainable(bool trainable) const;
  void set_path(std::string path) const;
  /// Counts the changes of the value.
  uint64_t version() const;

  /// Returns the value: a copy of the data, or the symbolic value while a function is traced.
  Tensor value() const;
  operator Tensor() const { return value(); }
  /// Returns a part of the value, as Tensor's brackets do.
  Tensor operator[](std::initializer_list<Index> items) const { return value()[items]; }
  template <std::integral I>
  Tensor operator[](I row) const {
    return value()[row];
  }
  template <detail::LoneIndex T>
  Tensor operator[](const T& item) const {
    return value()[item];
  }
  /// Sets the value at once, or records the update while a function is traced. Throws ShapeError
  /// when the shapes differ; other dtypes are cast.
  void assign(const Tensor& value) const;
  void assign_add(const Tensor& delta) const;
  void assign_sub(const Tensor& delta) const;

  VariableBody& body() const;
  const std::shared_ptr<VariableBody>& shared_body() const { return body_; }
  bool is(const Variable& other) const { return body_ == other.body_; }

 private:
  void check_initialized() const;
  std::shared_ptr<VariableBody> body_;
};

/// Is what stands behind a Variable. The address of the data never changes.
struct VariableBody {
  std::string name;
  std::string path;
  TensorSpec spec = {};
  bool trainable = true;
  uint64_t version = 0;
  Array data = {};
};

inline std::ostream& operator<<(std::ostream& out, const Variable& variable) {
  return out << variable.value();
}

// A variable meets tensors and numbers in arithmetic as its value does.
inline Tensor operator+(const Variable& a, const Variable& b) { return a.value() + b.value(); }
inline Tensor operator-(const Variable& a, const Variable& b) { return a.value() - b.value(); }
inline Tensor operator*(const Variable& a, const Variable& b) { return a.value() * b.value(); }
inline Tensor operator/(const Variable& a, const Variable& b) { return a.value() / b.value(); }

}  // namespace keratin
