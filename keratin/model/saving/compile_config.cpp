// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/saving/compile_config.h"

#include "keratin/base/check.h"
#include "keratin/model/saving/custom_objects.h"
#include "keratin/model/saving/registered_name_internal.h"

namespace keratin {

namespace {

// Tells a loss or metric from a dict of them by the outputs' names.
bool is_object(const Config& config) { return config.is_string() || config.has("class_name"); }

std::optional<CustomObject> custom_class(const Config& config) {
  if (!config.get("class_name").is_string()) return std::nullopt;
  const Config registered = config.get("registered_name");
  return find_custom_object(config.at("class_name").as_string(),
                            registered.is_string() ? registered.as_string() : "");
}

Loss read_loss(const Config& config) {
  const auto custom = custom_class(config);
  const bool is_custom = custom && custom->make_loss;
  return is_custom ? custom->make_loss(config.at("config")) : Loss::from_config(config);
}

Metric read_metric(const Config& config) {
  const auto custom = custom_class(config);
  const bool is_custom = custom && custom->make_metric;
  return is_custom ? custom->make_metric(config.at("config")) : Metric::from_config(config);
}

template <class Items, class Write>
Config write_items(const Items& items, bool is_dict, Write&& write) {
  if (is_dict) {
    Config::Dict dict;
    for (const auto& [name, item] : items) dict.emplace_back(name, write(item));
    return Config::dict(std::move(dict));
  }
  Config::List list;
  for (const auto& [name, item] : items) list.push_back(write(item));
  return Config::list(std::move(list));
}

template <class Object>
Config write_object(const Object& object) {
  return with_registered_name(object.to_config());
}

Config write_losses(const Losses& losses) {
  if (losses.kind() == Losses::Kind::none) return {};
  if (losses.kind() == Losses::Kind::one) return write_object(losses.items()[0].second);
  return write_items(losses.items(), losses.kind() == Losses::Kind::dict,
                     [](const Loss& loss) { return write_object(loss); });
}

Config write_metrics(const Metrics& metrics) {
  if (metrics.kind() == Metrics::Kind::none) return {};
  if (metrics.kind() == Metrics::Kind::one) return write_object(metrics.metric());
  return write_items(metrics.items(), metrics.kind() == Metrics::Kind::dict, write_metrics);
}

Config write_weights(const LossWeights& weights) {
  if (!weights.given()) return {};
  if (weights.is_one()) return weights.items()[0].second;
  return write_items(weights.items(), weights.is_dict(),
                     [](double weight) { return Config(weight); });
}

Losses read_losses(const Config& config) {
  if (config.is_null()) return {};
  if (is_object(config)) return read_loss(config);
  if (config.is_list()) {
    std::vector<Loss> list;
    for (const Config& item : config.as_list()) list.push_back(read_loss(item));
    return Losses::list(list);
  }
  std::vector<Losses::Item> items;
  for (const auto& [name, item] : config.as_dict()) {
    items.emplace_back(name, read_loss(item));
  }
  return Losses::dict(std::move(items));
}

Metrics read_metrics(const Config& config) {
  if (config.is_null()) return {};
  if (is_object(config)) return read_metric(config);
  if (config.is_list()) {
    std::vector<Metrics> list;
    for (const Config& item : config.as_list()) list.push_back(read_metrics(item));
    return Metrics::list(std::move(list));
  }
  std::vector<Metrics::Item> items;
  for (const auto& [name, item] : config.as_dict()) items.emplace_back(name, read_metrics(item));
  return Metrics::dict(std::move(items));
}

LossWeights read_weights(const Config& config) {
  if (config.is_null()) return {};
  if (config.is_number()) return config.as_number();
  std::vector<std::pair<std::string, double>> items;
  if (config.is_list()) {
    for (const Config& item : config.as_list()) items.emplace_back("", item.as_number());
  } else {
    for (const auto& [name, item] : config.as_dict()) items.emplace_back(name, item.as_number());
  }
  return LossWeights::of(std::move(items), config.is_dict());
}

bool flag(const Config& config, std::string_view key, bool otherwise) {
  return config.get(key).is_bool() ? config.at(key).as_bool() : otherwise;
}

}  // namespace

Config compile_config(const CompileOptions& options) {
  return Config::dict({{"optimizer", options.optimizer.to_config()},
                       {"loss", write_losses(options.loss)},
                       {"loss_weights", write_weights(options.loss_weights)},
                       {"metrics", write_metrics(options.metrics)},
                       {"weighted_metrics", write_metrics(options.weighted_metrics)},
                       {"run_eagerly", options.run_eagerly},
                       {"steps_per_execution", options.steps_per_execution},
                       {"jit_compile", options.jit_compile && !options.run_eagerly}});
}

CompileOptions compile_options_from(const Config& config) {
  CompileOptions options{.optimizer = Optimizer::from_config(config.at("optimizer"))};
  options.loss = read_losses(config.get("loss"));
  options.loss_weights = read_weights(config.get("loss_weights"));
  options.metrics = read_metrics(config.get("metrics"));
  options.weighted_metrics = read_metrics(config.get("weighted_metrics"));
  options.run_eagerly = flag(config, "run_eagerly", false);
  if (config.get("steps_per_execution").is_int()) {
    options.steps_per_execution = config.at("steps_per_execution").as_int();
  }
  options.jit_compile = flag(config, "jit_compile", true);
  return options;
}

}  // namespace keratin
