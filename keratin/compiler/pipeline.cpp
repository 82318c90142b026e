// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "keratin/base/text.h"
#include "keratin/compiler/bodies.h"
#include "keratin/compiler/passes/passes.h"

namespace keratin::compiler {

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Returns the names in KERATIN_SKIP that mean something.
std::vector<std::string> skipped_passes() {
  std::vector<std::string> skipped;
  for (const std::string& name : text::split(environment("KERATIN_SKIP"), ',')) {
    const auto passes = pipeline();
    const auto pass = std::find_if(passes.begin(), passes.end(),
                                   [&](const Pass& known) { return known.name == name; });
    if (pass != passes.end() && !pass->needed) {
      skipped.push_back(name);
    } else if (pass != passes.end()) {
      fmt::print(stderr,
                 "KERATIN_SKIP: expected passes that can be left out, got '{}', which "
                 "plans need. It runs.\n",
                 name);
    } else if (!name.empty()) {
      fmt::print(stderr,
                 "KERATIN_SKIP: expected names of passes, got '{}'. See "
                 "compiler/pipeline.cpp.\n",
                 name);
    }
  }
  return skipped;
}

}  // namespace

std::span<const Pass> pipeline() {
  static constexpr Pass passes[] = {
      {"expand", expand, true},                        // composites become primitives
      {"fold_constants", everywhere<fold_constants>},  // what depends on nothing is computed now
      {"simplify", everywhere<simplify>},              // what does nothing goes
      {"cse", everywhere<cse>},                        // what is computed twice is computed once
      {"dead_code", everywhere<dead_code>},            // what nobody uses goes
      {"reduce_rows_first",
       everywhere<reduce_rows_first>},  // what becomes one number becomes one for each row before
      {"fuse", everywhere<fuse>},       // what is computed tile by tile becomes one op
      {"fuse_products",
       everywhere<fuse_products>},  // and takes along the product that it begins with
  };
  return passes;
}

void optimize(Graph& graph) {
  const std::vector<std::string> skipped = skipped_passes();
  const bool verifies = environment("KERATIN_VERIFY") == "1";
  const bool dumps = environment("KERATIN_DUMP") == "1";
  if (verifies) verify(graph, "trace");
  for (const Pass& pass : pipeline()) {
    if (std::find(skipped.begin(), skipped.end(), pass.name) != skipped.end()) continue;
    const auto start = std::chrono::steady_clock::now();
    pass.run(graph);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    if (verifies) verify(graph, pass.name);
    if (dumps) {
      fmt::print(stderr, "after {} ({:.2f} ms)\n{}\n", pass.name, time.count(), to_string(graph));
    }
  }
}

}  // namespace keratin::compiler
