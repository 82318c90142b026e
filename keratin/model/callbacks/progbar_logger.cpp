// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/progbar_logger.h"

#include <string>
#include <utility>

#include "keratin/base/terminal.h"

namespace keratin::callbacks {

ProgbarLogger::ProgbarLogger(ProgressBarOptions bar) : options_(std::move(bar)) {
  if (!options_.is_terminal) options_.is_terminal = !options_.write && terminal::is_terminal();
  if (!options_.write) options_.write = write_to_stdout;
}

void ProgbarLogger::on_train_begin(Logs&) { in_fit_ = true; }

void ProgbarLogger::on_epoch_begin(int64_t epoch, Logs&) {
  if (params().verbose > 0 && params().epochs > 1) {
    options_.write("Epoch " + std::to_string(epoch + 1) + "/" + std::to_string(params().epochs) +
                   "\n");
  }
  start();
}

void ProgbarLogger::start() {
  if (params().steps >= 0) target_ = params().steps;
  seen_ = 0;
  ProgressBarOptions options = options_;
  options.target = target_;
  options.verbose = params().verbose;
  options.unit_name = "step";
  options.stateless_metrics.emplace();
  bar_ = std::make_unique<ProgressBar>(std::move(options));
}

const ProgressValues& ProgbarLogger::values_of(const Logs& logs) {
  values_.clear();
  for (const auto& [name, value] : logs) values_.emplace_back(name, value);
  return values_;
}

void ProgbarLogger::update(int64_t batch, const Logs& logs) {
  seen_ = batch + 1;
  if (params().verbose == 1) bar_->update(seen_, values_of(logs), false);
}

void ProgbarLogger::finish(const Logs& logs) {
  if (!target_) {
    target_ = seen_;
    bar_->set_target(target_);
  }
  bar_->update(*target_, values_of(logs), true);
}

void ProgbarLogger::on_train_batch_end(int64_t batch, Logs& logs) { update(batch, logs); }
void ProgbarLogger::on_epoch_end(int64_t, Logs& logs) { finish(logs); }

void ProgbarLogger::on_test_begin(Logs&) {
  if (!in_fit_) start();
}
void ProgbarLogger::on_test_batch_end(int64_t batch, Logs& logs) {
  if (!in_fit_) update(batch, logs);
}
void ProgbarLogger::on_test_end(Logs& logs) {
  if (!in_fit_) finish(logs);
}

void ProgbarLogger::on_predict_begin(Logs&) { start(); }
void ProgbarLogger::on_predict_batch_end(int64_t batch, Logs&) { update(batch, {}); }
void ProgbarLogger::on_predict_end(Logs&) { finish({}); }

}  // namespace keratin::callbacks
