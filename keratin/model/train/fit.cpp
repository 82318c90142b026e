// SPDX-License-Identifier: Apache-2.0
// The loops of `fit`, `evaluate` and `predict`.
#include <algorithm>
#include <cstdio>

#include "keratin/base/check.h"
#include "keratin/model/advice/advisor_internal.h"
#include "keratin/model/callbacks/callback_list.h"
#include "keratin/model/callbacks/progbar_logger.h"
#include "keratin/model/train/interrupt_internal.h"
#include "keratin/model/train/run_state.h"
#include "keratin/model/train/trainer.h"

namespace keratin {

namespace {

void warn_of_end(int64_t seen, int64_t wanted) {
  std::fprintf(stderr,
               "fit: expected %lld steps, got data for %lld. Make the data repeat, or lower the "
               "number of steps.\n",
               static_cast<long long>(wanted), static_cast<long long>(seen));
}

Model handle_of(ModelBody& body) {
  return Model(std::static_pointer_cast<ModelBody>(body.shared_from_this()));
}

std::vector<Callback*> pointers(const Callbacks& callbacks) {
  std::vector<Callback*> result;
  for (const CallbackRef& callback : callbacks) result.push_back(&callback.get());
  return result;
}

void require_own_weights(const Nest& weights, const BatchSource& batches, std::string_view where) {
  require<ValueError>(weights.empty(), where,
                      "expected weights inside the batches of {}, got `sample_weight`. Give them "
                      "with each batch.",
                      batches.kind());
}

class HistoryRecorder final : public Callback {
 public:
  void on_epoch_end(int64_t epoch, Logs& logs) override { history.add(epoch, logs); }
  CallbackState get_state() const override { return {.values = history.to_config()}; }
  void set_state(const CallbackState& state) override {
    history = History::from_config(state.values);
  }
  History history;
};

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

History Trainer::fit(const Nest& x, const Nest& y, FitOptions options) {
  const Lock lock(mutex_);
  require_compiled("fit");
  Data data(x, y, options.sample_weight);
  const bool shuffled = options.shuffle.kind() == Shuffle::Kind::all;
  const bool weighted = !options.sample_weight.empty() || !options.class_weight.empty();
  advice::FitWatch watch(*advisor_, model_, options_,
                         {.x = x,
                          .y = y,
                          .validation_split = options.validation_split,
                          .shuffled = shuffled,
                          .weighted = weighted});
  if (options.validation_data.empty() && options.validation_split != 0.0) {
    std::tie(data, options.validation_data) = split_validation(data, options.validation_split);
  }
  const auto feed = make_array_feed(data,
                                    {.batch_size = options.batch_size,
                                     .steps = options.steps_per_epoch,
                                     .shuffle = options.shuffle,
                                     .class_weight = options.class_weight},
                                    "fit");
  return run_fit(*feed, options, watch);
}

History Trainer::fit(const BatchSource& batches, FitOptions options) {
  const Lock lock(mutex_);
  require_compiled("fit");
  require<ValueError>(options.validation_split == 0.0, "fit",
                      "expected `validation_data` with {}, got `validation_split`. Give the "
                      "validation data.",
                      batches.kind());
  require_own_weights(options.sample_weight, batches, "fit");
  const auto feed = make_source_feed(batches,
                                     {.steps = options.steps_per_epoch,
                                      .shuffle = options.shuffle.kind() != Shuffle::Kind::none,
                                      .class_weight = options.class_weight},
                                     "fit");
  advice::FitWatch watch(*advisor_, model_, options_, {.weighted = !options.class_weight.empty()});
  return run_fit(*feed, options, watch);
}

History Trainer::run_fit(Feed& feed, const FitOptions& options, advice::FitWatch& watch) {
  require<ValueError>(options.epochs >= 0 && options.initial_epoch >= 0, "fit",
                      "expected `epochs` and `initial_epoch` of 0 or more, got {} and {}. Check "
                      "them.",
                      options.epochs, options.initial_epoch);
  std::unique_ptr<Feed> validation;
  if (options.validation_data.source) {
    validation =
        make_source_feed(*options.validation_data.source,
                         {.steps = options.validation_steps, .steps_name = "validation_steps"},
                         "fit, validation_data");
  } else if (!options.validation_data.empty()) {
    validation =
        make_array_feed(options.validation_data,
                        {.batch_size = options.validation_batch_size ? options.validation_batch_size
                                                                     : options.batch_size,
                         .steps = options.validation_steps,
                         .shuffle = false,
                         .class_weight = {}},
                        "fit, validation_data");
  }
  if (options.initial_epoch < options.epochs) {
    watch.before_build();
    prepare(feed, StepKind::train);
    if (validation) prepare(*validation, StepKind::test);
    watch.after_build();
  } else {
    build_for(feed, StepKind::train);
  }
  feed.rewind();

  Model model = handle_of(model_);
  callbacks::ProgbarLogger progress;
  HistoryRecorder recorder;
  std::vector<Callback*> all = pointers(options.callbacks);
  // After the user's callbacks, which may add values, and before the bar.
  all.push_back(&recorder);
  const int verbose = options.verbose.level();
  if (verbose > 0) all.push_back(&progress);
  CallbackList callbacks(
      all, model,
      {.verbose = verbose, .epochs = options.epochs, .steps = feed.steps().value_or(-1)});
  stop_training = false;
  RunPosition at{.epoch = options.initial_epoch};
  RunState run({.model = model,
                .metrics = metric_variables(),
                .callbacks = all,
                .feed = &feed,
                .validation = validation.get(),
                .validation_freq = options.validation_freq,
                .stop_training = &stop_training},
               at);
  callbacks.set_run(&run);
  const InterruptGuard interrupt;
  Logs none;
  callbacks.on_train_begin(none);  // where a run goes on, `at` tells from where
  Logs& logs = at.logs;
  const bool has_ended = at.stopped && at.batch == 0;
  for (int64_t epoch = at.epoch; epoch < options.epochs && !has_ended; ++epoch) {
    const bool goes_on = at.batch > 0;
    if (!goes_on) {
      logs.clear();
      reset_metrics();
      callbacks.on_epoch_begin(epoch, none);
    } else if (verbose > 0) {
      progress.on_epoch_begin(epoch, none);
    }
    const State state = state_for(StepKind::train);
    if (!goes_on) feed.begin_epoch();
    Batch batch;
    int64_t steps = at.batch;
    const int64_t wanted = feed.steps().value_or(-1);
    bool more = true;
    while (more && !(goes_on && at.stopped) && (wanted < 0 || steps < wanted) && feed.next(batch)) {
      callbacks.on_train_batch_begin(steps, none);
      watch.before_step(batch);
      const Execution done = execute(StepKind::train, feed, batch, state);
      done.last->read_logs(logs);
      watch.after_step(logs, steps, batch.size);
      at.batch = steps + done.batches;
      callbacks.on_train_batch_end(steps + steps_per_execution() - 1, logs);
      steps = at.batch;
      more = done.more;
      if (stop_training || interrupt.requested()) break;
    }
    if (interrupt.requested()) break;
    if (!stop_training) feed.end_epoch();
    watch.after_epoch();
    if (wanted >= 0 && steps < wanted && !stop_training) warn_of_end(steps, wanted);
    require<ValueError>(steps > 0, "fit",
                        "expected at least one batch in epoch {}, got none. Make the data repeat.",
                        epoch + 1);
    settle_logs(StepKind::train, logs);
    if (validation && options.validation_freq.runs(epoch + 1)) {
      const Logs measured = run_evaluate(*validation, callbacks);
      Logs gap;
      for (const auto& [name, value] : measured) {
        if (logs.has(name)) gap.append(name, value - logs[name]);
        logs.set("val_" + name, value);
      }
      // Keras sorts what it hands to callbacks; values that these add come behind.
      std::sort(logs.items().begin(), logs.items().end());
      callbacks.on_gap(epoch, gap);
    }
    at.epoch = epoch + 1;
    at.batch = 0;
    callbacks.on_epoch_end(epoch, logs);
    if (stop_training || interrupt.requested()) break;
  }
  if (interrupt.requested() && at.epoch < options.epochs) {
    std::fprintf(stderr, "\nfit: ended by Ctrl-C after %lld steps of epoch %lld.\n",
                 static_cast<long long>(at.batch), static_cast<long long>(at.epoch + 1));
    callbacks.set_run(nullptr);  // a backup stays for the next run
  }
  if (options.epochs > 0) optimizer_.finalize_variable_values();
  callbacks.on_train_end(logs);
  return std::move(recorder.history);
}

Logs Trainer::run_evaluate(Feed& feed, CallbackList& callbacks) {
  build_for(feed, StepKind::test);
  Logs none;
  callbacks.on_test_begin(none);
  reset_metrics();
  feed.rewind();  // each validation of a fit begins at the first sample, also with a number of
                  // steps
  feed.begin_epoch();
  Batch batch;
  Logs logs;
  int64_t steps = 0;
  const int64_t wanted = feed.steps().value_or(-1);
  const State state = state_for(StepKind::test);
  bool more = true;
  while (more && (wanted < 0 || steps < wanted) && feed.next(batch)) {
    callbacks.on_test_batch_begin(steps, none);
    const Execution done = execute(StepKind::test, feed, batch, state);
    done.last->read_logs(logs);
    callbacks.on_test_batch_end(steps + steps_per_execution() - 1, logs);
    steps += done.batches;
    more = done.more;
  }
  feed.end_epoch();
  require<ValueError>(steps > 0, "evaluate",
                      "expected at least one batch, got none. Check `steps` "
                      "and the data.");
  if (wanted >= 0 && steps < wanted) warn_of_end(steps, wanted);
  settle_logs(StepKind::test, logs);
  callbacks.on_test_end(logs);
  return logs;
}

Logs Trainer::evaluate(const Nest& x, const Nest& y, const EvaluateOptions& options) {
  const Lock lock(mutex_);
  require_compiled("evaluate");
  const auto feed = make_array_feed(Data(x, y, options.sample_weight),
                                    {.batch_size = options.batch_size,
                                     .steps = options.steps,
                                     .shuffle = false,
                                     .class_weight = {}},
                                    "evaluate");
  return evaluate(*feed, options);
}

Logs Trainer::evaluate(const BatchSource& batches, const EvaluateOptions& options) {
  const Lock lock(mutex_);
  require_compiled("evaluate");
  require_own_weights(options.sample_weight, batches, "evaluate");
  const auto feed =
      make_source_feed(batches, {.steps = options.steps, .steps_name = "steps"}, "evaluate");
  return evaluate(*feed, options);
}

Logs Trainer::evaluate(Feed& feed, const EvaluateOptions& options) {
  prepare(feed, StepKind::test);
  Model model = handle_of(model_);
  callbacks::ProgbarLogger progress;
  std::vector<Callback*> all = pointers(options.callbacks);
  if (options.verbose.level() > 0) all.push_back(&progress);
  CallbackList callbacks(
      all, model,
      {.verbose = options.verbose.level(), .epochs = 1, .steps = feed.steps().value_or(-1)});
  const Logs logs = run_evaluate(feed, callbacks);
  return options.return_dict ? logs : in_order(logs);
}

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
  const State state = state_for(StepKind::predict);
  const int64_t rest = feed.all()->at(0).shape()[0] % form.size;
  for (int64_t size : {form.size, rest}) {
    const Step* step = find_step(StepKind::predict, form.form->signature, size, state);
    if (size > 0 && (step == nullptr || step->changes_variables())) return std::nullopt;
  }
  feed.begin_epoch();
  Batch batch;
  Collector collector;
  while (feed.next(batch)) {
    Step& step = *find_step(StepKind::predict, form.form->signature, batch.size, state);
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
  const State state = state_for(StepKind::predict);
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
