// SPDX-License-Identifier: Apache-2.0
// Where the elements of a Dataset come from, and how it is gone through.
#include "keratin/data/dataset.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/data/dataset_internal.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/io/csv.h"

namespace keratin {

namespace {

// Returns the columns [rows] or [rows, columns] of a table.
Tensor columns_of(const Tensor& table, const std::vector<int64_t>& columns) {
  if (columns.size() == 1) return table[{All, columns[0]}];
  return ops::take(table, Tensor::from(columns, {static_cast<int64_t>(columns.size())}), 1);
}

// A part of an element of `zip`: the inputs, or a list of what else the element has.
Nest part_of(const Data& element) {
  const int parts = detail::part_count(element);
  if (parts == 1) return element.x;
  if (parts == 2) return Nest::list({element.x, element.y});
  return Nest::list({element.x, element.y, element.sample_weight});
}

int64_t shortest(const std::vector<Dataset>& datasets) {
  int64_t count = INFINITE_CARDINALITY;
  for (const Dataset& dataset : datasets) {
    const int64_t other = dataset.cardinality();
    if (other == UNKNOWN_CARDINALITY) return other;
    if (other >= 0) count = count < 0 ? other : std::min(count, other);
  }
  return count;
}

}  // namespace

Dataset::Dataset(std::function<Generator()> start, int64_t cardinality)
    : body_(std::make_shared<const Body>(Body{std::move(start), cardinality})) {}

// After its end, and after an exception, a source is let go and never asked again.
Generator Dataset::start() const {
  return [source = body_->start()]() mutable -> std::optional<Data> {
    if (!source) return std::nullopt;
    try {
      std::optional<Data> element = source();
      if (!element) source = nullptr;
      return element;
    } catch (...) {
      source = nullptr;
      throw;
    }
  };
}

Dataset Dataset::from_tensor_slices(const Nest& x, const Nest& y, const Nest& weights) {
  const auto rows = std::make_shared<const Rows>(Data(x, y, weights), "from_tensor_slices");
  return {RowsStart{rows}, rows->count()};
}

Dataset Dataset::from_tensors(const Nest& x, const Nest& y, const Nest& weights) {
  return {[element = Data(x, y, weights)]() -> Generator {
            return [element, done = false]() mutable -> std::optional<Data> {
              if (std::exchange(done, true)) return std::nullopt;
              return element;
            };
          },
          1};
}

Dataset Dataset::from_generator(std::function<Generator()> start) {
  require<ValueError>(start != nullptr, "from_generator",
                      "expected a function that makes a generator, got none. Pass one.");
  return {[start = std::move(start)] {
            Generator generator = start();
            require<ValueError>(generator != nullptr, "from_generator",
                                "expected a generator, got none. Return a function that gives "
                                "elements.");
            return generator;
          },
          UNKNOWN_CARDINALITY};
}

Dataset Dataset::from_csv(const std::string& path, const CsvOptions& options) {
  const Tensor table(read_csv(path));
  const int64_t count = table.shape()[1];
  std::vector<bool> is_label(static_cast<size_t>(count));
  std::vector<int64_t> labels, inputs;
  for (const int64_t column : options.label_columns) {
    require<ValueError>(column >= -count && column < count, "from_csv",
                        "expected `label_columns` from {} to {}, got {}. The file {} has {} "
                        "columns.",
                        -count, count - 1, column, path, count);
    labels.push_back(column < 0 ? column + count : column);
    is_label[static_cast<size_t>(labels.back())] = true;
  }
  for (int64_t i = 0; i < count; ++i) {
    if (!is_label[static_cast<size_t>(i)]) inputs.push_back(i);
  }
  if (labels.empty()) return from_tensor_slices(table);
  require<ValueError>(!inputs.empty(), "from_csv",
                      "expected a column that is no label, got labels only. Leave one out.");
  const Tensor x = ops::take(table, Tensor::from(inputs, {static_cast<int64_t>(inputs.size())}), 1);
  return from_tensor_slices(x, columns_of(table, labels));
}

Dataset Dataset::range(int64_t start, int64_t stop, int64_t step) {
  require<ValueError>(step != 0, "range", "expected a step other than 0, got 0. Use 1.");
  // Unsigned, since the distance may be larger than an int64.
  const bool is_empty = step > 0 ? start >= stop : start <= stop;
  const auto distance = [](int64_t low, int64_t high) {
    return static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  };
  const uint64_t size = step > 0 ? distance(0, step) : distance(step, 0);
  const uint64_t reach = step > 0 ? distance(start, stop) : distance(stop, start);
  const auto count = is_empty ? int64_t{0} : static_cast<int64_t>((reach - 1) / size + 1);
  return {[=]() -> Generator {
            return [=, i = int64_t{0}]() mutable -> std::optional<Data> {
              if (i >= count) return std::nullopt;
              return Data(Tensor(Array::scalar(start + step * i++)));
            };
          },
          count};
}

Dataset Dataset::zip(const std::vector<Dataset>& datasets) {
  require<ValueError>(datasets.size() == 2 || datasets.size() == 3, "zip",
                      "expected 2 or 3 datasets, for inputs, targets and weights, got {}. Make a "
                      "list of more with map.",
                      datasets.size());
  return {[datasets]() -> Generator {
            std::vector<Generator> sources;
            for (const Dataset& dataset : datasets) sources.push_back(dataset.start());
            return [sources = std::move(sources)]() mutable -> std::optional<Data> {
              std::vector<Nest> parts(3);
              for (size_t i = 0; i < sources.size(); ++i) {
                const std::optional<Data> element = sources[i]();
                if (!element) return std::nullopt;
                parts[i] = part_of(*element);
              }
              return Data(parts[0], parts[1], parts[2]);
            };
          },
          shortest(datasets)};
}

Data Dataset::first() const {
  std::optional<Data> element = start()();
  require<ValueError>(element.has_value(), "first",
                      "expected at least one element, got none. Check the dataset.");
  return *std::move(element);
}

}  // namespace keratin
