// SPDX-License-Identifier: Apache-2.0
// Metrics of rankings: rows of items with relevance and scores. Places come from comparing all
// pairs of a row, so nothing is sorted.
#include <cmath>

#include "keratin/graph/ops/ops.h"
#include "keratin/nn/metrics_practice_internal.h"

namespace keratin {

namespace {

using namespace metrics;

struct Rows {
  Tensor relevance, scores;  // [batch, items]
  int64_t items = 0;
};

Rows rows_of(const Tensor& y_true, const Tensor& y_pred, DType dtype) {
  require<ShapeError>(y_pred.defined() && y_true.rank() == 2 && y_pred.rank() == 2 &&
                          y_pred.shape()[1] != None && y_true.shape()[1] == y_pred.shape()[1],
                      "ranking metric",
                      "expected relevance and scores of one shape [batch, items], got {} and {}. "
                      "Reshape them.",
                      to_string(y_true.shape()),
                      y_pred.defined() ? to_string(y_pred.shape()) : "none");
  return {ops::cast(y_true, dtype), ops::cast(y_pred, dtype), y_pred.shape()[1]};
}

// Returns for each item and each other one, [batch, items, others], whether a comparison holds.
template <class Compare>
Tensor pairs(const Tensor& a, const Tensor& b, Compare compare) {
  return ops::cast(compare(ops::expand_dims(b, 1), ops::expand_dims(a, 2)), a.dtype());
}

// Returns how many items score more than each, and how many the same, itself included.
std::pair<Tensor, Tensor> above_and_equal(const Tensor& scores) {
  return {ops::sum(pairs(scores, scores, ops::greater), -1),
          ops::sum(pairs(scores, scores, ops::equal), -1)};
}

// Returns the place of each item from 1 on; items that score the same stay in order.
Tensor places_of(const Rows& rows) {
  const Tensor index = ops::arange(rows.items);
  const Tensor before = ops::cast(ops::less(ops::expand_dims(index, 0), ops::expand_dims(index, 1)),
                                  rows.scores.dtype());
  const Tensor same = pairs(rows.scores, rows.scores, ops::equal) * before;
  return 1 + ops::sum(pairs(rows.scores, rows.scores, ops::greater), -1) + ops::sum(same, -1);
}

Tensor relevant(const Rows& rows) {
  return ops::cast(ops::greater(rows.relevance, 0), rows.scores.dtype());
}

Tensor within(const Tensor& places, const OptionalInt& k) {
  return k ? ops::cast(ops::less_equal(places, static_cast<double>(*k)), places.dtype())
           : ops::ones_like(places);
}

// Returns the discounted gain of each row. Items that score the same share the discounts of their
// places, so each gets the mean of them.
Tensor gain_of(const Tensor& relevance, const Tensor& scores, int64_t items, const OptionalInt& k) {
  std::vector<double> sums{0.0};
  for (int64_t place = 1; place <= items; ++place) {
    const bool counts = !k || place <= *k;
    sums.push_back(sums.back() +
                   (counts ? 1.0 / std::log2(static_cast<double>(place) + 1.0) : 0.0));
  }
  const Tensor table = ops::cast(Tensor::from(sums, {items + 1}), scores.dtype());
  const auto [above, equal] = above_and_equal(scores);
  const auto at = [&](const Tensor& place) {
    return ops::take(table, ops::cast(place, DType::int32));
  };
  return ops::sum(relevance * (at(above + equal) - at(above)) / equal, -1);
}

void expect_positive(std::string_view where, const OptionalInt& k) {
  require<ValueError>(!k || *k > 0, where, "expected k of 1 or more, got {}. Use 10.",
                      k.value_or(0));
}

// Makes a metric of a function of the rows and k.
template <class Options, class F>
Metric of_rows(std::string_view class_name, const Options& options, F function) {
  const OptionalInt k = options.k;
  expect_positive(class_name, k);
  const auto call = [k, function, dtype = options.dtype.compute_dtype()](const Tensor& y_true,
                                                                         const Tensor& y_pred) {
    return function(rows_of(y_true, y_pred, dtype), k);
  };
  return detail::practice_mean(class_name, options, call, Direction::max);
}

Tensor reciprocal_rank(const Rows& rows, const OptionalInt& k) {
  const Tensor places = places_of(rows);
  const Tensor counted = relevant(rows) * within(places, k);
  return ops::max(counted / places, -1);
}

Tensor mean_precision(const Rows& rows, const OptionalInt& k) {
  const Tensor places = places_of(rows);
  const Tensor hits = relevant(rows);
  const Tensor up_to = pairs(places, places, ops::less_equal);
  const Tensor precision = ops::sum(up_to * ops::expand_dims(hits, 1), -1) / places;
  Tensor possible = ops::sum(hits, -1);
  if (k) possible = ops::minimum(possible, static_cast<double>(*k));
  return ops::divide_no_nan(ops::sum(precision * hits * within(places, k), -1), possible);
}

Tensor hits_within(const Rows& rows, const OptionalInt& k) {
  return ops::sum(relevant(rows) * within(places_of(rows), k), -1);
}

}  // namespace

namespace metrics {

Metric MeanReciprocalRank(MeanReciprocalRankOptions options) {
  return of_rows("MeanReciprocalRank", options, reciprocal_rank);
}
Metric MeanAveragePrecision(MeanAveragePrecisionOptions options) {
  return of_rows("MeanAveragePrecision", options, mean_precision);
}
Metric DCG(DCGOptions options) {
  return of_rows("DCG", options, [](const Rows& rows, const OptionalInt& k) {
    return gain_of(rows.relevance, rows.scores, rows.items, k);
  });
}
Metric NDCG(NDCGOptions options) {
  return of_rows("NDCG", options, [](const Rows& rows, const OptionalInt& k) {
    return ops::divide_no_nan(gain_of(rows.relevance, rows.scores, rows.items, k),
                              gain_of(rows.relevance, rows.relevance, rows.items, k));
  });
}
Metric PrecisionAtK(PrecisionAtKOptions options) {
  return of_rows("PrecisionAtK", options, [](const Rows& rows, const OptionalInt& k) {
    return hits_within(rows, k) / static_cast<double>(*k);
  });
}
Metric RecallAtK(RecallAtKOptions options) {
  return of_rows("RecallAtK", options, [](const Rows& rows, const OptionalInt& k) {
    return ops::divide_no_nan(hits_within(rows, k), ops::sum(relevant(rows), -1));
  });
}

}  // namespace metrics

}  // namespace keratin
