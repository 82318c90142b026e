// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "keratin/base/terminal.h"
#include "keratin/cli/commands.h"
#include "keratin/cli/data.h"
#include "keratin/core/nested.h"
#include "keratin/graph/nest.h"

namespace keratin::cli {

namespace {

struct Options {
  std::string model;
  Paths data;
  std::string output;
  int64_t batch_size = 32;
  bool json = false;
};

void print(const NamedArrays& arrays, bool json) {
  if (json) {
    Config outputs = Config::dict();
    for (const auto& [name, array] : arrays) outputs.set(name, nested_lists(array));
    return print_json(outputs);
  }
  for (const auto& [name, array] : arrays) {
    if (arrays.size() > 1) std::cout << name << ":\n";
    std::cout << Nest(Tensor(array)) << "\n";
  }
  std::cout.flush();
}

void run(const Options& options) {
  const Model model = models::load_model(options.model, {.custom_objects = {}, .compile = false});
  // A bar is for who waits at a terminal; where the answer is printed it would stand in between.
  const bool bar = !options.output.empty() && !options.json && terminal::is_terminal();
  const Nest y =
      model.predict(read_inputs(model, options.data),
                    {.batch_size = options.batch_size, .verbose = bar ? 1 : 0, .callbacks = {}});
  const std::vector<Tensor> tensors = y.flatten();
  const std::vector<std::string> names = names_of_outputs(model, tensors.size());
  NamedArrays arrays;
  for (size_t i = 0; i < tensors.size(); ++i) arrays.emplace_back(names[i], tensors[i].array());
  if (!options.output.empty()) write_arrays(options.output, arrays);
  if (options.output.empty() || options.json) print(arrays, options.json);
}

}  // namespace

void add_predict(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("predict", "Computes the outputs for data.");
  add_model(*command, options->model);
  command->add_option("data", options->data, "Inputs: .npy, .npz, .csv or idx files.")->required();
  command->add_option("-o,--output", options->output, "Takes the outputs: an .npy or .npz file.");
  add_batch_size(*command, options->batch_size);
  command->add_flag("--json", options->json, "Prints the outputs as JSON.");
  command->callback([options] { run(*options); });
}

}  // namespace keratin::cli
