// SPDX-License-Identifier: Apache-2.0
// The `keratin` program: models, from the command line.
#include <cstdio>
#include <exception>

#include "keratin/cli/commands.h"

namespace {

using namespace keratin::cli;

int run(int argc, char** argv) {
  CLI::App app("Works with the model files of Keras, without Python.", "keratin");
  int code = success;
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", "keratin " KERATIN_VERSION);
  bool man = false;
  bool completion = false;
  app.add_flag("--man", man, "Prints the man page.");
  app.add_flag("--bash-completion", completion, "Prints a script for bash to source.");
  add_summary(app);
  add_predict(app);
  add_evaluate(app);
  add_fit(app);
  add_convert(app);
  add_diff(app, code);
  add_check(app, code);
  add_describe(app);
  add_advise(app);
  add_graph(app);
  add_plan(app);
  try {
    app.parse(argc, argv);
    if (man) std::fputs(man_page(app).c_str(), stdout);
    if (completion) std::fputs(bash_completion(app).c_str(), stdout);
    if (!man && !completion && app.get_subcommands().empty()) {
      throw CLI::RequiredError::Subcommand(1);
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? success : wrong_usage;
  }
  if (std::fflush(stdout) == 0) return code;
  std::fprintf(stderr, "keratin: expected to write to standard output, got an error.\n");
  return failure;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "keratin: %s\n", error.what());
    return failure;
  }
}
