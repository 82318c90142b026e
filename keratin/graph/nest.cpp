// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/nest.h"

#include <algorithm>
#include <numeric>
#include <ostream>

#include "keratin/base/check.h"

namespace keratin {

namespace {

using Item = Nest::Item;

std::string description(const Nest& nest) {
  switch (nest.kind()) {
    case Nest::Kind::none:
      return "nothing";
    case Nest::Kind::leaf:
      return "a tensor";
    case Nest::Kind::list:
      return fmt::format("a list of {}", nest.size());
    case Nest::Kind::dict:
      break;
  }
  std::vector<std::string_view> keys;
  for (const Item& item : nest.items()) keys.push_back(item.first);
  return fmt::format("a dict with the keys [{}]", fmt::join(keys, ", "));
}

// Returns the places of the items in the order in which Keras visits them. The bytes of UTF-8 sort
// as the code points do, by which Python sorts.
std::vector<size_t> visiting_order(const Nest& nest) {
  const std::vector<Item>& items = nest.items();
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (nest.is_dict()) {
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return items[a].first < items[b].first; });
  }
  return order;
}

void collect(const Nest& nest, std::vector<Tensor>& tensors) {
  if (nest.is_tensor()) tensors.push_back(nest.tensor());
  for (size_t i : visiting_order(nest)) collect(nest.items()[i].second, tensors);
}

void collect_places(const Nest& nest, std::vector<Nest>& places) {
  if (nest.is_tensor() || nest.empty()) places.push_back(nest);
  for (size_t i : visiting_order(nest)) collect_places(nest.items()[i].second, places);
}

Nest rebuild(const Nest& nest, const std::function<Nest(const Tensor&)>& f) {
  if (nest.empty()) return nest;
  if (nest.is_tensor()) return f(nest.tensor());
  std::vector<Item> items = nest.items();
  for (size_t i : visiting_order(nest)) items[i].second = rebuild(items[i].second, f);
  if (nest.is_dict()) return Nest::dict(std::move(items));
  std::vector<Nest> values;
  for (Item& item : items) values.push_back(std::move(item.second));
  return Nest::list(std::move(values));
}

}  // namespace

Nest Nest::list(std::vector<Nest> items) {
  std::vector<Item> named;
  named.reserve(items.size());
  for (Nest& item : items) named.emplace_back(std::string(), std::move(item));
  Nest nest;
  nest.kind_ = Kind::list;
  nest.items_ = std::make_shared<const std::vector<Item>>(std::move(named));
  return nest;
}

Nest Nest::dict(std::vector<Item> items) {
  Nest nest;
  nest.kind_ = Kind::dict;
  nest.items_ = std::make_shared<const std::vector<Item>>(std::move(items));
  const std::vector<size_t> order = visiting_order(nest);
  for (size_t i = 1; i < order.size(); ++i) {
    const std::string& key = nest.items()[order[i]].first;
    require<ValueError>(key != nest.items()[order[i - 1]].first, "nest",
                        "expected keys that differ, got '{}' twice. Rename one of them.", key);
  }
  return nest;
}

Nest::Nest(std::initializer_list<NestItem> items) {
  if (items.size() == 1 && items.begin()->is_nest()) {
    *this = items.begin()->nest();
    return;
  }
  std::vector<Nest> values;
  values.reserve(items.size());
  for (const NestItem& item : items) values.push_back(item.nest());
  *this = list(std::move(values));
}

Nest::Nest(std::initializer_list<std::pair<Key, Nest>> items) {
  std::vector<Item> named;
  for (const auto& [key, nest] : items) named.emplace_back(key.text(), nest);
  *this = dict(std::move(named));
}

const Tensor& Nest::tensor() const& {
  if (!is_tensor()) {
    fail<ValueError>("nest", "expected a tensor, got {}. Take one of its items.",
                     description(*this));
  }
  return leaf_;
}

Nest Nest::at(int64_t i) const {
  if (is_tensor()) return leaf_[i];
  require<ValueError>(is_list() || is_dict(), "nest",
                      "expected a list or dict to take item {} of, got {}. Check the structure.", i,
                      description(*this));
  require<ValueError>(i >= 0 && i < static_cast<int64_t>(size()), "nest",
                      "expected an index below {}, got {}. Check the structure.", size(), i);
  return (*items_)[static_cast<size_t>(i)].second;
}

const Nest& Nest::operator[](const std::string& key) const& {
  if (is_dict()) {
    for (const Item& item : *items_) {
      if (item.first == key) return item.second;
    }
  }
  fail<ValueError>("nest", "expected a dict with the key '{}', got {}. Check the key.", key,
                   description(*this));
}

bool Nest::has(const std::string& key) const {
  return is_dict() && std::any_of(items_->begin(), items_->end(),
                                  [&](const Item& item) { return item.first == key; });
}

const std::vector<Nest::Item>& Nest::items() const {
  static const std::vector<Item> none;
  return items_ ? *items_ : none;
}

std::vector<Tensor> Nest::flatten() const {
  std::vector<Tensor> tensors;
  collect(*this, tensors);
  return tensors;
}

std::vector<Nest> Nest::places() const {
  std::vector<Nest> places;
  collect_places(*this, places);
  return places;
}

Nest Nest::pack(const std::vector<Tensor>& tensors) const {
  const size_t wanted = flatten().size();
  if (tensors.size() != wanted) {
    fail<ValueError>("nest", "expected {} tensors for the structure {}, got {}. Give one for each.",
                     wanted, to_string(*this), tensors.size());
  }
  size_t next = 0;
  return rebuild(*this, [&](const Tensor&) { return tensors[next++]; });
}

Nest Nest::map(const std::function<Nest(const Tensor&)>& f) const { return rebuild(*this, f); }

std::ostream& operator<<(std::ostream& out, const Nest& nest) {
  if (nest.empty()) return out << "None";
  if (nest.is_tensor()) return out << nest.tensor();
  out << (nest.is_dict() ? "{" : "[");
  bool first = true;
  for (const Item& item : nest.items()) {
    if (!first) out << ",\n ";
    first = false;
    if (nest.is_dict()) out << item.first << ": ";
    out << item.second;
  }
  return out << (nest.is_dict() ? "}" : "]");
}

std::string to_string(const Nest& nest) {
  if (nest.empty()) return "None";
  if (nest.is_tensor()) {
    return nest.tensor().defined() ? to_string(nest.shape()) : std::string("None");
  }
  std::string text;
  for (const Item& item : nest.items()) {
    if (!text.empty()) text += ", ";
    if (nest.is_dict()) text += item.first + ": ";
    text += to_string(item.second);
  }
  return nest.is_dict() ? "{" + text + "}" : "[" + text + "]";
}

}  // namespace keratin
