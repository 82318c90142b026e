// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "keratin/base/error.h"
#include "keratin/compiler/passes/passes.h"
#include "keratin/graph/ops/fused.h"
#include "tests/support/close.h"
#include "tests/support/message.h"
#include "tests/support/random_graph.h"

namespace keratin::testing_support {
namespace {

// Sets an environment variable while it lives.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value, 1);
  }
  ~Environment() {
    if (old_.empty()) {
      unsetenv(name_);
    } else {
      setenv(name_, old_.c_str(), 1);
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::string old_;
};

void expect_equal(const Results& results, const Results& expected) {
  ASSERT_EQ(results.size(), expected.size());
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_TRUE(is_close(results[i], expected[i], 1e-6)) << "in result " << i;
  }
}

const char* const repeated = R"(graph {
  %0 = input "x" : float32[2, 3]
  %1 = softmax(%0) {axis = -1} : float32[2, 3]
  %2 = tanh(%0) : float32[2, 3]
  %3 = tanh(%0) : float32[2, 3]
  %4 = add(%2, %3) : float32[2, 3]
  %5 = add(%4, %1) : float32[2, 3]
  return %5
}
)";

// Counts in the graphs of fused ops too.
int count_of(const Graph& graph, std::string_view op) {
  int count = 0;
  for (const Node& node : graph.nodes()) {
    count += node.op->name == op ? 1 : 0;
    if (node.op == &ops::fused_op) {
      count += count_of(*node.attrs.as<ops::FusedAttrs>().body.graph, op);
    }
  }
  return count;
}

Graph optimized(const char* text) {
  Graph graph = *parse_graph(text);
  compiler::optimize(graph);
  return graph;
}

TEST(Pipeline, HasThePassesInTheirOrder) {
  std::vector<std::string> names;
  for (const compiler::Pass& pass : compiler::pipeline()) names.emplace_back(pass.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"expand", "fold_constants", "simplify", "cse", "dead_code",
                                      "reduce_rows_first", "fuse", "fuse_products"}));
}

TEST(Pipeline, RunsEveryPass) {
  const Environment verify("KERATIN_VERIFY", "1");
  const Graph graph = optimized(repeated);
  EXPECT_EQ(count_of(graph, "tanh"), 1);
  EXPECT_EQ(count_of(graph, "softmax"), 0);
}

TEST(Pipeline, LeavesOutWhatKeratinSkipNames) {
  const Environment skip("KERATIN_SKIP", "simplify,cse");
  const Graph graph = optimized(repeated);
  EXPECT_EQ(count_of(graph, "tanh"), 2);
  EXPECT_EQ(count_of(graph, "softmax"), 0);
}

TEST(Pipeline, ExpandCannotBeSkipped) {
  const Environment skip("KERATIN_SKIP", "expand");
  testing::internal::CaptureStderr();
  const Graph graph = optimized(repeated);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "KERATIN_SKIP: expected passes that can be left out, got 'expand', which plans need. "
            "It runs.\n");
  EXPECT_EQ(count_of(graph, "softmax"), 0);
  EXPECT_EQ(count_of(graph, "tanh"), 1);
}

TEST(Pipeline, SaysWhatKeratinSkipDoesNotKnow) {
  const Environment skip("KERATIN_SKIP", "cse,sce,");
  testing::internal::CaptureStderr();
  const Graph graph = optimized(repeated);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "KERATIN_SKIP: expected names of passes, got 'sce'. See compiler/pipeline.cpp.\n");
  EXPECT_EQ(count_of(graph, "tanh"), 2);
}

TEST(Pipeline, VerifiesWhenTold) {
  const char* broken = R"(graph {
  %0 = input "x" : float32[2, 3]
  %1 = tanh(%0) : float32[3, 3]
  return %1
}
)";
  {
    const Environment verify("KERATIN_VERIFY", "1");
    const std::string message = message_of<InternalError>([&] { optimized(broken); });
    EXPECT_TRUE(
        message.starts_with("verify after trace: expected outputs of the specs "
                            "[float32[2, 3]], got [float32[3, 3]]."))
        << message;
  }
  const Environment verify("KERATIN_VERIFY", "0");
  EXPECT_NO_THROW(optimized(broken));
}

TEST(Pipeline, DumpsWhenTold) {
  const Environment dump("KERATIN_DUMP", "1");
  testing::internal::CaptureStderr();
  const Graph graph = optimized(repeated);
  const std::string text = testing::internal::GetCapturedStderr();
  size_t at = 0;
  for (const compiler::Pass& pass : compiler::pipeline()) {
    at = text.find("after " + std::string(pass.name) + " (", at);
    ASSERT_NE(at, std::string::npos) << pass.name << "\n" << text;
  }
  EXPECT_TRUE(text.ends_with(to_string(graph) + "\n"));
}

TEST(Pipeline, EveryPassKeepsTheValues) {
  std::map<std::string_view, int> changes;
  constexpr uint32_t seeds = 400;
  for (uint32_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const RandomGraph data = random_graph(seed, 30, seed % 2 == 0 ? 1 : 16);
    Graph graph = *data.graph;
    ASSERT_NO_THROW(verify(graph, "trace"));
    Results before = run_eagerly(data, graph);
    for (const compiler::Pass& pass : compiler::pipeline()) {
      SCOPED_TRACE(pass.name);
      const std::string text = to_string(graph);
      const bool changed = pass.run(graph);
      ASSERT_NO_THROW(verify(graph, pass.name));
      EXPECT_TRUE(changed || to_string(graph) == text);
      changes[pass.name] += changed ? 1 : 0;
      const Results after = run_eagerly(data, graph);
      expect_equal(after, before);
      before = after;
    }
    if (HasFailure()) break;
  }
  for (const compiler::Pass& pass : compiler::pipeline()) {
    EXPECT_GT(changes[pass.name], static_cast<int>(seeds) / 2) << pass.name;
  }
}

TEST(Pipeline, ASecondRunFindsNothingMoreToMerge) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Graph graph = *random_graph(seed).graph;
    const Environment skip("KERATIN_SKIP", "fuse");
    compiler::optimize(graph);
    EXPECT_FALSE(compiler::expand(graph));
    EXPECT_FALSE(compiler::fold_constants(graph));
    EXPECT_FALSE(compiler::cse(graph));
    EXPECT_FALSE(compiler::reduce_rows_first(graph));
    EXPECT_FALSE(compiler::dead_code(graph));
  }
}

}  // namespace
}  // namespace keratin::testing_support
