// SPDX-License-Identifier: Apache-2.0
// The loop of `fit`.
#include <algorithm>
#include <cstdio>

#include "keratin/model/advice/advisor_internal.h"
#include "keratin/model/callbacks/progbar_logger.h"
#include "keratin/model/train/interrupt_internal.h"
#include "keratin/model/train/loops_internal.h"
#include "keratin/model/train/run_state.h"

namespace keratin {

namespace {

class HistoryRecorder final : public Callback {
 public:
  void on_epoch_end(int64_t epoch, Logs& logs) override { history.add(epoch, logs); }
  CallbackState get_state() const override { return {.values = history.to_config()}; }
  void set_state(const CallbackState& state) override {
    history = History::from_config(state.values);
  }
  History history;
};

std::unique_ptr<Feed> make_validation_feed(const FitOptions& options) {
  const ValidationData& data = options.validation_data;
  if (data.source) {
    return make_source_feed(*data.source,
                            {.steps = options.validation_steps, .steps_name = "validation_steps"},
                            "fit, validation_data");
  }
  if (data.empty()) return nullptr;
  return make_array_feed(
      data,
      {.batch_size =
           options.validation_batch_size ? options.validation_batch_size : options.batch_size,
       .steps = options.validation_steps,
       .shuffle = false,
       .class_weight = {}},
      "fit, validation_data");
}

}  // namespace

/// Is one run of `fit` over data that has been prepared: its callbacks, where it stands, and the
/// loops over epochs and batches.
class Trainer::FitRun {
 public:
  FitRun(Trainer& trainer, Feed& feed, Feed* validation, const FitOptions& options,
         advice::FitWatch& watch);
  History run();

 private:
  /// Adds what records the history, after the user's callbacks, which may add values, and before
  /// the bar.
  const std::vector<Callback*>& with_own(int verbose);
  /// Whether the run ends early: a callback wants it, or the user has pressed Ctrl-C.
  bool ends() const { return trainer_.stop_training || interrupt_.requested(); }
  /// Whether the epoch began before this run, which goes on from a backup.
  bool within_epoch() const { return at_.batch > 0; }
  void begin_epoch(int64_t epoch);
  void run_batches();
  void end_epoch(int64_t epoch);
  void validate(int64_t epoch);

  Trainer& trainer_;
  Feed& feed_;
  Feed* const validation_;
  const FitOptions& options_;
  advice::FitWatch& watch_;
  Model model_;
  callbacks::ProgbarLogger progress_;
  HistoryRecorder recorder_;
  std::vector<Callback*> all_;
  CallbackList callbacks_;
  RunPosition at_;
  const InterruptGuard interrupt_;
  Logs none_;
};

Trainer::FitRun::FitRun(Trainer& trainer, Feed& feed, Feed* validation, const FitOptions& options,
                        advice::FitWatch& watch)
    : trainer_(trainer),
      feed_(feed),
      validation_(validation),
      options_(options),
      watch_(watch),
      model_(handle_of(trainer.model_)),
      all_(pointers(options.callbacks)),
      callbacks_(with_own(options.verbose.level()), model_,
                 {.verbose = options.verbose.level(),
                  .epochs = options.epochs,
                  .steps = feed.steps().value_or(-1)}),
      at_{.epoch = options.initial_epoch} {}

const std::vector<Callback*>& Trainer::FitRun::with_own(int verbose) {
  all_.push_back(&recorder_);
  if (verbose > 0) all_.push_back(&progress_);
  return all_;
}

History Trainer::FitRun::run() {
  trainer_.stop_training = false;
  RunState state({.model = model_,
                  .metrics = trainer_.metric_variables(),
                  .callbacks = all_,
                  .feed = &feed_,
                  .validation = validation_,
                  .validation_freq = options_.validation_freq,
                  .stop_training = &trainer_.stop_training},
                 at_);
  callbacks_.set_run(&state);
  callbacks_.on_train_begin(none_);  // where a run goes on, `at_` tells from where
  const bool has_ended = at_.stopped && at_.batch == 0;
  for (int64_t epoch = at_.epoch; epoch < options_.epochs && !has_ended; ++epoch) {
    begin_epoch(epoch);
    run_batches();
    if (interrupt_.requested()) break;
    end_epoch(epoch);
    if (ends()) break;
  }
  if (interrupt_.requested() && at_.epoch < options_.epochs) {
    std::fprintf(stderr, "\nfit: ended by Ctrl-C after %lld steps of epoch %lld.\n",
                 static_cast<long long>(at_.batch), static_cast<long long>(at_.epoch + 1));
    callbacks_.set_run(nullptr);  // a backup stays for the next run
  }
  if (options_.epochs > 0) trainer_.optimizer_.finalize_variable_values();
  callbacks_.on_train_end(at_.logs);
  return std::move(recorder_.history);
}

void Trainer::FitRun::begin_epoch(int64_t epoch) {
  if (within_epoch()) {
    if (options_.verbose.level() > 0) progress_.on_epoch_begin(epoch, none_);
    return;
  }
  at_.logs.clear();
  trainer_.reset_metrics();
  callbacks_.on_epoch_begin(epoch, none_);
}

void Trainer::FitRun::run_batches() {
  const StepState state = trainer_.state_for(StepKind::train);
  bool more = !(within_epoch() && at_.stopped);
  if (!within_epoch()) feed_.begin_epoch();
  Batch batch;
  const int64_t wanted = feed_.steps().value_or(-1);
  while (more && (wanted < 0 || at_.batch < wanted) && feed_.next(batch)) {
    const int64_t first = at_.batch;
    callbacks_.on_train_batch_begin(first, none_);
    watch_.before_step(batch);
    const Execution done = trainer_.execute(StepKind::train, feed_, batch, state);
    done.last->read_logs(at_.logs);
    watch_.after_step(at_.logs, first, batch);
    at_.batch = first + done.batches;
    callbacks_.on_train_batch_end(first + trainer_.steps_per_execution() - 1, at_.logs);
    more = done.more && !ends();
  }
}

void Trainer::FitRun::end_epoch(int64_t epoch) {
  if (!trainer_.stop_training) feed_.end_epoch();
  watch_.after_epoch();
  const int64_t wanted = feed_.steps().value_or(-1);
  if (at_.batch < wanted && !trainer_.stop_training) warn_of_end("fit", at_.batch, wanted);
  require<ValueError>(at_.batch > 0, "fit",
                      "expected at least one batch in epoch {}, got none. Make the data repeat.",
                      epoch + 1);
  trainer_.settle_logs(StepKind::train, at_.logs);
  if (validation_ && options_.validation_freq.runs(epoch + 1)) validate(epoch);
  at_.epoch = epoch + 1;
  at_.batch = 0;
  callbacks_.on_epoch_end(epoch, at_.logs);
}

void Trainer::FitRun::validate(int64_t epoch) {
  Logs gap;
  for (const auto& [name, value] : trainer_.run_evaluate(*validation_, callbacks_)) {
    if (at_.logs.has(name)) gap.append(name, value - at_.logs[name]);
    at_.logs.set("val_" + name, value);
  }
  // Keras sorts what it hands to callbacks; values that these add come behind.
  std::sort(at_.logs.items().begin(), at_.logs.items().end());
  callbacks_.on_gap(epoch, gap);
}

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
                          .weighted = weighted,
                          .sample_weight = options.sample_weight});
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
  const std::unique_ptr<Feed> validation = make_validation_feed(options);
  if (options.initial_epoch < options.epochs) {
    watch.before_build();
    try {
      prepare(feed, StepKind::train);
    } catch (...) {
      watch.at_error(feed);
      throw;
    }
    if (validation) prepare(*validation, StepKind::test);
    watch.after_build();
  } else {
    build_for(feed, StepKind::train);
  }
  feed.rewind();
  return FitRun(*this, feed, validation.get(), options, watch).run();
}

}  // namespace keratin
