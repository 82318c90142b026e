// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/train/step.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "keratin/base/check.h"
#include "keratin/runtime/executor.h"

namespace keratin {

void check_labels(const std::vector<LabelRange>& ranges, const std::vector<Array>& arrays) {
  for (const LabelRange& range : ranges) {
    const Array& labels = arrays[range.array];
    dispatch(labels.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T* values = labels.data<const T>();
      for (int64_t i = 0; i < labels.size(); ++i) {
        const auto value = static_cast<double>(values[i]);
        const bool fits =
            value >= 0 && value < static_cast<double>(range.count) && std::floor(value) == value;
        if (fits) continue;
        fail<ValueError>("output `" + range.output + "`",
                         "expected class numbers from 0 to {}, got {}. Check the labels and the "
                         "size of the output.",
                         range.count - 1, value);
      }
    });
  }
}

Step::Step(TracedStep traced)
    : eager_(std::move(traced.eager)),
      updates_(std::move(traced.result.updates)),
      output_form_(std::move(traced.result.output_form)),
      label_ranges_(std::move(traced.label_ranges)) {
  if (traced.graph == nullptr) return;
  executor_ = runtime::compile(*traced.graph);
  idle_ = {executor_.get()};
  take_logs(traced.result);
}

Step::~Step() = default;

void Step::run(const Batch& batch) {
  if (executor_ != nullptr) {
    executor_->run(batch.arrays);
    update_samples();
    return;
  }
  StepResult result = eager_(batch.arrays);
  take_logs(result);
  output_form_ = std::move(result.output_form);
  eager_outputs_.clear();
  for (const Tensor& tensor : result.tensors) {
    eager_outputs_.push_back(tensor.array().contiguous());
  }
}

void Step::take_logs(StepResult& result) {
  logs_.clear();
  for (size_t i = 0; i < result.log_names.size(); ++i) {
    logs_.push_back({std::move(result.log_names[i]), i, nullptr});
  }
  if (result.late.empty()) return;
  for (LateLog& late : result.late)
    logs_.push_back({std::move(late.name), 0, std::move(late.read)});
  std::sort(logs_.begin(), logs_.end(), [](const Log& a, const Log& b) { return a.name < b.name; });
}

void Step::update_samples() const {
  const std::vector<Array>& outputs = output_arrays();
  for (const SampleUpdate& update : updates_) {
    const size_t at = update.first;
    update.take(Tensor(outputs[at]), Tensor(outputs[at + 1]),
                update.weighted ? Tensor(outputs[at + 2]) : Tensor());
  }
}

void Step::read_logs(Logs& logs) const {
  const std::vector<Array>& outputs = output_arrays();
  if (logs.size() < logs_.size()) {
    for (const Log& log : logs_) logs.set(log.name, 0.0);
  }
  for (size_t i = 0; i < logs_.size(); ++i) {
    const Log& log = logs_[i];
    const double number =
        log.read ? log.read() : dispatch(outputs[log.output].dtype(), [&](auto tag) {
          return static_cast<double>(
              *outputs[log.output].data<const typename decltype(tag)::type>());
        });
    if (logs.items()[i].first == log.name) {
      logs.items()[i].second = number;
    } else {
      logs.set(log.name, number);
    }
  }
}

bool Step::changes_variables() const {
  return executor_ == nullptr || !executor_->plan().graph.updates.empty();
}

bool Step::bind_rows(int64_t samples, const Step& other, int64_t other_samples) {
  if (executor_ == nullptr || other.executor_ == nullptr) return false;
  auto bound = runtime::bind_rows(*executor_, samples, *other.executor_, other_samples);
  if (bound == nullptr) return false;
  executor_ = std::move(bound);
  others_.clear();
  idle_ = {executor_.get()};
  return true;
}

bool Step::serves_fewer() const {
  return executor_ != nullptr && executor_->plan().bound.has_value();
}

runtime::Executor* Step::take(const std::vector<Array>& batch) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (idle_.empty()) {
    others_.push_back(std::make_unique<runtime::Executor>(compiler::Plan(executor_->plan())));
    idle_.reserve(others_.size() + 1);  // giving back allocates nothing
    return others_.back().get();
  }
  const auto is_ready = [&](const runtime::Executor* executor) {
    return !batch.empty() && batch[0].rank() > 0 && executor->samples() == batch[0].shape()[0];
  };
  const auto ready = std::find_if(idle_.rbegin(), idle_.rend(), is_ready);
  if (ready != idle_.rend()) std::iter_swap(ready, idle_.rbegin());
  runtime::Executor* executor = idle_.back();
  idle_.pop_back();
  return executor;
}

void Step::give_back(runtime::Executor* executor) {
  const std::lock_guard<std::mutex> lock(mutex_);
  idle_.push_back(executor);
}

std::vector<Array> Step::predict_arrays(const std::vector<Array>& batch) {
  if (executor_ == nullptr) {
    run({.form = nullptr, .arrays = batch, .size = 0});
    return output_copies();
  }
  const auto give = [this](runtime::Executor* executor) { give_back(executor); };
  const std::unique_ptr<runtime::Executor, decltype(give)> executor(take(batch), give);
  executor->run(batch);
  std::vector<Array> outputs;
  outputs.reserve(executor->outputs().size());
  for (const Array& array : executor->outputs()) outputs.push_back(array.copy());
  return outputs;
}

Nest Step::predict(const std::vector<Array>& batch) {
  std::vector<Array> outputs = predict_arrays(batch);
  const std::vector<Tensor> tensors(std::make_move_iterator(outputs.begin()),
                                    std::make_move_iterator(outputs.end()));
  return output_form_.pack(tensors);
}

std::vector<Array> Step::output_copies() const {
  std::vector<Array> copies;
  copies.reserve(output_arrays().size());
  for (const Array& array : output_arrays()) copies.push_back(array.copy());
  return copies;
}

const std::vector<Array>& Step::output_arrays() const {
  return executor_ != nullptr ? executor_->outputs() : eager_outputs_;
}

}  // namespace keratin
