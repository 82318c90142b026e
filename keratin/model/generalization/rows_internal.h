// SPDX-License-Identifier: Apache-2.0
// What splitting and repeating runs share.
#pragma once

#include <string_view>
#include <vector>

#include "keratin/model/train/options.h"

namespace keratin {

/// Returns the rows of those numbers, of each tensor.
Nest take_rows(const Nest& nest, const std::vector<int64_t>& rows);
Data take_rows(const Data& data, const std::vector<int64_t>& rows);

/// Returns how many rows all tensors have; throws ValueError for none and for different numbers.
int64_t count_rows(const Data& data, std::string_view where);

/// Returns a number for the class of each row, from 0 in the order of the values: of class numbers
/// [rows] or [rows, 1], or of rows [rows, classes] with the class at the largest value. Throws
/// ShapeError for other shapes.
std::vector<int64_t> class_ids(const Tensor& labels, std::string_view where);

/// Returns the mean of each value over all logs that have it, in the order of the first; and the
/// standard deviation (of a sample: divided by one less than there are; 0 for one).
Logs mean_of(const std::vector<Logs>& all);
Logs deviation_of(const std::vector<Logs>& all);

/// Trains a model as `fit` says, with data to validate with. Throws ValueError where `fit` names
/// validation data of its own.
History fit_fold(const Model& model, const Data& train, const Data& validation,
                 const FitOptions& fit);

}  // namespace keratin
