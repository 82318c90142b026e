// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "keratin/base/text.h"
#include "keratin/cli/commands.h"
#include "keratin/cli/data.h"
#include "keratin/cli/jail.h"

namespace keratin::cli {

namespace {

struct Options {
  std::string model;
  double memory = 8.0;
  int64_t seconds = 60;
  bool json = false;
};

std::string load(const std::string& path) {
  const Model model = models::load_model(path);
  const size_t layers = model.layers().size();
  return model.class_name() + " with " + std::to_string(layers) +
         (layers == 1 ? " layer and " : " layers and ") + text::with_commas(model.count_params()) +
         " parameters";
}

int run(const Options& options) {
  const JailLimits limits{.memory_bytes = static_cast<uint64_t>(options.memory * (1 << 30)),
                          .seconds = static_cast<uint64_t>(options.seconds)};
  const JailResult result = run_in_jail(options.model, limits, [&] { return load(options.model); });
  if (options.json) {
    print_json(Config::dict(
        {{"valid", result.succeeded}, {result.succeeded ? "model" : "error", result.text}}));
  } else if (result.succeeded) {
    std::printf("%s: valid, a %s.\n", options.model.c_str(), result.text.c_str());
  } else {
    std::fprintf(stderr, "keratin: %s\n", result.text.c_str());
  }
  return result.succeeded ? success : failure;
}

}  // namespace

void add_check(CLI::App& app, int& code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "check", "Reads a file that nobody trusts, in a process that may do nothing but read it.");
  add_model(*command, options->model);
  command->add_option("--memory", options->memory, "GiB that reading may take.")
      ->check(CLI::Range(0.1, 1024.0))
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "Seconds of processor time it may take.")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Prints JSON.");
  command->callback([options, &code] { code = run(*options); });
}

}  // namespace keratin::cli
