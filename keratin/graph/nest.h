// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "keratin/graph/variable.h"

namespace keratin {

/// Is a tensor, or a list or dict of nests: what models take and give. Braces make lists,
/// `{{"name", tensor}, ...}` makes dicts; dicts keep the order in which they were written.
class Nest {
 public:
  enum class Kind : uint8_t { none, leaf, list, dict };
  using Item = std::pair<std::string, Nest>;

  Nest() = default;
  Nest(std::nullptr_t) {}
  Nest(Tensor tensor) : kind_(Kind::leaf), leaf_(std::move(tensor)) {}
  Nest(const Variable& variable) : Nest(variable.value()) {}
  Nest(const std::vector<Tensor>& tensors);
  Nest(std::initializer_list<Nest> items);
  Nest(std::initializer_list<std::pair<const char*, Nest>> items);
  Nest(const std::map<std::string, Tensor>& items);
  static Nest list(std::vector<Nest> items);
  static Nest dict(std::vector<Item> items);

  Kind kind() const { return kind_; }
  bool empty() const { return kind_ == Kind::none; }
  bool is_tensor() const { return kind_ == Kind::leaf; }
  bool is_list() const { return kind_ == Kind::list; }
  bool is_dict() const { return kind_ == Kind::dict; }

  /// Returns the tensor; throws ValueError that names what this is otherwise.
  const Tensor& tensor() const;
  operator const Tensor&() const { return tensor(); }
  const Shape& shape() const { return tensor().shape(); }
  /// Returns item i of a list or dict, in order.
  const Nest& operator[](size_t i) const;
  const Nest& operator[](int i) const { return (*this)[static_cast<size_t>(i)]; }
  /// Returns the item of that name; throws ValueError that names the keys.
  const Nest& operator[](const std::string& key) const;
  const Nest& operator[](const char* key) const { return (*this)[std::string(key)]; }
  bool has(const std::string& key) const;
  size_t size() const { return items_ ? items_->size() : 0; }
  const std::vector<Item>& items() const;

  /// Returns the tensors, lists in order and dicts in the order of their sorted keys, as Keras'
  /// `tree.flatten` does.
  std::vector<Tensor> flatten() const;
  /// Returns a nest of the same structure with the tensors in the order of `flatten`.
  Nest pack(const std::vector<Tensor>& tensors) const;
  /// Returns a nest of the same structure of `f` of each tensor.
  Nest map(const std::function<Tensor(const Tensor&)>& f) const;

 private:
  Kind kind_ = Kind::none;
  Tensor leaf_;
  std::shared_ptr<const std::vector<Item>> items_;  // lists have empty names
};

/// Returns the structure with shapes in it, for error messages: `{a: [32, 4], b: [32]}`.
std::string to_string(const Nest& nest);

}  // namespace keratin
