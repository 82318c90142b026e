// SPDX-License-Identifier: Apache-2.0
// The loop of `predict`.
#include "keratin/model/callbacks/progbar_logger.h"
#include "keratin/model/train/loops_internal.h"

namespace keratin {

namespace {

// Copies batches of outputs one behind the other.
class Collector {
 public:
  void add(const std::vector<Array>& outputs, const Nest& form, int64_t size) {
    if (parts_.empty()) parts_.resize(outputs.size());
    form_ = form;
    for (size_t i = 0; i < parts_.size(); ++i) {
      const Array& array = outputs[i];
      require<ShapeError>(array.rank() >= 1 && array.shape()[0] == size, "predict",
                          "expected outputs with a row for each of {} samples, got shape {}. Call "
                          "the model itself instead.",
                          size, to_string(array.shape()));
      parts_[i].push_back(array);
    }
    rows_ += size;
  }

  Nest take() {
    std::vector<Tensor> tensors;
    for (std::vector<Array>& batches : parts_) {
      Shape shape = batches[0].shape();
      shape[0] = rows_;
      Array all(batches[0].dtype(), shape);
      int64_t at = 0;
      for (Array& batch : batches) {
        all.rows(at, at + batch.shape()[0]).assign(batch);
        at += batch.shape()[0];
        batch = Array();
      }
      tensors.emplace_back(std::move(all));
    }
    return form_.pack(tensors);
  }

 private:
  std::vector<std::vector<Array>> parts_;
  Nest form_;
  int64_t rows_ = 0;
};

}  // namespace

Nest Trainer::predict(const Nest& x, const PredictOptions& options) {
  const auto feed = make_array_feed(Data(x),
                                    {.batch_size = options.batch_size,
                                     .steps = options.steps,
                                     .shuffle = false,
                                     .class_weight = {}},
                                    "predict");
  if (options.callbacks.empty() && options.verbose.level() == 0 && !options.steps) {
    if (std::optional<Nest> predicted = predict_shared(*feed)) return std::move(*predicted);
  }
  const Lock lock(mutex_);
  return run_predict(*feed, options);
}

Nest Trainer::predict(const BatchSource& batches, const PredictOptions& options) {
  const Lock lock(mutex_);
  const auto feed =
      make_source_feed(batches, {.steps = options.steps, .steps_name = "steps"}, "predict");
  return run_predict(*feed, options);
}

std::optional<Nest> Trainer::predict_shared(Feed& feed) {
  const std::shared_lock<RunLock> lock(mutex_);
  const Batch form = *feed.form();
  const StepState state = state_for(StepKind::predict);
  const StepKey key{StepKind::predict, form.form->signature, state};
  const int64_t rest = feed.all()->at(0).shape()[0] % form.size;
  for (int64_t size : {form.size, rest}) {
    const Step* step = steps_.find(key, size);
    if (size > 0 && (step == nullptr || step->changes_variables())) return std::nullopt;
  }
  feed.begin_epoch();
  Batch batch;
  Collector collector;
  while (feed.next(batch)) {
    Step& step = *steps_.find(key, batch.size);
    collector.add(step.predict_arrays(batch.arrays), step.output_form(), batch.size);
  }
  feed.end_epoch();
  return collector.take();
}

Nest Trainer::run_predict(Feed& feed, const PredictOptions& options) {
  const bool was_built = is_built(StepKind::predict);
  prepare(feed, StepKind::predict);
  if (!was_built) feed.rewind();
  Model model = handle_of(model_);
  callbacks::ProgbarLogger progress;
  std::vector<Callback*> all = pointers(options.callbacks);
  if (options.verbose.level() > 0) all.push_back(&progress);
  CallbackList callbacks(
      all, model,
      {.verbose = options.verbose.level(), .epochs = 1, .steps = feed.steps().value_or(-1)});
  Logs none;
  callbacks.on_predict_begin(none);
  feed.begin_epoch();
  Batch batch;
  Collector collector;
  int64_t steps = 0;
  const int64_t wanted = feed.steps().value_or(-1);
  const StepState state = state_for(StepKind::predict);
  bool more = true;
  while (more && (wanted < 0 || steps < wanted) && feed.next(batch)) {
    callbacks.on_predict_batch_begin(steps, none);
    const Execution done =
        execute(StepKind::predict, feed, batch, state, [&](const Step& step, int64_t size) {
          collector.add(step.output_copies(), step.output_form(), size);
        });
    callbacks.on_predict_batch_end(steps + steps_per_execution() - 1, none);
    steps += done.batches;
    more = done.more;
  }
  feed.end_epoch();
  require<ValueError>(steps > 0, "predict",
                      "expected at least one batch, got none. Check `steps` and the data.");
  callbacks.on_predict_end(none);
  return collector.take();
}

}  // namespace keratin
