// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/train/logs.h"

#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/base/codec.h"
#include "keratin/base/text.h"
#include "keratin/model/generalization/curves_internal.h"

namespace keratin {

namespace {

[[noreturn]] void unknown_name(std::string_view where, std::string_view name,
                               const std::vector<std::string>& names) {
  fail<ValueError>(where, "expected one of the names [{}], got '{}'.{}", fmt::join(names, ", "),
                   name, text::choice(name, names));
}

}  // namespace

bool Logs::has(std::string_view name) const {
  for (const Item& item : items_) {
    if (item.first == name) return true;
  }
  return false;
}

double Logs::operator[](std::string_view name) const {
  for (const Item& item : items_) {
    if (item.first == name) return item.second;
  }
  unknown_name("logs", name, names());
}

double Logs::operator[](size_t i) const {
  require<ValueError>(i < items_.size(), "logs",
                      "expected an index below {}, got {}. Check the number of values.",
                      items_.size(), i);
  return items_[i].second;
}

void Logs::set(std::string_view name, double value) {
  for (Item& item : items_) {
    if (item.first == name) {
      item.second = value;
      return;
    }
  }
  items_.emplace_back(name, value);
}

std::vector<std::string> Logs::names() const {
  std::vector<std::string> result;
  for (const Item& item : items_) result.push_back(item.first);
  return result;
}

std::vector<double> Logs::values() const {
  std::vector<double> result;
  for (const Item& item : items_) result.push_back(item.second);
  return result;
}

bool History::has(std::string_view name) const {
  for (const Series& series : history) {
    if (series.first == name) return true;
  }
  return false;
}

const std::vector<double>& History::operator[](std::string_view name) const {
  for (const Series& series : history) {
    if (series.first == name) return series.second;
  }
  unknown_name("history", name, names());
}

std::vector<std::string> History::names() const {
  std::vector<std::string> result;
  for (const Series& series : history) result.push_back(series.first);
  return result;
}

void History::add(int64_t at, const Logs& logs) {
  epoch.push_back(at);
  const bool validated = std::any_of(logs.begin(), logs.end(), [](const Logs::Item& item) {
    return item.first.starts_with("val_");
  });
  if (validated) validation_epoch.push_back(at);
  for (const auto& [name, value] : logs) {
    bool found = false;
    for (Series& series : history) {
      if (series.first != name) continue;
      series.second.push_back(value);
      found = true;
    }
    if (!found) history.push_back({name, {value}});
  }
}

std::vector<double> History::gap(std::string_view name) const {
  static_cast<void>((*this)[name]);  // which throws for a name that is not there
  const Curves curves = curves_of(*this, name);
  std::vector<double> gaps;
  for (size_t i = 0; i < curves.epochs.size(); ++i) {
    gaps.push_back(curves.validation[i] - curves.training[i]);
  }
  return gaps;
}

Config History::to_config() const {
  Config values = Config::dict();
  for (const auto& [name, series] : history) {
    values.set(name, Codec<std::vector<double>>::write(series));
  }
  return Config::dict({{"epoch", Codec<std::vector<int64_t>>::write(epoch)},
                       {"validation_epoch", Codec<std::vector<int64_t>>::write(validation_epoch)},
                       {"history", values}});
}

History History::from_config(const Config& config) {
  History result;
  result.epoch = Codec<std::vector<int64_t>>::read(config.at("epoch"));
  if (config.has("validation_epoch")) {  // backups of before do not hold it
    result.validation_epoch = Codec<std::vector<int64_t>>::read(config.at("validation_epoch"));
  }
  for (const auto& [name, series] : config.at("history").as_dict()) {
    result.history.emplace_back(name, Codec<std::vector<double>>::read(series));
  }
  return result;
}

}  // namespace keratin
