// SPDX-License-Identifier: Apache-2.0
// Times the project's own matrix product against oneDNN's, in turns in one process and on one
// thread, beside what this machine can do at most:
//
//   bench_products [--rounds 15] [--only 784x512] [--layer 64x2048x2048] [--packed 1]
//
// Each row is a Dense layer (batch x inputs x units) in one of its three passes. Calls take turns
// on operands of 8 MB in all, since in a training step they come from outside of the nearest
// caches. With --packed oneDNN's place is taken by the project's product of weights that were
// packed before: panels of the columns that a tile computes, each a product of its own. Prints
// Markdown.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "keratin/graph/ops/linalg.h"
#include "keratin/runtime/fast.h"
#include "keratin/runtime/host_guard.h"
#include "keratin/runtime/kernels/product.h"
#include "keratin/runtime/onednn/onednn.h"
#include "keratin/runtime/simd/simd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// What one thread of this machine can do at most.
namespace bench {

namespace limits {

constexpr int64_t turns = 20000;
constexpr int chains = 12;  // enough to hide the latency of a product and a sum

#if defined(__x86_64__)
__attribute__((target("avx512f"), noinline)) inline double run_avx512() {
  __m512 sums[chains];
  for (int c = 0; c < chains; ++c) sums[c] = _mm512_set1_ps(static_cast<float>(c));
  const __m512 factor = _mm512_set1_ps(0.999f);
  for (int64_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < chains; ++c) sums[c] = _mm512_fmadd_ps(sums[c], factor, factor);
  }
  volatile float sink = 0;
  for (int c = 0; c < chains; ++c) sink = sink + sums[c][0];
  return 2.0 * 16 * chains * turns;
}

__attribute__((target("avx2,fma"), noinline)) inline double run_fma() {
  __m256 sums[chains];
  for (int c = 0; c < chains; ++c) sums[c] = _mm256_set1_ps(static_cast<float>(c));
  const __m256 factor = _mm256_set1_ps(0.999f);
  for (int64_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < chains; ++c) sums[c] = _mm256_fmadd_ps(sums[c], factor, factor);
  }
  volatile float sink = 0;
  for (int c = 0; c < chains; ++c) sink = sink + sums[c][0];
  return 2.0 * 8 * chains * turns;
}
#endif

inline double run_plain() {
  typedef float Four __attribute__((vector_size(16)));
  Four sums[chains];
  for (int c = 0; c < chains; ++c) sums[c] = Four{} + static_cast<float>(c);
  for (int64_t i = 0; i < turns; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < chains; ++c) sums[c] = sums[c] * 0.999f + 0.999f;
  }
  volatile float sink = 0;
  for (int c = 0; c < chains; ++c) sink = sink + sums[c][0];
  return 2.0 * 4 * chains * turns;
}

inline double run_best() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return run_avx512();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return run_fma();
#endif
  return run_plain();
}

template <class F>
double best_rate(int repeats, F&& amount_of_run) {
  double best = 0;
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const double amount = amount_of_run();
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    best = amount / taken.count() > best ? amount / taken.count() : best;
  }
  return best;
}

}  // namespace limits

/// Returns the float32 products and sums that one thread does in a nanosecond.
inline double peak_gflops() { return limits::best_rate(100, limits::run_best); }

/// Returns the bytes that one thread reads and writes in a nanosecond, in a + b * s over arrays
/// that no cache holds.
inline double bandwidth_gbytes() {
  const size_t count = size_t{16} << 20;
  std::vector<float> a(count, 1.0f), b(count, 2.0f), c(count);
  return limits::best_rate(5, [&] {
    for (size_t i = 0; i < count; ++i) c[i] = a[i] + 0.5f * b[i];
    return 12.0 * static_cast<double>(count);
  });
}

}  // namespace bench

namespace {

using namespace keratin;
using runtime::Kernel;
using runtime::KernelCall;
using runtime::Operand;

enum class Pass { forward, inputs, weights };

struct Layer {
  int64_t batch, inputs, units;
};

constexpr int64_t turning_bytes = int64_t{8} << 20;

// Calls `each(j, width)` for the panels of a matrix of n columns.
template <class F>
void for_each_panel(int64_t n, F&& each) {
  const int64_t most = int64_t{2} * runtime::simd::level().lanes;
  for (int64_t j = 0; j < n; j += most) each(j, std::min(most, n - j));
}

// Computes a product whose right side lies in panels.
void run_packed(const KernelCall& call) {
  const int64_t m = call.outputs[0].shape[0], n = call.outputs[0].shape[1];
  const int64_t k = call.inputs[0].shape[1];
  const float* a = call.inputs[0].as<float>();
  const float* b = call.inputs[1].as<float>();
  float* c = call.outputs[0].as<float>();
  for_each_panel(n, [&](int64_t j, int64_t width) {
    runtime::simd::level().gemm(
        {m, width, k, a, k, 1, b + j * k, width, 1, c + j, n, runtime::gemm_workspace()});
  });
}

// Is calls of a product, each with memory of its own.
class Product {
 public:
  Product(const Layer& layer, Pass pass) {
    const auto [batch, inputs, units] = layer;
    const Shape x{batch, inputs}, w{inputs, units}, y{batch, units};
    const int64_t bytes = 4 * (batch * inputs + inputs * units + batch * units);
    for (int64_t i = 0; i < std::max<int64_t>(1, turning_bytes / bytes); ++i) {
      KernelCall& call = calls_.emplace_back();
      call.attrs = ops::MatmulAttrs{.transpose_a = pass == Pass::weights,
                                    .transpose_b = pass == Pass::inputs};
      if (pass == Pass::forward) set(call, x, w, y);
      if (pass == Pass::inputs) set(call, y, w, x);
      if (pass == Pass::weights) set(call, x, y, w);
    }
  }

  bool prepare_own() {
    for (KernelCall& call : calls_) kernel_ = runtime::prepare_gemm(call);
    return kernel_ != nullptr;
  }
  bool prepare_onednn() {
    for (KernelCall& call : calls_) kernel_ = runtime::onednn::prepare(ops::batch_matmul_op, call);
    return kernel_ != nullptr;
  }

  bool prepare_packed() {
    for (KernelCall& call : calls_) {
      const Shape& shape = call.inputs[1].shape;
      const int64_t rows = shape[0], columns = shape[1];
      const float* from = call.inputs[1].as<float>();
      call.inputs[1] = operand(shape);
      for_each_panel(columns, [&](int64_t j, int64_t width) {
        float* to = call.inputs[1].as<float>() + j * rows;
        for (int64_t i = 0; i < rows; ++i) {
          std::copy_n(from + i * columns + j, width, to + i * width);
        }
      });
    }
    kernel_ = run_packed;
    return true;
  }

  // Returns the microseconds of a call, of several in a slice of about a millisecond.
  double time() {
    const auto start = std::chrono::steady_clock::now();
    for (int64_t i = 0; i < repeats_; ++i) {
      kernel_(calls_[next_]);
      next_ = (next_ + 1) % calls_.size();
    }
    const std::chrono::duration<double, std::micro> taken =
        std::chrono::steady_clock::now() - start;
    const double each = taken.count() / static_cast<double>(repeats_);
    repeats_ = std::max<int64_t>(1, static_cast<int64_t>(1000 / std::max(each, 0.01)));
    return each;
  }

 private:
  void set(KernelCall& call, const Shape& a, const Shape& b, const Shape& c) {
    call.inputs = {operand(a), operand(b)};
    call.outputs = {operand(c)};
  }
  Operand operand(const Shape& shape) {
    memory_.emplace_back(DType::float32, shape);
    float* values = memory_.back().data<float>();
    for (int64_t i = 0; i < memory_.back().size(); ++i) {
      values[i] = static_cast<float>((i * 2654435761u >> 8) % 2000) / 1000.0f - 1.0f;
    }
    Operand result(DType::float32, shape, row_major_strides(shape));
    result.data = values;
    return result;
  }

  std::vector<KernelCall> calls_;
  size_t next_ = 0;
  Kernel kernel_ = nullptr;
  std::vector<Array> memory_;
  int64_t repeats_ = 1;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Options {
  int rounds = 15;
  std::string only, layer;
  bool packed = false;
};

Layer parse_layer(const std::string& text) {
  long long batch = 0, inputs = 0, units = 0;
  const int found = std::sscanf(text.c_str(), "%lldx%lldx%lld", &batch, &inputs, &units);
  if (found != 3 || batch < 1 || inputs < 1 || units < 1) {
    std::fprintf(stderr, "--layer: expected BATCHxINPUTSxUNITS, got '%s'.\n", text.c_str());
    std::exit(2);
  }
  return {batch, inputs, units};
}

void run(const Layer& layer, Pass pass, const char* name, const Options& options, double peak) {
  Product own(layer, pass), peer(layer, pass);
  if (!own.prepare_own()) return;
  const bool has_peer = options.packed ? peer.prepare_packed() : peer.prepare_onednn();
  std::vector<double> own_times, peer_times;
  for (int round = -3; round < options.rounds; ++round) {  // three to warm up
    const double a = own.time();
    const double b = has_peer ? peer.time() : 0.0;
    if (round < 0) continue;
    own_times.push_back(a);
    peer_times.push_back(b);
  }
  const double flop = 2.0 * static_cast<double>(layer.batch * layer.inputs * layer.units);
  const auto percent = [&](double time) { return 100 * flop / time / 1000 / peak; };
  const double a = median(own_times), b = median(peer_times);
  std::printf("| %lldx%lldx%lld | %s | %.2f (%.0f %%) ", static_cast<long long>(layer.batch),
              static_cast<long long>(layer.inputs), static_cast<long long>(layer.units), name, a,
              percent(a));
  if (has_peer) std::printf("| %.2f (%.0f %%) | %.2f |\n", b, percent(b), b / a);
  if (!has_peer) std::printf("| - | - |\n");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--rounds") options.rounds = std::max(1, std::atoi(argv[i + 1]));
    if (name == "--only") options.only = argv[i + 1];
    if (name == "--layer") options.layer = argv[i + 1];
    if (name == "--packed") options.packed = std::atoi(argv[i + 1]) != 0;
  }
  const runtime::HostGuard guard;
  const double peak = bench::peak_gflops();
  std::printf("Level %s, one thread: %.1f GF/s of float32 at most, %.1f GB/s from memory.\n\n",
              runtime::simd::level().name, peak, bench::bandwidth_gbytes());
  std::printf(
      "| batch x inputs x units | pass | Keratin us (of peak) | %s us (of peak) | times |\n",
      options.packed ? "packed before" : "oneDNN");
  std::printf("|---|---|---|---|---|\n");
  std::vector<Layer> layers = {
      {1, 784, 32},     {1, 784, 512},   {1, 2048, 2048},   {2, 784, 512},     {8, 784, 512},
      {16, 784, 512},   {32, 784, 32},   {128, 784, 32},    {128, 32, 10},     {32, 784, 512},
      {32, 512, 512},   {128, 784, 512}, {128, 512, 512},   {256, 784, 512},   {64, 100, 300},
      {256, 37, 1000},  {512, 512, 512}, {2048, 256, 1024}, {2048, 1024, 256}, {1024, 1024, 1024},
      {2048, 512, 2048}};
  if (!options.layer.empty()) layers = {parse_layer(options.layer)};
  for (const Layer& layer : layers) {
    const std::string text = std::to_string(layer.batch) + 'x' + std::to_string(layer.inputs) +
                             'x' + std::to_string(layer.units);
    if (text.find(options.only) == std::string::npos) continue;
    run(layer, Pass::forward, "forward", options, peak);
    if (options.packed) continue;
    run(layer, Pass::inputs, "gradient of inputs", options, peak);
    run(layer, Pass::weights, "gradient of weights", options, peak);
  }
}
