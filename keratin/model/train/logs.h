// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/model/generalization/verdict.h"

namespace keratin {

/// Is named values in an order: what a batch or an epoch gave. A name may come twice where Keras
/// returns a list.
class Logs {
 public:
  using Item = std::pair<std::string, double>;

  bool empty() const { return items_.empty(); }
  size_t size() const { return items_.size(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  bool has(std::string_view name) const;
  /// Returns the value of that name; throws ValueError that lists the names.
  double operator[](std::string_view name) const;
  double operator[](const char* name) const { return (*this)[std::string_view(name)]; }
  /// Returns value `i` in order; throws ValueError.
  double operator[](size_t i) const;
  double operator[](int i) const { return (*this)[static_cast<size_t>(i)]; }
  /// Adds a value, also under a name that is there.
  void append(std::string_view name, double value) { items_.emplace_back(name, value); }
  /// Adds or replaces a value.
  void set(std::string_view name, double value);
  void clear() { items_.clear(); }
  std::vector<std::string> names() const;
  std::vector<double> values() const;
  const std::vector<Item>& items() const { return items_; }
  std::vector<Item>& items() { return items_; }

 private:
  std::vector<Item> items_;
};

/// Is what `fit` returns: for each name the values of all epochs (keras.io/api/callbacks/history).
class History {
 public:
  using Series = std::pair<std::string, std::vector<double>>;

  /// Are the indices of the epochs, from 0.
  std::vector<int64_t> epoch;
  /// Are the values, in the order in which Keras reports them.
  std::vector<Series> history;
  /// Are the epochs that validation followed: the `val_` values are theirs.
  std::vector<int64_t> validation_epoch;

  bool has(std::string_view name) const;
  /// Returns the values of that name; throws ValueError that lists the names.
  const std::vector<double>& operator[](std::string_view name) const;
  std::vector<std::string> names() const;
  void add(int64_t at, const Logs& logs);
  /// Returns, for each epoch of `validation_epoch`, what a value is larger by on the validation
  /// data; empty without validation. Throws ValueError for a name that is not there.
  std::vector<double> gap(std::string_view name = "loss") const;
  /// Says whether the run under-fits, over-fits (since when) or is good, and what to try next:
  /// docs/generalization.md has the rule. Never throws; tells when it cannot tell.
  Verdict verdict(const VerdictOptions& options = {}) const;
  /// Draws loss and metrics over the epochs, of training and validation, and marks the best epoch
  /// and where the run over-fits. Writes a .png or .svg file; throws ValueError for other endings
  /// and for a history without epochs, and FileError.
  void plot(const std::string& path, const HistoryPlotOptions& options = {}) const;
  /// Returns all of it as a dict of epochs and values, and reads that.
  Config to_config() const;
  static History from_config(const Config& config);
};

}  // namespace keratin
