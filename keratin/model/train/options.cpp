// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/train/options.h"

#include <algorithm>

#include "keratin/base/check.h"

namespace keratin {

Losses::Losses(std::initializer_list<detail::One<Loss>> list) : kind_(Kind::list) {
  for (const detail::One<Loss>& item : list) items_.emplace_back("", item.value());
}

Losses::Losses(std::initializer_list<std::pair<Key, Loss>> dict) : kind_(Kind::dict) {
  for (const auto& [key, loss] : dict) items_.emplace_back(key.text(), loss);
}

Losses Losses::list(const std::vector<Loss>& list) {
  Losses losses;
  losses.kind_ = Kind::list;
  for (const Loss& loss : list) losses.items_.emplace_back("", loss);
  return losses;
}

Losses Losses::dict(std::vector<Item> items) {
  Losses losses;
  losses.kind_ = Kind::dict;
  losses.items_ = std::move(items);
  return losses;
}

Metrics::Metrics(std::initializer_list<detail::One<Metric>> list) : kind_(Kind::list) {
  for (const detail::One<Metric>& item : list) items_.emplace_back("", Metrics(item.value()));
}

Metrics::Metrics(std::initializer_list<std::pair<Key, Metrics>> dict) : kind_(Kind::dict) {
  for (const auto& [key, metrics] : dict) items_.emplace_back(key.text(), metrics);
}

Metrics Metrics::list(std::vector<Metrics> list) {
  Metrics metrics;
  metrics.kind_ = Kind::list;
  for (Metrics& item : list) metrics.items_.emplace_back("", std::move(item));
  return metrics;
}

Metrics Metrics::dict(std::vector<Item> items) {
  Metrics metrics;
  metrics.kind_ = Kind::dict;
  metrics.items_ = std::move(items);
  return metrics;
}

LossWeights::LossWeights(std::initializer_list<double> list) : given_(true) {
  for (double weight : list) items_.emplace_back("", weight);
}

LossWeights::LossWeights(std::initializer_list<std::pair<Key, double>> dict)
    : given_(true), is_dict_(true) {
  for (const auto& [key, weight] : dict) items_.emplace_back(key.text(), weight);
}

LossWeights LossWeights::of(std::vector<std::pair<std::string, double>> items, bool is_dict) {
  LossWeights weights;
  weights.items_ = std::move(items);
  weights.given_ = true;
  weights.is_dict_ = is_dict;
  return weights;
}

namespace {

std::string_view text_of(const char* text) { return text == nullptr ? "nullptr" : text; }

}  // namespace

Verbose::Verbose(const char* text) {
  require<ValueError>(text_of(text) == "auto", "verbose",
                      "expected \"auto\", 0, 1 or 2, got '{}'. Check the spelling.", text_of(text));
}

ValidationFreq::ValidationFreq(int64_t every) : every_(every) {
  require<ValueError>(every > 0, "validation_freq",
                      "expected a positive number of epochs, got {}. Use 1 for every epoch.",
                      every);
}

bool ValidationFreq::runs(int64_t epoch) const {
  if (every_ > 0) return epoch % every_ == 0;
  return std::find(epochs_.begin(), epochs_.end(), epoch) != epochs_.end();
}

Shuffle::Shuffle(const char* text) : kind_(Kind::batch) {
  require<ValueError>(text_of(text) == "batch", "shuffle",
                      "expected true, false or \"batch\", got '{}'. Check the spelling.",
                      text_of(text));
}

}  // namespace keratin
