// SPDX-License-Identifier: Apache-2.0
// Ops that pick elements by position. Each follows the function of the same name in keras.ops.
#pragma once

#include <optional>

#include "keratin/graph/op.h"

namespace keratin {

/// Writes an index as JSON: 3, {"slice": [1, null, 2]}, "..." and null (a new axis).
template <>
struct Codec<Index> {
  static Config write(const Index& index);
  static Index read(const Config& config);
  static std::string type_name() { return "index"; }
};

namespace ops {

/// Returns what `x[...]` names in NumPy: integers drop an axis, slices cut it.
Tensor get_item(const Tensor& x, const std::vector<Index>& items);
/// Takes the elements at integer `indices` along an axis; negative ones count from the end. Out of
/// range stands what JAX puts there: NaN, an integer's lowest value (the highest of unsigned ones).
Tensor take(const Tensor& x, const Tensor& indices, std::optional<int64_t> axis = std::nullopt);
/// Takes one element for each index along an axis; the other axes broadcast.
Tensor take_along_axis(const Tensor& x, const Tensor& indices,
                       std::optional<int64_t> axis = std::nullopt);
/// Returns 1 at the index and 0 elsewhere, on a new axis; an index out of range gives zeros.
Tensor one_hot(const Tensor& x, int64_t num_classes, int64_t axis = -1,
               DType dtype = DType::float32);

using SliceBounds = std::vector<std::optional<int64_t>>;

/// Cuts each axis as Python's `start:stop:step` does; a missing bound is open. Bounds are resolved
/// against the size that an axis has when the op runs, so that axes may be None.
struct SliceAttrs {
  KERATIN_OPTIONS(SliceAttrs);
  KERATIN_FIELD(SliceBounds, start, "The first element of each axis.") = {};
  KERATIN_FIELD(SliceBounds, stop, "The end of each axis, not included.") = {};
  KERATIN_FIELD(SliceBounds, step, "The distance between elements; may be negative.") = {};
};

/// Is strided_slice's adjoint: places its input into zeros of `shape`. A second input, of which
/// only the shape counts, takes the place of `shape` where that has a None axis that is cut.
struct PlaceSliceAttrs {
  KERATIN_OPTIONS(PlaceSliceAttrs);
  KERATIN_FIELD(SliceBounds, start, "Where the first element of each axis goes.") = {};
  KERATIN_FIELD(SliceBounds, stop, "The end of the places of each axis, not included.") = {};
  KERATIN_FIELD(SliceBounds, step, "The distance between elements; may be negative.") = {};
  KERATIN_FIELD(Shape, shape, "The shape of the result.") = {};
};

/// Is the elements that a slice means on an axis of known size.
struct SliceRange {
  int64_t start = 0;
  int64_t count = 0;
  int64_t step = 1;
};

/// Returns what Python's slice means on an axis of `size` elements.
SliceRange resolve_slice(std::optional<int64_t> start, std::optional<int64_t> stop,
                         std::optional<int64_t> step, int64_t size);

/// Is the adjoint of take and take_along_axis: adds rows into zeros of `shape`. Its inputs are the
/// rows, the indices and, where `shape` has a None axis, a tensor of that shape.
struct ScatterAttrs {
  KERATIN_OPTIONS(ScatterAttrs);
  KERATIN_FIELD(int64_t, axis, "The axis that the indices count along.") = 0;
  KERATIN_FIELD(Shape, shape, "The shape of the result.") = {};
};

struct GetItemAttrs {
  KERATIN_OPTIONS(GetItemAttrs);
  KERATIN_FIELD(std::vector<Index>, items, "What stands between the brackets.") = {};
};

struct OneHotAttrs {
  KERATIN_OPTIONS(OneHotAttrs);
  KERATIN_FIELD(int64_t, num_classes, "Size of the new axis.") = 0;
  KERATIN_FIELD(int64_t, axis, "Where the new axis stands.") = -1;
  KERATIN_FIELD(DType, dtype, "Element type of the result.") = DType::float32;
};

extern const OpDef get_item_op, strided_slice_op, place_slice_op, take_op, scatter_rows_op,
    take_along_axis_op, scatter_along_axis_op, one_hot_op;

std::span<const OpDef* const> indexing_ops();

}  // namespace ops
}  // namespace keratin
