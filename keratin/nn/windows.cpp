// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/windows.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

#include "keratin/base/check.h"
#include "keratin/base/text.h"

namespace keratin::detail {

namespace {

constexpr double pi = std::numbers::pi;

// Each of these gives value i of a symmetric window of n > 1 values.
using Rule = double (*)(double i, double n);

template <size_t N>
double cosines(const double (&factors)[N], double i, double n) {
  const double angle = -pi + 2.0 * pi * i / (n - 1);
  double sum = 0.0;
  for (size_t k = 0; k < N; ++k) sum += factors[k] * std::cos(static_cast<double>(k) * angle);
  return sum;
}

double hann(double i, double n) { return cosines({0.5, 0.5}, i, n); }
double hamming(double i, double n) { return cosines({0.54, 1.0 - 0.54}, i, n); }
double blackman(double i, double n) { return cosines({0.42, 0.5, 0.08}, i, n); }
double nuttall(double i, double n) {
  return cosines({0.3635819, 0.4891775, 0.1365995, 0.0106411}, i, n);
}
double blackmanharris(double i, double n) {
  return cosines({0.35875, 0.48829, 0.14128, 0.01168}, i, n);
}
double flattop(double i, double n) {
  return cosines({0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368}, i, n);
}

double boxcar(double, double) { return 1.0; }

double bartlett(double i, double n) {
  const double rise = 2.0 * i / (n - 1);
  return i <= (n - 1) / 2.0 ? rise : 2.0 - rise;
}

double barthann(double i, double n) {
  const double distance = std::abs(i / (n - 1) - 0.5);
  return 0.62 - 0.48 * distance + 0.38 * std::cos(2.0 * pi * distance);
}

double triang(double i, double n) {
  const double place = std::min(i, n - 1 - i) + 1;
  return std::fmod(n, 2.0) == 0.0 ? (2.0 * place - 1.0) / n : 2.0 * place / (n + 1);
}

double parzen(double i, double n) {
  const double place = std::abs(i - (n - 1) / 2.0);
  const double share = place / (n / 2.0);
  if (place <= (n - 1) / 4.0) return 1.0 - 6.0 * share * share + 6.0 * share * share * share;
  return 2.0 * std::pow(1.0 - share, 3.0);
}

double bohman(double i, double n) {
  if (i == 0 || i == n - 1) return 0.0;
  const double place = std::abs(-1.0 + 2.0 * i / (n - 1));
  return (1.0 - place) * std::cos(pi * place) + std::sin(pi * place) / pi;
}

double cosine(double i, double n) { return std::sin(pi / n * (i + 0.5)); }
double exponential(double i, double n) { return std::exp(-std::abs(i - (n - 1) / 2.0)); }

double lanczos(double i, double n) {
  const double x = std::abs(2.0 * i / (n - 1) - 1.0);
  return x == 0.0 ? 1.0 : std::sin(pi * x) / (pi * x);
}

// Half of the window is flat.
double tukey(double i, double n) {
  constexpr double alpha = 0.5;
  const double width = std::floor(alpha * (n - 1) / 2.0);
  if (i > width && i < n - width - 1) return 1.0;
  const double place = 2.0 * i / alpha / (n - 1);
  return 0.5 * (1.0 + std::cos(pi * (i <= width ? place - 1.0 : place - 2.0 / alpha + 1.0)));
}

// Four side lobes of -30 dB (Carrara and Goodman, 1995).
double taylor(double i, double n) {
  constexpr int lobes = 4;
  const double a = std::acosh(std::pow(10.0, 30.0 / 20.0)) / pi;
  const double width = lobes * lobes / (a * a + (lobes - 0.5) * (lobes - 0.5));
  double factors[lobes - 1];
  for (int m = 1; m < lobes; ++m) {
    double above = m % 2 == 1 ? 1.0 : -1.0;
    double below = 2.0;
    for (int k = 1; k < lobes; ++k) {
      above *= 1.0 - m * m / width / (a * a + (k - 0.5) * (k - 0.5));
      if (k != m) below *= 1.0 - static_cast<double>(m * m) / (k * k);
    }
    factors[m - 1] = above / below;
  }
  const auto value = [&](double at) {
    double sum = 0.0;
    for (int m = 1; m < lobes; ++m) {
      sum += factors[m - 1] * std::cos(2.0 * pi * m * (at - n / 2.0 + 0.5) / n);
    }
    return 1.0 + 2.0 * sum;
  };
  return value(i) * (1.0 / value((n - 1) / 2.0));
}

struct Named {
  std::string_view name;
  std::string_view others;  // between commas
  Rule rule;
};

constexpr Named windows[] = {
    {"barthann", ",brthan,bth,", barthann},
    {"bartlett", ",bart,brt,", bartlett},
    {"blackman", ",black,blk,", blackman},
    {"blackmanharris", ",blackharr,bkh,", blackmanharris},
    {"bohman", ",bman,bmn,", bohman},
    {"boxcar", ",box,ones,rect,rectangular,", boxcar},
    {"cosine", ",halfcosine,", cosine},
    {"exponential", ",poisson,", exponential},
    {"flattop", ",flat,flt,", flattop},
    {"hamming", ",hamm,ham,", hamming},
    {"hann", ",han,", hann},
    {"lanczos", ",sinc,", lanczos},
    {"nuttall", ",nutl,nut,", nuttall},
    {"parzen", ",parz,par,", parzen},
    {"taylor", ",taylorwin,", taylor},
    {"triangle", ",triang,tri,", triang},
    {"tukey", ",tuk,", tukey},
};

bool cut_ending(std::string& name, std::string_view ending) {
  if (!name.ends_with(ending)) return false;
  name.resize(name.size() - ending.size());
  return true;
}

Rule rule_named(const std::string& name) {
  std::vector<std::string> known;
  for (const Named& window : windows) {
    known.emplace_back(window.name);
    const bool other = window.others.find("," + name + ",") != std::string_view::npos;
    if (name == window.name || other) return window.rule;
  }
  fail<ValueError>("window", "expected the name of a window, got '{}'.{}", name,
                   text::choice_of(name, known));
}

}  // namespace

std::vector<double> signal_window(const std::string& name, int64_t count, bool periodic) {
  std::string plain = name;
  if (cut_ending(plain, "_symmetric")) {
    periodic = false;
  } else if (cut_ending(plain, "_periodic")) {
    periodic = true;
  }
  const Rule rule = rule_named(plain);
  std::vector<double> values(static_cast<size_t>(count), 1.0);
  if (count <= 1) return values;
  // One that repeats is a longer one without its last value.
  const auto whole = static_cast<double>(periodic ? count + 1 : count);
  for (size_t i = 0; i < values.size(); ++i) values[i] = rule(static_cast<double>(i), whole);
  return values;
}

}  // namespace keratin::detail
