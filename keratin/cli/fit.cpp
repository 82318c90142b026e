// SPDX-License-Identifier: Apache-2.0
#include <cctype>
#include <cstdio>
#include <optional>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/cli/commands.h"
#include "keratin/cli/data.h"
#include "keratin/cli/spec.h"
#include "keratin/model/callbacks/registry.h"
#include "keratin/model/generalization/baseline.h"
#include "keratin/model/train/feed.h"
#include "keratin/nn/object.h"
#include "keratin/nn/seed_generator.h"

namespace keratin::cli {

namespace {

struct Options {
  std::string model;
  Paths data;
  std::string output;
  std::string history;
  std::string plot;
  std::string optimizer;
  std::vector<std::string> losses;
  std::vector<std::string> metrics;
  std::vector<std::string> callbacks;
  Paths sample_weight;
  Paths validation_data;
  std::optional<int64_t> seed;
  int64_t epochs = 1;
  int64_t batch_size = 32;
  double validation_split = 0.0;
  int verbose = 1;
  bool no_shuffle = false;
  bool json = false;
};

Optimizer optimizer_of(const std::string& text) {
  const Spec spec = parse_spec(text, "--optimizer");
  return Optimizer::from_config(envelope("keras.optimizers", spec.name, spec.arguments));
}

// Compiles anew when the command line says how; otherwise the file must have.
void compile(const Model& model, const Options& options) {
  if (options.losses.empty()) {
    require<ValueError>(options.optimizer.empty() && options.metrics.empty(), "fit",
                        "expected --loss with --optimizer and --metrics, got none. Name a loss, "
                        "or leave all three out to train as the file says.");
    return;
  }
  const std::vector<Loss> losses(options.losses.begin(), options.losses.end());
  const std::vector<Metric> metrics(options.metrics.begin(), options.metrics.end());
  model.compile(
      {.optimizer = optimizer_of(options.optimizer.empty() ? "rmsprop" : options.optimizer),
       .loss = losses.size() == 1 ? Losses(losses[0]) : Losses::list(losses),
       .metrics = Metrics(metrics)});
}

// Returns a name in the letters by which it is known: early-stopping and EarlyStopping are one.
std::string letters_of(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c != '-' && c != '_') letters += static_cast<char>(std::tolower(c));
  }
  return letters;
}

Callbacks callbacks_of(const Options& options) {
  Callbacks callbacks;
  for (const std::string& text : options.callbacks) {
    const Spec spec = parse_spec(text, "--callback");
    std::string name = spec.name;
    for (const CallbackType& type : callback_types()) {
      if (letters_of(type.class_name) == letters_of(name)) name = type.class_name;
    }
    callbacks.push_back(callback_from_config(name, spec.arguments));
  }
  return callbacks;
}

Config to_config(const History& history) {
  Config all = Config::dict();
  for (const auto& [name, values] : history.history) {
    all.set(name, Codec<std::vector<double>>::write(values));
  }
  return all;
}

ValidationData validation_of(const Model& model, const Options& options) {
  if (options.validation_data.empty()) return {};
  return read_examples(model, options.validation_data);
}

// Returns the loss of the best constant prediction; nothing where there is none, as of a model with
// several outputs.
std::optional<double> baseline_loss(const Model& model, const Data& data, const Options& options) {
  if (!data.y.is_tensor() || !data.sample_weight.empty()) return std::nullopt;
  const bool is_split = options.validation_data.empty() && options.validation_split > 0.0;
  const auto [train, validation] = is_split
                                       ? split_validation(data, options.validation_split)
                                       : std::pair<Data, Data>(data, validation_of(model, options));
  if (!validation.y.is_tensor()) return std::nullopt;
  try {
    return baseline(model, train.y.tensor(), validation.y.tensor())["loss"];
  } catch (const Error&) {
    return std::nullopt;
  }
}

void report(const Model& model, const Data& data, const Options& options, const History& history) {
  const std::optional<double> loss = baseline_loss(model, data, options);
  history.plot(options.plot, {.baseline = loss});
  if (options.json) return;
  if (loss) std::printf("baseline: %s\n", text::number(*loss).c_str());
  std::printf("%s\n", history.verdict({.baseline = loss}).sentence().c_str());
}

// What cannot be written is found out before hours of training.
void check_writable(const std::string& path) {
  if (!path.empty()) const AtomicFile trial(path);
}

void run(const Options& options) {
  for (const auto& path : {options.output, options.history, options.plot}) check_writable(path);
  if (options.seed) utils::set_random_seed(*options.seed);
  const Model model = models::load_model(options.model);
  compile(model, options);
  const Data data = read_examples(model, options.data, options.sample_weight);
  const History history = model.fit(data.x, data.y,
                                    {.epochs = options.epochs,
                                     .batch_size = options.batch_size,
                                     .verbose = options.json ? 0 : options.verbose,
                                     .validation_split = options.validation_split,
                                     .validation_data = validation_of(model, options),
                                     .callbacks = callbacks_of(options),
                                     .shuffle = !options.no_shuffle,
                                     .sample_weight = data.sample_weight});
  model.save(options.output);
  if (!options.history.empty()) {
    write_file_atomically(options.history, bytes_of(to_json(to_config(history)) + "\n"));
  }
  if (!options.plot.empty()) report(model, data, options, history);
  if (options.json) print_json(to_config(history));
}

void add_compile_options(CLI::App& command, Options& options) {
  command.add_option("--optimizer", options.optimizer,
                     "With --loss: a name, with arguments as in adam:learning_rate=0.01.");
  command
      .add_option("--loss", options.losses,
                  "Compiles anew: a loss for all outputs, or repeated, one for each.")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--metrics", options.metrics, "With --loss: names between commas.")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_training_options(CLI::App& command, Options& options) {
  command.add_option("--epochs", options.epochs, "Passes over the data.")
      ->check(whole_number_above_zero())
      ->capture_default_str();
  add_batch_size(command, options.batch_size);
  auto* split = command.add_option("--validation-split", options.validation_split,
                                   "Share of the rows, from the end, that validate.");
  split->check(CLI::Range(0.0, 1.0));
  command.add_option("--validation-data", options.validation_data, "Inputs and targets.")
      ->expected(2)
      ->excludes(split);
  add_sample_weight(command, options.sample_weight);
  command
      .add_option("--callback", options.callbacks,
                  "early-stopping:patience=3, csv-logger:filename=log.csv and the like.")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--seed", options.seed, "Makes a run repeatable.");
  command.add_flag("--no-shuffle", options.no_shuffle, "Takes the rows in their order.");
}

}  // namespace

void add_fit(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("fit", "Trains a model and writes it to a new file.");
  add_model(*command, options->model);
  add_examples(*command, options->data);
  command->add_option("-o,--output", options->output, "The trained model.")
      ->required()
      ->check(path_ending_in({".keras", ".h5", ".hdf5"}));
  command->add_option("--history", options->history, "Takes loss and metrics of epochs, as JSON.");
  command
      ->add_option("--plot", options->plot,
                   "Takes a picture of them, .png or .svg, and prints whether the run over-fits.")
      ->check(path_ending_in({".png", ".svg"}));
  add_compile_options(*command, *options);
  add_training_options(*command, *options);
  command->add_option("--verbose", options->verbose, "0 nothing, 1 a bar, 2 a line an epoch.")
      ->check(CLI::Range(0, 2))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Prints the history as JSON and nothing else.");
  command->callback([options] { run(*options); });
}

}  // namespace keratin::cli
