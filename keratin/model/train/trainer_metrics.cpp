// SPDX-License-Identifier: Apache-2.0
// The metrics of a trainer: which there are, and in which order they are reported.
#include <algorithm>
#include <deque>
#include <set>

#include "keratin/model/train/trainer.h"

namespace keratin {

namespace {

// Returns the layers in a body in the order of Keras, which puts the layers in a layer in front of
// those that wait, the last of them first.
std::vector<Layer> layers_in(const LayerBody& body) {
  std::deque<Layer> waiting(body.tracked_layers().begin(), body.tracked_layers().end());
  std::vector<Layer> result;
  while (!waiting.empty()) {
    const Layer layer = waiting.front();
    waiting.pop_front();
    const bool known = std::any_of(result.begin(), result.end(),
                                   [&](const Layer& other) { return other.is(layer); });
    if (known) continue;
    result.push_back(layer);
    for (const Layer& inner : layer.body().tracked_layers()) waiting.push_front(inner);
  }
  return result;
}

// Returns what the model and the layers in it track. As in Keras, models in it say nothing of
// their own, and what is tracked deeper in a layer comes once for each layer around it.
std::vector<Metric> tracked_metrics(const ModelBody& model) {
  std::vector<Metric> result = model.tracked_metrics();
  for (const Layer& layer : layers_in(model)) {
    if (dynamic_cast<const ModelBody*>(&layer.body()) != nullptr) continue;
    for (const Metric& metric : layer.body().metrics()) result.push_back(metric);
  }
  return result;
}

}  // namespace

std::vector<std::pair<std::string, Metric>> Trainer::reported_metrics() const {
  std::vector<std::pair<std::string, Metric>> all;
  StepHooks* own = hooks();
  if (const auto list = own != nullptr ? own->metrics() : std::nullopt) {
    for (const Metric& metric : *list) all.emplace_back(metric.name(), metric);
    return all;
  }
  if (loss_tracker_.defined()) all.emplace_back("loss", loss_tracker_);
  for (const CompiledMetrics::Entry& entry : metrics_.entries()) {
    all.emplace_back(entry.name, entry.metric);
  }
  for (const Metric& tracker : loss_.trackers()) all.emplace_back(tracker.name(), tracker);
  for (const Metric& metric : tracked_metrics(model_)) all.emplace_back(metric.name(), metric);
  return all;
}

std::vector<Metric> Trainer::standard_metric_list() const {
  const Lock lock(mutex_);
  std::vector<Metric> all;
  if (loss_tracker_.defined()) all.push_back(loss_tracker_);
  for (const CompiledMetrics::Entry& entry : metrics_.entries()) all.push_back(entry.metric);
  for (const Metric& tracker : loss_.trackers()) all.push_back(tracker);
  for (const Metric& metric : tracked_metrics(model_)) all.push_back(metric);
  return all;
}

std::vector<Metric> Trainer::metrics() const {
  const Lock lock(mutex_);
  std::vector<Metric> all;
  for (const auto& [name, metric] : reported_metrics()) all.push_back(metric);
  return all;
}

std::vector<Variable> Trainer::metric_variables() const {
  std::vector<Variable> variables;
  for (const auto& [name, metric] : reported_metrics()) {
    for (const Variable& variable : metric.variables()) {
      const bool known = std::any_of(variables.begin(), variables.end(),
                                     [&](const Variable& other) { return other.is(variable); });
      if (!known) variables.push_back(variable);
    }
  }
  return variables;
}

void Trainer::reset_metrics() {
  const Lock lock(mutex_);
  for (const auto& [name, metric] : reported_metrics()) metric.reset_state();
}

// Keras asks each metric for its own name, takes those that the logs have, one twice if two metrics
// are called so, and then what is left, sorted.
std::vector<std::string> Trainer::in_order(const std::set<std::string>& reported) const {
  std::set<std::string> left = reported;
  std::vector<std::string> names;
  for (const Metric& metric : metrics()) {
    if (!reported.contains(metric.name())) continue;
    names.push_back(metric.name());
    left.erase(metric.name());
  }
  names.insert(names.end(), left.begin(), left.end());
  return names;
}

std::vector<std::string> Trainer::metrics_names() const {
  const Lock lock(mutex_);
  std::set<std::string> reported;
  for (const auto& [name, metric] : reported_metrics()) reported.insert(name);
  return in_order(reported);
}

Logs Trainer::in_order(const Logs& logs) const {
  const std::vector<std::string> names = logs.names();
  Logs ordered;
  for (const std::string& name : in_order(std::set<std::string>(names.begin(), names.end()))) {
    ordered.append(name, logs[name]);
  }
  return ordered;
}

Direction Trainer::direction_of(const std::string& name) const {
  const Lock lock(mutex_);
  if (name == "loss") return Direction::min;
  for (const auto& [reported, metric] : reported_metrics()) {
    if (metric.name() == name) return metric.direction();
  }
  return Direction::none;
}

void Trainer::settle_logs(StepKind kind, Logs& logs) const {
  if (!has_own_parts(kind)) return;
  const std::vector<std::string> names = logs.names();
  std::set<std::string> reported;
  for (const auto& [name, metric] : reported_metrics()) reported.insert(name);
  if (reported != std::set<std::string>(names.begin(), names.end())) return;
  for (const auto& [name, metric] : reported_metrics()) {
    logs.set(name, metric.result().item<double>());
  }
}

}  // namespace keratin
