// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/tensor.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/tape_internal.h"

namespace keratin {

namespace {

std::shared_ptr<TensorBody> body_of(Array array, bool weak) {
  auto body = std::make_shared<TensorBody>();
  body->spec = {array.shape(), array.dtype()};
  body->weak = weak;
  body->array = std::move(array);
  return body;
}

}  // namespace

Tensor::Tensor(Array array) {
  if (array.defined()) body_ = body_of(std::move(array), false);
}

Tensor Tensor::make_weak(Array array) { return Tensor(body_of(std::move(array), true)); }

Array Tensor::integer_scalar(int64_t value) {
  const bool fits = value >= INT32_MIN && value <= INT32_MAX;
  return fits ? Array::scalar<int32_t>(static_cast<int32_t>(value)) : Array::scalar<int64_t>(value);
}

Tensor Tensor::view_bytes(void* data, int64_t count, DType dtype, const Shape& shape,
                          std::shared_ptr<const void> owner) {
  auto buffer =
      std::make_shared<Buffer>(data, static_cast<size_t>(count) * size_of(dtype), std::move(owner));
  const Array flat(std::move(buffer), dtype, Shape{count}, {1}, 0);
  return Tensor(flat.reshape(resolve_reshape(flat.shape(), shape, "Tensor::view")));
}

Tensor Tensor::zeros(const Shape& shape, DType dtype) { return Tensor(Array::zeros(dtype, shape)); }

Tensor Tensor::ones(const Shape& shape, DType dtype) {
  Array result(dtype, shape);
  dispatch(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::fill_n(result.data<T>(), result.size(), static_cast<T>(1));
  });
  return Tensor(std::move(result));
}

const TensorBody& Tensor::body() const {
  require<ValueError>(defined(), "tensor",
                      "expected a tensor, got an empty handle. Assign a tensor to it first.");
  return *body_;
}

const TensorSpec& Tensor::spec() const& { return body().spec; }
bool Tensor::is_concrete() const { return body().array.defined(); }
bool Tensor::is_keras_tensor() const { return body().keras_tensor; }
bool Tensor::is_traced() const { return body().graph != nullptr; }
bool Tensor::is_weak() const { return body().weak; }

const Array& Tensor::array() const& {
  if (!is_concrete()) {
    fail<ValueError>("tensor",
                     "expected data, got a symbolic tensor of shape {}. Read it where the model "
                     "runs, not where it is defined.",
                     keratin::to_string(shape()));
  }
  return body_->array;
}

Tensor Tensor::get(const std::vector<Index>& items) const { return ops::get_item(*this, items); }

Tensor Tensor::reshape(const Shape& shape) const { return ops::reshape(*this, shape); }
Tensor Tensor::cast(DType dtype) const { return ops::cast(*this, dtype); }

Tensor Tensor::mask() const { return body().mask; }

Tensor Tensor::with_mask(const Tensor& mask) const {
  auto copy = std::make_shared<TensorBody>(body());
  copy->mask = mask;
  const Tensor masked{std::shared_ptr<const TensorBody>(std::move(copy))};
  taping::alias(*this, masked);
  return masked;
}

const std::shared_ptr<CallNode>& Tensor::origin() const { return body().origin; }
int Tensor::origin_index() const { return body().origin_index; }

Tensor operator+(const Tensor& a, const Tensor& b) { return ops::add(a, b); }
Tensor operator-(const Tensor& a, const Tensor& b) { return ops::subtract(a, b); }
Tensor operator*(const Tensor& a, const Tensor& b) { return ops::multiply(a, b); }
Tensor operator/(const Tensor& a, const Tensor& b) { return ops::divide(a, b); }
Tensor operator%(const Tensor& a, const Tensor& b) { return ops::mod(a, b); }
Tensor operator-(const Tensor& a) { return ops::negative(a); }
Tensor operator==(const Tensor& a, const Tensor& b) { return ops::equal(a, b); }
Tensor operator!=(const Tensor& a, const Tensor& b) { return ops::not_equal(a, b); }
Tensor operator<(const Tensor& a, const Tensor& b) { return ops::less(a, b); }
Tensor operator<=(const Tensor& a, const Tensor& b) { return ops::less_equal(a, b); }
Tensor operator>(const Tensor& a, const Tensor& b) { return ops::greater(a, b); }
Tensor operator>=(const Tensor& a, const Tensor& b) { return ops::greater_equal(a, b); }
Tensor operator&(const Tensor& a, const Tensor& b) { return ops::logical_and(a, b); }
Tensor operator|(const Tensor& a, const Tensor& b) { return ops::logical_or(a, b); }
Tensor operator~(const Tensor& a) { return ops::logical_not(a); }

}  // namespace keratin
