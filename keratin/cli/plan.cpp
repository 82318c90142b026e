// SPDX-License-Identifier: Apache-2.0
// `graph` and `plan`: what a step of a model runs, and what it takes, before it runs.
#include <cstdio>
#include <sstream>

#include "keratin/cli/commands.h"
#include "keratin/cli/data.h"

namespace keratin::cli {

namespace {

struct Options {
  std::string model;
  int64_t batch_size = 32;
  std::string step = "predict";
  bool json = false;
};

PlanReport report_of(const Options& options) {
  const bool compiles = options.step != "predict";
  const Model model =
      models::load_model(options.model, {.custom_objects = {}, .compile = compiles});
  PlanOptions wanted;
  wanted.batch_size = options.batch_size;
  wanted.step = options.step;
  return model.plan(wanted);
}

void run_plan(const Options& options) {
  const PlanReport report = report_of(options);
  if (options.json) {
    return print_json(Config::dict({{"step", report.step},
                                    {"batch_size", report.batch_size},
                                    {"threads", report.threads},
                                    {"calls", report.calls},
                                    {"variable_bytes", report.variable_bytes},
                                    {"input_bytes", report.input_bytes},
                                    {"output_bytes", report.output_bytes},
                                    {"arena_bytes", report.arena_bytes},
                                    {"peak_bytes", report.peak_bytes()},
                                    {"flop", static_cast<int64_t>(report.flop)},
                                    {"seconds", report.seconds}}));
  }
  std::ostringstream text;
  text << report;
  std::fputs(text.str().c_str(), stdout);
}

void run_graph(const Options& options) {
  const std::string text = report_of(options).text;
  if (options.json) return print_json(Config::dict({{"plan", text}}));
  std::fputs(text.c_str(), stdout);
}

void add(CLI::App& app, const char* name, const char* description, void (*run)(const Options&)) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(name, description);
  add_model(*command, options->model);
  add_batch_size(*command, options->batch_size);
  command->add_option("--step", options->step, "Is train, test or predict (the default).");
  command->add_flag("--json", options->json, "Prints JSON.");
  command->callback([options, run] { run(*options); });
}

}  // namespace

void add_graph(CLI::App& app) {
  add(app, "graph", "Prints the list of kernel calls of a step.", run_graph);
}

void add_plan(CLI::App& app) {
  add(app, "plan", "Tells the memory, operations and about the time that one step takes.",
      run_plan);
}

}  // namespace keratin::cli
