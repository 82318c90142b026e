// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/estimate.h"

#include <algorithm>
#include <chrono>

#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"

namespace keratin::runtime {

namespace {

// Returns the seconds that one thread takes for f(x, x), the best of some runs.
template <class F>
double seconds_of(const Shape& shape, F&& f) {
  Trace trace(Trace::Mode::primitives);
  const Tensor x = trace.input({shape, DType::float32}, "x");
  const auto executor = compile(*trace.finish({f(x)}), 1);
  Array data(DType::float32, shape);
  std::fill_n(data.data<float>(), data.size(), 0.5f);
  const std::vector<Array> inputs{data};
  double best = 1.0;
  for (int i = 0; i < 4; ++i) {
    const auto start = std::chrono::steady_clock::now();
    executor->run(inputs);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best = std::min(best, taken.count());
  }
  return best;
}

Limits measure() {
  constexpr int64_t side = 256;
  constexpr int64_t cached = int64_t{1} << 16;    // elements
  constexpr int64_t uncached = int64_t{1} << 23;  // elements
  constexpr int chain = 8;                        // operations for each element
  const double product =
      seconds_of({side, side}, [](const Tensor& x) { return ops::matmul(x, x); });
  const double vector = seconds_of({cached}, [](Tensor x) {
    for (int i = 0; i < chain / 2; ++i) x = x * 0.5 + 0.25;
    return x;
  });
  const double moving = seconds_of({uncached}, [](const Tensor& x) { return x + 1; });
  return {.product_flop = 2.0 * side * side * side / product,
          .vector_flop = 1.0 * chain * cached / vector,
          .bytes = 2.0 * sizeof(float) * uncached / moving};
}

}  // namespace

const Limits& machine_limits() {
  static const Limits limits = measure();
  return limits;
}

double estimate_seconds(const Executor& executor, const Limits& limits) {
  constexpr double call = 2e-7;      // seconds
  constexpr double cache = 1 << 20;  // bytes that stay near a thread from step to step
  const std::vector<StepInfo> steps = executor.describe();
  const double threads = executor.threads();
  double seconds = 0.0;
  for (const StepInfo& step : steps) {
    const bool is_product = step.name.find(ops::batch_matmul_op.name) != std::string::npos;
    const double computing = step.flop / (is_product ? limits.product_flop : limits.vector_flop);
    const double moving = std::max(0.0, step.bytes - cache) / limits.bytes;
    seconds += std::max(computing, moving) / (step.shared ? threads : 1.0) + call;
  }
  return seconds;
}

}  // namespace keratin::runtime
