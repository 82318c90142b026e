// SPDX-License-Identifier: Apache-2.0
// What stands between NumPy's brackets, as slices of every axis.
#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"

namespace keratin {

namespace {
using Bound = std::optional<int64_t>;
}  // namespace

Config Codec<Index>::write(const Index& index) {
  switch (index.kind) {
    case Index::Kind::integer:
      return index.at;
    case Index::Kind::slice: {
      Config config = Config::dict();
      config.set("slice", Config::list({Codec<Bound>::write(index.range.start),
                                        Codec<Bound>::write(index.range.stop),
                                        Codec<Bound>::write(index.range.step)}));
      return config;
    }
    case Index::Kind::ellipsis:
      return "...";
    case Index::Kind::new_axis:
      break;
  }
  return nullptr;
}

Index Codec<Index>::read(const Config& config) {
  if (config.is_null()) return NewAxis;
  if (config.is_int()) return config.as_int();
  if (config.is_string() && config.as_string() == "...") return Ellipsis;
  const Config& bounds = config.at("slice");
  require<ConfigError>(bounds.size() == 3, "index",
                       "expected a slice of start, stop and step, got {} items. Write null for "
                       "an open end.",
                       bounds.size());
  return Slice(Codec<Bound>::read(bounds[0]), Codec<Bound>::read(bounds[1]),
               Codec<Bound>::read(bounds[2]));
}

namespace ops {

namespace {

// Is what the items between the brackets mean for a tensor: a slice of every axis, the axes that
// integers drop, and the places where new ones come in.
struct Selection {
  SliceAttrs slices;
  AxesAttrs dropped;
  AxesAttrs added;
  bool is_whole = true;
};

void add_slice(Selection& selection, const Slice& range) {
  require<ValueError>(!range.step || *range.step != 0, "get_item",
                      "expected a step that is not 0, got 0. Leave it out for every element.");
  selection.slices.start.push_back(range.start);
  selection.slices.stop.push_back(range.stop);
  selection.slices.step.push_back(range.step);
  const bool whole = !range.start && !range.stop && range.step.value_or(1) == 1;
  selection.is_whole = selection.is_whole && whole;
}

Slice one_element(int64_t at, int axis, const Shape& shape) {
  const int64_t size = shape[axis];
  require<ValueError>(size == None || (at >= -size && at < size), "get_item",
                      "expected an index between {} and {} for axis {} of {}, got {}. Check the "
                      "index.",
                      -size, size - 1, axis, to_string(shape), at);
  if (size != None && at < 0) at += size;
  return at == -1 ? Slice(-1, open) : Slice(at, at + 1);
}

Selection select(const std::vector<Index>& items, const Shape& shape) {
  const auto count_of = [&](Index::Kind kind) {
    return static_cast<int>(std::count_if(items.begin(), items.end(),
                                          [&](const Index& item) { return item.kind == kind; }));
  };
  const int named = count_of(Index::Kind::integer) + count_of(Index::Kind::slice);
  const int ellipses = count_of(Index::Kind::ellipsis);
  require<ValueError>(named <= shape.rank(), "get_item",
                      "expected at most {} indices for the shape {}, got {}. Drop some.",
                      shape.rank(), to_string(shape), named);
  require<ValueError>(ellipses <= 1, "get_item",
                      "expected at most one ellipsis, got {}. Write All for single axes.",
                      ellipses);
  Selection selection;
  int64_t place = 0;
  const auto axis = [&] { return static_cast<int>(selection.slices.start.size()); };
  const auto take_rest = [&](int axes) {
    for (; axes > 0; --axes, ++place) add_slice(selection, Slice());
  };
  for (const Index& item : items) {
    switch (item.kind) {
      case Index::Kind::integer:
        selection.dropped.axis.push_back(axis());
        add_slice(selection, one_element(item.at, axis(), shape));
        break;
      case Index::Kind::slice:
        add_slice(selection, item.range);
        ++place;
        break;
      case Index::Kind::ellipsis:
        take_rest(shape.rank() - named);
        break;
      case Index::Kind::new_axis:
        selection.added.axis.push_back(place++);
        break;
    }
  }
  take_rest(shape.rank() - axis());
  return selection;
}

std::vector<Tensor> expand_get_item(std::span<const Tensor> in, const Attrs& attrs) {
  Selection selection = select(attrs.as<GetItemAttrs>().items, in[0].shape());
  Tensor y = in[0];
  if (!selection.is_whole) y = apply_one(strided_slice_op, {y}, std::move(selection.slices));
  if (!selection.dropped.axis.empty()) {
    y = apply_one(squeeze_op, {y}, std::move(selection.dropped));
  }
  if (!selection.added.axis.empty()) {
    y = apply_one(expand_dims_op, {y}, std::move(selection.added));
  }
  return {y};
}

}  // namespace

const OpDef get_item_op = {.name = "get_item",
                           .doc = "Takes what the items between NumPy's brackets name.",
                           .attrs = &Attrs::type_of<GetItemAttrs>,
                           .expand = expand_get_item};
Tensor get_item(const Tensor& x, const std::vector<Index>& items) {
  return apply_one(get_item_op, {x}, GetItemAttrs{.items = items});
}

}  // namespace ops
}  // namespace keratin
