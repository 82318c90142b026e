// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/commands.h"
#include "keratin/cli/data.h"
#include "keratin/model/model.h"

namespace keratin::cli {

namespace {

struct Options {
  std::string model;
  SummaryPrintOptions print;
  int line_length = 0;
  bool json = false;
};

Config shapes_of(const Nest& nest) {
  Config::List shapes;
  for (const Tensor& tensor : nest.flatten()) {
    shapes.push_back(Codec<Shape>::write(tensor.shape()));
  }
  return Config::list(std::move(shapes));
}

int64_t count_of(const std::vector<Variable>& variables) {
  int64_t count = 0;
  for (const Variable& variable : variables) count += variable.shape().element_count();
  return count;
}

Config summary_of(const Model& model) {
  Config::List layers;
  for (const Layer& layer : model.layers()) {
    layers.push_back(Config::dict({{"name", layer.name()},
                                   {"class_name", layer.class_name()},
                                   {"params", layer.count_params()},
                                   {"trainable", layer.trainable()}}));
  }
  const bool is_graph = model.built();
  return Config::dict({{"name", model.name()},
                       {"class_name", model.class_name()},
                       {"inputs", is_graph ? shapes_of(model.inputs()) : Config()},
                       {"outputs", is_graph ? shapes_of(model.outputs()) : Config()},
                       {"total_params", count_of(model.weights())},
                       {"trainable_params", count_of(model.trainable_weights())},
                       {"layers", Config::list(std::move(layers))}});
}

void run(const Options& options) {
  const Model model = models::load_model(options.model);
  if (options.json) return print_json(summary_of(model));
  SummaryPrintOptions print = options.print;
  if (options.line_length > 0) print.line_length = options.line_length;
  model.summary(print);
}

}  // namespace

void add_summary(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("summary", "Prints the layers as Keras does.");
  add_model(*command, options->model);
  command->add_option("--line-length", options->line_length, "Columns of the table.")
      ->check(CLI::Range(1, 10000));
  command->add_flag("--expand-nested", options->print.expand_nested, "Shows inner models' layers.");
  command->add_flag("--show-trainable", options->print.show_trainable, "Shows which layers train.");
  command->add_flag("--json", options->json, "Prints JSON.");
  command->callback([options] { run(*options); });
}

}  // namespace keratin::cli
