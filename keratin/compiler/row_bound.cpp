// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/row_bound.h"

#include <cstring>

#include "keratin/graph/ops/fused.h"
#include "keratin/graph/ops/shaping.h"

namespace keratin::compiler {

namespace {

// Tells whether all elements are the same bits.
bool is_one_number(const Array& array) {
  const Array flat = array.contiguous();
  const size_t size = size_of(flat.dtype());
  const auto* bytes = static_cast<const char*>(flat.raw());
  return flat.bytes() > 0 && std::memcmp(bytes, bytes + size, flat.bytes() - size) == 0;
}

// Compares graphs made for two numbers of samples.
class Comparison {
 public:
  Comparison(int64_t samples, int64_t other_samples)
      : samples_(samples), other_samples_(other_samples) {}

  // Tells whether they differ in rows alone, and adds the rows of each value to `each`.
  bool compare(const Graph& a, const Graph& b, std::vector<int64_t>& each) const {
    const bool same_size = a.values().size() == b.values().size() &&
                           a.nodes().size() == b.nodes().size() && a.outputs == b.outputs;
    if (!same_size) return false;
    for (size_t i = 0; i < a.values().size(); ++i) {
      const std::optional<int64_t> rows = rows_of(a.values()[i], b.values()[i]);
      if (!rows) return false;
      each.push_back(*rows);
    }
    for (size_t i = 0; i < a.nodes().size(); ++i) {
      if (!compare(a.nodes()[i], b.nodes()[i])) return false;
    }
    return true;
  }

 private:
  std::optional<int64_t> rows_of(const Value& a, const Value& b) const {
    const bool same = a.kind == b.kind && a.spec.dtype == b.spec.dtype &&
                      a.producer == b.producer && a.output == b.output;
    if (!same) return std::nullopt;
    const std::optional<int64_t> rows = rows_of(a.spec.shape, b.spec.shape);
    if (!rows) return std::nullopt;
    if (a.kind == ValueKind::variable) {
      const bool one = *rows == 0 && &a.variable.body() == &b.variable.body();
      return one ? rows : std::nullopt;
    }
    if (a.kind == ValueKind::constant && !same_numbers(a.constant, b.constant)) return std::nullopt;
    return rows;
  }

  // Returns 0 for equal shapes, and nothing where more than the rows differ.
  std::optional<int64_t> rows_of(const Shape& a, const Shape& b) const {
    if (a == b) return 0;
    if (a.rank() != b.rank() || a.rank() == 0) return std::nullopt;
    const bool same_rows = a.slice(1, a.rank()) == b.slice(1, b.rank());
    const bool in_samples = a[0] % samples_ == 0 && b[0] % other_samples_ == 0 &&
                            a[0] / samples_ == b[0] / other_samples_;
    if (!same_rows || !in_samples) return std::nullopt;
    return a[0] / samples_;
  }

  static bool same_numbers(const Array& a, const Array& b) {
    const bool is_view = a.buffer() == b.buffer() && a.offset() == b.offset();
    if (is_view && a.shape() == b.shape() && a.strides() == b.strides()) return true;
    if (a.shape() == b.shape()) {
      const Array one = a.contiguous(), two = b.contiguous();
      return std::memcmp(one.raw(), two.raw(), one.bytes()) == 0;
    }
    const size_t size = size_of(a.dtype());
    return is_one_number(a) && is_one_number(b) && std::memcmp(a.raw(), b.raw(), size) == 0;
  }

  bool compare(const Node& a, const Node& b) const {
    if (a.op != b.op || a.inputs != b.inputs || a.outputs != b.outputs) return false;
    if (a.op == &ops::fused_op) {
      std::vector<int64_t> each;
      return compare(*a.attrs.as<ops::FusedAttrs>().body.graph,
                     *b.attrs.as<ops::FusedAttrs>().body.graph, each);
    }
    // The shapes that these two name are those of their results, which have been compared.
    const bool names_shape = a.op == &ops::reshape_op || a.op == &ops::broadcast_to_op;
    return names_shape || a.attrs == b.attrs;
  }

  int64_t samples_, other_samples_;
};

}  // namespace

std::optional<RowBound> find_row_bound(const Graph& graph, int64_t samples, const Graph& other,
                                       int64_t other_samples) {
  if (samples == other_samples || samples == 0 || other_samples == 0) return std::nullopt;
  if (!graph.updates.empty() || !other.updates.empty()) return std::nullopt;
  if (graph.inputs().empty()) return std::nullopt;
  RowBound bound{.samples = samples, .each = {}};
  if (!Comparison(samples, other_samples).compare(graph, other, bound.each)) return std::nullopt;
  for (ValueId id : graph.inputs()) {
    if (bound.each[static_cast<size_t>(id)] != 1) return std::nullopt;
  }
  for (ValueId id : graph.outputs) {
    if (bound.each[static_cast<size_t>(id)] != 1) return std::nullopt;
  }
  return bound;
}

}  // namespace keratin::compiler
