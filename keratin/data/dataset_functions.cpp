// SPDX-License-Identifier: Apache-2.0
// What Datasets do with functions of the user and with threads.
#include "keratin/base/check.h"
#include "keratin/base/thread_pool.h"
#include "keratin/data/dataset.h"
#include "keratin/data/workers_internal.h"

namespace keratin {

namespace {

int64_t resolve_auto(int64_t count) { return count == AUTOTUNE ? ThreadPool::size() : count; }

// Prepares what a source gives on threads.
Generator on_threads(Generator source, std::function<Data(const Data&)> function, int64_t threads,
                     int64_t ahead) {
  auto next_job = [source = std::move(source),
                   function = std::move(function)]() mutable -> OrderedWorkers::Job {
    std::optional<Data> element = source();
    if (!element) return nullptr;
    return [element = *std::move(element), &function] { return function(element); };
  };
  // A pointer, since a Generator must be copyable and threads are not.
  return [workers = std::make_shared<OrderedWorkers>(std::move(next_job), threads, ahead)] {
    return workers->take();
  };
}

// Goes round through several open datasets, as TensorFlow's `interleave` does.
class Interleaver {
 public:
  Interleaver(Generator source, std::function<Dataset(const Data&)> function, int64_t cycle)
      : source_(std::move(source)),
        function_(std::move(function)),
        open_(static_cast<size_t>(cycle)) {}

  std::optional<Data> operator()() {
    while (has_more_ || open_count_ > 0) {
      Generator& current = open_[at_];
      if (current) {
        std::optional<Data> element = current();
        advance();
        if (element) return element;
        current = nullptr;
        --open_count_;
      } else if (has_more_) {
        const std::optional<Data> element = source_();
        has_more_ = element.has_value();
        if (!element) continue;
        current = function_(*element).start();
        ++open_count_;
      } else {
        advance();
      }
    }
    return std::nullopt;
  }

 private:
  void advance() { at_ = (at_ + 1) % open_.size(); }

  Generator source_;
  std::function<Dataset(const Data&)> function_;
  std::vector<Generator> open_;
  size_t at_ = 0;
  int64_t open_count_ = 0;
  bool has_more_ = true;
};

}  // namespace

Dataset Dataset::mapped(std::function<Data(const Data&)> function,
                        const MapOptions& options) const {
  const int64_t threads = resolve_auto(options.num_parallel_calls);
  check_thread_count(threads, "map", "num_parallel_calls");
  return {[self = *this, function = std::move(function), threads]() -> Generator {
            if (threads > 1) return on_threads(self.start(), function, threads, 2 * threads);
            return [source = self.start(), function]() mutable -> std::optional<Data> {
              const std::optional<Data> element = source();
              if (!element) return std::nullopt;
              return function(*element);
            };
          },
          cardinality()};
}

Dataset Dataset::filtered(std::function<bool(const Data&)> function) const {
  return {[self = *this, function = std::move(function)]() -> Generator {
            return [source = self.start(), function]() mutable -> std::optional<Data> {
              std::optional<Data> element = source();
              while (element && !function(*element)) element = source();
              return element;
            };
          },
          UNKNOWN_CARDINALITY};
}

Dataset Dataset::interleaved(std::function<Dataset(const Data&)> function,
                             const InterleaveOptions& options) const {
  const int64_t cycle = resolve_auto(options.cycle_length);
  const int64_t threads = resolve_auto(options.num_parallel_calls);
  check_thread_count(cycle, "interleave", "cycle_length");
  check_thread_count(threads, "interleave", "num_parallel_calls");
  if (threads > 1) {
    function = [function = std::move(function)](const Data& element) {
      return function(element).prefetch();
    };
  }
  return {[self = *this, function = std::move(function), cycle]() -> Generator {
            return Interleaver(self.start(), function, cycle);
          },
          UNKNOWN_CARDINALITY};
}

Dataset Dataset::prefetch(int64_t count) const {
  require<ValueError>(count >= AUTOTUNE, "prefetch",
                      "expected `count` of 0 or more, or AUTOTUNE, got {}. Use 2.", count);
  if (count == 0) return *this;
  const int64_t ahead = count == AUTOTUNE ? 2 : count;
  return {[self = *this, ahead] {
            return on_threads(
                self.start(), [](const Data& element) { return element; }, 1, ahead);
          },
          cardinality()};
}

}  // namespace keratin
