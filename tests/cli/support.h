// SPDX-License-Identifier: Apache-2.0
// Runs the real program, and makes the files that it is given.
#pragma once

#include <string>

#include "keratin/keratin.h"

namespace keratin::tests {

/// Is what a run of the program gave.
struct ProgramRun {
  int code = -1;
  std::string out;
  std::string err;
};

/// Is a folder with two models and their data, in which the program runs:
/// `line.keras` (10 a + b + 0.5, compiled with mse and SGD), `x.npy`, `x.csv`, `y.npy`,
/// `minus.keras` (inputs `a` and `b`, output `minus`), `swapped.npz` (b before a).
class Workshop {
 public:
  Workshop();
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  /// Runs `keratin <arguments>`, which the shell splits.
  ProgramRun keratin(const std::string& arguments) const;
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string text(const std::string& name) const;

 private:
  std::string folder_;
};

}  // namespace keratin::tests
