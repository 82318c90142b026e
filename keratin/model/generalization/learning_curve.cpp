// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>

#include "keratin/base/check.h"
#include "keratin/core/random.h"
#include "keratin/model/generalization/rows_internal.h"
#include "keratin/model/generalization/validate.h"
#include "keratin/plot/figure.h"

namespace keratin {

namespace {

std::vector<int64_t> shuffled(int64_t rows, bool shuffle) {
  if (shuffle) return rng::global_random().permutation(rows);
  std::vector<int64_t> order(static_cast<size_t>(rows));
  std::iota(order.begin(), order.end(), int64_t{0});
  return order;
}

std::vector<int64_t> rows_of_share(double share, int64_t rows, std::string_view where) {
  const auto count = static_cast<int64_t>(std::floor(share * static_cast<double>(rows) + 1e-9));
  require<ValueError>(share > 0.0 && share <= 1.0 && count >= 1, where,
                      "expected `shares` above 0 and up to 1 that leave rows, got {} of {} rows. "
                      "Check them.",
                      share, rows);
  std::vector<int64_t> result(static_cast<size_t>(count));
  std::iota(result.begin(), result.end(), int64_t{0});
  return result;
}

// Is the logs of all repeats of one point.
struct Measured {
  std::vector<Logs> training, validation;
};

void draw_side(plot::Axes& axes, const std::vector<LearningCurve::Point>& points,
               const std::string& name, bool training) {
  std::vector<double> rows, mean, lower, upper;
  for (const LearningCurve::Point& point : points) {
    const double value = (training ? point.training : point.validation)[name];
    const double deviation =
        (training ? point.training_deviation : point.validation_deviation)[name];
    rows.push_back(static_cast<double>(point.rows));
    mean.push_back(value);
    lower.push_back(value - deviation);
    upper.push_back(value + deviation);
  }
  const plot::Color color = training ? plot::colors::blue : plot::colors::vermilion;
  axes.area(rows, lower, upper, {.label = {}, .color = color, .alpha = 0.15});
  axes.line(rows, mean,
            {.label = training ? "training" : "validation",
             .color = color,
             .dash = training ? plot::Dash::solid : plot::Dash::dashed});
  axes.points(rows, mean, {.label = {}, .color = color, .radius = 2.8});
}

}  // namespace

LearningCurve learning_curve(const ModelBuilder& build, const Nest& x, const Nest& y,
                             const LearningCurveOptions& options) {
  const Data data(x, y, options.fit.sample_weight);
  const int64_t rows = count_rows(data, "learning_curve");
  const double split = options.validation_split;
  const auto kept = static_cast<int64_t>(std::floor(static_cast<double>(rows) * (1.0 - split)));
  require<ValueError>(split > 0.0 && split < 1.0 && kept >= 1 && kept < rows, "learning_curve",
                      "expected `validation_split` between 0 and 1 that leaves rows on both sides, "
                      "got {} of {} rows. Use 0.2 for a fifth.",
                      split, rows);
  require<ValueError>(options.repeats >= 1 && !options.shares.empty(), "learning_curve",
                      "expected `repeats` of at least 1 and some `shares`, got {} and {}. Check "
                      "them.",
                      options.repeats, options.shares.size());
  std::vector<double> shares = options.shares;
  std::sort(shares.begin(), shares.end());
  std::vector<Measured> measured(shares.size());
  LearningCurve curve;
  curve.points.resize(shares.size());
  for (int64_t repeat = 0; repeat < options.repeats; ++repeat) {
    const std::vector<int64_t> order = shuffled(rows, options.shuffle);
    const Data validation = take_rows(data, {order.begin() + kept, order.end()});
    for (size_t i = 0; i < shares.size(); ++i) {
      std::vector<int64_t> chosen = rows_of_share(shares[i], kept, "learning_curve");
      for (int64_t& row : chosen) row = order[static_cast<size_t>(row)];
      const Data train = take_rows(data, chosen);
      const Model model = build();
      fit_fold(model, train, validation, options.fit);
      const auto measure = [&](const Data& part) {
        return model.evaluate(part.x, part.y,
                              {.batch_size = options.fit.batch_size,
                               .verbose = 0,
                               .sample_weight = part.sample_weight});
      };
      measured[i].training.push_back(measure(train));
      measured[i].validation.push_back(measure(validation));
      curve.points[i].rows = static_cast<int64_t>(chosen.size());
    }
  }
  for (size_t i = 0; i < shares.size(); ++i) {
    LearningCurve::Point& point = curve.points[i];
    point.training = mean_of(measured[i].training);
    point.validation = mean_of(measured[i].validation);
    point.training_deviation = deviation_of(measured[i].training);
    point.validation_deviation = deviation_of(measured[i].validation);
  }
  return curve;
}

std::string LearningCurve::sentence() const {
  if (points.size() < 2 || !points.back().validation.has("loss")) {
    return "fewer than two sizes of the data tell nothing about more of it.";
  }
  const Point& last = points.back();
  const Point& before = points[points.size() - 2];
  const double loss = last.validation["loss"];
  const double fall = before.validation["loss"] - loss;
  const double gap = loss - last.training["loss"];
  const bool helps = fall > 0.05 * std::abs(loss) &&
                     fall > last.validation_deviation["loss"] + before.validation_deviation["loss"];
  const std::string seen = fmt::format(
      "from {} to {} rows the validation loss goes from {:.4g} to {:.4g}, with {:.4g} on the "
      "training data",
      before.rows, last.rows, before.validation["loss"], loss, last.training["loss"]);
  if (helps) return seen + ": more data would help.";
  if (gap > 0.05 * std::abs(loss)) return seen + ": more data would help little, regularize.";
  return seen + ": more data would not help, a bigger model might.";
}

void LearningCurve::plot(const std::string& path, const std::string& name) const {
  require<ValueError>(!points.empty(), "LearningCurve.plot",
                      "expected at least one point, got none. Make it with learning_curve.");
  plot::Figure figure({.width = 560.0, .height = 360.0});
  plot::Axes& axes = figure.add_axes();
  axes.title = name;
  axes.x_label = "rows to train with";
  axes.integer_x = true;
  draw_side(axes, points, name, true);
  draw_side(axes, points, name, false);
  figure.save(path);
}

}  // namespace keratin
