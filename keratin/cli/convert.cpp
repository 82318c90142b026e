// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/commands.h"
#include "keratin/cli/data.h"

namespace keratin::cli {

namespace {

struct Options {
  std::string from;
  std::string to;
  bool json = false;
};

void run(const Options& options) {
  const Model model = models::load_model(options.from);
  if (options.to.ends_with(".json")) {
    write_file_atomically(options.to, bytes_of(model.to_json()));
  } else if (options.to.ends_with(".weights.h5")) {
    model.save_weights(options.to);
  } else {
    model.save(options.to);
  }
  if (!options.json) return;
  print_json(
      Config::dict({{"from", options.from}, {"to", options.to}, {"params", model.count_params()}}));
}

}  // namespace

void add_convert(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("convert", "Writes a model in another format.");
  command->add_option("from", options->from, "A .keras or .h5 file.")->required();
  command
      ->add_option("to", options->to,
                   "Its ending says what is written: .keras, .h5, .weights.h5 (weights only) or "
                   ".json (layers only).")
      ->required();
  command->add_flag("--json", options->json, "Prints what was written as JSON.");
  command->callback([options] { run(*options); });
}

}  // namespace keratin::cli
