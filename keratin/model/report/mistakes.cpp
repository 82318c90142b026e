// SPDX-License-Identifier: Apache-2.0
// The worst mistakes of an output, with the inputs as pictures where they look like some.
#include <algorithm>
#include <cmath>
#include <functional>

#include "keratin/io/png.h"
#include "keratin/model/report/report_internal.h"

namespace keratin::report {

namespace {

constexpr size_t most_mistakes = 12;
constexpr int64_t least_side = 8;  // of an image
constexpr int64_t largest_side = 512;

// Is how the rows of an input are pixels: [height, width, channels], and what is black and white.
struct Pixels {
  int64_t height = 0, width = 0, channels = 1;
  double low = 0.0, high = 1.0;
};

bool is_side(int64_t size) { return size >= least_side && size <= largest_side; }

// Returns it for [rows, height, width, channels], [rows, height, width], and rows of squares,
// which hold nothing below 0; nothing for all else.
std::optional<Pixels> pixels_of(const Tensor& x) {
  if (!x.defined() || !x.is_concrete() || x.rank() < 2 || x.shape()[0] == 0) return std::nullopt;
  const Shape& shape = x.shape();
  Pixels pixels;
  if (x.rank() == 2) {
    pixels.height = std::llround(std::sqrt(static_cast<double>(shape[1])));
    pixels.width = pixels.height;
    if (pixels.height * pixels.height != shape[1]) return std::nullopt;
  } else {
    pixels.height = shape[1];
    pixels.width = shape[2];
    if (x.rank() == 4) pixels.channels = shape[3];
  }
  const bool is_color = pixels.channels == 1 || pixels.channels == 3 || pixels.channels == 4;
  const bool is_long = pixels.height > 2 * pixels.width || pixels.width > 2 * pixels.height;
  if (x.rank() > 4 || !is_color || !is_side(pixels.height) || !is_side(pixels.width) || is_long) {
    return std::nullopt;
  }
  const advice::ArrayFacts facts = advice::look_at(x.array(), 1 << 20);
  if (x.rank() == 2 && facts.low < 0.0) return std::nullopt;
  pixels.low = facts.low;
  pixels.high = facts.high > facts.low ? facts.high : facts.low + 1.0;
  // What lies in the range of images is shown as one shows images.
  for (const double white : {1.0, 255.0}) {
    if (facts.low < 0.0 || facts.high > white) continue;
    pixels.low = 0.0;
    pixels.high = white;
    break;
  }
  return pixels;
}

Bytes picture_of(const Tensor& x, int64_t row, const Pixels& pixels) {
  const std::vector<double> values = x[row].to_vector<double>();
  std::vector<uint8_t> bytes;
  for (const double value : values) {
    const double share = (value - pixels.low) / (pixels.high - pixels.low);
    const bool known = std::isfinite(share);
    bytes.push_back(
        static_cast<uint8_t>(std::lround(255.0 * std::clamp(known ? share : 0.0, 0.0, 1.0))));
  }
  return png_bytes(bytes, pixels.width, pixels.height, pixels.channels);
}

// Is one candidate: how bad it is, and where.
struct Candidate {
  double size;
  int64_t at;
};

// Brings the worst to the front, in order, and leaves no more than are shown.
void keep_worst(std::vector<Candidate>& all) {
  const size_t kept = std::min(all.size(), most_mistakes);
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(),
                    [](const Candidate& a, const Candidate& b) {
                      return a.size > b.size || (a.size == b.size && a.at < b.at);
                    });
  all.resize(kept);
}

// Returns the probability of what was predicted.
double confidence_of(const Judged& judged, const std::vector<double>& p, size_t at,
                     int64_t predicted) {
  if (judged.task == Task::multiclass) {
    return p[at * static_cast<size_t>(judged.classes) + static_cast<size_t>(predicted)];
  }
  return predicted == 1 ? p[at] : 1.0 - p[at];
}

void add_wrong_classes(ReportSection& section, const Judged& judged,
                       const std::function<Bytes(int64_t)>& picture) {
  const std::vector<int64_t> truth = judged.y.to_vector<int64_t>();
  const std::vector<int64_t> given = predicted_classes(judged).to_vector<int64_t>();
  const std::vector<double> p = judged.p.to_vector<double>();
  std::vector<Candidate> wrong;
  for (size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] == given[i]) continue;
    wrong.push_back({confidence_of(judged, p, i, given[i]), static_cast<int64_t>(i)});
  }
  section.mistake_count = static_cast<int64_t>(wrong.size());
  keep_worst(wrong);
  for (const Candidate& one : wrong) {
    const auto i = static_cast<size_t>(one.at);
    section.mistakes.push_back({judged.place(one.at), judged.names[static_cast<size_t>(truth[i])],
                                judged.names[static_cast<size_t>(given[i])], shown(one.size),
                                picture(one.at)});
  }
}

// Each label of a row counts.
void add_wrong_labels(ReportSection& section, const Judged& judged,
                      const std::function<Bytes(int64_t)>& picture) {
  const std::vector<double> truth = judged.y.to_vector<double>();
  const std::vector<double> p = judged.p.to_vector<double>();
  std::vector<Candidate> wrong;
  for (size_t i = 0; i < truth.size(); ++i) {
    if ((p[i] > 0.5) == (truth[i] > 0.5)) continue;
    wrong.push_back({std::abs(p[i] - truth[i]), static_cast<int64_t>(i)});
  }
  section.mistake_count = static_cast<int64_t>(wrong.size());
  keep_worst(wrong);
  for (const Candidate& one : wrong) {
    const auto i = static_cast<size_t>(one.at);
    const std::string& name = judged.names[i % static_cast<size_t>(judged.classes)];
    const int64_t row = one.at / judged.classes;
    section.mistakes.push_back({judged.place(row), truth[i] > 0.5 ? name : "not " + name,
                                p[i] > 0.5 ? name : "not " + name,
                                shown(p[i] > 0.5 ? p[i] : 1.0 - p[i]), picture(row)});
  }
}

void add_wrong_numbers(ReportSection& section, const Judged& judged,
                       const std::function<Bytes(int64_t)>& picture) {
  const std::vector<double> truth = judged.y.to_vector<double>();
  const std::vector<double> p = judged.p.to_vector<double>();
  std::vector<Candidate> errors;
  for (size_t i = 0; i < truth.size(); ++i) {
    errors.push_back({std::abs(p[i] - truth[i]), static_cast<int64_t>(i)});
  }
  section.mistake_count = static_cast<int64_t>(errors.size());
  section.mistake_size = "error";
  keep_worst(errors);
  for (const Candidate& one : errors) {
    const auto i = static_cast<size_t>(one.at);
    const int64_t row = one.at / judged.classes;
    std::string place = judged.place(row);
    if (judged.classes > 1) {
      place += ", " + judged.names[i % static_cast<size_t>(judged.classes)];
    }
    section.mistakes.push_back(
        {std::move(place), shown(truth[i]), shown(p[i]), shown(p[i] - truth[i]), picture(row)});
  }
}

}  // namespace

void add_mistakes(ReportSection& section, const Judged& judged, const Tensor& x) {
  const std::optional<Pixels> pixels = pixels_of(x);
  const auto picture = [&](int64_t at) {
    return pixels ? picture_of(x, judged.position(at) / judged.places, *pixels) : Bytes();
  };
  if (judged.task == Task::multilabel) return add_wrong_labels(section, judged, picture);
  if (judged.task == Task::regression) return add_wrong_numbers(section, judged, picture);
  add_wrong_classes(section, judged, picture);
}

}  // namespace keratin::report
