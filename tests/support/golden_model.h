// SPDX-License-Identifier: Apache-2.0
// A golden model case: the model that Keras wrote, with its weights, data and results.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "keratin/model/model_body.h"
#include "keratin/model/train/options.h"
#include "tests/support/golden.h"

namespace keratin::testing_support {

/// Returns the names of the golden files of a folder, sorted.
std::vector<std::string> golden_files(const std::string& folder);

/// Returns the part of a golden file's path that names a test: `Dense` of `layers/Dense.npz`.
std::string name_of_case(const testing::TestParamInfo<std::string>& file);

/// Returns a nest of the tensors that a nest of array names stands for.
Nest nest_of(const Golden& golden, const Config& names);

/// Returns their float64 twins; empty where there are none.
Nest exact_nest_of(const Golden& golden, const Config& names);

Losses losses_of(const Config& config);
LossWeights loss_weights_of(const Config& config);
Metrics metrics_of(const Config& config);

/// Makes the model of a case with the initial weights of the file.
Model model_of(const Golden& golden);

/// Returns compile's arguments as the case has them, with another optimizer.
CompileOptions compile_options_of(const Golden& golden, const Config& optimizer);

/// Returns fit's arguments as the case has them; nothing is printed.
FitOptions fit_options_of(const Golden& golden, const Config& kwargs);

/// Expects the advisor to have nothing to say of a model that was fitted on that data, nor to have
/// said anything meanwhile; where the case is wrong on purpose, only what has that code.
void expect_no_advice(const Model& model, const Nest& x, const Nest& y,
                      const std::string& wrong = "");

/// Returns the config with the keys of all dicts in order, for comparing.
Config sorted_keys(const Config& config);

/// Expects a tensor to be what a file holds under a name, or as a digest: a sample of a large array
/// with the sum of all.
void expect_result(const Golden& golden, const Tensor& actual, const Config& expected,
                   double tolerance);

/// Expects numbers by name to be what Keras reports, within the tolerance of 20 training steps.
void expect_logs(const Logs& actual, const Config& expected);

}  // namespace keratin::testing_support
