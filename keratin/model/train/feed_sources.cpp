// SPDX-License-Identifier: Apache-2.0
// Feeds of data that comes in batches.
#include <algorithm>
#include <numeric>
#include <span>

#include "keratin/base/check.h"
#include "keratin/core/random.h"
#include "keratin/data/workers_internal.h"
#include "keratin/model/train/feed.h"

namespace keratin {

namespace {

class GeneratorFeed final : public Feed {
 public:
  GeneratorFeed(Generator generator, std::optional<int64_t> steps, std::string_view where)
      : generator_(std::move(generator)), steps_(steps), where_(where) {}

  void begin_epoch() override {}

  bool next(Batch& batch) override {
    std::optional<Data> data = std::move(kept_);
    kept_.reset();
    if (!data) data = generator_();
    if (!data) return false;
    batch = batch_of(*data, where_);
    return true;
  }

  std::optional<int64_t> steps() const override { return steps_; }

  // The batch that the model is built from is used: a generator gives each only once.
  Batch peek() override {
    if (!kept_) kept_ = generator_();
    require<ValueError>(kept_.has_value(), where_,
                        "expected at least one batch, got an empty generator. Check it.");
    return batch_of(*kept_, where_);
  }

 private:
  Generator generator_;
  std::optional<int64_t> steps_;
  std::string where_;
  std::optional<Data> kept_;
};

// Goes through a source that can be started again. With a number of steps an epoch goes on where
// the last one stopped; at the end of the data the next epoch begins at its start.
class PassFeed : public Feed {
 public:
  PassFeed(SourceFeedOptions options, std::string_view where)
      : options_(std::move(options)), where_(where) {}

  void begin_epoch() override {
    if (!options_.steps && !is_peeked_) pass_ = nullptr;
    is_fresh_ = true;
  }

  void rewind() override {
    if (!is_peeked_) pass_ = nullptr;
  }

  bool next(Batch& batch) override {
    std::optional<Data> data = draw();
    // The last epoch may have ended with the last batch of the data.
    if (!data && is_fresh_ && !was_new_) data = draw();
    is_fresh_ = false;
    if (!data) return false;
    batch = batch_of(*data, where_);
    return true;
  }

  std::optional<int64_t> steps() const override {
    return options_.steps ? options_.steps : batch_count();
  }

  Batch peek() override {
    if (!is_peeked_) {
      kept_ = draw();
      is_peeked_ = true;
    }
    require<ValueError>(kept_.has_value(), where_,
                        "expected at least one batch, got no data. Check it.");
    return batch_of(*kept_, where_);
  }

 protected:
  virtual Generator start() = 0;
  virtual std::optional<int64_t> batch_count() const = 0;
  const SourceFeedOptions& options() const { return options_; }
  bool has_pass() const { return pass_ != nullptr; }
  void restart() {
    pass_ = nullptr;
    kept_.reset();
    is_peeked_ = false;
  }

 private:
  std::optional<Data> draw() {
    if (is_peeked_) {
      is_peeked_ = false;
      return std::exchange(kept_, std::nullopt);
    }
    was_new_ = !pass_;
    if (was_new_) pass_ = start();
    std::optional<Data> data = pass_();
    if (!data) {
      pass_ = nullptr;
    } else if (!options_.class_weight.empty()) {
      require<ValueError>(data->sample_weight.empty(), where_,
                          "expected `class_weight` or weights in the batches, got both. Give one "
                          "of them.");
      data->sample_weight = weights_of_classes(data->y, options_.class_weight);
    }
    return data;
  }

  SourceFeedOptions options_;
  std::string where_;
  Generator pass_;
  std::optional<Data> kept_;  // what the model was built from, not used yet
  bool is_peeked_ = false;
  bool is_fresh_ = false;  // no batch of this epoch was drawn yet
  bool was_new_ = false;   // the last draw began a pass
};

class DatasetFeed final : public PassFeed {
 public:
  DatasetFeed(Dataset dataset, SourceFeedOptions options, std::string_view where)
      : PassFeed(std::move(options), where), dataset_(std::move(dataset)) {}

 private:
  Generator start() override { return dataset_.start(); }
  std::optional<int64_t> batch_count() const override {
    const int64_t count = dataset_.cardinality();
    return count < 0 ? std::nullopt : std::optional(count);
  }

  Dataset dataset_;
};

// Calls the user's functions in the order in which Keras calls them: what it builds the model from
// is an epoch of its own, and going back to the start ends an epoch.
class PyDatasetFeed final : public PassFeed {
 public:
  PyDatasetFeed(utils::PyDataset& dataset, SourceFeedOptions options, std::string_view where)
      : PassFeed(std::move(options), where), dataset_(dataset) {}

  void begin_epoch() override {
    PassFeed::begin_epoch();
    if (!has_pass()) workers_.reset();
    dataset_.on_epoch_begin();
    if (workers_) workers_->resume();
  }

  void end_epoch() override {
    if (workers_) workers_->pause();
    dataset_.on_epoch_end();
  }

  void rewind() override {
    restart();
    workers_.reset();
    end_epoch();
  }

  Batch peek() override {
    begin_epoch();
    return PassFeed::peek();
  }

 private:
  Generator start() override {
    auto next_index = [order = order(), i = int64_t{0}]() mutable -> std::optional<int64_t> {
      if (!order) return i++;
      if (i >= static_cast<int64_t>(order->size())) return std::nullopt;
      return (*order)[static_cast<size_t>(i++)];
    };
    utils::PyDataset* dataset = &dataset_;
    if (dataset_.workers() < 2) {
      return [next_index, dataset]() mutable -> std::optional<Data> {
        const std::optional<int64_t> index = next_index();
        if (!index) return std::nullopt;
        return dataset->get_item(*index);
      };
    }
    workers_.reset();  // those of the last pass end before others start
    workers_ = std::make_shared<OrderedWorkers>(
        [next_index, dataset]() mutable -> OrderedWorkers::Job {
          const std::optional<int64_t> index = next_index();
          if (!index) return nullptr;
          return [dataset, index] { return dataset->get_item(*index); };
        },
        dataset_.workers(), dataset_.max_queue_size());
    return [workers = workers_] { return workers->take(); };
  }

  // The numbers of the batches; nothing when there is no end.
  std::optional<std::vector<int64_t>> order() const {
    const std::optional<int64_t> count = batch_count();
    if (!count) return std::nullopt;
    std::vector<int64_t> order(static_cast<size_t>(*count));
    std::iota(order.begin(), order.end(), int64_t{0});
    if (options().shuffle) {
      rng::global_random().with_python(
          [&](rng::PythonRandom& python) { python.shuffle(std::span<int64_t>(order)); });
    }
    return order;
  }

  std::optional<int64_t> batch_count() const override {
    const std::optional<int64_t> count = dataset_.num_batches();
    require<ValueError>(!count || *count >= 0, "PyDataset",
                        "expected `num_batches` of 0 or more, got {}. Check it.",
                        count.value_or(0));
    return count;
  }

  utils::PyDataset& dataset_;
  std::shared_ptr<OrderedWorkers> workers_;
};

// A callback can end training; nothing ends the others.
void require_end(bool has_end, const SourceFeedOptions& options, std::string_view where) {
  require<ValueError>(has_end || options.steps || options.steps_name.empty(), where,
                      "expected `{}` with data that has no end, got none. Give the number of "
                      "batches.",
                      options.steps_name);
}

}  // namespace

std::unique_ptr<Feed> make_source_feed(const BatchSource& source, const SourceFeedOptions& options,
                                       std::string_view where) {
  require<ValueError>(!options.steps || *options.steps > 0, where,
                      "expected a positive number of steps, got {}. Leave it out to use all data.",
                      options.steps.value_or(0));
  if (const auto* dataset = std::get_if<Dataset>(&source.variant())) {
    require_end(dataset->cardinality() != INFINITE_CARDINALITY, options, where);
    return std::make_unique<DatasetFeed>(*dataset, options, where);
  }
  if (utils::PyDataset* const* dataset = std::get_if<utils::PyDataset*>(&source.variant())) {
    require_end((*dataset)->num_batches().has_value(), options, where);
    return std::make_unique<PyDatasetFeed>(**dataset, options, where);
  }
  require<ValueError>(options.class_weight.empty(), where,
                      "expected weights inside the batches of a generator, got `class_weight`. "
                      "Give them with each batch.");
  const auto& generator = std::get<Generator>(source.variant());
  require<ValueError>(generator != nullptr, where,
                      "expected a generator, got none. Pass a function that gives batches.");
  return std::make_unique<GeneratorFeed>(generator, options.steps, where);
}

}  // namespace keratin
