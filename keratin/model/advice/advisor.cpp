// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "keratin/base/text.h"
#include "keratin/model/advice/advisor_internal.h"
#include "keratin/model/callbacks/message_internal.h"
#include "keratin/model/model_body.h"

namespace keratin::advice {

namespace {

constexpr int64_t steps_before_units = 8;  // must have changed every layer that learns
constexpr size_t sample_size = 32;
constexpr int64_t most_targets = 256;

// A helper must not stop what it helps with.
template <class Do>
void quietly(Do&& action) noexcept {
  try {
    action();
  } catch (...) {
  }
}

std::vector<float> sample_of(const Variable& variable) {
  const Array& array = variable.body().data;  // where value() would copy all of it
  std::vector<float> values;
  if (array.dtype() != DType::float32 || !array.is_contiguous() || array.size() == 0) return values;
  const float* all = array.data<const float>();
  const auto count = std::min<int64_t>(array.size(), sample_size);
  for (int64_t i = 0; i < count; ++i) values.push_back(all[i * array.size() / count]);
  return values;
}

// Returns the mean square of what targets differ from their mean by, of some of them.
double spread_of(const Tensor& targets) {
  if (!targets.defined() || !targets.is_concrete() || !targets.array().is_contiguous()) return 0.0;
  const Array& array = targets.array();
  return dispatch(array.dtype(), [&](auto tag) {
    const auto* values = array.data<const typename decltype(tag)::type>();
    const int64_t count = std::min(array.size(), most_targets);
    double sum = 0.0, squares = 0.0;
    for (int64_t i = 0; i < count; ++i) {
      const auto value = static_cast<double>(values[i * array.size() / count]);
      sum += value;
      squares += value * value;
    }
    const double mean = sum / static_cast<double>(std::max<int64_t>(1, count));
    return squares / static_cast<double>(std::max<int64_t>(1, count)) - mean * mean;
  });
}

// The loss of even shares, or about that of the mean, which any model that learns falls below; 0
// where it is not known.
double loss_of_guessing(const Facts& facts, const Nest& y, bool shuffled) {
  if (facts.outputs.size() != 1 || facts.outputs[0].losses.size() != 1) return 0.0;
  const Part& loss = facts.outputs[0].losses[0];
  const bool squared = loss.name == "mean_squared_error";
  if (squared || loss.name == "mean_absolute_error") {
    const double spread = shuffled ? spread_of(targets_of(facts, facts.outputs[0], y)) : 0.0;
    return squared ? spread : std::sqrt(std::max(0.0, spread));
  }
  if (loss.name == "binary_crossentropy") return std::log(2.0);
  const bool categorical =
      loss.name == "categorical_crossentropy" || loss.name == "sparse_categorical_crossentropy";
  const int64_t units = facts.outputs[0].head.units.value_or(0);
  return categorical && units > 1 ? std::log(static_cast<double>(units)) : 0.0;
}

}  // namespace

void Advisor::tell(std::string_view where, const Findings& findings) {
  for (const Finding& finding : findings) {
    const bool known = std::any_of(told_.begin(), told_.end(), [&](const Finding& other) {
      return other.code == finding.code && other.part == finding.part;
    });
    if (known) continue;
    callbacks::warn("{}: {}", where, finding.sentence);
    told_.push_back(finding);
  }
}

void Advisor::at_compile(ModelBody& model, const CompileOptions& options) {
  if (!utils::advice()) return;
  quietly([&] {
    const Facts facts = facts_of(model, &options);
    Findings findings;
    check_heads(facts, findings);
    check_metrics(facts, findings);
    tell("compile", findings);
  });
}

FitWatch::FitWatch(Advisor& advisor, ModelBody& model, const CompileOptions& options,
                   Examples examples)
    : advisor_(advisor),
      model_(model),
      options_(options),
      examples_(std::move(examples)),
      on_(utils::advice()) {}

void FitWatch::look(const Nest& x, const Nest& y) {
  looked_ = true;
  quietly([&] {
    Facts facts = facts_of(model_, &options_);
    add_data(facts, x, y);
    Findings findings;
    check_heads(facts, findings);
    check_metrics(facts, findings);
    check_data(facts, findings);
    check_split(facts, y, examples_.validation_split, findings);
    if (!examples_.weighted) guess_ = loss_of_guessing(facts, y, examples_.shuffled);
    tell(findings);
  });
}

void FitWatch::before_build() {
  const bool known = model_.structure().graph() != nullptr;
  if (on_ && known && !examples_.x.empty()) look(examples_.x, examples_.y);
}

void FitWatch::after_build() {
  if (!on_) return;
  if (!looked_ && !examples_.x.empty()) look(examples_.x, examples_.y);
  quietly([&] { take_samples(); });
}

void FitWatch::at_error(Feed& feed) {
  if (!on_ || looked_) return;
  if (!examples_.x.empty()) return look(examples_.x, examples_.y);
  quietly([&] { before_step(feed.peek()); });
}

void FitWatch::take_samples() {
  const FunctionalGraph* graph = model_.structure().graph();
  if (graph == nullptr || examples_.x.empty()) return;
  for (const HiddenRelu& hidden : hidden_relus(*graph)) {
    if (!hidden.dense->trainable()) continue;
    for (const Variable& weight : hidden.dense->trainable_weights()) {
      std::vector<float> values = sample_of(weight);
      if (!values.empty()) samples_.push_back({weight, std::move(values)});
    }
  }
}

void FitWatch::before_step(const Batch& batch) {
  if (!on_ || looked_) return;
  looked_ = true;
  quietly([&] {
    std::vector<Tensor> tensors(batch.arrays.begin(), batch.arrays.end());
    const size_t inputs = batch.form->x.flatten().size();
    const size_t targets = batch.form->y.flatten().size();
    if (tensors.size() < inputs + targets) return;
    const auto begin = tensors.begin();
    const auto middle = begin + static_cast<std::ptrdiff_t>(inputs);
    look(batch.form->x.pack({begin, middle}),
         targets == 0
             ? Nest()
             : batch.form->y.pack({middle, middle + static_cast<std::ptrdiff_t>(targets)}));
  });
}

void FitWatch::after_step(const Logs& logs, int64_t index, const Batch& batch) {
  if (!on_ || steps_ >= watched_steps) return;
  if (!logs.has("loss")) return;          // a step of the user may report other things
  if (steps_ == 0 && index != 0) return;  // a run that goes on inside an epoch
  quietly([&] {
    if (index == 0) total_ = seen_ = 0.0;
    const double mean = logs["loss"];
    const auto count = static_cast<double>(batch.size);
    const double loss = (mean * (seen_ + count) - total_) / count;
    seen_ += count;
    total_ = mean * seen_;
    add_loss(loss, batch);
  });
}

void FitWatch::after_epoch() {
  if (!on_ || units_seen_ || steps_ < steps_before_units) return;
  units_seen_ = true;
  quietly([&] { look_at_units(); });
}

void FitWatch::add_loss(double loss, const Batch& batch) {
  if (steps_ == 0) first_ = loss;
  rising_ = steps_ > 0 && loss > last_ ? rising_ + 1 : 0;
  ++steps_;
  if (!std::isfinite(loss)) {
    find_broken_data(batch);
    tell_of_growth(loss);
    steps_ = watched_steps;
    return;
  }
  last_ = loss;
  constexpr int64_t half = watched_steps / 2;
  if (steps_ > half) later_[static_cast<size_t>(steps_ - half - 1)] = loss;
  double later = 0.0;
  if (steps_ == watched_steps) {  // the median, so that one batch says nothing
    std::nth_element(later_.begin(), later_.begin() + half / 2, later_.end());
    later = later_[half / 2];
  }
  // Ten times as much after rising in a row is no noise; nor is far more than a guess would cost.
  // Batches in order may grow harder by themselves, but not ten thousand times.
  const double factor = examples_.shuffled ? 10.0 : 1e4;
  const bool grows = first_ > 0.0 && loss > factor * first_ && loss > 1.0 && rising_ >= 5;
  const bool stays_high =
      steps_ == watched_steps && guess_ > 0.0 && later > 2.5 * guess_ && later > 2.5 * first_;
  if (grows || stays_high) {
    tell_of_growth(grows ? loss : later);
    steps_ = watched_steps;
  }
}

void FitWatch::find_broken_data(const Batch& batch) {
  Findings findings;
  const auto scan = [&](const Tensor& tensor, const char* what) {
    if (!findings.empty() || !tensor.defined() || !tensor.is_concrete()) return;
    const int64_t row = first_bad_row(tensor.array());
    if (row >= 0) add_not_finite(findings, what, "", row);
  };
  const bool is_told =
      std::any_of(advisor_.told().begin(), advisor_.told().end(),
                  [](const Finding& finding) { return finding.code == "not-finite"; });
  if (!is_told) {
    for (const Tensor& tensor : examples_.x.flatten()) scan(tensor, "x");
    for (const Tensor& tensor : examples_.y.flatten()) scan(tensor, "y");
    for (const Tensor& tensor : examples_.sample_weight.flatten()) scan(tensor, "sample_weight");
    const size_t inputs = batch.form->x.flatten().size();
    const size_t targets = inputs + batch.form->y.flatten().size();
    for (size_t i = 0; i < batch.arrays.size(); ++i) {
      scan(Tensor(batch.arrays[i]), i < inputs    ? "x of a batch"
                                    : i < targets ? "y of a batch"
                                                  : "sample_weight of a batch");
    }
  }
  tell(findings);
  if (is_told || !findings.empty()) rising_ = -1;  // which explains the loss
}

void FitWatch::tell_of_growth(double loss) {
  if (rising_ < 0) return;
  Findings findings;
  if (!options_.optimizer.built()) return;
  const double size = options_.optimizer.learning_rate().item<double>();
  if (!(size > 0.0)) return;
  const std::string rate = "the learning rate " + text::number(size);
  const bool finite = std::isfinite(loss);
  const bool grew = finite || last_ > 3 * std::abs(first_);
  if (grew) {
    add(findings, "learning-rate-too-large", "",
        rate + " makes the loss grow, from " + text::number(first_) + " to " +
            text::number(finite ? loss : last_) + " in " + std::to_string(steps_) + " steps",
        "a tenth of it");
  } else if (advisor_.told().empty()) {
    add(findings, "loss-not-finite", "",
        "the loss is not finite after " + std::to_string(steps_) +
            " steps, and what was looked at of the data is",
        "a smaller learning rate, or clipnorm = 1 of the optimizer");
  }
  tell(findings);
}

// A layer whose units all stay at 0 has no gradient, so its weights are what they were. Only then
// is the model run to make sure.
void FitWatch::look_at_units() {
  const bool still = std::any_of(samples_.begin(), samples_.end(), [](const WeightSample& sample) {
    return sample_of(sample.variable) == sample.values;
  });
  if (!still) return;
  Findings findings;
  check_dead_units(model_, examples_.x, false, findings);
  tell(findings);
}

}  // namespace keratin::advice
