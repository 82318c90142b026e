// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/profile.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <thread>

#include "keratin/base/config.h"
#include "keratin/base/error.h"
#include "keratin/base/file.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "keratin/runtime/executor.h"

namespace keratin::runtime {
namespace {

using std::chrono::microseconds;

TEST(Profile, WritesWhatEachThreadDid) {
  const std::string path = std::filesystem::temp_directory_path() / "keratin_profile_test.json";
  Profile profile(path);
  const auto steps = std::make_shared<const std::vector<StepInfo>>(std::vector<StepInfo>{
      {"add", " float32[2] -> float32[2]", 2, 16, false}, {"say \"hi\"", "", 5, 0, true}});
  const Profile::Clock::time_point start = Profile::Clock::now();
  profile.record(steps, 0, Profile::What::runs, 0, start, start + microseconds(3));
  std::thread([&] {
    profile.record(steps, 1, Profile::What::waits, 1, start, start + microseconds(1));
    profile.record(steps, 1, Profile::What::runs, 1, start + microseconds(1),
                   start + microseconds(8));
  }).join();
  profile.write();
  const Config trace = parse_json(text_of(read_file(path)), path);
  std::filesystem::remove(path);

  const Config& events = trace.at("traceEvents");
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].at("name").as_string(), "add");
  EXPECT_NEAR(events[0].at("dur").as_number(), 3.0, 1e-9);
  EXPECT_EQ(events[0].at("args").at("flop").as_int(), 2);
  EXPECT_EQ(events[0].at("args").at("bytes").as_int(), 16);
  EXPECT_EQ(events[1].at("name").as_string(), "wait");
  EXPECT_NE(events[1].at("tid"), events[0].at("tid"));
  EXPECT_EQ(events[2].at("name").as_string(), "say \"hi\"");
  EXPECT_NEAR(events[2].at("ts").as_number() - events[1].at("ts").as_number(), 1.0, 0.01);
  EXPECT_EQ(events[2].at("args").at("slice").as_int(), 1);
  EXPECT_TRUE(events[2].at("args").at("shared").as_bool());
  EXPECT_EQ(trace.at("otherData").at("dropped").as_string(), "0");
}

TEST(Profile, NamesTheFileThatItCannotWrite) {
  const Profile profile("/no/such/folder/trace.json");
  try {
    profile.write();
    FAIL();
  } catch (const FileError& error) {
    EXPECT_NE(std::string(error.what()).find("/no/such/folder/trace.json"), std::string::npos);
  }
}

TEST(Profile, TheEndOfTheProcessWritesTheFileOrSaysWhyNot) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a process that has asked for no profile yet
  const auto end_with = [](const char* path) {
    ::setenv("KERATIN_PROFILE", path, 1);
    if (Profile::wanted() == nullptr) std::exit(1);
    std::exit(0);
  };
  EXPECT_EXIT(end_with("/no/such/folder/trace.json"), testing::ExitedWithCode(0),
              "KERATIN_PROFILE: /no/such/folder/trace.json: expected");
  const std::string path = std::filesystem::temp_directory_path() / "keratin_profile_end.json";
  EXPECT_EXIT(end_with(path.c_str()), testing::ExitedWithCode(0), "");
  EXPECT_EQ(parse_json(text_of(read_file(path)), path).at("traceEvents").size(), 0U);
  std::filesystem::remove(path);
}

TEST(Profile, PlansDescribeTheirSteps) {
  Trace trace;
  const Tensor x = trace.input({{4, 600}, DType::float32}, "x");
  const Tensor w = trace.input({{600, 16}, DType::float32}, "w");
  const Tensor v = trace.input({{16, 16}, DType::float32}, "v");
  const auto executor = compile(*trace.finish({ops::relu(ops::matmul(ops::matmul(x, w), v))}), 1);
  const std::vector<StepInfo> steps = executor->describe();
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].name, "batch_matmul");
  EXPECT_EQ(steps[0].operands, " float32[4, 600] float32[600, 16] -> float32[4, 16]");
  EXPECT_EQ(steps[0].flop, 2.0 * 4 * 600 * 16);
  EXPECT_EQ(steps[0].bytes, 4.0 * (4 * 600 + 600 * 16 + 4 * 16));
  EXPECT_EQ(steps[1].name, "fused batch_matmul relu");
  EXPECT_EQ(steps[1].flop, 2.0 * 4 * 16 * 16 + 4.0 * 16);
  EXPECT_FALSE(steps[1].shared);
}

// Threads that share a step do not change what it is.
TEST(Profile, SharedStepsAreDescribedAsAWhole) {
  Trace trace;
  const Tensor x = trace.input({{4096, 70}, DType::float64}, "x");
  const auto executor = compile(*trace.finish({ops::exp(x)}), 2);
  const std::vector<StepInfo> steps = executor->describe();
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_TRUE(steps[0].shared);
  EXPECT_EQ(steps[0].operands, " float64[4096, 70] -> float64[4096, 70]");
  EXPECT_EQ(steps[0].flop, 4096.0 * 70);
}

// What a plan of two threads does is written with its waits.
TEST(Profile, NotesEachStepOfAPlanOnEachThread) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a process that has asked for no profile yet
  const std::string path = std::filesystem::temp_directory_path() / "keratin_profile_plan.json";
  const auto run = [&] {
    ::setenv("KERATIN_PROFILE", path.c_str(), 1);
    Trace trace;
    const Tensor x = trace.input({{512, 48}, DType::float64}, "x");
    const Tensor sums = ops::cumsum(ops::cumsum(x, 1), 0);
    const auto executor = compile(*trace.finish({sums}), 2);
    const std::vector<Array> inputs{Array::zeros(DType::float64, {512, 48})};
    executor->run(inputs);
    executor->run(inputs);
    std::exit(0);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), "");
  const Config trace = parse_json(text_of(read_file(path)), path);
  std::filesystem::remove(path);
  std::map<std::string, int> counts;
  for (const Config& event : trace.at("traceEvents").as_list()) {
    if (event.has("dur")) ++counts[event.at("name").as_string()];
  }
  // The first goes on both threads; the second has too few columns to cut and is one thread's,
  // which waits for both, twice.
  EXPECT_EQ(counts["cumsum"], 2 * (2 + 1));
  EXPECT_EQ(counts["wait"], 2 * 2);
}

}  // namespace
}  // namespace keratin::runtime
