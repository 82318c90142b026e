// SPDX-License-Identifier: Apache-2.0
// What is reached without learning anything: a number below which a model is worth nothing.
#pragma once

#include "keratin/model/model.h"

namespace keratin {

/// Returns the loss and metrics, named as `model.evaluate` names them, of the best prediction that
/// is the same for all inputs: mean, median or class frequencies of y_train, whichever has the
/// lowest loss there. They are measured on y_test, or on y_train without it. Metrics that are
/// functions of the user are left out. The model must be compiled and have one output of known
/// shape; throws ValueError otherwise.
Logs baseline(const Model& model, const Tensor& y_train, const Tensor& y_test = {});

/// Predicts the most frequent class of y_train for all: returns `class`, its place in the order of
/// the class numbers or columns, and `accuracy` on y_test, or on y_train without it. Labels are
/// class numbers [rows] or [rows, 1], or [rows, classes]. Throws ShapeError and ValueError.
Logs majority_class_baseline(const Tensor& y_train, const Tensor& y_test = {});

/// Predicts the mean of y_train [rows, ...] for all: returns `mse` and `mae` on y_test, or on
/// y_train without it. Throws ShapeError when rows of both differ in shape.
Logs mean_baseline(const Tensor& y_train, const Tensor& y_test = {});

/// Predicts for each row of a series [rows, ...] the one `steps` before it: returns `mse` and `mae`
/// of the rows that have one. Throws ValueError unless 1 <= steps < rows.
Logs last_value_baseline(const Tensor& series, int64_t steps = 1);

}  // namespace keratin
