// SPDX-License-Identifier: Apache-2.0
// scan, cond, while_loop and the like against what keras.ops gave on JAX: at once, as graphs that
// run op by op, and as plans; with gradients, and gradients of gradients.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "keratin/base/error.h"
#include "keratin/graph/autodiff.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/runtime/executor.h"
#include "tests/support/close.h"
#include "tests/support/control_cases.h"
#include "tests/support/golden.h"
#include "tests/support/run_graph.h"

namespace keratin::testing_support {
namespace {

using Tensors = std::vector<Tensor>;

// Is one recorded case and what is expected of it, in one list: outputs, gradients, second ones.
class Case {
 public:
  Case(const Golden& golden, const Config& recorded) : golden_(golden), case_(recorded) {
    for (const Config& name : recorded.at("inputs").as_list()) {
      inputs_.push_back(golden.tensor(name));
    }
  }

  const ControlFunction& function() const {
    return control_functions().at(case_.at("name").as_string());
  }
  const Tensors& inputs() const { return inputs_; }
  bool has(const char* key) const { return case_.has(key); }

  Config::List expected() const {
    Config::List all;
    for (const char* key : {"outputs", "gradients", "second"}) {
      if (!case_.has(key)) continue;
      for (const Config& name : case_.at(key).as_list()) all.push_back(name);
    }
    return all;
  }

  // Returns the graph of it all.
  std::shared_ptr<Graph> trace() const {
    Trace trace;
    Tensors inputs;
    Tensors sources;
    for (const Tensor& input : inputs_) {
      inputs.push_back(trace.input(input.spec(), "x"));
      if (is_float(input.dtype())) sources.push_back(inputs.back());
    }
    Tensors results = function()(inputs);
    if (has("gradients")) {
      const Tensors first = gradients(weighted(results, "cotangents"), sources);
      results.insert(results.end(), first.begin(), first.end());
      if (has("second")) {
        const Tensors second = gradients(weighted(first, "weights"), sources);
        results.insert(results.end(), second.begin(), second.end());
      }
    }
    return trace.finish(results);
  }

 private:
  Tensor weighted(const Tensors& values, const char* key) const {
    Tensor total = ops::zeros({});
    const Config& names = case_.at(key);
    for (size_t i = 0; i < values.size(); ++i) {
      if (names[i].is_null()) continue;
      const Tensor weight = golden_.tensor(names[i]).cast(values[i].dtype());
      total = total + ops::sum(values[i] * weight);
    }
    return total;
  }

  const Golden& golden_;
  const Config& case_;
  Tensors inputs_;
};

void expect_near(const Golden& golden, const Tensors& ours, const Config::List& expected,
                 size_t outputs) {
  for (size_t i = 0; i < ours.size(); ++i) {
    SCOPED_TRACE("result " + std::to_string(i));
    expect_close(ours[i], golden.tensor(expected.at(i)),
                 i < outputs ? forward_tolerance : gradient_tolerance,
                 golden.exact(expected.at(i)));
  }
}

TEST(ControlGolden, EverythingEqualsKeras) {
  setenv("KERATIN_VERIFY", "1", 1);
  const Golden golden("control.npz");
  std::set<std::string> names;
  for (const Config& recorded : golden.at("cases").as_list()) {
    const Case one(golden, recorded);
    SCOPED_TRACE(recorded.at("name").as_string() + " of " + to_string(one.inputs()[0].spec()));
    names.insert(recorded.at("name").as_string());
    const Config::List expected = one.expected();
    const size_t outputs = recorded.at("outputs").size();
    try {
      expect_near(golden, one.function()(one.inputs()), expected, outputs);
      const auto graph = one.trace();
      verify(*graph, "test");
      expect_near(golden, run_graph(*graph, one.inputs()), expected, outputs);
      std::vector<Array> arrays;
      for (const Tensor& input : one.inputs()) arrays.push_back(input.array());
      for (int threads : {1, 2}) {
        const auto executor = runtime::compile(*graph, threads);
        for (int run = 0; run < 2; ++run) {
          executor->run(arrays);
          Tensors results;
          for (const Array& output : executor->outputs()) results.emplace_back(output);
          ASSERT_EQ(results.size(), expected.size());
          expect_near(golden, results, expected, outputs);
        }
      }
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
  EXPECT_EQ(names.size(), control_functions().size());
}

}  // namespace
}  // namespace keratin::testing_support
