// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/generalization/verdict.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "keratin/base/check.h"
#include "keratin/base/codec.h"
#include "keratin/base/text.h"
#include "keratin/model/generalization/curves_internal.h"
#include "keratin/model/generalization/trend_internal.h"

namespace keratin {

namespace {

using Values = std::span<const double>;

// A change of a loss by less than this share of it is none that matters.
constexpr double material = 0.05;
// A loss of less than this share of the baseline's is as good as none.
constexpr double negligible = 0.005;
// Where the training loss is below this share of the validation loss, most of the latter comes from
// what was learned by heart.
constexpr double memorized = 0.5;
// What a model that cannot over-fit may leave of the baseline's loss; of the first epoch's, which
// has learned something already, twice as much.
constexpr double unexplained = 0.25;
// Noise that hides a change of this share of the loss leaves nothing to be said.
constexpr double hidden = 0.25;
// Fewer values have no order that would not come by chance once in twenty times, both ways.
constexpr size_t fewest = 5;
constexpr double significant = 1.96;
constexpr size_t most_values = 400;  // whose slopes are compared pair by pair

// Returns the medians of blocks, where there are many values.
std::vector<double> thinned(Values values) {
  const size_t block = (values.size() + most_values - 1) / most_values;
  std::vector<double> result;
  for (size_t at = 0; at < values.size(); at += std::max<size_t>(block, 1)) {
    result.push_back(trend::median(values.subspan(at, std::min(block, values.size() - at))));
  }
  return result;
}

// Is one curve and what can be said of it alone.
struct Course {
  explicit Course(const std::vector<double>& curve)
      : values(curve), best(best_index(curve)), noise(trend::noise(curve)) {
    const size_t n = curve.size();
    const size_t window = std::clamp<size_t>(n / 10 | 1, 3, 15);
    lowest = trend::smooth(curve, window)[best];
    const size_t after = n - 1 - best;
    const size_t level = std::clamp<size_t>(n / 5, 3, std::max<size_t>(3, after));
    end = trend::median(Values(curve).last(std::min(level, n)));
    const double parts = static_cast<double>(n) / static_cast<double>(window);
    // The lowest of several levels lies below their mean by chance already: of N by about
    // sqrt(2 ln N) standard errors. A median varies 1.25 times as much as a mean.
    const double error =
        1.25 * noise *
        std::sqrt(1.0 / static_cast<double>(window) + 1.0 / static_cast<double>(level));
    chance = (std::sqrt(2.0 * std::log(std::max(1.0, parts))) + 2.0) * error;
    end_error = 1.25 * noise / std::sqrt(static_cast<double>(level));
    const std::vector<double> last = thinned(Values(curve).last(std::max(fewest, (n + 2) / 3)));
    trend = trend::rise(last);
    order = trend::significance(last);
  }

  // Tells whether the curve has gone up again after its best place, by more than chance and more
  // than is of no matter.
  bool has_risen(double baseline) const {
    const double rise = end - lowest;
    return values.size() - 1 - best >= 3 && rise > chance && rise > material * std::abs(lowest) &&
           rise > negligible * baseline;
  }
  bool trend_matters(double baseline) const {
    return std::abs(trend) > material * std::abs(end) && std::abs(trend) > negligible * baseline;
  }
  bool is_falling(double baseline) const {
    return trend < 0.0 && order < -significant && trend_matters(baseline);
  }

  Values values;
  size_t best;
  double noise;
  double lowest = 0.0, end = 0.0;        // levels
  double chance = 0.0, end_error = 0.0;  // by which they may differ without a reason
  double trend = 0.0, order = 0.0;       // of the last third
};

std::string percent(double share) { return fmt::format("{:.0f} %", 100.0 * share); }

class Judge {
 public:
  Judge(const Curves& curves, const VerdictOptions& options)
      : curves_(curves),
        validation_(curves.validation),
        training_(curves.training_at_end),
        known_(options.baseline && std::isfinite(*options.baseline) && *options.baseline > 0.0),
        baseline_(known_ ? *options.baseline
                         : std::max({0.0, curves.training[0], curves.validation[0]})) {
    verdict_.best_epoch = curves.epochs[validation_.best];
    verdict_.training_loss = training_.end;
    verdict_.validation_loss = validation_.end;
    verdict_.gap = validation_.end - training_.end;
  }

  Verdict judge() {
    if (diverges() || over_fits() || still_falls() || is_hidden() || learns_too_little()) {
      return verdict_;
    }
    const bool shown = verdict_.gap > material * std::abs(validation_.end);
    return give(Verdict::Kind::good,
                fmt::format("the validation loss has settled at {:.4g}, {} the training loss",
                            validation_.end, shown ? "not far above" : "no higher than"),
                {"measure once on test data"});
  }

 private:
  Verdict& give(Verdict::Kind kind, std::string reason, std::vector<std::string> next) {
    verdict_.kind = kind;
    verdict_.reason = std::move(reason);
    verdict_.next = std::move(next);
    return verdict_;
  }

  bool knows_by_heart() const {
    return validation_.end > 0.0 && training_.end < memorized * validation_.end &&
           verdict_.gap > material * baseline_ && verdict_.gap > 2.0 * validation_.end_error;
  }

  bool diverges() {
    if (!training_.has_risen(baseline_) || knows_by_heart()) return false;
    give(Verdict::Kind::under_fitting,
         fmt::format("the training loss itself rises again after epoch {}, from {:.4g} to {:.4g}",
                     curves_.epochs[training_.best] + 1, training_.lowest, training_.end),
         {"a lower learning rate", "clipped gradients", "inputs scaled to about -1 to 1"});
    return true;
  }

  void over_fits_since(size_t index, std::string reason) {
    verdict_.since = curves_.epochs[index];
    give(Verdict::Kind::over_fitting, std::move(reason),
         {fmt::format("stop after epoch {} (EarlyStopping)", *verdict_.best_epoch + 1),
          "more training data", "a smaller model", "weight regularization", "dropout"});
  }

  bool over_fits() {
    if (validation_.has_risen(baseline_)) {
      over_fits_since(validation_.best + 1,
                      fmt::format("the validation loss rises again after epoch {}, from {:.4g} to "
                                  "{:.4g}, and the training loss is {:.4g}",
                                  *verdict_.best_epoch + 1, validation_.lowest, validation_.end,
                                  training_.end));
      return true;
    }
    if (!knows_by_heart() || validation_.is_falling(baseline_)) return false;
    size_t first = curves_.epochs.size();
    const auto by_heart = [&](size_t i) {
      return curves_.training_at_end[i] < memorized * curves_.validation[i];
    };
    while (first > 0 && by_heart(first - 1)) --first;
    over_fits_since(
        std::min(std::max(first, validation_.best + 1), curves_.epochs.size() - 1),
        fmt::format("the validation loss no longer falls, and the training loss has gone on to {} "
                    "of it",
                    percent(std::max(0.0, training_.end) / validation_.end)));
    return true;
  }

  bool still_falls() {
    if (!validation_.is_falling(baseline_)) return false;
    give(Verdict::Kind::under_fitting,
         fmt::format("the validation loss still falls, by {} over the last third of the epochs",
                     percent(-validation_.trend / std::abs(validation_.end))),
         {"more epochs", "a higher learning rate", "a bigger model"});
    return true;
  }

  bool is_hidden() {
    const double error = std::sqrt(2.0) * 2.0 * validation_.end_error;
    const bool noisy = error > hidden * std::abs(validation_.end) && error > negligible * baseline_;
    if (!noisy && !validation_.trend_matters(baseline_)) return false;
    give(Verdict::Kind::not_enough_data,
         fmt::format("the validation loss varies by {} from epoch to epoch, which hides where it "
                     "goes",
                     percent(validation_.noise / std::abs(validation_.end))),
         {"more epochs", "more validation data or k-fold validation"});
    return true;
  }

  bool learns_too_little() {
    const double left = validation_.end / baseline_;
    const bool has_gap = verdict_.gap > material * std::abs(validation_.end) &&
                         verdict_.gap > 2.0 * validation_.end_error;
    const double most = known_ ? unexplained : 2.0 * unexplained;
    const bool no_better = left > 1.0 - material;
    if (!(baseline_ > 0.0) || !(no_better || (!has_gap && left > most))) return false;
    give(Verdict::Kind::under_fitting,
         fmt::format("the losses have settled at {} of {} without over-fitting", percent(left),
                     known_ ? "the baseline's" : "the first epoch's"),
         {"a bigger model", "another learning rate", "inputs that tell more, scaled"});
    if (no_better && has_gap) {
      verdict_.reason = fmt::format("the validation loss is no better than {}, {:.4g}",
                                    known_ ? "the baseline's" : "the first epoch's", baseline_);
    }
    return true;
  }

  const Curves& curves_;
  Course validation_, training_;
  bool known_;
  double baseline_;
  Verdict verdict_;
};

Verdict without_curves(std::string reason, std::vector<std::string> next) {
  Verdict verdict;
  verdict.reason = std::move(reason);
  verdict.next = std::move(next);
  return verdict;
}

}  // namespace

Verdict History::verdict(const VerdictOptions& options) const {
  const Curves curves = curves_of(*this, "loss");
  const size_t n = curves.epochs.size();
  if (n == 0) {
    return without_curves("there is no validation loss", {"validation_data or validation_split"});
  }
  for (size_t i = 0; i < n; ++i) {
    if (std::isfinite(curves.training[i]) && std::isfinite(curves.validation[i])) continue;
    Verdict verdict =
        without_curves(fmt::format("the loss is not finite from epoch {} on", curves.epochs[i] + 1),
                       {"a lower learning rate", "a look for NaN and huge values in the data"});
    verdict.kind = Verdict::Kind::under_fitting;
    return verdict;
  }
  if (n < fewest) {
    Verdict verdict =
        without_curves(fmt::format("{} with validation are fewer than {}",
                                   n == 1 ? "1 epoch" : fmt::format("{} epochs", n), fewest),
                       {"more epochs"});
    verdict.best_epoch = curves.epochs[best_index(curves.validation)];
    verdict.training_loss = curves.training.back();
    verdict.validation_loss = curves.validation.back();
    verdict.gap = verdict.validation_loss - verdict.training_loss;
    return verdict;
  }
  return Judge(curves, options).judge();
}

std::string to_string(Verdict::Kind kind) {
  switch (kind) {
    case Verdict::Kind::not_enough_data:
      return "not enough data to tell";
    case Verdict::Kind::under_fitting:
      return "under-fitting";
    case Verdict::Kind::good:
      return "good";
    case Verdict::Kind::over_fitting:
      return "over-fitting";
  }
  return {};
}

std::string Verdict::sentence() const {
  std::string text = to_string(kind);
  if (since) text += fmt::format(" since epoch {}", *since + 1);
  text += ": " + reason;
  if (next.empty()) return text + ".";
  return text + (kind == Kind::good ? "; next: " : "; try ") + text::join(next, ", ") + ".";
}

Config Verdict::to_config() const {
  const auto number = [](const std::optional<int64_t>& epoch) {
    return epoch ? Config(*epoch) : Config();
  };
  return Config::dict({{"verdict", keratin::to_string(kind)},
                       {"best_epoch", number(best_epoch)},
                       {"since", number(since)},
                       {"training_loss", training_loss},
                       {"validation_loss", validation_loss},
                       {"gap", gap},
                       {"reason", reason},
                       {"next", Codec<std::vector<std::string>>::write(next)},
                       {"sentence", sentence()}});
}

}  // namespace keratin
