// SPDX-License-Identifier: Apache-2.0
// `graph` and `plan`: what prediction runs, and what it takes, before it runs.
#include "keratin/compiler/plan.h"

#include <cstdio>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/cli/commands.h"
#include "keratin/cli/data.h"
#include "keratin/compiler/pipeline.h"
#include "keratin/graph/trace.h"
#include "keratin/model/model_body.h"
#include "keratin/runtime/executor.h"

namespace keratin::cli {

namespace {

struct Options {
  std::string model;
  int64_t batch_size = 32;
  bool json = false;
};

Graph trace_prediction(const Options& options) {
  const Model model = models::load_model(options.model, {.custom_objects = {}, .compile = false});
  require<ValueError>(model.built(), options.model,
                      "expected a model with known inputs, got one that is not built. Save it "
                      "after a call.");
  Trace trace(Trace::Mode::primitives);
  int count = 0;
  const Nest x = model.inputs().map([&](const Tensor& tensor) {
    TensorSpec spec = tensor.spec();
    if (spec.shape.rank() > 0 && spec.shape[0] == None) spec.shape[0] = options.batch_size;
    return trace.input(spec, "input_" + std::to_string(count++));
  });
  const Nest y = model.model_body().invoke(x, {.training = false});
  return *trace.finish(y.flatten());
}

struct Costs {
  int64_t nodes = 0;
  int64_t weights = 0;  // bytes
  int64_t inputs = 0;
  int64_t outputs = 0;
  int64_t arena = 0;
  double flops = 0.0;
};

int64_t bytes_of(const TensorSpec& spec) {
  return spec.shape.element_count() * static_cast<int64_t>(size_of(spec.dtype));
}

Costs costs_of(const Graph& graph) {
  Costs costs;
  const std::unique_ptr<runtime::Executor> executor = runtime::compile(graph);
  for (const runtime::StepInfo& step : executor->describe()) costs.flops += step.flop;
  const compiler::Plan& plan = executor->plan();
  costs.nodes = static_cast<int64_t>(plan.graph.nodes().size());
  costs.arena = static_cast<int64_t>(plan.arena_bytes);
  for (const Value& value : plan.graph.values()) {
    if (value.kind == ValueKind::variable) costs.weights += bytes_of(value.spec);
    if (value.kind == ValueKind::input) costs.inputs += bytes_of(value.spec);
  }
  for (ValueId id : plan.graph.outputs) costs.outputs += bytes_of(plan.graph.value(id).spec);
  return costs;
}

void run_plan(const Options& options) {
  const Costs costs = costs_of(trace_prediction(options));
  if (options.json) {
    return print_json(Config::dict({{"batch_size", options.batch_size},
                                    {"calls", costs.nodes},
                                    {"weight_bytes", costs.weights},
                                    {"input_bytes", costs.inputs},
                                    {"output_bytes", costs.outputs},
                                    {"arena_bytes", costs.arena},
                                    {"flop", static_cast<int64_t>(costs.flops)}}));
  }
  const auto line = [](const char* what, int64_t number) {
    std::printf("%-15s%s\n", what, text::with_commas(number).c_str());
  };
  line("batch size", options.batch_size);
  line("kernel calls", costs.nodes);
  line("weight bytes", costs.weights);
  line("input bytes", costs.inputs);
  line("output bytes", costs.outputs);
  line("arena bytes", costs.arena);
  line("FLOP", static_cast<int64_t>(costs.flops));
}

void run_graph(const Options& options) {
  Graph graph = trace_prediction(options);
  compiler::optimize(graph);
  const std::string text = to_string(compiler::make_plan(std::move(graph)));
  if (options.json) return print_json(Config::dict({{"plan", text}}));
  std::fputs(text.c_str(), stdout);
}

void add(CLI::App& app, const char* name, const char* description, void (*run)(const Options&)) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(name, description);
  add_model(*command, options->model);
  add_batch_size(*command, options->batch_size);
  command->add_flag("--json", options->json, "Prints JSON.");
  command->callback([options, run] { run(*options); });
}

}  // namespace

void add_graph(CLI::App& app) {
  add(app, "graph", "Prints the list of kernel calls of a prediction.", run_graph);
}

void add_plan(CLI::App& app) {
  add(app, "plan", "Tells the memory and operations that predicting one batch takes.", run_plan);
}

}  // namespace keratin::cli
