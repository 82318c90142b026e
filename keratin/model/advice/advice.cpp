// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/advice/advice.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "keratin/base/text.h"
#include "keratin/model/advice/advisor_internal.h"
#include "keratin/model/model_body.h"
#include "keratin/model/train/trainer.h"

namespace keratin {

namespace {

std::atomic<bool>& is_on() {
  static std::atomic<bool> on = [] {
    const char* value = std::getenv("KERATIN_ADVICE");
    const std::string text = value == nullptr ? "on" : text::lower(value);
    return text != "off" && text != "0";
  }();
  return on;
}

// What a user may call a task besides its name in the table.
std::string task_name(const std::string& given) {
  std::string name = text::lower(given);
  std::replace(name.begin(), name.end(), ' ', '-');
  std::replace(name.begin(), name.end(), '_', '-');
  static constexpr std::pair<std::string_view, std::string_view> others[] = {
      {"binary-classification", "binary"}, {"one-hot", "multiclass-one-hot"},
      {"integer", "multiclass-integer"},   {"multi-class", "multiclass"},
      {"single-label", "multiclass"},      {"classification", "multiclass"},
      {"multi-label", "multilabel"},       {"positive", "regression-positive"}};
  for (const auto& [other, known] : others) {
    if (name == other) return std::string(known);
  }
  return name;
}

const std::vector<TaskAdvice>& task_table() {
  static const std::vector<TaskAdvice> table = {
      {"binary", "0 or 1", "1", "sigmoid", "binary_crossentropy", {"accuracy", "auc"}},
      {"multiclass-one-hot",
       "a row for each sample, 0 but for a 1 at its class",
       "the number of classes",
       "softmax",
       "categorical_crossentropy",
       {"accuracy"}},
      {"multiclass-integer",
       "the number of the class, from 0",
       "the number of classes",
       "softmax",
       "sparse_categorical_crossentropy",
       {"accuracy"}},
      {"multilabel",
       "a row for each sample, 1 for each label that it has",
       "the number of labels",
       "sigmoid",
       "binary_crossentropy",
       {"binary_accuracy", "auc"}},
      {"regression", "any number", "1 for each number", "linear", "mse", {"mae"}},
      {"regression-0-1", "a number from 0 to 1", "1 for each number", "sigmoid", "mse", {"mae"}},
      {"regression-positive",
       "a number from 0 on, over several magnitudes",
       "1 for each number",
       "softplus",
       "msle",
       {"mae", "mape"}},
      {"counts", "0, 1, 2 and so on", "1 for each number", "exponential", "poisson", {"mae"}},
  };
  return table;
}

}  // namespace

namespace utils {

void set_advice(bool on) { is_on() = on; }
bool advice() { return is_on(); }

}  // namespace utils

std::vector<TaskAdvice> advise(const std::string& task) {
  const std::string name = task_name(task);
  std::vector<TaskAdvice> rows;
  for (const TaskAdvice& row : task_table()) {
    const bool family = name == "multiclass" && row.task.starts_with("multiclass-");
    if (row.task == name || family) rows.push_back(row);
  }
  return rows.empty() ? task_table() : rows;
}

std::vector<Finding> advise(const Model& model, const Nest& x, const Nest& y,
                            const AdviseOptions& options) {
  using namespace advice;
  Findings findings;
  try {
    ModelBody& body = model.model_body();
    Trainer& trainer = body.trainer();
    const bool compiled = trainer.compiled();
    Facts facts = facts_of(body, compiled ? &trainer.compile_options() : nullptr);
    add_data(facts, x, y);
    check_heads(facts, findings);
    check_metrics(facts, findings);
    check_data(facts, findings);
    check_split(facts, y, options.validation_split, findings);
    check_weights(options.sample_weight, findings);
    if (!x.empty() && body.built()) check_dead_units(body, x, true, findings);
    for (const Finding& told : trainer.advisor().told()) {
      const bool known = std::any_of(findings.begin(), findings.end(), [&](const Finding& other) {
        return other.code == told.code && other.part == told.part;
      });
      if (!known) findings.push_back(told);
    }
  } catch (...) {  // a helper must not stop what it helps with
  }
  return findings;
}

}  // namespace keratin
