// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/support.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>

#include "keratin/base/file.h"

namespace keratin::tests {

Workshop::Workshop() {
  std::string pattern = (std::filesystem::temp_directory_path() / "keratin_cli_XXXXXX").string();
  folder_ = mkdtemp(pattern.data());
  const Sequential line({layers::Input({2}), layers::Dense(1, {.name = "dense"})}, "line");
  line.set_weights({Tensor::from({10.0F, 1.0F}, {2, 1}), Tensor::from({0.5F}, {1})});
  line.compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
  line.save(path("line.keras"));
  write_npy(path("x.npy"), Tensor::from({1.0F, 2.0F, 3.0F, 4.0F}, {2, 2}).array());
  write_npy(path("y.npy"), Tensor::from({12.5F, 36.5F}, {2, 1}).array());
  write_file_atomically(path("x.csv"), bytes_of("a,b\n1,2\n3, \"4\"\n"));

  const Tensor a = layers::Input({2}, {.name = "a"});
  const Tensor b = layers::Input({2}, {.name = "b"});
  const Model minus(Nest{a, b}, layers::Subtract({.name = "minus"})(Nest{a, b}), "minus");
  minus.save(path("minus.keras"));
  write_npz(path("swapped.npz"), {{"b", Tensor::from({1.0F, 1.0F}, {1, 2}).array()},
                                  {"a", Tensor::from({5.0F, 7.0F}, {1, 2}).array()}});
}

Workshop::~Workshop() { std::filesystem::remove_all(folder_); }

std::string Workshop::text(const std::string& name) const {
  return std::string(text_of(read_file(path(name))));
}

ProgramRun Workshop::keratin(const std::string& arguments) const {
  const std::string command = "cd '" + folder_ + "' && COLUMNS=80 '" KERATIN_PROGRAM "' " +
                              arguments + " >out.txt 2>err.txt </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text("out.txt"), text("err.txt")};
}

}  // namespace keratin::tests
