// SPDX-License-Identifier: Apache-2.0
// What Datasets are made of other Datasets by leaving out, repeating, reordering and stacking.
#include <algorithm>
#include <mutex>

#include "keratin/base/check.h"
#include "keratin/core/random.h"
#include "keratin/data/dataset.h"
#include "keratin/data/dataset_internal.h"

namespace keratin {

namespace {

void require_positive(int64_t number, std::string_view where, std::string_view name) {
  require<ValueError>(number > 0, where, "expected `{}` to be positive, got {}. Use 1 or more.",
                      name, number);
}

// Are the random orders of one call of `shuffle`, of which each start takes the next.
class Orders {
 public:
  Orders(int64_t seed, bool reshuffle) : seed_(static_cast<uint64_t>(seed)), changes_(reshuffle) {}

  rng::NumpyRandom next() {
    const std::lock_guard lock(mutex_);
    const uint64_t round = changes_ ? round_++ : 0;
    const uint32_t words[] = {static_cast<uint32_t>(seed_), static_cast<uint32_t>(seed_ >> 32),
                              static_cast<uint32_t>(round), static_cast<uint32_t>(round >> 32)};
    rng::NumpyRandom random(0);
    random.engine().seed_by_array(words);
    return random;
  }

 private:
  std::mutex mutex_;
  uint64_t seed_;
  uint64_t round_ = 0;
  bool changes_;
};

class Shuffler {
 public:
  Shuffler(Generator source, rng::NumpyRandom random, int64_t size)
      : source_(std::move(source)), random_(std::move(random)), size_(static_cast<size_t>(size)) {}

  std::optional<Data> operator()() {
    while (buffer_.size() < size_) {
      std::optional<Data> element = source_();
      if (!element) break;
      buffer_.push_back(*std::move(element));
    }
    if (buffer_.empty()) return std::nullopt;
    std::swap(buffer_[random_.interval(buffer_.size() - 1)], buffer_.back());
    Data chosen = std::move(buffer_.back());
    buffer_.pop_back();
    return chosen;
  }

 private:
  Generator source_;
  rng::NumpyRandom random_;
  size_t size_;
  std::vector<Data> buffer_;
};

// Is what was kept of a dataset that was gone through once.
struct Cache {
  std::mutex mutex;
  std::shared_ptr<const std::vector<Data>> elements;
};

Generator from_memory(std::shared_ptr<const std::vector<Data>> elements) {
  return [elements = std::move(elements), i = size_t{0}]() mutable -> std::optional<Data> {
    if (i >= elements->size()) return std::nullopt;
    return (*elements)[i++];
  };
}

Generator into_memory(Generator source, std::shared_ptr<Cache> cache) {
  return [source = std::move(source), cache = std::move(cache),
          kept = std::vector<Data>()]() mutable -> std::optional<Data> {
    std::optional<Data> element = source();
    if (element) {
      kept.push_back(*element);
    } else {
      const std::lock_guard lock(cache->mutex);
      if (!cache->elements) {
        cache->elements = std::make_shared<const std::vector<Data>>(std::move(kept));
      }
    }
    return element;
  };
}

Generator batches_of(std::shared_ptr<const Rows> rows, int64_t size, bool drop) {
  return [rows = std::move(rows), size, drop, at = int64_t{0}]() mutable -> std::optional<Data> {
    const int64_t taken = std::min(size, rows->count() - at);
    if (taken == 0 || (drop && taken < size)) return std::nullopt;
    at += taken;
    return rows->range(at - taken, at);
  };
}

Generator batches_of(Generator source, int64_t size, bool drop) {
  return [source = std::move(source), size, drop]() mutable -> std::optional<Data> {
    std::vector<Data> elements;
    while (static_cast<int64_t>(elements.size()) < size) {
      std::optional<Data> element = source();
      if (!element) break;
      elements.push_back(*std::move(element));
    }
    const bool is_whole = static_cast<int64_t>(elements.size()) == size;
    if (elements.empty() || (drop && !is_whole)) return std::nullopt;
    return stack(elements);
  };
}

int64_t repeated(int64_t cardinality, int64_t count) {
  if (cardinality == 0 || count == 0) return 0;
  if (count < 0) return INFINITE_CARDINALITY;
  if (cardinality < 0) return cardinality;
  int64_t total = 0;
  return __builtin_mul_overflow(cardinality, count, &total) ? INFINITE_CARDINALITY : total;
}

}  // namespace

Dataset Dataset::batch(int64_t size, const DatasetBatchOptions& options) const {
  require_positive(size, "batch", "size");
  const bool drop = options.drop_remainder;
  const int64_t count = cardinality();
  return {[self = *this, size, drop] {
            const auto* rows = self.body_->start.target<RowsStart>();
            return rows != nullptr ? batches_of(rows->rows, size, drop)
                                   : batches_of(self.start(), size, drop);
          },
          count < 0 ? count : count / size + (drop || count % size == 0 ? 0 : 1)};
}

Dataset Dataset::unbatch() const {
  return {[self = *this]() -> Generator {
            return [source = self.start(), rows = std::optional<Rows>(),
                    i = int64_t{0}]() mutable -> std::optional<Data> {
              while (!rows || i >= rows->count()) {
                const std::optional<Data> batch = source();
                if (!batch) return std::nullopt;
                rows.emplace(*batch, "unbatch");
                i = 0;
              }
              return rows->at(i++);
            };
          },
          UNKNOWN_CARDINALITY};
}

Dataset Dataset::rebatch(int64_t size, const DatasetBatchOptions& options) const {
  require_positive(size, "rebatch", "size");
  return unbatch().batch(size, options);
}

Dataset Dataset::shuffle(int64_t buffer_size, const ShuffleOptions& options) const {
  require_positive(buffer_size, "shuffle", "buffer_size");
  const int64_t seed = options.seed ? *options.seed : rng::global_random().make_default_seed();
  const auto orders = std::make_shared<Orders>(seed, options.reshuffle_each_iteration);
  return {[self = *this, orders, buffer_size]() -> Generator {
            return Shuffler(self.start(), orders->next(), buffer_size);
          },
          cardinality()};
}

Dataset Dataset::cache() const {
  const auto cache = std::make_shared<Cache>();
  return {[self = *this, cache] {
            const std::lock_guard lock(cache->mutex);
            return cache->elements ? from_memory(cache->elements)
                                   : into_memory(self.start(), cache);
          },
          cardinality()};
}

Dataset Dataset::take(int64_t count) const {
  require<ValueError>(count >= -1, "take",
                      "expected `count` of 0 or more, or -1 for all, got {}. Check it.", count);
  if (count == -1) return *this;
  const int64_t all = cardinality();
  const int64_t taken = all >= 0 ? std::min(all, count) : all == INFINITE_CARDINALITY ? count : all;
  return {[self = *this, count]() -> Generator {
            return [source = self.start(), left = count]() mutable -> std::optional<Data> {
              return left-- > 0 ? source() : std::nullopt;
            };
          },
          count == 0 ? 0 : taken};
}

Dataset Dataset::skip(int64_t count) const {
  require<ValueError>(count >= -1, "skip",
                      "expected `count` of 0 or more, or -1 for all, got {}. Check it.", count);
  if (count == -1) return take(0);
  const int64_t all = cardinality();
  return {[self = *this, count]() -> Generator {
            return [source = self.start(), left = count]() mutable -> std::optional<Data> {
              for (; left > 0; --left) {
                if (!source()) return std::nullopt;
              }
              return source();
            };
          },
          all < 0 ? all : std::max<int64_t>(0, all - count)};
}

Dataset Dataset::repeat(std::optional<int64_t> count) const {
  const int64_t times = count.value_or(-1);
  require<ValueError>(times >= -1, "repeat",
                      "expected `count` of 0 or more, or -1 for no end, got {}. Check it.", times);
  return {[self = *this, times]() -> Generator {
            return [self, source = Generator(), left = times]() mutable -> std::optional<Data> {
              while (true) {
                const bool starts = !source;
                if (starts) {
                  if (left == 0) return std::nullopt;
                  if (left > 0) --left;
                  source = self.start();
                }
                if (std::optional<Data> element = source()) return element;
                source = nullptr;
                if (starts) left = 0;  // nothing to repeat
              }
            };
          },
          repeated(cardinality(), times)};
}

Dataset Dataset::concatenate(const Dataset& other) const {
  const int64_t a = cardinality(), b = other.cardinality();
  const bool infinite = a == INFINITE_CARDINALITY || b == INFINITE_CARDINALITY;
  const bool unknown = a == UNKNOWN_CARDINALITY || b == UNKNOWN_CARDINALITY;
  return {[self = *this, other]() -> Generator {
            return
                [other, source = self.start(), is_second = false]() mutable -> std::optional<Data> {
                  std::optional<Data> element = source();
                  if (!element && !std::exchange(is_second, true)) {
                    source = other.start();
                    element = source();
                  }
                  return element;
                };
          },
          infinite  ? INFINITE_CARDINALITY
          : unknown ? UNKNOWN_CARDINALITY
                    : a + b};
}

}  // namespace keratin
