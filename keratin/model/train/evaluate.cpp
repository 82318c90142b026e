// SPDX-License-Identifier: Apache-2.0
// The loop of `evaluate`, which `fit` runs for its validation too.
#include "keratin/model/callbacks/progbar_logger.h"
#include "keratin/model/train/loops_internal.h"

namespace keratin {

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
  const StepState state = state_for(StepKind::test);
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
  if (wanted >= 0 && steps < wanted) warn_of_end("evaluate", steps, wanted);
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

}  // namespace keratin
