// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/text.h"
#include "keratin/cli/commands.h"

namespace keratin::cli {

void add_model(CLI::App& command, std::string& path) {
  command.add_option("model", path, "A .keras or .h5 file.")->required();
}

void add_examples(CLI::App& command, std::vector<std::string>& paths) {
  command.add_option("data", paths, "Inputs, and last the targets: .npy, .npz, .csv or idx files.")
      ->required()
      ->expected(2, 1 << 20);
}

void add_sample_weight(CLI::App& command, std::vector<std::string>& paths) {
  command.add_option("--sample-weight", paths, "Weights of the rows.")->expected(1);
}

void add_batch_size(CLI::App& command, int64_t& size) {
  command.add_option("--batch-size", size, "Rows computed at once.")
      ->check(whole_number_above_zero())
      ->capture_default_str();
}

CLI::Validator whole_number_above_zero() {
  return {[](const std::string& text) {
            int64_t number = 0;
            const bool fits = CLI::detail::lexical_cast(text, number) && number > 0;
            return fits ? std::string() : "expected a whole number above 0, got '" + text + "'";
          },
          "POSITIVE"};
}

CLI::Validator number_not_below_zero() {
  return {[](const std::string& text) {
            double number = 0;
            const bool fits = CLI::detail::lexical_cast(text, number) && number >= 0;
            return fits ? std::string() : "expected a number of 0 or more, got '" + text + "'";
          },
          "NONNEGATIVE"};
}

CLI::Validator path_ending_in(std::vector<std::string> endings) {
  return {[endings = std::move(endings)](const std::string& path) {
            for (const std::string& ending : endings) {
              if (path.ends_with(ending)) return std::string();
            }
            return "expected a path that ends in " + text::join(endings, " or ");
          },
          "PATH"};
}

}  // namespace keratin::cli
