// SPDX-License-Identifier: Apache-2.0
// Several batches as one step of callbacks and the progress bar: `steps_per_execution`.
#include "keratin/model/train/trainer.h"

namespace keratin {

int64_t Trainer::steps_per_execution() const {
  return compiled_ ? options_.steps_per_execution : 1;
}

Trainer::Execution Trainer::execute(StepKind kind, Feed& feed, Batch& batch, const StepState& state,
                                    const std::function<void(const Step&, int64_t)>& each) {
  Execution done;
  for (int64_t left = steps_per_execution(); done.more && left > 0; --left) {
    done.last = &step_for(kind, batch, state);
    if (feed.all() == nullptr) done.last->check_labels(batch.arrays);
    done.last->run(batch);
    if (each) each(*done.last, batch.size);
    ++done.batches;
    if (left > 1) done.more = feed.next(batch);
  }
  return done;
}

}  // namespace keratin
