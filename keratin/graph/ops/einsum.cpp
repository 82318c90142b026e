// SPDX-License-Identifier: Apache-2.0
// Products over named axes, as a row of matrix products and transpositions.
#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::ops {

namespace {

// Letters name axes by their code; the axes of dots are named from this number on, the last one
// first, so that they meet from the right as in NumPy.
constexpr int first_of_dots = 256;

using Labels = std::vector<int>;

struct Operand {
  Tensor x;
  Labels labels;
};

struct Subscripts {
  std::vector<Labels> operands;
  Labels output;
};

bool contains(const Labels& labels, int label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

int place_of(const Labels& labels, int label) {
  return static_cast<int>(std::find(labels.begin(), labels.end(), label) - labels.begin());
}

[[noreturn]] void refuse(const std::string& text, const char* problem) {
  fail<ValueError>("einsum", "expected subscripts such as 'ij,jk->ik', got '{}': {}. Correct them.",
                   text, problem);
}

// Returns the labels of one term; `dots` axes stand where it says "...".
Labels parse_term(const std::string& text, const std::string& term, int dots) {
  Labels labels;
  for (size_t i = 0; i < term.size(); ++i) {
    const char c = term[i];
    if (c == ' ') continue;
    if (c == '.') {
      if (term.compare(i, 3, "...") != 0 || term.find("...", i + 3) != std::string::npos) {
        refuse(text, "dots are three, once in each term");
      }
      for (int axis = dots; axis-- > 0;) labels.push_back(first_of_dots + axis);
      i += 2;
      continue;
    }
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) refuse(text, "axes are letters");
    labels.push_back(c);
  }
  return labels;
}

// Returns the labels of a result that is not given: dots, then what occurs once, in order.
Labels implied_output(const std::vector<Labels>& operands, int dots) {
  Labels all;
  for (const Labels& labels : operands) all.insert(all.end(), labels.begin(), labels.end());
  Labels letters;
  for (int label : all) {
    if (label < first_of_dots && std::count(all.begin(), all.end(), label) == 1) {
      letters.push_back(label);
    }
  }
  std::sort(letters.begin(), letters.end());
  Labels output;
  for (int axis = dots; axis-- > 0;) output.push_back(first_of_dots + axis);
  output.insert(output.end(), letters.begin(), letters.end());
  return output;
}

Subscripts parse(const std::string& text, std::span<const Tensor> operands) {
  const size_t arrow = text.find("->");
  std::string terms = text.substr(0, arrow);
  std::vector<std::string> parts;
  for (size_t start = 0; start <= terms.size();) {
    const size_t comma = std::min(terms.find(',', start), terms.size());
    parts.push_back(terms.substr(start, comma - start));
    start = comma + 1;
  }
  if (parts.size() != operands.size()) refuse(text, "each operand has a term of its own");
  Subscripts result;
  int most_dots = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const int named = static_cast<int>(parse_term(text, parts[i], 0).size());
    const bool has_dots = parts[i].find('.') != std::string::npos;
    const int dots = has_dots ? operands[i].rank() - named : 0;
    if (dots < 0 || named + dots != operands[i].rank()) {
      refuse(text, "each term names the axes of its operand");
    }
    most_dots = std::max(most_dots, dots);
    result.operands.push_back(parse_term(text, parts[i], dots));
  }
  result.output = arrow == std::string::npos ? implied_output(result.operands, most_dots)
                                             : parse_term(text, text.substr(arrow + 2), most_dots);
  for (int label : result.output) {
    const bool known = std::any_of(result.operands.begin(), result.operands.end(),
                                   [&](const Labels& labels) { return contains(labels, label); });
    if (!known || std::count(result.output.begin(), result.output.end(), label) != 1) {
      refuse(text, "the result names axes of the operands, each once");
    }
  }
  return result;
}

// Takes the diagonal of axes that have one name.
Operand without_repeats(Operand operand) {
  for (size_t i = 0; i < operand.labels.size(); ++i) {
    for (size_t j = i + 1; j < operand.labels.size(); ++j) {
      if (operand.labels[i] != operand.labels[j]) continue;
      const int rank = operand.x.rank();
      const int64_t size = operand.x.shape()[static_cast<int>(i)];
      require<ShapeError>(size != None && size == operand.x.shape()[static_cast<int>(j)], "einsum",
                          "expected known, equal sizes of an axis that is named twice, got shape "
                          "{}. Rename one.",
                          to_string(operand.x.shape()));
      Shape shape(std::vector<int64_t>(static_cast<size_t>(rank), 1));
      shape[static_cast<int>(i)] = shape[static_cast<int>(j)] = size;
      const Tensor on_diagonal = reshape(eye(size, std::nullopt, 0, DType::bool_), shape);
      const Tensor kept = where(on_diagonal, operand.x, zeros_like(operand.x));
      operand.x = cast(sum(kept, static_cast<int64_t>(j)), operand.x.dtype());
      operand.labels.erase(operand.labels.begin() + static_cast<std::ptrdiff_t>(j));
      j = i;
    }
  }
  return operand;
}

// Adds up the axes that nothing else names.
Operand without_unused(Operand operand, const Labels& used) {
  std::vector<int64_t> axes;
  Labels kept;
  for (size_t i = 0; i < operand.labels.size(); ++i) {
    if (contains(used, operand.labels[i])) {
      kept.push_back(operand.labels[i]);
    } else {
      axes.push_back(static_cast<int64_t>(i));
    }
  }
  if (axes.empty()) return operand;
  return {cast(sum(operand.x, Axes(axes)), operand.x.dtype()), kept};
}

Tensor arranged(const Operand& operand, const Labels& order) {
  std::vector<int64_t> axes;
  for (int label : order) axes.push_back(place_of(operand.labels, label));
  const bool in_order = std::is_sorted(axes.begin(), axes.end());
  return axes.empty() || in_order ? operand.x : transpose(operand.x, axes);
}

// Joins `count` axes from `first` on into one; with none of them adds an axis of size 1.
Tensor merged(Tensor x, int first, size_t count) {
  if (count == 0) return expand_dims(x, first);
  for (size_t i = 1; i < count; ++i) x = merge_axes(x, first);
  return x;
}

// Cuts an axis into those of `shape` that the labels name: the inverse of `merged`.
Tensor unmerged(Tensor x, int axis, const Operand& source, const Labels& labels) {
  if (labels.empty()) return squeeze(x, axis);
  const auto size_of = [&](int label) { return source.x.shape()[place_of(source.labels, label)]; };
  for (size_t i = labels.size(); i-- > 1;) {
    int64_t outer = 1;
    for (size_t k = 0; k < i; ++k) {
      const int64_t size = size_of(labels[k]);
      outer = size == None || outer == None ? None : outer * size;
    }
    const int64_t inner = size_of(labels[i]);
    require<ShapeError>(outer != None || inner != None, "einsum",
                        "expected at most one unknown size among the axes of an operand that "
                        "shares others with the result, got shape {}. Give sizes.",
                        to_string(source.x.shape()));
    x = split_axis(x, axis, outer, inner);
  }
  return x;
}

void check_sizes(const Operand& a, const Operand& b) {
  for (int label : a.labels) {
    if (!contains(b.labels, label)) continue;
    const int64_t in_a = a.x.shape()[place_of(a.labels, label)];
    const int64_t in_b = b.x.shape()[place_of(b.labels, label)];
    // Only the axes of dots broadcast.
    const bool broadcasts = label >= first_of_dots && (in_a == 1 || in_b == 1);
    require<ShapeError>(in_a == in_b || in_a == None || in_b == None || broadcasts, "einsum",
                        "expected equal sizes of axes with one name, got shapes {} and {}. Check "
                        "the subscripts.",
                        to_string(a.x.shape()), to_string(b.x.shape()));
  }
}

// How the axes of two operands meet: both keep the shared ones, and sum over the others they have
// in common.
struct Pairing {
  Labels shared, summed, only_a, only_b;
};

Pairing pair_up(const Operand& a, const Operand& b, const Labels& later) {
  Pairing pairing;
  for (int label : a.labels) {
    if (!contains(b.labels, label)) {
      pairing.only_a.push_back(label);
    } else {
      (contains(later, label) ? pairing.shared : pairing.summed).push_back(label);
    }
  }
  for (int label : b.labels) {
    if (!contains(a.labels, label)) pairing.only_b.push_back(label);
  }
  return pairing;
}

Labels joined(std::initializer_list<const Labels*> parts) {
  Labels all;
  for (const Labels* part : parts) all.insert(all.end(), part->begin(), part->end());
  return all;
}

Operand product(const Operand& a, const Operand& b, const Labels& later) {
  check_sizes(a, b);
  const Pairing by = pair_up(a, b, later);
  const Labels result = joined({&by.shared, &by.only_a, &by.only_b});
  const int shared = static_cast<int>(by.shared.size());
  Tensor x = arranged(a, joined({&by.shared, &by.only_a, &by.summed}));
  Tensor y = arranged(b, joined({&by.shared, &by.summed, &by.only_b}));
  if (by.summed.empty()) {
    for (size_t i = 0; i < by.only_b.size(); ++i) x = expand_dims(x, -1);
    for (size_t i = 0; i < by.only_a.size(); ++i) y = expand_dims(y, shared);
    return {x * y, result};
  }
  const int own = static_cast<int>(by.only_a.size());
  x = merged(x, shared + own, by.summed.size());
  y = merged(merged(y, shared, by.summed.size()), shared + 1, by.only_b.size());
  // Without shared axes the second operand is one matrix, and the first keeps its axes.
  const bool is_matrix = shared == 0 && own > 0;
  if (!is_matrix) x = merged(x, shared, by.only_a.size());
  Tensor z = matmul(x, y);
  z = unmerged(z, is_matrix ? own : shared + 1, b, by.only_b);
  if (!is_matrix) z = unmerged(z, shared, a, by.only_a);
  return {z, result};
}

std::vector<Tensor> expand_einsum(std::span<const Tensor> in, const Attrs& attrs) {
  const Subscripts subscripts = parse(attrs.as<EinsumAttrs>().subscripts, in);
  Operand sum;
  for (size_t i = 0; i < in.size(); ++i) {
    Operand operand = without_repeats({in[i], subscripts.operands[i]});
    Labels later = subscripts.output;
    for (size_t j = i + 1; j < in.size(); ++j) {
      later = joined({&later, &subscripts.operands[j]});
    }
    const Labels used = joined({&later, &sum.labels});
    operand = without_unused(std::move(operand), used);
    if (i == 0) {
      sum = std::move(operand);
      continue;
    }
    sum = without_unused(std::move(sum), joined({&later, &operand.labels}));
    sum = product(sum, operand, later);
  }
  return {arranged(sum, subscripts.output)};
}

}  // namespace

const OpDef einsum_op = {.name = "einsum",
                         .doc = "Adds up products over axes that have names.",
                         .max_inputs = -1,
                         .attrs = &Attrs::type_of<EinsumAttrs>,
                         .promotion = Promotion::common,
                         .expand = expand_einsum,
                         .partition = Partition::columns};

Tensor einsum(std::string subscripts, const std::vector<Tensor>& operands) {
  std::vector<Tensor> inputs = operands;
  // As in Keras, int8 is summed in int32.
  const bool is_narrow = std::all_of(inputs.begin(), inputs.end(),
                                     [](const Tensor& x) { return x.dtype() == DType::int8; });
  for (Tensor& input : inputs) {
    if (is_narrow) input = cast(input, DType::int32);
  }
  return apply_one(einsum_op, std::move(inputs), EinsumAttrs{.subscripts = std::move(subscripts)});
}

}  // namespace keratin::ops
