// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/cli/commands.h"
#include "keratin/cli/data.h"
#include "keratin/nn/registry.h"

namespace keratin::cli {

namespace {

struct Options {
  std::string class_name;
  bool json = false;
};

Config to_config(const LayerType& type) {
  Config::List fields;
  for (const FieldInfo& field : type.make.fields()) {
    fields.push_back(Config::dict({{"name", field.name},
                                   {"type", field.type},
                                   {"default", field.default_value},
                                   {"doc", field.doc}}));
  }
  return Config::dict({{"class_name", type.class_name}, {"fields", Config::list(fields)}});
}

void print(const LayerType& type) {
  std::printf("%s\n", std::string(type.class_name).c_str());
  for (const FieldInfo& field : type.make.fields()) {
    std::printf("  %s: %s = %s\n      %s\n", field.name.c_str(), field.type.c_str(),
                to_json(field.default_value).c_str(), field.doc.c_str());
  }
}

void run(const Options& options) {
  std::vector<LayerType> chosen;
  std::vector<std::string> names;
  for (const LayerType& type : layer_types()) {
    names.emplace_back(type.class_name);
    if (options.class_name.empty() || names.back() == options.class_name) chosen.push_back(type);
  }
  require<ValueError>(!chosen.empty(), "describe", "expected a layer class, got '{}'.{}",
                      options.class_name, text::choice(options.class_name, names));
  if (options.json) {
    Config::List all;
    for (const LayerType& type : chosen) all.push_back(to_config(type));
    return print_json(Config::list(std::move(all)));
  }
  for (const LayerType& type : chosen) print(type);
}

}  // namespace

void add_describe(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "describe", "Prints the layer classes and their arguments: types, defaults, meaning.");
  command->add_option("class", options->class_name, "Only this class.");
  command->add_flag("--json", options->json, "Prints JSON.");
  command->callback([options] { run(*options); });
}

}  // namespace keratin::cli
