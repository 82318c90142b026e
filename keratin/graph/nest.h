// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/graph/variable.h"

namespace keratin {

/// Is the name of an item in braces: `{{"title", x}}`, `{{name, x}}`. It takes one text and never
/// two: a std::string would take `{"a", "b"}` for the two ends of a text.
class Key {
 public:
  template <std::convertible_to<std::string_view> T>
  Key(const T& text) : text_(std::string_view(text)) {}
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class NestItem;

/// Is a tensor, or a list or dict of nests: what models take and give. Braces make lists,
/// `{{"name", tensor}, ...}` makes dicts; dicts keep the order in which they were written. Braces
/// around one Nest mean that nest, around one Tensor a list of it.
class Nest {
 public:
  enum class Kind : uint8_t { none, leaf, list, dict };
  using Item = std::pair<std::string, Nest>;

  Nest() = default;
  // These are templates so that neither 0 nor braces become one of them: `{"a", "b"}` would make a
  // std::vector or std::map of what lies between two addresses, and g++ takes `{.epochs = 5}` for a
  // Tensor of 5.
  template <std::same_as<std::nullptr_t> T>
  Nest(T) {}
  template <std::same_as<std::vector<Tensor>> T>
  Nest(const T& tensors) : Nest(list(std::vector<Nest>(tensors.begin(), tensors.end()))) {}
  template <std::same_as<std::map<std::string, Tensor>> T>
  Nest(const T& items) : Nest(dict(std::vector<Item>(items.begin(), items.end()))) {}
  template <std::same_as<Tensor> T>
  Nest(T tensor) : kind_(Kind::leaf), leaf_(std::move(tensor)) {}
  Nest(const Variable& variable) : Nest(variable.value()) {}
  Nest(std::initializer_list<NestItem> items);
  Nest(std::initializer_list<std::pair<Key, Nest>> items);
  static Nest list(std::vector<Nest> items);
  static Nest dict(std::vector<Item> items);

  Kind kind() const { return kind_; }
  bool empty() const { return kind_ == Kind::none; }
  bool is_tensor() const { return kind_ == Kind::leaf; }
  bool is_list() const { return kind_ == Kind::list; }
  bool is_dict() const { return kind_ == Kind::dict; }

  /// Returns the tensor; throws ValueError that names what this is otherwise.
  const Tensor& tensor() const&;
  Tensor tensor() const&& { return lvalue().tensor(); }
  // A value, not a reference: `const Tensor& y = model(x)` must not outlive what it refers to.
  operator Tensor() const { return lvalue().tensor(); }
  const Shape& shape() const& { return tensor().shape(); }
  Shape shape() const&& { return lvalue().shape(); }
  DType dtype() const { return lvalue().tensor().dtype(); }
  int rank() const { return lvalue().tensor().rank(); }
  Tensor reshape(const Shape& shape) const { return lvalue().tensor().reshape(shape); }
  Tensor cast(DType dtype) const { return lvalue().tensor().cast(dtype); }
  template <class T>
  T item() const {
    return lvalue().tensor().template item<T>();
  }
  template <class T>
  std::vector<T> to_vector() const {
    return lvalue().tensor().template to_vector<T>();
  }

  /// Returns item i of a list or dict, in order, or row i of a tensor, as Python's brackets do.
  template <std::integral I>
  Nest operator[](I i) const {
    return at(static_cast<int64_t>(i));
  }
  /// Returns the item of that name; throws ValueError that names the keys.
  const Nest& operator[](const std::string& key) const&;
  const Nest& operator[](const char* key) const& { return (*this)[std::string(key)]; }
  Nest operator[](const std::string& key) const&& { return lvalue()[key]; }
  Nest operator[](const char* key) const&& { return lvalue()[std::string(key)]; }
  /// Returns a part of the tensor: `model(x)[{All, 0}]`.
  Tensor operator[](std::initializer_list<Index> items) const { return lvalue().tensor()[items]; }
  template <detail::LoneIndex T>
  Tensor operator[](const T& item) const {
    return lvalue().tensor()[item];
  }
  bool has(const std::string& key) const;
  size_t size() const { return items_ ? items_->size() : 0; }
  const std::vector<Item>& items() const;

  /// Returns the tensors, lists in order and dicts in the order of their sorted keys, as Keras'
  /// `tree.flatten` does.
  std::vector<Tensor> flatten() const;
  /// Returns the tensors and the empty places, in the order of `flatten`.
  std::vector<Nest> places() const;
  /// Returns a nest of the same structure with the tensors in the order of `flatten`.
  Nest pack(const std::vector<Tensor>& tensors) const;
  /// Returns a nest of the same structure of `f` of each tensor; `f` may leave a place empty.
  Nest map(const std::function<Nest(const Tensor&)>& f) const;

 private:
  const Nest& lvalue() const { return *this; }
  Nest at(int64_t i) const;
  Kind kind_ = Kind::none;
  Tensor leaf_;
  std::shared_ptr<const std::vector<Item>> items_;  // lists have empty names
};

/// Is one item in the braces of a list. It remembers a Nest as one: of `{nest}` some compilers make
/// a copy and others a list of one, and both must mean the same.
class NestItem {
 public:
  NestItem(const Nest& nest) : nest_(nest), is_nest_(true) {}
  template <class T>
  requires(std::convertible_to<T, Nest> && !std::same_as<std::remove_cvref_t<T>, Nest> &&
           !std::same_as<std::remove_cvref_t<T>, NestItem>) NestItem(T&& value)
      : nest_(std::forward<T>(value)) {}
  NestItem(std::initializer_list<NestItem> items) : nest_(items) {}
  NestItem(std::initializer_list<std::pair<Key, Nest>> items) : nest_(items) {}

  const Nest& nest() const { return nest_; }
  bool is_nest() const { return is_nest_; }

 private:
  Nest nest_;
  bool is_nest_ = false;
};

/// Writes a tensor as NumPy prints arrays; a list or dict item by item.
std::ostream& operator<<(std::ostream& out, const Nest& nest);

/// Returns the structure with shapes in it, for error messages: `{a: [32, 4], b: [32]}`.
std::string to_string(const Nest& nest);

}  // namespace keratin
