// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/host_guard.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>

#include "keratin/graph/ops/ops.h"
#include "keratin/runtime/executor.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace keratin::runtime {
namespace {

constexpr float smallest_normal = std::numeric_limits<float>::min();

// Halves the smallest normal number where the compiler cannot see it.
float half_of_smallest() {
  volatile float value = smallest_normal;
  value = value * 0.5f;
  return value;
}

// Returns the thread count of OpenMP, 0 where there is none in the process.
int omp_threads() {
  const auto get = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
  return get == nullptr ? 0 : get();
}

int threads_of_process() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Threads:")) return std::stoi(line.substr(8));
  }
  return -1;
}

// A plan with products large enough for oneDNN.
std::unique_ptr<Executor> product_plan(int64_t size, int threads = 0) {
  Graph graph;
  const TensorSpec spec{{size, size}, DType::float32};
  const ValueId x = graph.add_input(spec, "x");
  const ValueId y = graph.add_input(spec, "y");
  const ValueId product = graph.add_node(ops::matmul_op, {}, {x, y}, {spec})[0];
  graph.outputs = graph.add_node(ops::matmul_op, {}, {product, y}, {spec});
  return compile(graph, threads);
}

void run_product(Executor& executor, int64_t size) {
  const Array ones = Tensor::ones({size, size}).array();
  executor.run(std::vector<Array>{ones, ones});
  EXPECT_EQ(*executor.outputs()[0].data<const float>(), static_cast<float>(size * size));
}

#if defined(__x86_64__)

constexpr uint32_t round_down = 0x2000;
constexpr uint32_t status_flags = 0x003f;

// Gives the control register back at the end of a test.
struct KeepControl {
  const uint32_t before = _mm_getcsr();
  ~KeepControl() { _mm_setcsr(before); }
};

TEST(HostGuard, GivesTheHostsControlRegisterBack) {
  const KeepControl keep;
  const uint32_t hosts = (keep.before & ~status_flags) | round_down | 0x0004;
  _mm_setcsr(hosts);
  {
    const HostGuard guard;
    EXPECT_NE(_mm_getcsr(), hosts);
    { const HostGuard inner; }
    EXPECT_NE(_mm_getcsr(), hosts);
  }
  EXPECT_EQ(_mm_getcsr(), hosts);
}

TEST(HostGuard, ComputesTheSameWhateverTheHostRounds) {
  const KeepControl keep;
  const auto third = [] {
    volatile float one = 1.0f;
    volatile float three = 3.0f;
    const HostGuard guard;
    volatile float quotient = -one / three;
    return quotient;
  };
  const float usual = third();
  _mm_setcsr(keep.before | round_down);
  EXPECT_EQ(third(), usual);
  const Tensor quotient = Tensor::from<float>({-1}, {1}) / 3.0;
  EXPECT_EQ(quotient.item<float>(), usual);
}

TEST(HostGuard, EnginesDivisionByZeroDoesNotTrap) {
  const KeepControl keep;
  _mm_setcsr(keep.before & ~0x0200u & ~status_flags);  // the host wants a signal for it
  const Tensor quotient = Tensor::ones({4}) / Tensor::zeros({4});
  _mm_setcsr(keep.before);
  EXPECT_EQ(quotient.to_vector<float>()[3], std::numeric_limits<float>::infinity());
}

TEST(HostGuard, ExecutorsAndEagerRunsLeaveTheHostAsItWas) {
  const KeepControl keep;
  const uint32_t hosts = (keep.before & ~status_flags) | round_down;
  const auto executor = product_plan(64);
  const int threads = omp_threads();
  _mm_setcsr(hosts);
  run_product(*executor, 64);
  ops::exp(Tensor::ones({16}));
  EXPECT_EQ(_mm_getcsr() & ~status_flags, hosts);
  EXPECT_EQ(omp_threads(), threads);
}

TEST(HostGuard, DenormalsAreFlushedInside) {
  EXPECT_GT(half_of_smallest(), 0.0f);
  {
    const HostGuard guard;
    EXPECT_EQ(half_of_smallest(), 0.0f);
    volatile float denormal = std::numeric_limits<float>::denorm_min();
    volatile float large = 1e30f;
    EXPECT_EQ(denormal * large, 0.0f);  // they are read as zero too
  }
  EXPECT_GT(half_of_smallest(), 0.0f);
}

TEST(HostGuard, PlansAndEagerRunsFlushAlike) {
  Graph graph;
  const TensorSpec spec{{2}, DType::float32};
  const ValueId x = graph.add_input(spec, "x");
  const ValueId half = graph.add_constant(Tensor::from<float>({0.5f}, {}).array());
  graph.outputs = graph.add_node(ops::multiply_op, {}, {x, half}, {spec});
  const auto executor = compile(graph);
  const Tensor smallest = Tensor::from<float>({smallest_normal, 1.0f}, {2});
  executor->run(std::vector<Array>{smallest.array()});
  const std::vector<float> expected{0.0f, 0.5f};
  EXPECT_EQ(Tensor(executor->outputs()[0]).to_vector<float>(), expected);
  EXPECT_EQ((smallest * 0.5).to_vector<float>(), expected);
}

// The variable is read once in a process, so another one must be asked.
TEST(HostGuardDeathTest, DenormalsAreKeptWhenTold) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  setenv("KERATIN_DENORMALS", "keep", 1);
  EXPECT_EXIT(
      {
        const HostGuard guard;
        const bool keeps = half_of_smallest() > 0.0f;
        const Tensor half = Tensor::from<float>({smallest_normal}, {1}) * 0.5;
        std::_Exit(keeps && half.item<float>() > 0.0f ? 7 : 8);
      },
      testing::ExitedWithCode(7), "");
  setenv("KERATIN_DENORMALS", "flush", 1);
  EXPECT_EXIT(
      {
        const HostGuard guard;
        std::_Exit(half_of_smallest() > 0.0f ? 7 : 8);
      },
      testing::ExitedWithCode(8), "");
  unsetenv("KERATIN_DENORMALS");
}

#endif  // x86-64

TEST(HostGuard, GivesTheHostsThreadCountBack) {
  const auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  if (set == nullptr) return;  // without OpenMP there is nothing to give back
  const int before = omp_threads();
  for (int threads : {1, 2, 5}) {
    set(threads);
    {
      const HostGuard guard;
      EXPECT_EQ(omp_threads(), 1);
    }
    EXPECT_EQ(omp_threads(), threads);
    EXPECT_THROW(
        {
          const HostGuard guard;
          throw std::runtime_error("an error of the engine");
        },
        std::runtime_error);
    EXPECT_EQ(omp_threads(), threads);
  }
  set(before);
}

TEST(HostGuard, ProductsStartNoThreads) {
  // In a thread of its own, where OpenMP has not been used and allows several threads.
  std::thread([] {
    const auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
    if (set != nullptr) set(4);
    const int before = threads_of_process();
    const auto executor = product_plan(512, 1);
    run_product(*executor, 512);
    EXPECT_EQ(threads_of_process(), before);
    EXPECT_EQ(omp_threads(), set == nullptr ? 0 : 4);
  }).join();
}

}  // namespace
}  // namespace keratin::runtime
