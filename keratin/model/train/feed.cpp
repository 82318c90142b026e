// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/train/feed.h"

#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>
#include <span>

#include "keratin/base/check.h"
#include "keratin/base/thread_pool.h"
#include "keratin/core/random.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/model/train/random_state.h"
#include "keratin/runtime/thread_choice.h"

namespace keratin {

namespace {

std::string structure_of(const Nest& nest) {
  if (nest.empty()) return "-";
  if (nest.is_tensor()) {
    const Tensor& tensor = nest.tensor();
    return std::string(name_of(tensor.dtype())) + to_string(tensor.shape().slice(1, tensor.rank()));
  }
  std::string text = nest.is_dict() ? "{" : "[";
  for (const auto& [key, item] : nest.items()) text += key + ":" + structure_of(item) + ",";
  return text;
}

Nest placeholders(const Nest& nest) {
  return nest.map([](const Tensor& tensor) { return keras_tensor(tensor.spec()); });
}

std::vector<Array> arrays_of(const Data& data) {
  std::vector<Array> arrays;
  for (const Nest* nest : {&data.x, &data.y, &data.sample_weight}) {
    for (const Tensor& tensor : nest->flatten()) arrays.push_back(tensor.array().contiguous());
  }
  return arrays;
}

void check_part(const Nest& part, std::string_view name, std::string_view where) {
  for (const Tensor& tensor : part.flatten()) {
    require<ValueError>(tensor.defined(), where,
                        "expected data in `{}`, got an empty handle. Pass tensors with data.",
                        name);
    // The texts of a shape or of all data are made only for an error.
    if (!tensor.is_concrete()) {
      fail<ValueError>(where,
                       "expected data in `{}`, got a symbolic tensor of shape {}. Pass tensors "
                       "with data.",
                       name, to_string(tensor.shape()));
    }
    require<ShapeError>(tensor.rank() >= 1, where,
                        "expected data with a batch axis in `{}`, got a scalar. Add an axis.",
                        name);
  }
}

void check_data(const Data& data, std::string_view where) {
  require<ValueError>(!data.x.empty() && !data.x.flatten().empty(), where,
                      "expected inputs `x`, got none. Pass data.");
  check_part(data.x, "x", where);
  check_part(data.y, "y", where);
  check_part(data.sample_weight, "sample_weight", where);
  std::vector<int64_t> counts;
  for (const Nest* nest : {&data.x, &data.y, &data.sample_weight}) {
    for (const Tensor& tensor : nest->flatten()) counts.push_back(tensor.shape()[0]);
  }
  for (int64_t count : counts) {
    if (count == counts[0]) continue;
    fail<ValueError>(where,
                     "expected the same number of samples in x {}, y {} and sample_weight {}, "
                     "got {}. Cut them to equal lengths.",
                     to_string(data.x), to_string(data.y), to_string(data.sample_weight),
                     fmt::join(counts, ", "));
  }
  require<ValueError>(counts[0] > 0, where,
                      "expected at least one sample, got none. Check how the data was loaded.");
}

// Is rows to copy: row `order[i]` of `from` becomes row i of `to`.
struct Rows {
  const std::byte* from;
  std::byte* to;
  size_t bytes;  // of a row
  std::span<const int64_t> order;

  const std::byte* source(size_t i) const { return from + static_cast<size_t>(order[i]) * bytes; }

  void copy(size_t first, size_t last) const {
    constexpr size_t line = 64;
    for (size_t i = first; i < last; ++i) {
      // Rows lie anywhere: the next one is on its way while this one is copied, to the second
      // cache, which waits for more lines at a time than the first.
      if (i + 1 < last) {
        for (size_t at = 0; at < bytes; at += line) __builtin_prefetch(source(i + 1) + at, 0, 2);
      }
      std::memcpy(to + i * bytes, source(i), bytes);
    }
  }
};

// Copies rows on all threads of the pool, if they are many and that is faster.
void gather_rows(const Rows& rows, runtime::ThreadChoice& choice) {
  using Clock = std::chrono::steady_clock;
  constexpr size_t smallest_shared = size_t{1} << 16;  // bytes
  const size_t count = rows.order.size();
  struct Share {
    const Rows& rows;
    size_t threads;
  } all{rows, static_cast<size_t>(ThreadPool::size())};
  const auto job = [](void* context, int thread) {
    const auto& share = *static_cast<const Share*>(context);
    const auto part = static_cast<size_t>(thread);
    const size_t rows_of_all = share.rows.order.size();
    share.rows.copy(rows_of_all * part / share.threads, rows_of_all * (part + 1) / share.threads);
  };
  const bool may_share =
      all.threads > 1 && count >= all.threads && count * rows.bytes >= smallest_shared;
  if (!may_share) return rows.copy(0, count);
  const Clock::time_point start = Clock::now();
  const bool shared = choice.shares() && ThreadPool::run(ThreadPool::size(), job, &all);
  if (!shared) rows.copy(0, count);
  choice.took(shared, std::chrono::duration<double>(Clock::now() - start).count());
}

class ArrayFeed final : public Feed {
 public:
  ArrayFeed(const Data& data, const ArrayFeedOptions& options)
      : options_(options), form_(BatchForm::of(data)), arrays_(arrays_of(data)) {
    count_ = arrays_[0].shape()[0];
    batch_size_ = options.batch_size.value_or(options.steps ? parts(count_, *options.steps) : 32);
    batches_ = parts(count_, batch_size_);
    choices_.resize(arrays_.size());
    for (const Array& array : arrays_) {
      Shape shape = array.shape();
      shape[0] = std::min(batch_size_, count_);
      if (shuffles()) staging_.emplace_back(array.dtype(), shape);
    }
  }

  void begin_epoch() override {
    // With a number of steps, an epoch goes on where the last one stopped.
    if (options_.steps && at_ > 0 && at_ < batches_) return;
    rewind();
  }

  void rewind() override {
    at_ = 0;
    drawn_ = false;
  }

  bool next(Batch& batch) override {
    if (at_ >= batches_) return false;
    if (!drawn_) draw();
    fill(batch, at_ * batch_size_, std::min(batch_size_, count_ - at_ * batch_size_));
    ++at_;
    return true;
  }

  std::optional<int64_t> steps() const override { return options_.steps.value_or(batches_); }

  // Keras takes a batch to build from, and so draws one order that it does not use.
  Batch peek() override {
    draw_unused();
    Batch batch = *form();
    for (const Array& array : arrays_) batch.arrays.push_back(array.rows(0, batch.size));
    return batch;
  }

  std::optional<Batch> form() const override {
    return Batch{form_, {}, std::min(batch_size_, count_)};
  }

  Config position() const override {
    const bool is_inside = drawn_ && at_ < batches_;
    return Config::dict(
        {{"at", at_},
         {"drawn", drawn_},
         {"order", is_inside && is_shuffled_whole() ? random_config(drawn_from_) : Config()}});
  }

  void go_to(const Config& position) override {
    at_ = position.at("at").as_int();
    drawn_ = position.at("drawn").as_bool();
    if (options_.shuffle.kind() == Shuffle::Kind::batch) order_.resize(static_cast<size_t>(count_));
    if (position.at("order").is_null()) return;
    // The order itself may be long, so it is drawn once more.
    drawn_from_ = random_state_of(position.at("order"));
    rng::global_random().with_numpy([&](rng::NumpyRandom& numpy) {
      numpy.engine().set_state(drawn_from_);
      order_ = numpy.permutation(count_);
    });
  }

  const std::vector<Array>* all() const override { return &arrays_; }

 private:
  void draw_unused() const {
    if (options_.shuffle.kind() == Shuffle::Kind::all) rng::global_random().permutation(count_);
    if (options_.shuffle.kind() == Shuffle::Kind::batch) {
      rng::global_random().permutation(std::min(batch_size_, count_));
    }
  }

  // Returns count / size rounded up, both positive and as large as they may be.
  static int64_t parts(int64_t count, int64_t size) { return (count - 1) / size + 1; }
  bool is_shuffled_whole() const { return options_.shuffle.kind() == Shuffle::Kind::all; }
  bool shuffles() const { return options_.shuffle.kind() != Shuffle::Kind::none; }

  void draw() {
    drawn_ = true;
    if (is_shuffled_whole()) {
      rng::global_random().with_numpy([&](rng::NumpyRandom& numpy) {
        drawn_from_ = numpy.engine().state();
        order_ = numpy.permutation(count_);
      });
    } else if (options_.shuffle.kind() == Shuffle::Kind::batch) {
      order_.resize(static_cast<size_t>(count_));
    }
  }

  void fill(Batch& batch, int64_t first, int64_t size) {
    batch.form = form_;
    batch.size = size;
    batch.arrays.resize(arrays_.size());
    if (options_.shuffle.kind() == Shuffle::Kind::batch) {
      const std::span inside(order_.data() + first, static_cast<size_t>(size));
      std::iota(inside.begin(), inside.end(), first);
      rng::global_random().with_numpy([&](rng::NumpyRandom& numpy) { numpy.shuffle(inside); });
    }
    for (size_t k = 0; k < arrays_.size(); ++k) {
      if (!shuffles()) {
        arrays_[k].rows(first, first + size, batch.arrays[k]);
        continue;
      }
      gather(k, first, size);
      staging_[k].rows(0, size, batch.arrays[k]);
    }
  }

  void gather(size_t k, int64_t first, int64_t size) {
    const Array& from = arrays_[k];
    const std::span order(order_.data() + first, static_cast<size_t>(size));
    gather_rows(
        {static_cast<const std::byte*>(from.raw()), static_cast<std::byte*>(staging_[k].raw()),
         from.bytes() / static_cast<size_t>(count_), order},
        choices_[k]);
  }

  ArrayFeedOptions options_;
  std::shared_ptr<const BatchForm> form_;
  std::vector<Array> arrays_;
  std::vector<Array> staging_;
  std::vector<runtime::ThreadChoice> choices_;
  std::vector<int64_t> order_;
  rng::Mt19937::State drawn_from_;  // the state of the random numbers before the order
  int64_t count_ = 0;
  int64_t batch_size_ = 32;
  int64_t batches_ = 0;
  int64_t at_ = 0;
  bool drawn_ = false;
};

}  // namespace

std::shared_ptr<const BatchForm> BatchForm::of(const Data& batch) {
  auto form = std::make_shared<BatchForm>();
  form->x = placeholders(batch.x);
  form->y = placeholders(batch.y);
  form->sample_weight = placeholders(batch.sample_weight);
  form->signature =
      structure_of(batch.x) + "|" + structure_of(batch.y) + "|" + structure_of(batch.sample_weight);
  return form;
}

std::unique_ptr<Feed> make_array_feed(const Data& data, const ArrayFeedOptions& options,
                                      std::string_view where) {
  check_data(data, where);
  Data complete = data;
  if (!options.class_weight.empty()) {
    require<ValueError>(data.sample_weight.empty(), where,
                        "expected `class_weight` or `sample_weight`, got both. Give one of them.");
    complete.sample_weight = weights_of_classes(data.y, options.class_weight);
  }
  require<ValueError>(!options.batch_size || *options.batch_size > 0, where,
                      "expected `batch_size` to be positive, got {}. Use 32.",
                      options.batch_size.value_or(0));
  require<ValueError>(!options.steps || *options.steps > 0, where,
                      "expected a positive number of steps, got {}. Leave it out to use all data.",
                      options.steps.value_or(0));
  return std::make_unique<ArrayFeed>(complete, options);
}

Batch batch_of(const Data& data, std::string_view where) {
  check_data(data, where);
  Batch batch;
  batch.form = BatchForm::of(data);
  batch.arrays = arrays_of(data);
  batch.size = batch.arrays[0].shape()[0];
  return batch;
}

std::pair<Data, Data> split_validation(const Data& data, double share) {
  require<ValueError>(share > 0.0 && share < 1.0, "fit",
                      "expected `validation_split` between 0 and 1, got {}. Use 0.2 for a fifth.",
                      share);
  check_data(data, "fit");
  const int64_t count = data.x.flatten()[0].shape()[0];
  const auto cut = static_cast<int64_t>(std::floor(static_cast<double>(count) * (1.0 - share)));
  require<ValueError>(cut > 0 && cut < count, "fit",
                      "expected samples on both sides of `validation_split`, got {} samples and "
                      "{}. Use more data or another share.",
                      count, share);
  const auto part = [&](const Nest& nest, int64_t first, int64_t last) {
    return nest.map([&](const Tensor& tensor) { return Tensor(tensor.array().rows(first, last)); });
  };
  return {
      {part(data.x, 0, cut), part(data.y, 0, cut), part(data.sample_weight, 0, cut)},
      {part(data.x, cut, count), part(data.y, cut, count), part(data.sample_weight, cut, count)}};
}

Tensor weights_of_classes(const Nest& y, const ClassWeight& class_weight) {
  require<ValueError>(!y.empty(), "class_weight",
                      "expected targets `y` whose classes are weighted, got none. Pass `y`.");
  require<ValueError>(y.is_tensor(), "class_weight",
                      "expected a model with a single output, got targets {}. Use sample_weight.",
                      to_string(y));
  for (const auto& [label, weight] : class_weight) {
    require<ValueError>(std::isfinite(weight), "class_weight",
                        "expected finite weights, got {} for the class {}. Check how they were "
                        "computed.",
                        weight, label);
  }
  Tensor classes = y.tensor();
  if (classes.rank() > 1) {
    classes = classes.shape()[-1] != 1 ? ops::argmax(classes, -1) : ops::squeeze(classes, -1);
  }
  std::vector<float> weights;
  for (double value : classes.to_vector<double>()) {
    require<ValueError>(std::abs(value) < 1e15, "class_weight",
                        "expected class numbers in `y`, got {}. Check the labels.", value);
    const auto found = class_weight.find(static_cast<int64_t>(std::nearbyint(value)));
    weights.push_back(found == class_weight.end() ? 1.0f : static_cast<float>(found->second));
  }
  return Tensor::from(weights, classes.shape());
}

}  // namespace keratin
