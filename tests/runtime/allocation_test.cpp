// SPDX-License-Identifier: Apache-2.0
// Counts what is allocated while a model trains: after the first step of an epoch nothing is, until
// the last full batch. The whole program's malloc and operator new are replaced for this.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <link.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include "keratin/graph/trace.h"
#include "keratin/keratin.h"
#include "keratin/runtime/executor.h"
#include "tests/support/sanitized.h"

#if defined(__GLIBC__) && !KERATIN_SANITIZED
#define KERATIN_COUNTS_ALLOCATIONS 1
#else
#define KERATIN_COUNTS_ALLOCATIONS 0
#endif

namespace {

// Is where a shared library lies in memory.
struct AddressRange {
  uintptr_t first = 0;
  uintptr_t last = 0;
  bool holds(const void* address) const {
    const auto at = reinterpret_cast<uintptr_t>(address);
    return first <= at && at < last;
  }
};

std::atomic<bool> counting{false};
std::atomic<int> allocations{0};         // of this program and what it calls
std::atomic<int> onednn_allocations{0};  // of oneDNN's own code
std::atomic<void*> first_caller{nullptr};
AddressRange onednn;

[[maybe_unused]] void count(void* caller) {
  if (!counting.load(std::memory_order_relaxed)) return;
  if (onednn.holds(caller)) {
    ++onednn_allocations;
    return;
  }
  ++allocations;
  void* none = nullptr;
  first_caller.compare_exchange_strong(none, caller);
}

}  // namespace

#if KERATIN_COUNTS_ALLOCATIONS

extern "C" {

void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);

void* malloc(size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_malloc(bytes);
}
void* calloc(size_t number, size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_calloc(number, bytes);
}
void* realloc(void* old, size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_realloc(old, bytes);
}
void* memalign(size_t alignment, size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** result, size_t alignment, size_t bytes) {
  count(__builtin_return_address(0));
  *result = __libc_memalign(alignment, bytes);
  return *result == nullptr ? ENOMEM : 0;
}

}  // extern "C"

void* operator new(size_t bytes) {
  count(__builtin_return_address(0));
  void* result = __libc_malloc(bytes == 0 ? 1 : bytes);
  if (result == nullptr) throw std::bad_alloc();
  return result;
}
void* operator new[](size_t bytes) {
  count(__builtin_return_address(0));
  void* result = __libc_malloc(bytes == 0 ? 1 : bytes);
  if (result == nullptr) throw std::bad_alloc();
  return result;
}
void operator delete(void* memory) noexcept { __libc_free(memory); }
void operator delete[](void* memory) noexcept { __libc_free(memory); }
void operator delete(void* memory, size_t) noexcept { __libc_free(memory); }
void operator delete[](void* memory, size_t) noexcept { __libc_free(memory); }

#endif  // KERATIN_COUNTS_ALLOCATIONS

namespace keratin {
namespace {

#if KERATIN_COUNTS_ALLOCATIONS
constexpr bool counts = true;
#else
constexpr bool counts = false;
#endif

void find_onednn() {
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void*) {
        if (std::string_view(info->dlpi_name).find("libdnnl") == std::string_view::npos) return 0;
        onednn.first = info->dlpi_addr;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& part = info->dlpi_phdr[i];
          const uintptr_t end = info->dlpi_addr + part.p_vaddr + part.p_memsz;
          if (part.p_type == PT_LOAD && end > onednn.last) onednn.last = end;
        }
        return 1;
      },
      nullptr);
}

std::string name_of_caller() {
  Dl_info info{};
  if (dladdr(first_caller.load(), &info) == 0) return "an unknown place";
  const auto offset = reinterpret_cast<uintptr_t>(first_caller.load()) -
                      reinterpret_cast<uintptr_t>(info.dli_fbase);
  return std::string(info.dli_sname != nullptr ? info.dli_sname : info.dli_fname) + " (offset " +
         std::to_string(offset) + " of " + info.dli_fname + ")";
}

// Counts from the end of an epoch's first batch to the end of its last full one.
class Counter : public Callback {
 public:
  explicit Counter(int64_t full_batches) : full_batches_(full_batches) {}
  void on_train_batch_end(int64_t batch, Logs&) override {
    if (batch == 0) counting = true;
    if (batch != full_batches_ - 1) return;
    counting = false;
    ++epochs;
  }
  int epochs = 0;

 private:
  int64_t full_batches_;
};

struct Sizes {
  int64_t features;
  int64_t units;
  int64_t batch;
};

// Trains for 2 epochs of 50 steps, the last with fewer samples, and counts.
void train(const Sizes& sizes, const Shuffle& shuffle) {
  constexpr int64_t steps = 50;
  const int64_t samples = (steps - 1) * sizes.batch + sizes.batch / 2;
  Sequential model({layers::Dense(sizes.units, {.activation = "relu"}), layers::Dropout(0.5),
                    layers::Dense(10, {.activation = "softmax"})});
  model.compile(
      {.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  const Tensor x =
      ops::random_uniform(Tensor::from<uint32_t>({0, 1}, {2}), {samples, sizes.features});
  const Tensor y = ops::cast(ops::arange(static_cast<int>(samples)) % 10, DType::uint8);
  Counter counter(steps - 1);
  allocations = 0;
  onednn_allocations = 0;
  first_caller = nullptr;
  find_onednn();
  const History history = model.fit(x, y,
                                    {.epochs = 2,
                                     .batch_size = sizes.batch,
                                     .verbose = 0,
                                     .callbacks = {counter},
                                     .shuffle = shuffle});
  counting = false;
  EXPECT_EQ(counter.epochs, 2);
  EXPECT_EQ(history["accuracy"].size(), 2u);
}

TEST(Allocation, IsCounted) {
  if (!counts) GTEST_SKIP() << "the sanitizers have their own malloc";
  allocations = 0;
  counting = true;
  const auto one = std::make_unique<int>(1);
  void* volatile two = std::malloc(8);
  void* volatile three = std::aligned_alloc(64, 64);
  counting = false;
  std::free(two);
  std::free(three);
  EXPECT_EQ(allocations, 3);
}

TEST(Allocation, AStepOfOwnKernelsAllocatesNothing) {
  if (!counts) GTEST_SKIP() << "the sanitizers have their own malloc";
  for (const Shuffle& shuffle : {Shuffle(true), Shuffle(false), Shuffle("batch")}) {
    train({.features = 12, .units = 16, .batch = 8}, shuffle);
    EXPECT_EQ(allocations, 0) << "the first in " << name_of_caller();
    EXPECT_EQ(onednn_allocations, 0);
  }
}

TEST(Allocation, ARunOfLoopsAndBranchesAllocatesNothing) {
  if (!counts) GTEST_SKIP() << "the sanitizers have their own malloc";
  Trace trace;
  const Tensor x = trace.input({{20, 8, 16}, DType::float32}, "x");
  const Tensor w = trace.input({{16, 16}, DType::float32}, "w");
  const auto step = [&](const Nest& c, const Nest& row) -> std::pair<Nest, Nest> {
    const Tensor next = ops::tanh(ops::matmul(c, w) + row.tensor());
    const auto halved = [&] { return Nest(next * 0.5); };
    const Tensor y = ops::cond(ops::sum(next) > 0, halved, [&] { return Nest(next); });
    const auto small = [](const Nest& v) { return Nest(ops::sum(v) < 9); };
    const auto grown = [](const Nest& v) { return Nest(v.tensor() * 2 + 1); };
    return {next, ops::while_loop(small, grown, y, 4)};
  };
  const auto [last, ys] = ops::scan(step, ops::zeros({8, 16}), x);
  const Tensor gradient =
      gradients(ops::sum(ops::square(last.tensor())), std::vector<Tensor>{w})[0];
  const auto graph = trace.finish({last.tensor(), ys.tensor(), gradient});
  const std::vector<Array> inputs{Tensor::ones({20, 8, 16}).array(),
                                  Tensor::ones({16, 16}).array()};
  for (int threads : {1, 2}) {
    const auto executor = runtime::compile(*graph, threads);
    executor->run(inputs);
    allocations = 0;
    first_caller = nullptr;
    counting = true;
    executor->run(inputs);
    counting = false;
    EXPECT_EQ(allocations, 0) << "the first in " << name_of_caller();
  }
}

// oneDNN makes a table of the arguments of each call.
TEST(Allocation, AStepWithLargeProductsAllocatesNothingOutsideOfOnednn) {
  if (!counts) GTEST_SKIP() << "the sanitizers have their own malloc";
  train({.features = 100, .units = 64, .batch = 32}, true);
  EXPECT_EQ(allocations, 0) << "the first in " << name_of_caller();
}

}  // namespace
}  // namespace keratin
