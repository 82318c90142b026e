// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <initializer_list>
#include <iosfwd>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/core/array.h"

namespace keratin {

class Graph;
struct CallNode;
struct TensorBody;

/// Is the shape and element type of a tensor.
struct TensorSpec {
  Shape shape;
  DType dtype = DType::float32;
  bool operator==(const TensorSpec&) const = default;
};

/// Returns `float32[32, None]`.
std::string to_string(const TensorSpec& spec);

using ValueId = int32_t;

/// Says which part of an axis is taken: `Slice(1, -1)` is Python's `1:-1`; missing ends are open.
struct Slice {
  std::optional<int64_t> start, stop, step;
  Slice() = default;
  Slice(std::optional<int64_t> first, std::optional<int64_t> last,
        std::optional<int64_t> stride = std::nullopt)
      : start(first), stop(last), step(stride) {}
};

/// Takes an axis as it is: Python's `:`.
inline const Slice All{};
/// Marks the open end of a slice: `Slice(open, 5)` is Python's `:5`.
inline constexpr std::nullopt_t open = std::nullopt;
struct EllipsisType {};
/// Stands for all axes that are not named: Python's `...`.
inline constexpr EllipsisType Ellipsis{};
struct NewAxisType {};
/// Inserts an axis of size 1: `None` in a Python index.
inline constexpr NewAxisType NewAxis{};

/// Is one item between the brackets of `x[{All, 0, Slice(1, 5)}]`.
struct Index {
  enum class Kind : uint8_t { integer, slice, ellipsis, new_axis };
  Kind kind;
  int64_t at = 0;
  Slice range;
  template <std::integral T>
  Index(T position) : kind(Kind::integer), at(static_cast<int64_t>(position)) {}
  Index(Slice slice) : kind(Kind::slice), range(slice) {}
  Index(EllipsisType) : kind(Kind::ellipsis) {}
  Index(NewAxisType) : kind(Kind::new_axis) {}
};

namespace detail {

/// Is a number that may stand where a tensor is wanted; characters are text, not numbers.
template <class T>
concept TensorNumber =
    std::is_arithmetic_v<T> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

/// Is one item of an index that may stand without braces: `x[Slice(1, 5)]`.
template <class T>
concept LoneIndex =
    std::same_as<T, Slice> || std::same_as<T, EllipsisType> || std::same_as<T, NewAxisType>;

/// Is a container of elements in one block, such as a std::array or std::span<float>.
template <class R>
concept Elements = requires(const R& values) {
  DTypeOf<std::remove_cvref_t<decltype(*std::data(values))>>::value;
  std::size(values);
};

}  // namespace detail

/// Is the one value that models and operations take and give: **concrete** (owns data; operations
/// on it run at once) or **symbolic** (stands for data while a model, layer or function is
/// defined; may have `None` axes). Copies share the data, which never changes.
class Tensor {
 public:
  /// Makes an empty handle; everything but `defined()` throws on it.
  Tensor() = default;
  /// Makes a scalar that takes the other operand's dtype, as a plain Python number does.
  template <detail::TensorNumber T>
  Tensor(T value) : Tensor(weak_scalar(value)) {}
  /// Shares the array.
  Tensor(Array array);
  explicit Tensor(std::shared_ptr<const TensorBody> body) : body_(std::move(body)) {}

  /// Copies `values` into a tensor of `shape`; throws ShapeError when the counts differ.
  template <class T>
  static Tensor from(std::span<const T> values, const Shape& shape) {
    return Tensor(Array::from<T>(values, shape));
  }
  template <class T>
  static Tensor from(const std::vector<T>& values, const Shape& shape) {
    return Tensor(Array::from<T>(std::span<const T>(values), shape));
  }
  template <class T>
  static Tensor from(std::initializer_list<T> values, const Shape& shape) {
    return Tensor(Array::from<T>(std::span<const T>(values.begin(), values.size()), shape));
  }
  template <detail::Elements R>
  static Tensor from(const R& values, const Shape& shape) {
    using T = std::remove_cvref_t<decltype(*std::data(values))>;
    return from(std::span<const T>(std::data(values), std::size(values)), shape);
  }
  /// Makes a tensor over memory of the caller, without copying; `owner` keeps it alive. The memory
  /// must not change while the tensor is used.
  template <class T>
  static Tensor view(std::span<const T> values, const Shape& shape,
                     std::shared_ptr<const void> owner = nullptr) {
    return view_bytes(const_cast<T*>(values.data()), static_cast<int64_t>(values.size()),
                      dtype_of<T>, shape, std::move(owner));
  }
  static Tensor zeros(const Shape& shape, DType dtype = DType::float32);
  static Tensor ones(const Shape& shape, DType dtype = DType::float32);

  bool defined() const { return body_ != nullptr; }
  // On a temporary tensor these give a copy, so that `for (auto n : (a + b).shape())` is safe.
  const TensorSpec& spec() const&;
  TensorSpec spec() const&& { return lvalue().spec(); }
  const Shape& shape() const& { return spec().shape; }
  Shape shape() const&& { return lvalue().shape(); }
  DType dtype() const { return lvalue().spec().dtype; }
  int rank() const { return lvalue().shape().rank(); }

  bool is_concrete() const;
  /// Tells whether this stands for an input or output of a model that is being defined.
  bool is_keras_tensor() const;
  /// Tells whether this is a value of a graph that is being traced.
  bool is_traced() const;
  /// Tells whether this is a plain number, which takes the dtype of what it meets.
  bool is_weak() const;

  /// Returns the data; throws ValueError for a symbolic tensor, which has none.
  const Array& array() const&;
  Array array() const&& { return lvalue().array(); }
  /// Returns the only element, converted; throws for symbolic tensors and other counts.
  template <class T>
  T item() const {
    return array().item<T>();
  }
  /// Returns the elements in row-major order, converted.
  template <class T>
  std::vector<T> to_vector() const {
    const Array flat = array().cast(dtype_of<T>).contiguous();
    return std::vector<T>(flat.data<T>(), flat.data<T>() + flat.size());
  }

  /// Returns the part that the items name: `x[{All, 0, Slice(1, 5)}]`, `x[{Ellipsis, -1}]`, `x[3]`,
  /// `x[Slice(open, 100)]`.
  Tensor operator[](std::initializer_list<Index> items) const {
    return get(std::vector<Index>(items));
  }
  // Templates, so that braces mean the list of items above and nothing else.
  template <std::integral I>
  Tensor operator[](I row) const {
    return get(std::vector<Index>{Index(row)});
  }
  template <detail::LoneIndex T>
  Tensor operator[](const T& item) const {
    return get(std::vector<Index>{Index(item)});
  }
  template <std::same_as<std::vector<Index>> T>
  Tensor operator[](const T& items) const {
    return get(items);
  }
  /// Returns the same elements in another shape; -1 once for the size that is left.
  Tensor reshape(const Shape& shape) const;
  Tensor cast(DType dtype) const;

  /// Returns the mask that travels with this tensor; an empty handle when there is none.
  Tensor mask() const;
  Tensor with_mask(const Tensor& mask) const;

  /// Returns the call that made this Keras tensor; null for an Input and for other tensors.
  const std::shared_ptr<CallNode>& origin() const;
  int origin_index() const;

  const TensorBody& body() const;
  const std::shared_ptr<const TensorBody>& shared_body() const { return body_; }
  /// Tells whether two handles mean the same tensor.
  bool is(const Tensor& other) const { return body_ == other.body_; }

 private:
  const Tensor& lvalue() const { return *this; }
  Tensor get(const std::vector<Index>& items) const;
  template <class T>
  static Tensor weak_scalar(T value) {
    if constexpr (std::is_same_v<T, bool>) {
      return make_weak(Array::scalar<bool>(value));
    } else if constexpr (std::is_integral_v<T>) {
      return make_weak(integer_scalar(static_cast<int64_t>(value)));
    } else {
      return make_weak(Array::scalar<double>(static_cast<double>(value)));
    }
  }
  static Array integer_scalar(int64_t value);
  static Tensor make_weak(Array array);
  static Tensor view_bytes(void* data, int64_t count, DType dtype, const Shape& shape,
                           std::shared_ptr<const void> owner);
  std::shared_ptr<const TensorBody> body_;
};

/// Is what stands behind a Tensor; for the graph and those who build on it.
struct TensorBody {
  TensorSpec spec;
  bool weak = false;
  Array array;                   // of a concrete tensor
  std::shared_ptr<Graph> graph;  // of a traced tensor
  ValueId value = -1;
  bool keras_tensor = false;
  std::shared_ptr<CallNode> origin;  // of a Keras tensor that a call made
  int origin_index = 0;
  Tensor mask;
};

/// Writes a tensor as NumPy prints arrays; a symbolic one as its spec.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);
std::string to_string(const Tensor& tensor);

Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);
Tensor operator%(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a);
Tensor operator==(const Tensor& a, const Tensor& b);
Tensor operator!=(const Tensor& a, const Tensor& b);
Tensor operator<(const Tensor& a, const Tensor& b);
Tensor operator<=(const Tensor& a, const Tensor& b);
Tensor operator>(const Tensor& a, const Tensor& b);
Tensor operator>=(const Tensor& a, const Tensor& b);
Tensor operator&(const Tensor& a, const Tensor& b);
Tensor operator|(const Tensor& a, const Tensor& b);
Tensor operator~(const Tensor& a);

// These make `a` mean another tensor; the data that it meant does not change.
inline Tensor& operator+=(Tensor& a, const Tensor& b) { return a = a + b; }
inline Tensor& operator-=(Tensor& a, const Tensor& b) { return a = a - b; }
inline Tensor& operator*=(Tensor& a, const Tensor& b) { return a = a * b; }
inline Tensor& operator/=(Tensor& a, const Tensor& b) { return a = a / b; }

}  // namespace keratin
