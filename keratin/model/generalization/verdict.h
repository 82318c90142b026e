// SPDX-License-Identifier: Apache-2.0
// What the curves of a run say: whether it fits too little or too much.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keratin/base/config.h"

namespace keratin {

/// Are the arguments of `History::verdict`.
struct VerdictOptions {
  /// Is the loss of the best constant prediction (`baseline(model, ...)["loss"]`). Without it the
  /// loss of the first epoch stands in, which hides some runs that learn too little.
  std::optional<double> baseline = {};
};

/// Are the arguments of `History::plot`: the title is the verdict when empty, the baseline is drawn
/// as a line, and `scale` is the pixels of a point in a PNG.
struct HistoryPlotOptions {
  std::string title = {};
  std::optional<double> baseline = {};
  double scale = 2.0;
};

/// Is what the curves of a run say. Epochs count from 0, as in `History::epoch`; the texts count
/// them from 1, as the progress bar does.
struct Verdict {
  enum class Kind : uint8_t { not_enough_data, under_fitting, good, over_fitting };
  Kind kind = Kind::not_enough_data;
  /// Is the epoch of the lowest validation loss, single outliers left aside.
  std::optional<int64_t> best_epoch = {};
  /// Is the first epoch that over-fits.
  std::optional<int64_t> since = {};
  /// Are the losses at the end, smoothed; the gap is their difference.
  double training_loss = 0.0, validation_loss = 0.0, gap = 0.0;
  /// Says what was seen.
  std::string reason = {};
  /// Are what to try next, the first one first.
  std::vector<std::string> next = {};

  /// Returns all of it in one sentence.
  std::string sentence() const;
  Config to_config() const;
};

/// Returns "not enough data to tell", "under-fitting", "good" or "over-fitting".
std::string to_string(Verdict::Kind kind);

}  // namespace keratin
