// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/cli/commands.h"
#include "keratin/cli/data.h"
#include "keratin/model/advice/advice.h"
#include "keratin/model/model_body.h"
#include "keratin/model/train/trainer.h"

namespace keratin::cli {

namespace {

struct Options {
  std::string model;
  Paths data;
  std::string task;
  double validation_split = 0.0;
  bool json = false;
};

Config to_config(const TaskAdvice& row) {
  return Config::dict({{"task", row.task},
                       {"targets", row.targets},
                       {"units", row.units},
                       {"activation", row.activation},
                       {"loss", row.loss},
                       {"metrics", Codec<std::vector<std::string>>::write(row.metrics)}});
}

void print_task(const TaskAdvice& row) {
  std::printf("%s\n  targets: %s\n  last layer: units %s, activation \"%s\"\n", row.task.c_str(),
              row.targets.c_str(), row.units.c_str(), row.activation.c_str());
  std::printf("  loss: \"%s\"\n  metrics: %s\n", row.loss.c_str(),
              text::join(row.metrics, ", ").c_str());
}

void run_task(const Options& options) {
  Config::List rows;
  const std::vector<TaskAdvice> found = advise(options.task);
  require<ValueError>(found.size() < advise("all").size() || text::lower(options.task) == "all",
                      "advise",
                      "expected a task (binary, multiclass, multilabel, regression, "
                      "regression-0-1, regression-positive, counts or all), got '{}'. Check the "
                      "spelling.",
                      options.task);
  for (const TaskAdvice& row : found) {
    if (options.json) {
      rows.push_back(to_config(row));
    } else {
      print_task(row);
    }
  }
  if (options.json) print_json(Config::list(std::move(rows)));
}

void run_model(const Options& options) {
  const Model model = models::load_model(options.model);
  Data data;
  if (options.data.size() == 1) data.x = read_inputs(model, options.data);
  if (options.data.size() > 1) data = read_examples(model, options.data);
  const std::vector<Finding> findings =
      advise(model, data.x, data.y, {.validation_split = options.validation_split});
  if (options.json) {
    Config::List list;
    for (const Finding& finding : findings) {
      list.push_back(Config::dict({{"code", finding.code},
                                   {"part", finding.part},
                                   {"sentence", finding.sentence},
                                   {"use", finding.use}}));
    }
    return print_json(Config::list(std::move(list)));
  }
  for (const Finding& finding : findings) {
    std::printf("%s: %s\n", finding.code.c_str(), finding.sentence.c_str());
  }
  if (!model.model_body().trainer().compiled()) {
    std::puts("The model is not compiled, so that loss and metrics were not looked at.");
  } else if (findings.empty()) {
    std::puts("nothing found");
  }
}

void run(const Options& options) {
  require<ValueError>(options.task.empty() != options.model.empty(), "advise",
                      "expected a model or --task, got {}. Give one of them.",
                      options.task.empty() ? "none" : "both");
  if (options.model.empty()) {
    run_task(options);
  } else {
    run_model(options);
  }
}

}  // namespace

void add_advise(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("advise", "Says where model, loss, metrics and data do not fit together.");
  command->add_option("model", options->model, "A .keras or .h5 file.");
  command->add_option("data", options->data,
                      "Inputs, and last the targets: .npy, .npz, .csv or idx files.");
  command->add_option("--task", options->task,
                      "Prints what fits a task: binary, multiclass, multilabel, regression, "
                      "regression-0-1, regression-positive, counts or all.");
  command
      ->add_option("--validation-split", options->validation_split,
                   "Share of the rows, from the end, that would validate.")
      ->check(CLI::Range(0.0, 1.0));
  command->add_flag("--json", options->json, "Prints JSON.");
  command->callback([options] { run(*options); });
}

}  // namespace keratin::cli
