// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/train/compiled.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/error_context.h"
#include "keratin/nn/metrics.h"

namespace keratin {

namespace {

std::vector<std::string> names_of(const Nest& y_pred, const std::vector<std::string>& given,
                                  size_t count) {
  // A dict of outputs goes by its keys, in the order in which `flatten` visits them.
  if (y_pred.is_dict()) {
    std::vector<std::string> keys;
    for (const auto& [key, item] : y_pred.items()) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    return keys;
  }
  if (given.size() == count) return given;
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) names.push_back("output_" + std::to_string(i));
  return names;
}

// Returns one tensor for each output, or empty handles.
std::vector<Tensor> match(const Nest& values, const std::vector<std::string>& names,
                          std::string_view what) {
  std::vector<Tensor> matched(names.size());
  if (values.empty()) return matched;
  if (values.is_dict()) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (values.has(names[i])) matched[i] = values[names[i]].tensor();
    }
    for (const auto& [key, item] : values.items()) {
      require<ValueError>(std::find(names.begin(), names.end(), key) != names.end(), what,
                          "expected the names of outputs [{}], got '{}'.{}", fmt::join(names, ", "),
                          key, text::choice(key, names));
    }
    return matched;
  }
  const std::vector<Tensor> flat = values.flatten();
  require<ValueError>(flat.size() == names.size(), what,
                      "expected one tensor for each of the outputs [{}], got {}. Pass them as a "
                      "list or a dict.",
                      fmt::join(names, ", "), flat.size());
  return flat;
}

std::string label_of(const OutputPart& part) { return "output `" + part.name + "`"; }

}  // namespace

std::vector<OutputPart> match_outputs(const Nest& y_true, const Nest& y_pred,
                                      const Nest& sample_weight,
                                      const std::vector<std::string>& output_names) {
  const std::vector<Tensor> outputs = y_pred.flatten();
  const std::vector<std::string> names = names_of(y_pred, output_names, outputs.size());
  const std::vector<Tensor> targets = match(y_true, names, "y");
  std::vector<Tensor> weights(names.size());
  if (sample_weight.is_tensor()) {
    std::fill(weights.begin(), weights.end(), sample_weight.tensor());
  } else {
    weights = match(sample_weight, names, "sample_weight");
  }
  const bool named = y_pred.is_dict() || output_names.size() == outputs.size();
  std::vector<OutputPart> parts;
  for (size_t i = 0; i < names.size(); ++i) {
    parts.push_back({names[i], targets[i], outputs[i], weights[i], y_pred.is_dict(), named});
  }
  return parts;
}

CompiledLoss::CompiledLoss(Losses losses, LossWeights weights)
    : losses_(std::move(losses)), weights_(std::move(weights)) {}

namespace {

size_t find_output(const std::vector<OutputPart>& parts, const std::string& name,
                   std::string_view what) {
  std::vector<std::string> names;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].name == name) return i;
    names.push_back(parts[i].name);
  }
  fail<ValueError>("compile", "expected the names of outputs [{}] in `{}`, got '{}'.{}",
                   fmt::join(names, ", "), what, name, text::choice(name, names));
}

}  // namespace

void CompiledLoss::build(const std::vector<OutputPart>& parts) {
  entries_.clear();
  trackers_.clear();
  built_ = !given();
  if (built_) return;
  const auto weight_at = [&](size_t place, const std::string& name, bool& weighted) {
    weighted = false;
    if (!weights_.given()) return 1.0;
    weighted = true;
    if (!weights_.is_dict()) return weights_.items()[place].second;
    for (const auto& [key, weight] : weights_.items()) {
      if (key == name) return weight;
    }
    weighted = false;
    return 1.0;
  };
  const auto add = [&](size_t output, const Loss& loss, size_t place) {
    if (!loss.defined()) return;
    bool weighted = false;
    const double weight = weight_at(place, parts[output].name, weighted);
    entries_.push_back({output, loss, weight, weighted});
  };
  const size_t count = losses_.kind() == Losses::Kind::one ? parts.size() : losses_.items().size();
  require<ValueError>(!weights_.given() || weights_.is_dict() || weights_.items().size() == count,
                      "compile",
                      "expected {} numbers in `loss_weights`, got {}. Pass one for each "
                      "loss.",
                      count, weights_.items().size());
  if (weights_.is_dict()) {
    for (const auto& [name, weight] : weights_.items()) find_output(parts, name, "loss_weights");
  }
  switch (losses_.kind()) {
    case Losses::Kind::one:
      for (size_t i = 0; i < parts.size(); ++i) add(i, losses_.items()[0].second, i);
      break;
    case Losses::Kind::list:
      // One output may have several losses, which are added.
      require<ValueError>(losses_.items().size() == parts.size() || parts.size() == 1, "compile",
                          "expected {} losses, one for each output, got {}. Use nullptr for an "
                          "output without a loss.",
                          parts.size(), losses_.items().size());
      for (size_t i = 0; i < losses_.items().size(); ++i) {
        add(parts.size() == 1 ? 0 : i, losses_.items()[i].second, i);
      }
      break;
    case Losses::Kind::dict:
      for (const auto& [name, loss] : losses_.items()) find_output(parts, name, "loss");
      // Keras goes through a dict of outputs in the order of the losses, else in that of outputs.
      for (size_t output = 0; output < parts.size() && !parts[0].by_key; ++output) {
        for (size_t i = 0; i < losses_.items().size(); ++i) {
          const auto& [name, loss] = losses_.items()[i];
          if (name == parts[output].name) add(output, loss, i);
        }
      }
      for (size_t i = 0; i < losses_.items().size() && parts[0].by_key; ++i) {
        const auto& [name, loss] = losses_.items()[i];
        add(find_output(parts, name, "loss"), loss, i);
      }
      break;
    case Losses::Kind::none:
      break;
  }
  built_ = true;
  if (entries_.size() < 2) return;
  for (const Entry& entry : entries_) {
    const OutputPart& part = parts[entry.output];
    const std::string& name = part.named ? part.name : entry.loss.name();
    trackers_.push_back(metrics::Mean({.name = name + "_loss"}));
  }
}

Tensor CompiledLoss::loss_of(const Entry& entry, const OutputPart& part) {
  const std::string where = label_of(part);
  require<ValueError>(part.y_true.defined(), where, "expected targets, got none. Pass `y`.");
  try {
    const Tensor value = entry.loss(part.y_true, part.y_pred, part.sample_weight);
    require<ShapeError>(value.rank() == 0, where,
                        "expected one number from the loss '{}', got shape {}. Use a reduction "
                        "other than none.",
                        entry.loss.name(), to_string(value.shape()));
    return value;
  } catch (const Error&) {
    rethrow_in(where);
  }
}

std::vector<ClassRange> CompiledLoss::class_ranges(const std::vector<OutputPart>& parts) const {
  std::vector<ClassRange> ranges;
  for (const Entry& entry : entries_) {
    const OutputPart& part = parts[entry.output];
    if (!entry.loss.takes_class_numbers() || part.sample_weight.defined()) continue;
    Shape labels = part.y_true.shape();
    if (labels.rank() == part.y_pred.rank() && labels.back() == 1) labels = labels.without(-1);
    // Classes along another axis are not checked.
    if (labels != part.y_pred.shape().without(-1)) continue;
    ranges.push_back({entry.output, part.y_pred.shape().back()});
  }
  return ranges;
}

Tensor CompiledLoss::operator()(const std::vector<OutputPart>& parts) const {
  Tensor total;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const OutputPart& part = parts[entry.output];
    Tensor value = loss_of(entry, part);
    if (!trackers_.empty()) {
      trackers_[i].update_state(value, static_cast<double>(part.y_pred.shape()[0]));
    }
    if (entry.weighted) value = value * entry.weight;
    total = total.defined() ? total + value : value;
  }
  return total;
}

void CompiledMetrics::build(const std::vector<OutputPart>& parts) {
  entries_.clear();
  names_.clear();
  add(metrics_, parts, false);
  add(weighted_, parts, true);
  built_ = true;
}

void CompiledMetrics::add(const Metrics& metrics, const std::vector<OutputPart>& parts,
                          bool weighted) {
  const std::string_view what = weighted ? "weighted_metrics" : "metrics";
  const bool several = parts.size() > 1;
  if (metrics.kind() == Metrics::Kind::none || metrics.items().empty()) {
    if (metrics.kind() != Metrics::Kind::one) return;
  }
  if (!several && metrics.kind() != Metrics::Kind::dict) {
    add_to_output(metrics, parts[0], 0, false, weighted);
    return;
  }
  if (metrics.kind() == Metrics::Kind::dict) {
    // In the order of the outputs, as Keras reports them.
    for (const auto& [name, inner] : metrics.items()) find_output(parts, name, what);
    for (size_t i = 0; i < parts.size(); ++i) {
      for (const auto& [name, inner] : metrics.items()) {
        if (name == parts[i].name)
          add_to_output(inner, parts[i], i, several && parts[i].named, weighted);
      }
    }
    return;
  }
  require<ValueError>(
      metrics.kind() == Metrics::Kind::list && metrics.items().size() == parts.size(), "compile",
      "expected `{}` for each of the {} outputs, as a list with {} entries or a "
      "dict, got {}. Use the outputs' names as keys.",
      what, parts.size(), parts.size(),
      metrics.kind() == Metrics::Kind::one ? "one metric"
                                           : fmt::format("{}", metrics.items().size()));
  for (size_t i = 0; i < parts.size(); ++i) {
    add_to_output(metrics.items()[i].second, parts[i], i, parts[i].named, weighted);
  }
}

void CompiledMetrics::add_to_output(const Metrics& metrics, const OutputPart& part, size_t output,
                                    bool prefixed, bool weighted) {
  if (metrics.kind() == Metrics::Kind::list || metrics.kind() == Metrics::Kind::dict) {
    for (const auto& [name, inner] : metrics.items()) {
      add_to_output(inner, part, output, prefixed, weighted);
    }
    return;
  }
  if (metrics.kind() == Metrics::Kind::none || !metrics.metric().defined()) return;
  const Shape y_true = part.y_true.defined() ? part.y_true.shape() : part.y_pred.shape();
  const Metric metric = resolve_metric(metrics.metric(), y_true, part.y_pred.shape());
  entries_.push_back(
      {output, metric, free_name(prefixed ? part.name : "", metric.name(), weighted), weighted});
}

// A name that is taken gets a number; a weighted metric is called so first.
std::string CompiledMetrics::free_name(const std::string& output, const std::string& metric,
                                       bool weighted) {
  const auto full = [&](const std::string& name) {
    return output.empty() ? name : output + "_" + name;
  };
  const auto count_of = [&](const std::string& name) -> int* {
    for (auto& [known, count] : names_) {
      if (known == name) return &count;
    }
    return nullptr;
  };
  std::string name = full(metric);
  if (weighted && count_of(name) != nullptr) name = full("weighted_" + metric);
  int* count = count_of(name);
  if (count == nullptr) {
    names_.emplace_back(name, 1);
    return name;
  }
  return name + "_" + std::to_string((*count)++);
}

void CompiledMetrics::update(const std::vector<OutputPart>& parts) const {
  for (const Entry& entry : entries_) {
    const OutputPart& part = parts[entry.output];
    if (!part.y_true.defined()) continue;
    try {
      entry.metric.update_state(part.y_true, part.y_pred,
                                entry.weighted ? part.sample_weight : Tensor());
    } catch (const Error&) {
      rethrow_in(label_of(part));
    }
  }
}

}  // namespace keratin
