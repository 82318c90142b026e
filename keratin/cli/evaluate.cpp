// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "keratin/base/terminal.h"
#include "keratin/base/text.h"
#include "keratin/cli/commands.h"
#include "keratin/cli/data.h"
#include "keratin/model/report/report.h"

namespace keratin::cli {

namespace {

struct Options {
  std::string model;
  Paths data;
  Paths sample_weight;
  int64_t batch_size = 32;
  bool json = false;
  std::string report;
  std::vector<std::string> class_names;
  std::string title;
};

void print(const Logs& logs, bool json) {
  if (json) {
    Config values = Config::dict();
    for (const auto& [name, value] : logs) values.set(name, value);
    return print_json(values);
  }
  for (const auto& [name, value] : logs) {
    std::printf("%s: %s\n", name.c_str(), text::number(value).c_str());
  }
}

void run(const Options& options) {
  const Model model = models::load_model(options.model);
  const Data data = read_examples(model, options.data, options.sample_weight);
  const bool bar = !options.json && terminal::is_terminal();
  if (options.report.empty()) {
    const Logs logs = model.evaluate(data.x, data.y,
                                     {.batch_size = options.batch_size,
                                      .verbose = bar ? 1 : 0,
                                      .sample_weight = data.sample_weight,
                                      .callbacks = {}});
    return print(logs, options.json);
  }
  const EvaluationReport report = evaluation_report(model, data.x, data.y,
                                                    {.class_names = options.class_names,
                                                     .title = options.title,
                                                     .batch_size = options.batch_size,
                                                     .verbose = bar ? 1 : 0,
                                                     .sample_weight = data.sample_weight});
  // The numbers first: they are not lost where the page cannot be written.
  print(report.scores, options.json);
  report.save(options.report);
}

void add_report(CLI::App& command, Options& options) {
  CLI::Option* report = command.add_option("--report", options.report,
                                           "Takes a page with numbers, pictures and the worst "
                                           "mistakes, .html; .png takes the pictures.");
  report->check(path_ending_in({".html", ".png"}));
  command
      .add_option("--class-names", options.class_names,
                  "Names of the classes for the report, between commas, in their order.")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->needs(report);
  command.add_option("--title", options.title, "Stands over the report.")->needs(report);
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
  add_report(*command, *options);
  command->callback([options] { run(*options); });
}

}  // namespace keratin::cli
