// SPDX-License-Identifier: Apache-2.0
// The sub-commands of the `keratin` program; each has a file of its own.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace keratin::cli {

/// What the program returns to the shell.
enum ExitCode : int { success = 0, failure = 1, wrong_usage = 2 };

/// Each adds a sub-command with its options; parsing the command line then runs it. What it does
/// not throw it writes to `code`.
void add_summary(CLI::App& app);
void add_predict(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_fit(CLI::App& app);
void add_convert(CLI::App& app);
void add_diff(CLI::App& app, int& code);
void add_check(CLI::App& app, int& code);
void add_describe(CLI::App& app);
void add_advise(CLI::App& app);
void add_graph(CLI::App& app);
void add_plan(CLI::App& app);

// Options that several sub-commands have; `command` keeps the address of what it sets.
void add_model(CLI::App& command, std::string& path);
void add_examples(CLI::App& command, std::vector<std::string>& paths);
void add_sample_weight(CLI::App& command, std::vector<std::string>& paths);
void add_batch_size(CLI::App& command, int64_t& size);

// What values of options must be.
CLI::Validator whole_number_above_zero();
CLI::Validator number_not_below_zero();
CLI::Validator path_ending_in(std::vector<std::string> endings);

/// Returns the man page and the completion for bash, both made of the declared options.
std::string man_page(const CLI::App& app);
std::string bash_completion(const CLI::App& app);

}  // namespace keratin::cli
