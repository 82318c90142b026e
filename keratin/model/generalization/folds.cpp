// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/generalization/folds.h"

#include <algorithm>
#include <numeric>

#include "keratin/base/check.h"
#include "keratin/core/random.h"
#include "keratin/model/generalization/rows_internal.h"

namespace keratin {

namespace {

void check(int64_t folds, int64_t count, std::string_view what, std::string_view where) {
  require<ValueError>(folds >= 2 && folds <= count, where,
                      "expected `folds` from 2 to the number of {}, {}, got {}. Use fewer folds or "
                      "more data.",
                      what, count, folds);
}

std::vector<int64_t> order_of(int64_t count, bool shuffle) {
  if (shuffle) return rng::global_random().permutation(count);
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  return order;
}

// Makes the splits of the fold of each row.
std::vector<Split> splits_of(const std::vector<int64_t>& fold_of_row, int64_t folds) {
  std::vector<Split> splits(static_cast<size_t>(folds));
  for (size_t row = 0; row < fold_of_row.size(); ++row) {
    for (size_t fold = 0; fold < splits.size(); ++fold) {
      const bool validates = fold_of_row[row] == static_cast<int64_t>(fold);
      (validates ? splits[fold].validation : splits[fold].train)
          .push_back(static_cast<int64_t>(row));
    }
  }
  return splits;
}

// Returns the rows of each class or group.
std::vector<std::vector<int64_t>> members_of(const std::vector<int64_t>& ids,
                                             const std::vector<int64_t>& order) {
  const int64_t count = ids.empty() ? 0 : *std::max_element(ids.begin(), ids.end()) + 1;
  std::vector<std::vector<int64_t>> members(static_cast<size_t>(count));
  for (const int64_t row : order) {
    members[static_cast<size_t>(ids[static_cast<size_t>(row)])].push_back(row);
  }
  return members;
}

}  // namespace

std::vector<Split> k_fold(int64_t rows, const FoldOptions& options) {
  check(options.folds, rows, "rows", "k_fold");
  std::vector<int64_t> folds(static_cast<size_t>(rows));
  const std::vector<int64_t> order = order_of(rows, options.shuffle);
  const int64_t size = rows / options.folds, larger = rows % options.folds;
  for (int64_t i = 0; i < rows; ++i) {
    // The first folds have one row more where rows are left.
    const int64_t in_larger = larger * (size + 1);
    const int64_t fold = i < in_larger ? i / (size + 1) : larger + (i - in_larger) / size;
    folds[static_cast<size_t>(order[static_cast<size_t>(i)])] = fold;
  }
  return splits_of(folds, options.folds);
}

std::vector<Split> stratified_k_fold(const Tensor& labels, const FoldOptions& options) {
  const std::vector<int64_t> ids = class_ids(labels, "stratified_k_fold");
  const auto rows = static_cast<int64_t>(ids.size());
  check(options.folds, rows, "rows", "stratified_k_fold");
  std::vector<int64_t> folds(ids.size());
  // Where one class ends in the middle of the folds, the next one goes on.
  int64_t dealt = 0;
  for (const auto& members : members_of(ids, order_of(rows, options.shuffle))) {
    for (const int64_t row : members) folds[static_cast<size_t>(row)] = dealt++ % options.folds;
  }
  return splits_of(folds, options.folds);
}

std::vector<Split> group_k_fold(const Tensor& groups, const FoldOptions& options) {
  const std::vector<int64_t> ids = class_ids(groups, "group_k_fold");
  std::vector<int64_t> in_order(ids.size());
  std::iota(in_order.begin(), in_order.end(), int64_t{0});
  std::vector<std::vector<int64_t>> members = members_of(ids, in_order);
  const auto count = static_cast<int64_t>(members.size());
  check(options.folds, count, "groups", "group_k_fold");
  std::vector<int64_t> order = order_of(count, options.shuffle);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return members[static_cast<size_t>(a)].size() > members[static_cast<size_t>(b)].size();
  });
  std::vector<int64_t> folds(ids.size());
  std::vector<size_t> sizes(static_cast<size_t>(options.folds));
  for (const int64_t group : order) {
    const auto smallest = std::min_element(sizes.begin(), sizes.end());
    for (const int64_t row : members[static_cast<size_t>(group)]) {
      folds[static_cast<size_t>(row)] = smallest - sizes.begin();
    }
    *smallest += members[static_cast<size_t>(group)].size();
  }
  return splits_of(folds, options.folds);
}

}  // namespace keratin
