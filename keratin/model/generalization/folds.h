// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "keratin/graph/tensor.h"

namespace keratin {

/// Is one way to cut rows in two: their numbers, in rising order.
struct Split {
  std::vector<int64_t> train, validation;
};

struct FoldOptions {
  int64_t folds = 5;
  /// Deals rows at random, as `utils::set_random_seed` says; otherwise in their order.
  bool shuffle = true;
};

/// Cuts rows into folds whose sizes differ by one at most; each validates once. Without shuffling
/// the folds are pieces one after the other, as scikit-learn's KFold makes them. Throws ValueError
/// unless 2 <= folds <= rows.
std::vector<Split> k_fold(int64_t rows, const FoldOptions& options = {});

/// Does the same so that each class is shared out evenly: its rows in two folds differ by one at
/// most. Labels are class numbers [rows] or [rows, 1], or [rows, classes]. Throws ValueError and
/// ShapeError.
std::vector<Split> stratified_k_fold(const Tensor& labels, const FoldOptions& options = {});

/// Does the same so that rows of one group (a patient, a day) stay in one fold: groups [rows] of
/// any numbers; the largest group goes first to the fold with the fewest rows. Throws ValueError
/// for fewer groups than folds.
std::vector<Split> group_k_fold(const Tensor& groups, const FoldOptions& options = {});

}  // namespace keratin
