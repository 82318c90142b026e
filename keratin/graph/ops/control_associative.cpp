// SPDX-License-Identifier: Apache-2.0
// The prefix sums of Blelloch, step for step as JAX computes them.
#include "keratin/base/check.h"
#include "keratin/graph/ops/control.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::ops {

namespace {

using Tensors = std::vector<Tensor>;
using Combine = std::function<Tensors(const Tensors&, const Tensors&)>;

Tensor cut(const Tensor& x, int64_t axis, const Slice& slice) {
  std::vector<Index> items(static_cast<size_t>(axis), Index(All));
  items.emplace_back(slice);
  return x[items];
}

Tensors cut(const Tensors& xs, int64_t axis, const Slice& slice) {
  Tensors parts;
  for (const Tensor& x : xs) parts.push_back(cut(x, axis, slice));
  return parts;
}

// Takes elements of both in turn; the first has as many as the second or one more.
Tensor interleave(const Tensor& even, const Tensor& odd, int64_t axis) {
  const int at = static_cast<int>(axis);
  const int64_t pairs = odd.shape()[at];
  Shape shape = odd.shape();
  shape[at] = 2 * pairs;
  const Tensor paired = reshape(stack({cut(even, axis, Slice(0, pairs)), odd}, axis + 1), shape);
  if (even.shape()[at] == pairs) return paired;
  return concatenate({paired, cut(even, axis, Slice(pairs, open))}, axis);
}

Tensors prefixes(const Tensors& elems, const Combine& combine, int64_t axis) {
  const int64_t count = elems[0].shape()[static_cast<int>(axis)];
  if (count < 2) return elems;
  const Tensors reduced =
      combine(cut(elems, axis, Slice(0, -1, 2)), cut(elems, axis, Slice(1, open, 2)));
  const Tensors odd = prefixes(reduced, combine, axis);
  const Tensors left = count % 2 == 0 ? cut(odd, axis, Slice(0, -1)) : odd;
  const Tensors even = combine(left, cut(elems, axis, Slice(2, open, 2)));
  Tensors result;
  for (size_t i = 0; i < elems.size(); ++i) {
    const Tensor first = cut(elems[i], axis, Slice(0, 1));
    result.push_back(interleave(concatenate({first, even[i]}, axis), odd[i], axis));
  }
  return result;
}

}  // namespace

Nest associative_scan(const std::function<Nest(const Nest&, const Nest&)>& f, const Nest& elems,
                      bool reverse, int64_t axis) {
  Tensors tensors = elems.flatten();
  if (tensors.empty()) return elems;
  const int rank = tensors[0].rank();
  if (axis < 0) axis += rank;
  for (const Tensor& tensor : tensors) {
    require<ShapeError>(axis >= 0 && axis < tensor.rank(), "associative_scan",
                        "expected elems with an axis {}, got shape {}. Choose another axis.", axis,
                        to_string(tensor.shape()));
    const int64_t size = tensor.shape()[static_cast<int>(axis)];
    require<ShapeError>(size != None && size == tensors[0].shape()[static_cast<int>(axis)],
                        "associative_scan",
                        "expected elems of one known size along the axis, got shapes {}. Cut them.",
                        to_string(elems));
  }
  const auto flipped = [&] {
    for (Tensor& tensor : tensors) tensor = flip(tensor, axis);
  };
  if (reverse) flipped();
  const Combine combine = [&](const Tensors& a, const Tensors& b) {
    const Tensors combined = f(elems.pack(a), elems.pack(b)).flatten();
    require<ValueError>(combined.size() == a.size(), "associative_scan",
                        "expected a function that gives {} tensors, got {}. Return the structure "
                        "that was given.",
                        a.size(), combined.size());
    return combined;
  };
  tensors = prefixes(tensors, combine, axis);
  if (reverse) flipped();
  return elems.pack(tensors);
}

}  // namespace keratin::ops
