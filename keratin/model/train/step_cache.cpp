// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/train/step_cache.h"

#include <algorithm>
#include <bit>

#include "keratin/base/error.h"
#include "keratin/compiler/row_bound.h"

namespace keratin {

namespace {

// Two batch sizes each for training, validation and prediction, and some more for lengths that
// vary.
constexpr size_t largest_cache = 16;

// Up to here a plan is made for the next power of two, so that few do; beyond it the memory counts.
constexpr int64_t most_rounded = 1024;

bool same_but_samples(const TensorSpec& a, const TensorSpec& b) {
  return a.dtype == b.dtype && a.shape.rank() == b.shape.rank() && a.shape.rank() > 0 &&
         a.shape.slice(1, a.shape.rank()) == b.shape.slice(1, b.shape.rank());
}

}  // namespace

bool StepState::operator==(const StepState& other) const {
  return trainable == other.trainable &&
         std::equal(layers.begin(), layers.end(), other.layers.begin(), other.layers.end(),
                    [](const Layer& a, const Layer& b) { return a.is(b); });
}

bool StepCache::Entry::is_of(const StepKey& key) const {
  return kind == key.kind && form == key.form && state == key.state;
}

// Tells whether what was traced for another number of samples is this in nothing but rows, of the
// same values as ever.
bool StepCache::Entry::differs_in_rows(const Graph& traced, int64_t samples) {
  const auto bound = compiler::find_row_bound(*graph, size, traced, samples);
  if (!bound) return false;
  if (each.empty()) each = bound->each;
  return each == bound->each;
}

// One of exactly this size goes before others, and of those the smallest.
StepCache::Place StepCache::place_of(const StepKey& key, int64_t size) const {
  Place found = steps_.end();
  for (Place at = steps_.begin(); at != steps_.end(); ++at) {
    const bool is_better = found == steps_.end() || at->size < found->size;
    if (is_better && at->serves(size) && at->is_of(key)) found = at;
  }
  return found;
}

Step* StepCache::find(const StepKey& key, int64_t size) const {
  const Place at = place_of(key, size);
  return at == steps_.end() ? nullptr : at->step.get();
}

Step* StepCache::use(const StepKey& key, int64_t size) {
  const Place at = place_of(key, size);
  if (at == steps_.end()) return nullptr;
  steps_.splice(steps_.begin(), steps_, at);
  return steps_.front().step.get();
}

StepCache::Entry* StepCache::largest(const StepKey& key) {
  Entry* found = nullptr;
  for (Entry& entry : steps_) {
    if (entry.is_of(key) && (found == nullptr || entry.size > found->size)) found = &entry;
  }
  return found;
}

Step& StepCache::add(const StepKey& key, int64_t size, const Trace& trace) {
  TracedStep traced = trace(size);
  const std::shared_ptr<const Graph> graph = traced.graph;
  Entry* known = key.kind == StepKind::predict && graph != nullptr ? largest(key) : nullptr;
  if (known != nullptr && known->step->serves_fewer()) {
    if (size < known->size && known->differs_in_rows(*graph, size)) {
      known->fewer.insert(size);
      return *use(key, size);
    }
    if (Step* step = add_larger(key, size, *graph, *known, trace)) return *step;
  }
  Entry entry = make_entry(key, size, std::move(traced));
  if (known != nullptr) {
    Entry& larger = known->size > size ? *known : entry;
    const Entry& smaller = known->size > size ? entry : *known;
    if (larger.differs_in_rows(*smaller.graph, smaller.size)) {
      larger.step->bind_rows(larger.size, *smaller.step, smaller.size);
    }
  }
  return keep(std::move(entry));
}

// The plans that are there serve fewer samples than these; a new one may serve some more.
Step* StepCache::add_larger(const StepKey& key, int64_t size, const Graph& traced,
                            const Entry& known, const Trace& trace) {
  const auto larger = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(size)));
  if (size < known.size || larger == size || larger > most_rounded) return nullptr;
  try {
    TracedStep more = trace(larger);
    Entry entry{.kind = key.kind, .form = key.form, .state = key.state, .size = larger};
    entry.graph = more.graph;
    if (!entry.differs_in_rows(traced, size)) return nullptr;
    entry.step = std::make_unique<Step>(std::move(more));
    if (!entry.step->bind_rows(larger, *known.step, known.size)) return nullptr;
    entry.fewer.insert(size);
    return &keep(std::move(entry));
  } catch (const Error&) {
    return nullptr;  // the model may refuse so many
  }
}

StepCache::Entry StepCache::make_entry(const StepKey& key, int64_t size, TracedStep traced) {
  Entry entry{.kind = key.kind, .form = key.form, .state = key.state, .size = size};
  entry.graph = traced.graph;
  entry.step = std::make_unique<Step>(std::move(traced));
  return entry;
}

Step& StepCache::keep(Entry entry) {
  steps_.push_front(std::move(entry));
  if (steps_.size() > largest_cache) steps_.pop_back();
  return *steps_.front().step;
}

Step* StepCache::find_prediction(const TensorSpec& input,
                                 const std::function<StepState()>& state) const {
  std::optional<StepState> now;
  const Entry* found = nullptr;
  for (const Entry& entry : steps_) {
    const bool is_known = entry.input && same_but_samples(*entry.input, input);
    if (!is_known || !entry.serves(input.shape[0])) continue;
    if (found != nullptr && entry.size >= found->size) continue;
    if (!now) now = state();
    if (entry.state == *now) found = &entry;
  }
  return found == nullptr ? nullptr : found->step.get();
}

}  // namespace keratin
