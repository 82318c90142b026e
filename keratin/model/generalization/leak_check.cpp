// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/generalization/leak_check.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <string_view>
#include <unordered_map>

#include "keratin/base/check.h"
#include "keratin/model/generalization/rows_internal.h"

namespace keratin {

namespace {

// Is the inputs of all rows as bytes.
class RowBytes {
 public:
  explicit RowBytes(const Nest& x) {
    for (const Tensor& tensor : x.flatten()) arrays_.push_back(tensor.array().contiguous());
    for (const Array& array : arrays_) {
      sizes_.push_back(array.bytes() / static_cast<size_t>(array.shape()[0]));
    }
  }

  std::string at(int64_t row) const {
    std::string bytes;
    for (size_t i = 0; i < arrays_.size(); ++i) {
      const auto* first = static_cast<const char*>(arrays_[i].raw());
      bytes.append(first + static_cast<size_t>(row) * sizes_[i], sizes_[i]);
    }
    return bytes;
  }

  bool fits(const RowBytes& other) const {
    if (arrays_.size() != other.arrays_.size()) return false;
    for (size_t i = 0; i < arrays_.size(); ++i) {
      const Shape &a = arrays_[i].shape(), &b = other.arrays_[i].shape();
      if (arrays_[i].dtype() != other.arrays_[i].dtype() ||
          a.slice(1, a.rank()) != b.slice(1, b.rank())) {
        return false;
      }
    }
    return true;
  }

 private:
  std::vector<Array> arrays_;
  std::vector<size_t> sizes_;
};

std::vector<LeakReport::Duplicate> find_duplicates(const Nest& train, int64_t train_rows,
                                                   const Nest& validation,
                                                   int64_t validation_rows) {
  const RowBytes known(train), asked(validation);
  require<ValueError>(known.fits(asked), "leak_check",
                      "expected inputs of the same shapes and dtypes in both parts, got {} and {}. "
                      "Prepare both in the same way.",
                      to_string(train), to_string(validation));
  // Rows by their hash; which of those with one hash are equal their bytes tell.
  std::unordered_multimap<size_t, int64_t> rows;
  const std::hash<std::string> hash;
  for (int64_t row = 0; row < train_rows; ++row) rows.emplace(hash(known.at(row)), row);
  std::vector<LeakReport::Duplicate> found;
  for (int64_t row = 0; row < validation_rows; ++row) {
    const std::string bytes = asked.at(row);
    int64_t first = train_rows;
    const auto [from, to] = rows.equal_range(hash(bytes));
    for (auto at = from; at != to; ++at) {
      if (at->second < first && known.at(at->second) == bytes) first = at->second;
    }
    if (first < train_rows) found.push_back({first, row});
  }
  return found;
}

using Columns = std::vector<std::vector<double>>;

Columns columns_of(const Tensor& tensor) {
  const std::vector<double> values = tensor.to_vector<double>();
  const auto rows = static_cast<size_t>(tensor.shape()[0]);
  Columns columns(values.size() / rows);
  for (size_t i = 0; i < values.size(); ++i) columns[i % columns.size()].push_back(values[i]);
  return columns;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  double mean_a = 0.0, mean_b = 0.0;
  for (size_t i = 0; i < a.size(); ++i) {
    mean_a += a[i] / n;
    mean_b += b[i] / n;
  }
  double both = 0.0, only_a = 0.0, only_b = 0.0;
  for (size_t i = 0; i < a.size(); ++i) {
    both += (a[i] - mean_a) * (b[i] - mean_b);
    only_a += (a[i] - mean_a) * (a[i] - mean_a);
    only_b += (b[i] - mean_b) * (b[i] - mean_b);
  }
  const double product = std::sqrt(only_a) * std::sqrt(only_b);
  return product > 0.0 ? both / product : 0.0;
}

// Tells whether each value of one column comes with one value of the other, both ways, and values
// come more than once, without which that says nothing.
bool is_renumbered(const std::vector<double>& feature, const std::vector<double>& classes) {
  std::map<double, double> there, back;
  for (size_t i = 0; i < feature.size(); ++i) {
    if (there.emplace(feature[i], classes[i]).first->second != classes[i]) return false;
    if (back.emplace(classes[i], feature[i]).first->second != feature[i]) return false;
  }
  return back.size() >= 2 && back.size() * 2 <= feature.size();
}

std::vector<LeakReport::Target> find_targets(const Data& data, int64_t rows,
                                             const LeakCheckOptions& options) {
  std::vector<int64_t> chosen;
  const int64_t count = std::min(rows, options.most_rows);
  for (int64_t i = 0; i < count; ++i) chosen.push_back(i * rows / count);
  const Data part = take_rows(data, chosen);
  Columns targets;
  for (const Tensor& y : part.y.flatten()) {
    for (std::vector<double>& column : columns_of(y)) targets.push_back(std::move(column));
  }
  std::vector<LeakReport::Target> found;
  const std::vector<Tensor> inputs = part.x.flatten();
  for (size_t input = 0; input < inputs.size(); ++input) {
    const Columns features = columns_of(inputs[input]);
    for (size_t feature = 0; feature < features.size(); ++feature) {
      for (size_t target = 0; target < targets.size(); ++target) {
        const double found_correlation = correlation(features[feature], targets[target]);
        if (!(std::abs(found_correlation) >= options.correlation) &&
            !is_renumbered(features[feature], targets[target])) {
          continue;
        }
        found.push_back({static_cast<int64_t>(input), static_cast<int64_t>(feature),
                         static_cast<int64_t>(target), found_correlation});
      }
    }
  }
  return found;
}

}  // namespace

LeakReport leak_check(const Data& train, const Data& validation, const LeakCheckOptions& options) {
  require<ValueError>(
      options.correlation > 0.0 && options.correlation <= 1.0 && options.most_rows >= 3,
      "leak_check",
      "expected `correlation` above 0 and up to 1 and `most_rows` of at least 3, "
      "got {} and {}. Check them.",
      options.correlation, options.most_rows);
  const int64_t train_rows = count_rows(train, "leak_check");
  LeakReport report;
  report.validation_rows = count_rows(validation, "leak_check");
  report.duplicates = find_duplicates(train.x, train_rows, validation.x, report.validation_rows);
  // Two rows lie on a straight line whatever they hold.
  if (!train.y.empty() && train_rows >= 3)
    report.targets = find_targets(train, train_rows, options);
  return report;
}

std::string LeakReport::sentence() const {
  if (clean()) return "no leak found: no row stands in both parts, no input holds a target.";
  std::string text;
  if (!duplicates.empty()) {
    text = fmt::format(
        "{} of {} validation rows ({:.1f} %) stand in the training data, the first "
        "is row {}: take them out of one part",
        duplicates.size(), validation_rows,
        100.0 * static_cast<double>(duplicates.size()) / static_cast<double>(validation_rows),
        duplicates[0].validation_row);
  }
  if (!targets.empty()) {
    const Target& first = targets[0];
    text += fmt::format(
        "{}feature {} of input {} holds target {} (correlation {:.4f}){}: leave it "
        "out of the inputs",
        text.empty() ? "" : "; ", first.feature, first.input, first.target, first.correlation,
        targets.size() > 1 ? fmt::format(" and {} more do", targets.size() - 1) : std::string());
  }
  return text + ".";
}

}  // namespace keratin
