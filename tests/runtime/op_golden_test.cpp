// SPDX-License-Identifier: Apache-2.0
// Every op against what keras.ops gave on JAX: values, dtypes and gradients.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/graph/autodiff.h"
#include "keratin/graph/trace.h"
#include "tests/support/golden_ops.h"
#include "tests/support/run_graph.h"

namespace keratin::testing_support {
namespace {

// The one gradient that differs: that of x^y at x = y = 0 is 0 here, which JAX gives for a plain
// number y; for an array y it gives NaN.
constexpr std::string_view zero_to_zero = "power 7";

// Functions of keras.ops that have goldens but no counterpart here yet.
const std::set<std::string> missing = {"amax",    "amin",          "arccosh", "arcsinh", "arctanh",
                                       "argsort", "count_nonzero", "cumprod", "exp2",    "moveaxis",
                                       "roll",    "leaky_relu",    "silu",    "sort",    "trunc"};

std::vector<std::string> golden_files() {
  std::vector<std::string> paths;
  const std::string folder = std::string(KERATIN_GOLDEN_DIR) + "/ops";
  if (!std::filesystem::exists(folder)) return paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".npz") {
      paths.push_back("ops/" + entry.path().filename().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

double tolerance(DType dtype, double float32) {
  switch (dtype) {
    case DType::float64:
      return 1e-12;
    case DType::float32:
    case DType::float16:
    case DType::bfloat16:
      return float32;
    default:
      return 0.0;
  }
}

// Compares element by element, where a small element may be off by what the others allow it.
// Returns the first that is further off, or -1.
int64_t first_wrong(const std::vector<double>& a, const std::vector<double>& b, double allowed) {
  double largest = 1e-3;
  for (double value : b) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    const double scale = std::max(std::abs(b[i]), std::min(1.0, largest));
    if (!(std::abs(a[i] - b[i]) <= allowed * scale)) return static_cast<int64_t>(i);
  }
  return -1;
}

double largest_error(const std::vector<double>& a, const std::vector<double>& exact) {
  double error = 0.0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == exact[i] || (std::isnan(a[i]) && std::isnan(exact[i]))) continue;
    const double difference = std::abs(a[i] - exact[i]);
    error = std::max(error, std::isnan(difference) ? HUGE_VAL : difference);
  }
  return error;
}

// `exact` gives the exact result, which decides where a result is further off than `float32`
// allows: three times Keras' error at most. So it is with most results in half types.
void expect_near(const Tensor& ours, const Tensor& golden, double float32,
                 const std::function<Tensor()>& exact) {
  ASSERT_EQ(ours.shape(), golden.shape());
  const std::vector<double> a = ours.to_vector<double>();
  const std::vector<double> b = golden.to_vector<double>();
  const bool ours_is_coarser = size_of(ours.dtype()) < size_of(golden.dtype());
  const DType dtype = ours_is_coarser ? ours.dtype() : golden.dtype();
  const int64_t wrong = first_wrong(a, b, tolerance(dtype, float32));
  if (wrong < 0) return;
  const auto at = static_cast<size_t>(wrong);
  if (is_float(dtype)) {
    const std::vector<double> truth = exact().to_vector<double>();
    if (largest_error(a, truth) <= 3.0 * largest_error(b, truth)) return;
  }
  ADD_FAILURE() << "element " << wrong << ": ours " << a[at] << ", Keras " << b[at];
}

DType narrow(DType dtype) {
  if (dtype == DType::int64) return DType::int32;
  if (dtype == DType::uint64) return DType::uint32;
  return dtype == DType::float64 ? DType::float32 : dtype;
}

// The goldens come from JAX with 64-bit types switched on, which makes default integers and plain
// numbers 64 bits wide; without a 64-bit input Keras users, and we, have 32 bits.
bool is_expected_dtype(const Golden& golden, const Config& recorded, DType ours, DType theirs) {
  if (ours == theirs) return true;
  const std::string& name = golden.at("name").as_string();
  const bool is_index = name == "argmax" || name == "argmin";
  for (const Config& argument : recorded.at("args").as_list()) {
    const bool has_wide =
        argument.has("array") && !is_index && golden.tensor(argument.at("array")).dtype() == theirs;
    if (has_wide) return false;
  }
  return narrow(theirs) == ours;
}

std::vector<Tensor> outputs_of(const Golden& golden, const Config& recorded, bool exact) {
  return make_call(golden.at("name").as_string(), GoldenCall(golden, recorded, exact));
}

void check_outputs(const Golden& golden, const Config& recorded,
                   const std::vector<Tensor>& outputs) {
  const Config& names = recorded.at("output");
  ASSERT_EQ(outputs.size(), names.is_list() ? names.size() : 1);
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Tensor expected = golden.tensor(names.is_list() ? names[i] : names);
    EXPECT_TRUE(is_expected_dtype(golden, recorded, outputs[i].dtype(), expected.dtype()))
        << "ours " << name_of(outputs[i].dtype()) << ", Keras " << name_of(expected.dtype());
    expect_near(outputs[i], expected, 2e-6, [&] { return outputs_of(golden, recorded, true)[i]; });
  }
}

std::vector<Tensor> gradients_of(const Golden& golden, const Config& recorded, bool exact) {
  GoldenCall call(golden, recorded, exact);
  Trace trace;
  std::vector<Tensor> sources;
  std::vector<Tensor> inputs;
  for (const Config& gradient : recorded.at("gradients").as_list()) {
    const Config& place = gradient.at("of");
    const auto at = static_cast<size_t>(place[0].as_int());
    inputs.push_back(place.size() == 1 ? call.tensor(at)
                                       : call.tensors(at)[static_cast<size_t>(place[1].as_int())]);
    sources.push_back(trace.input(inputs.back().spec(), "x"));
    call.replace(place, sources.back());
  }
  const Tensor output = make_call(golden.at("name").as_string(), call)[0];
  const Tensor cotangent = golden.tensor(recorded.at("cotangent")).cast(output.dtype());
  const auto result = gradients(trace.import(output), sources, trace.import(cotangent));
  return run_graph(*trace.finish(result), inputs);
}

void check_gradients(const Golden& golden, const Config& recorded) {
  const Config& pulled = recorded.at("gradients");
  const std::vector<Tensor> values = gradients_of(golden, recorded, false);
  for (size_t i = 0; i < values.size(); ++i) {
    SCOPED_TRACE("gradient of argument " + to_json(pulled[i].at("of")));
    expect_near(values[i], golden.tensor(pulled[i].at("array")), 1e-5,
                [&] { return gradients_of(golden, recorded, true)[i]; });
  }
}

// Checks all calls of one file; returns how many were made, and how many have an argument that our
// function does not have.
std::pair<int, int> check_file(const Golden& golden, const std::string& name) {
  int made = 0;
  int left_out = 0;
  for (size_t i = 0; i < golden.at("cases").size(); ++i) {
    const Config& recorded = golden.at("cases")[i];
    const std::string id = name + " " + std::to_string(i);
    SCOPED_TRACE(id + ": " + to_json(recorded));
    try {
      const std::vector<Tensor> outputs = outputs_of(golden, recorded, false);
      ++(outputs.empty() ? left_out : made);
      if (outputs.empty()) continue;
      check_outputs(golden, recorded, outputs);
      if (recorded.has("gradients") && id != zero_to_zero) check_gradients(golden, recorded);
    } catch (const keratin::Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
  return {made, left_out};
}

TEST(OpGolden, ValuesDtypesAndGradientsEqualKeras) {
  const std::vector<std::string> files = golden_files();
  if (files.empty()) GTEST_SKIP() << "no golden files of ops; make them with make_models.py";
  int made = 0;
  int left_out = 0;
  for (const std::string& path : files) {
    const Golden golden(path);
    if (golden.at("kind").as_string() != "ops") continue;
    const std::string& name = golden.at("name").as_string();
    EXPECT_EQ(has_function(name), !missing.contains(name)) << name;
    if (!has_function(name)) continue;
    const auto [calls, others] = check_file(golden, name);
    made += calls;
    left_out += others;
  }
  EXPECT_GT(made, 2900);
  EXPECT_LT(left_out, 30);
}

}  // namespace
}  // namespace keratin::testing_support
