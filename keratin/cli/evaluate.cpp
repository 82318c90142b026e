// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "keratin/base/terminal.h"
#include "keratin/base/text.h"
#include "keratin/cli/commands.h"
#include "keratin/cli/data.h"

namespace keratin::cli {

namespace {

struct Options {
  std::string model;
  Paths data;
  Paths sample_weight;
  int64_t batch_size = 32;
  bool json = false;
};

void run(const Options& options) {
  const Model model = models::load_model(options.model);
  const Data data = read_examples(model, options.data, options.sample_weight);
  const bool bar = !options.json && terminal::is_terminal();
  const Logs logs = model.evaluate(data.x, data.y,
                                   {.batch_size = options.batch_size,
                                    .verbose = bar ? 1 : 0,
                                    .sample_weight = data.sample_weight,
                                    .callbacks = {}});
  if (options.json) {
    Config values = Config::dict();
    for (const auto& [name, value] : logs) values.set(name, value);
    return print_json(values);
  }
  for (const auto& [name, value] : logs) {
    std::printf("%s: %s\n", name.c_str(), text::number(value).c_str());
  }
}

}  // namespace

void add_evaluate(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("evaluate", "Computes the loss and metrics for data.");
  add_model(*command, options->model);
  add_examples(*command, options->data);
  add_sample_weight(*command, options->sample_weight);
  add_batch_size(*command, options->batch_size);
  command->add_flag("--json", options->json, "Prints JSON.");
  command->callback([options] { run(*options); });
}

}  // namespace keratin::cli
