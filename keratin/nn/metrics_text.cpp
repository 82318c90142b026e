// SPDX-License-Identifier: Apache-2.0
// Metrics that compare sequences of tokens: edit distances and BLEU.
#include <algorithm>
#include <cmath>
#include <map>

#include "keratin/base/text.h"
#include "keratin/nn/metrics_practice_internal.h"

namespace keratin {

namespace {

using namespace metrics;

template <class T>
int64_t distance_between(const T& a, const T& b) {
  std::vector<int64_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int64_t>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    int64_t diagonal = row[0];
    row[0] = static_cast<int64_t>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int64_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  for (std::string& word : text::split(line, ' ')) {
    if (!word.empty()) words.push_back(std::move(word));
  }
  return words;
}

void expect_as_many(const char* where, size_t references, size_t predictions) {
  require<ValueError>(references == predictions, where,
                      "expected as many references as predictions, got {} and {}. Check them.",
                      references, predictions);
}

// The counts that the score of a corpus is made of (Papineni et al., 2002).
template <class Token>
class Corpus {
 public:
  using Sequence = std::vector<Token>;
  explicit Corpus(size_t max_order) : hits_(max_order), counts_(max_order) {}

  void add(const std::vector<Sequence>& references, const Sequence& prediction, double weight) {
    for (size_t order = 1; order <= hits_.size(); ++order) {
      std::map<Sequence, int64_t> most;
      for (const Sequence& reference : references) {
        for (const auto& [run, count] : runs_of(reference, order)) {
          most[run] = std::max(most[run], count);
        }
      }
      for (const auto& [run, count] : runs_of(prediction, order)) {
        const auto known = most.find(run);
        const int64_t met = known == most.end() ? 0 : std::min(count, known->second);
        hits_[order - 1] += weight * static_cast<double>(met);
        counts_[order - 1] += weight * static_cast<double>(count);
      }
    }
    predicted_ += weight * static_cast<double>(prediction.size());
    wanted_ += weight * nearest_length(references, prediction.size());
  }

  double score() const {
    double logs = 0.0;
    for (size_t i = 0; i < hits_.size(); ++i) {
      if (!(hits_[i] > 0.0)) return 0.0;
      logs += std::log(hits_[i] / counts_[i]);
    }
    const double brevity = predicted_ < wanted_ ? std::exp(1.0 - wanted_ / predicted_) : 1.0;
    return brevity * std::exp(logs / static_cast<double>(hits_.size()));
  }

 private:
  static std::map<Sequence, int64_t> runs_of(const Sequence& tokens, size_t order) {
    std::map<Sequence, int64_t> runs;
    for (size_t i = 0; i + order <= tokens.size(); ++i) {
      const auto first = tokens.begin() + static_cast<std::ptrdiff_t>(i);
      ++runs[Sequence(first, first + static_cast<std::ptrdiff_t>(order))];
    }
    return runs;
  }

  // Of two that are as near, the shorter.
  static double nearest_length(const std::vector<Sequence>& references, size_t length) {
    const auto wanted = static_cast<int64_t>(length);
    int64_t nearest = -1;
    for (const Sequence& reference : references) {
      const auto size = static_cast<int64_t>(reference.size());
      const int64_t off = std::abs(size - wanted), best = std::abs(nearest - wanted);
      if (nearest < 0 || off < best || (off == best && size < nearest)) nearest = size;
    }
    return static_cast<double>(std::max<int64_t>(nearest, 0));
  }

  std::vector<double> hits_, counts_;
  double predicted_ = 0.0, wanted_ = 0.0;
};

using Tokens = std::vector<int64_t>;

// Returns the rows of the last axis without what fills them up.
std::vector<Tokens> rows_of(const Tensor& tensor, int64_t padding) {
  const auto all = tensor.to_vector<int64_t>();
  const auto length = static_cast<size_t>(tensor.shape().back());
  std::vector<Tokens> rows(length == 0 ? 0 : all.size() / length);
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i] != padding) rows[i / length].push_back(all[i]);
  }
  return rows;
}

void require_tokens(const std::string& where, const Tensor& y_true, const Tensor& y_pred,
                    int most_axes) {
  detail::require_concrete(where, y_true, y_pred, "");
  const bool fits = y_pred.rank() == 2 && y_true.rank() >= 2 && y_true.rank() <= most_axes &&
                    y_true.shape()[0] == y_pred.shape()[0];
  require<ShapeError>(fits, where,
                      "expected token numbers [batch, length] for both, got shapes {} and {}. Fill "
                      "rows up with the padding.",
                      to_string(y_true.shape()), to_string(y_pred.shape()));
}

std::vector<double> weights_of(const std::string& where, const Tensor& weight, size_t rows) {
  if (!weight.defined()) return std::vector<double>(rows, 1.0);
  std::vector<double> weights = detail::doubles_of(weight);
  require<ShapeError>(weights.size() == rows, where,
                      "expected a weight for each of {} rows, got shape {}. Check them.", rows,
                      to_string(weight.shape()));
  return weights;
}

Tensor scalar_of(double value, DType dtype) {
  return Tensor::from(std::vector<double>{value}, Shape{}).cast(dtype);
}

class BLEUBody final : public detail::PracticeBody<BLEUOptions> {
 public:
  explicit BLEUBody(const BLEUOptions& options)
      : PracticeBody("BLEU", options, Direction::max), corpus_(order()) {}

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    require_tokens(name(), y_true, y_pred, 3);
    const std::vector<Tokens> references = rows_of(y_true, options().padding);
    const std::vector<Tokens> predictions = rows_of(y_pred, options().padding);
    const std::vector<double> weights = weights_of(name(), weight, predictions.size());
    const size_t each = predictions.empty() ? 0 : references.size() / predictions.size();
    for (size_t i = 0; i < predictions.size(); ++i) {
      std::vector<Tokens> own;
      for (size_t j = i * each; j < (i + 1) * each; ++j) {
        // A row of padding only stands for a reference that is not there.
        if (!references[j].empty() || each == 1) own.push_back(references[j]);
      }
      corpus_.add(own, predictions[i], weights[i]);
    }
  }
  Tensor result() const override { return scalar_of(corpus_.score(), dtype()); }
  void reset_state() override { corpus_ = Corpus<int64_t>(order()); }
  std::vector<Variable> variables() const override { return {}; }

 private:
  size_t order() const { return static_cast<size_t>(options().max_order); }
  Corpus<int64_t> corpus_;
};

// Both are a weighted sum of errors divided by another sum.
template <class Options>
class ErrorsBody final : public detail::PracticeBody<Options> {
 public:
  using detail::PracticeBody<Options>::PracticeBody;

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) override {
    require_tokens(this->name(), y_true, y_pred, 2);
    const std::vector<Tokens> references = rows_of(y_true, this->options().padding);
    const std::vector<Tokens> predictions = rows_of(y_pred, this->options().padding);
    const std::vector<double> weights = weights_of(this->name(), weight, predictions.size());
    for (size_t i = 0; i < predictions.size(); ++i) {
      auto errors = static_cast<double>(distance_between(references[i], predictions[i]));
      double size = 1.0;
      if constexpr (std::is_same_v<Options, WordErrorRateOptions>) {
        size = static_cast<double>(references[i].size());
      } else if (this->options().normalize) {
        const size_t longest = std::max(references[i].size(), predictions[i].size());
        errors /= static_cast<double>(std::max<size_t>(longest, 1));
      }
      errors_ += weights[i] * errors;
      sizes_ += weights[i] * size;
    }
  }
  Tensor result() const override {
    return scalar_of(sizes_ == 0.0 ? 0.0 : errors_ / sizes_, this->dtype());
  }
  void reset_state() override { errors_ = sizes_ = 0.0; }
  std::vector<Variable> variables() const override { return {}; }

 private:
  double errors_ = 0.0, sizes_ = 0.0;
};

void expect_order(const char* where, int64_t max_order) {
  require<ValueError>(max_order > 0, where, "expected max_order of 1 or more, got {}. Use 4.",
                      max_order);
}

}  // namespace

namespace metrics {

Metric BLEU(BLEUOptions options) {
  expect_order("BLEU", options.max_order);
  return Metric(std::make_shared<BLEUBody>(options));
}
Metric EditDistance(EditDistanceOptions options) {
  return Metric(
      std::make_shared<ErrorsBody<EditDistanceOptions>>("EditDistance", options, Direction::min));
}
Metric WordErrorRate(WordErrorRateOptions options) {
  return Metric(
      std::make_shared<ErrorsBody<WordErrorRateOptions>>("WordErrorRate", options, Direction::min));
}

int64_t word_edit_distance(const std::string& reference, const std::string& prediction) {
  return distance_between(words_of(reference), words_of(prediction));
}

int64_t edit_distance(const std::string& reference, const std::string& prediction) {
  return distance_between(reference, prediction);
}

double word_error_rate(const std::vector<std::string>& references,
                       const std::vector<std::string>& predictions) {
  expect_as_many("word_error_rate", references.size(), predictions.size());
  int64_t errors = 0, words = 0;
  for (size_t i = 0; i < references.size(); ++i) {
    errors += word_edit_distance(references[i], predictions[i]);
    words += static_cast<int64_t>(words_of(references[i]).size());
  }
  return words == 0 ? 0.0 : static_cast<double>(errors) / static_cast<double>(words);
}

double bleu(const std::vector<std::vector<std::string>>& references,
            const std::vector<std::string>& predictions, int64_t max_order) {
  expect_as_many("bleu", references.size(), predictions.size());
  expect_order("bleu", max_order);
  Corpus<std::string> corpus(static_cast<size_t>(max_order));
  for (size_t i = 0; i < predictions.size(); ++i) {
    std::vector<std::vector<std::string>> own;
    for (const std::string& reference : references[i]) own.push_back(words_of(reference));
    corpus.add(own, words_of(predictions[i]), 1.0);
  }
  return corpus.score();
}

}  // namespace metrics

}  // namespace keratin
