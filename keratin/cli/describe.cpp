// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/cli/commands.h"
#include "keratin/cli/data.h"
#include "keratin/model/callbacks/registry.h"
#include "keratin/nn/described.h"

namespace keratin::cli {

namespace {

struct Options {
  std::string class_name;
  std::string kind;
  bool json = false;
};

Config to_config(const ClassInfo& info) {
  Config::List fields;
  for (const FieldInfo& field : info.fields()) {
    fields.push_back(Config::dict({{"name", field.name},
                                   {"type", field.type},
                                   {"default", field.default_value},
                                   {"doc", field.doc}}));
  }
  return Config::dict(
      {{"class_name", info.class_name}, {"kind", info.kind}, {"fields", Config::list(fields)}});
}

void print(const ClassInfo& info) {
  std::printf("%s (%s)\n", std::string(info.class_name).c_str(), std::string(info.kind).c_str());
  for (const FieldInfo& field : info.fields()) {
    std::printf("  %s: %s = %s\n      %s\n", field.name.c_str(), field.type.c_str(),
                to_json(field.default_value).c_str(), field.doc.c_str());
  }
}

// Returns all classes: those of models, and the callbacks.
std::vector<ClassInfo> all_classes() {
  std::vector<ClassInfo> classes = described_classes();
  for (const CallbackType& type : callback_types()) {
    classes.push_back({"callback", type.class_name, type.fields});
  }
  return classes;
}

// A class name may stand for several kinds: MeanSquaredError is a loss and a metric.
std::vector<ClassInfo> chosen_by(const Options& options) {
  std::vector<ClassInfo> chosen;
  std::vector<std::string> names;
  std::vector<std::string> kinds;
  for (const ClassInfo& info : all_classes()) {
    if (kinds.empty() || kinds.back() != info.kind) kinds.emplace_back(info.kind);
    if (!options.kind.empty() && options.kind != info.kind) continue;
    names.emplace_back(info.class_name);
    if (options.class_name.empty() || names.back() == options.class_name) chosen.push_back(info);
  }
  require<ValueError>(!names.empty(), "describe", "expected one of the kinds [{}], got '{}'.{}",
                      fmt::join(kinds, ", "), options.kind, text::choice(options.kind, kinds));
  require<ValueError>(!chosen.empty(), "describe", "expected a class, got '{}'.{}",
                      options.class_name, text::choice(options.class_name, names));
  return chosen;
}

void run(const Options& options) {
  const std::vector<ClassInfo> chosen = chosen_by(options);
  if (options.json) {
    Config::List all;
    for (const ClassInfo& info : chosen) all.push_back(to_config(info));
    return print_json(Config::list(std::move(all)));
  }
  for (const ClassInfo& info : chosen) print(info);
}

}  // namespace

void add_describe(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "describe", "Prints the classes and their arguments: types, defaults, meaning.");
  command->add_option("class", options->class_name, "Only this class.");
  command->add_option("--kind", options->kind,
                      "Only layer, loss, metric, optimizer, schedule, initializer, regularizer or "
                      "constraint.");
  command->add_flag("--json", options->json, "Prints JSON.");
  command->callback([options] { run(*options); });
}

}  // namespace keratin::cli
