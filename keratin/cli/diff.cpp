// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "keratin/base/text.h"
#include "keratin/cli/commands.h"
#include "keratin/cli/data.h"

namespace keratin::cli {

namespace {

struct Options {
  std::string a;
  std::string b;
  double tolerance = 0.0;
  bool json = false;
};

struct Differences {
  std::vector<std::string> structure;
  std::vector<std::pair<std::string, double>> weights;  // the largest difference of each
};

// Lists in what two values differ, each with the way to it.
void compare(const std::string& at, const Config& a, const Config& b,
             std::vector<std::string>& lines) {
  if (a == b) return;
  if (!a.is_dict() || !b.is_dict()) {
    lines.push_back(at + ": " + to_json(a) + " | " + to_json(b));
    return;
  }
  for (const auto& [key, value] : a.as_dict()) compare(at + "." + key, value, b.get(key), lines);
  for (const auto& [key, value] : b.as_dict()) {
    if (!a.has(key)) compare(at + "." + key, Config(), value, lines);
  }
}

// NaN against anything but NaN is an infinite difference.
double largest_difference(const Tensor& a, const Tensor& b) {
  const Array x = a.array().cast(DType::float64).contiguous();
  const Array y = b.array().cast(DType::float64).contiguous();
  double largest = 0.0;
  for (int64_t i = 0; i < x.size(); ++i) {
    const double p = x.data<const double>()[i];
    const double q = y.data<const double>()[i];
    if (p == q || (std::isnan(p) && std::isnan(q))) continue;
    const double difference = std::abs(p - q);
    largest = std::max(
        largest, std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference);
  }
  return largest;
}

void compare_weights(const Layer& a, const Layer& b, Differences& found) {
  const std::vector<Variable> first = a.weights();
  const std::vector<Variable> second = b.weights();
  for (size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    const bool both = i < first.size() && i < second.size();
    const Variable& named = i < first.size() ? first[i] : second[i];
    if (!both || first[i].shape() != second[i].shape()) {
      const auto shape = [&](const std::vector<Variable>& all) {
        return i < all.size() ? to_string(all[i].shape()) : std::string("none");
      };
      found.structure.push_back(named.path() + ": " + shape(first) + " | " + shape(second));
      continue;
    }
    found.weights.emplace_back(named.path(),
                               largest_difference(first[i].value(), second[i].value()));
  }
}

Differences differences(const Model& a, const Model& b) {
  Differences found;
  const std::vector<Layer> first = a.layers();
  const std::vector<Layer> second = b.layers();
  if (a.class_name() != b.class_name()) {
    found.structure.push_back("model: " + a.class_name() + " | " + b.class_name());
  }
  for (size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i >= first.size() || i >= second.size()) {
      const auto name = [&](const std::vector<Layer>& all) {
        return i < all.size() ? all[i].class_name() + " " + all[i].name() : std::string("none");
      };
      found.structure.push_back("layer " + std::to_string(i) + ": " + name(first) + " | " +
                                name(second));
      continue;
    }
    const std::string& name = first[i].name();
    if (first[i].class_name() != second[i].class_name()) {
      found.structure.push_back(name + ": " + first[i].class_name() + " | " +
                                second[i].class_name());
      continue;
    }
    compare(name, first[i].get_config(), second[i].get_config(), found.structure);
    compare_weights(first[i], second[i], found);
  }
  return found;
}

Config to_config(const Differences& found, bool same) {
  Config weights = Config::dict();
  for (const auto& [name, value] : found.weights) weights.set(name, value);
  return Config::dict({{"same", same},
                       {"structure", Codec<std::vector<std::string>>::write(found.structure)},
                       {"weights", weights}});
}

int run(const Options& options) {
  const LoadOptions load{.custom_objects = {}, .compile = false};
  const Differences found =
      differences(models::load_model(options.a, load), models::load_model(options.b, load));
  const bool same =
      found.structure.empty() &&
      std::none_of(found.weights.begin(), found.weights.end(),
                   [&](const auto& weight) { return weight.second > options.tolerance; });
  if (options.json) {
    print_json(to_config(found, same));
    return same ? success : failure;
  }
  for (const std::string& line : found.structure) std::printf("%s\n", line.c_str());
  for (const auto& [name, value] : found.weights) {
    if (value <= options.tolerance) continue;
    std::printf("%s: differs by up to %s\n", name.c_str(), text::number(value).c_str());
  }
  if (same) std::printf("The models are the same.\n");
  return same ? success : failure;
}

}  // namespace

void add_diff(CLI::App& app, int& code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "diff", "Compares layers and weights of two models; exits with 1 when they differ.");
  command->add_option("a", options->a, "A .keras or .h5 file.")->required();
  command->add_option("b", options->b, "Another one.")->required();
  command->add_option("--tolerance", options->tolerance, "Largest difference that is none.")
      ->check(number_not_below_zero())
      ->capture_default_str();
  command->add_flag("--json", options->json, "Prints JSON.");
  command->callback([options, &code] { code = run(*options); });
}

}  // namespace keratin::cli
