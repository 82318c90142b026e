// SPDX-License-Identifier: Apache-2.0
// Each pass on text: tests/compiler/passes/<pass>/*.graph holds the graph before, a line `---`, and
// the graph after. Lines that begin with # say what the file shows.
#include "keratin/compiler/passes/passes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "keratin/compiler/pipeline.h"

namespace keratin::compiler {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string before;
  std::string after;
};

Case read_case(const fs::path& path) {
  std::ifstream file(path);
  Case result;
  std::string* part = &result.before;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    if (line == "---") {
      part = &result.after;
    } else {
      *part += line + "\n";
    }
  }
  return result;
}

std::vector<fs::path> files_of(const std::string& pass) {
  std::vector<fs::path> files;
  const fs::path folder = fs::path(KERATIN_GOLDEN_DIR) / "../compiler/passes" / pass;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void run_files(const std::string& name) {
  const auto passes = pipeline();
  const auto pass = std::find_if(passes.begin(), passes.end(),
                                 [&](const Pass& known) { return known.name == name; });
  ASSERT_NE(pass, passes.end());
  const std::vector<fs::path> files = files_of(name);
  EXPECT_GE(files.size(), 4u);
  for (const fs::path& file : files) {
    SCOPED_TRACE(file.filename());
    const Case expected = read_case(file);
    Graph graph = *parse_graph(expected.before);
    verify(graph, "reading");
    EXPECT_EQ(to_string(graph), expected.before) << "the graph before is not as it is printed";
    const bool changed = pass->run(graph);
    verify(graph, name);
    EXPECT_EQ(to_string(graph), expected.after);
    EXPECT_EQ(changed, expected.before != expected.after);
  }
}

TEST(Passes, Expand) { run_files("expand"); }
TEST(Passes, FoldConstants) { run_files("fold_constants"); }
TEST(Passes, Simplify) { run_files("simplify"); }
TEST(Passes, Cse) { run_files("cse"); }
TEST(Passes, DeadCode) { run_files("dead_code"); }
TEST(Passes, ReduceRowsFirst) { run_files("reduce_rows_first"); }
TEST(Passes, Fuse) { run_files("fuse"); }
TEST(Passes, FuseProducts) { run_files("fuse_products"); }

TEST(Passes, EveryPassHasFiles) {
  for (const Pass& pass : pipeline()) {
    EXPECT_GE(files_of(std::string(pass.name)).size(), 4u) << pass.name;
  }
}

// Constants of more than 64 elements have no text, so these are made here.
TEST(Passes, LargeResultsAreNotFolded) {
  const auto folds = [](int64_t count) {
    Graph graph;
    const TensorSpec spec{{count}, DType::float32};
    const ValueId ones = graph.add_constant(Tensor::ones({count}).array());
    graph.outputs = graph.add_node(find_op("exp"), {}, {ones}, {spec});
    return fold_constants(graph);
  };
  EXPECT_TRUE(folds(4096));
  EXPECT_FALSE(folds(4097));
}

TEST(Passes, LargeConstantsAreMergedWhenTheyAreTheSameMemory) {
  const auto nodes_left = [](const Array& first, const Array& second) {
    Graph graph;
    const TensorSpec spec{first.shape(), DType::float32};
    for (const Array& array : {first, second}) {
      const ValueId constant = graph.add_constant(array);
      graph.outputs.push_back(graph.add_node(find_op("exp"), {}, {constant}, {spec})[0]);
    }
    cse(graph);
    return graph.nodes().size();
  };
  const Array square = Tensor::ones({80, 80}).array();
  const Array turned(square.buffer(), DType::float32, square.shape(), {1, 80}, 0);
  EXPECT_EQ(nodes_left(square, square), 1u);
  EXPECT_EQ(nodes_left(square, square.copy()), 2u);
  EXPECT_EQ(nodes_left(square, turned), 2u);
  const Array half = square.rows(0, 40);
  EXPECT_EQ(nodes_left(half, square.rows(40, 80)), 2u);
  EXPECT_EQ(nodes_left(half, square.rows(0, 40)), 1u);
}

}  // namespace
}  // namespace keratin::compiler
