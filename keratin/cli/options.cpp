// SPDX-License-Identifier: Apache-2.0
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
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

}  // namespace keratin::cli
