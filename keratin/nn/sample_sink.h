// SPDX-License-Identifier: Apache-2.0
// How metrics that keep all samples take part in a traced step: what they are given there becomes
// outputs of the step, and they take it after each run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "keratin/graph/tensor.h"

namespace keratin {

class Trace;

/// Takes down what is given to such metrics while it lives: in the trace that is open when it is
/// made, on its thread, and not in the bodies of loops and branches in it.
class SampleSink {
 public:
  using Take =
      std::function<void(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight)>;
  /// Is a call of `update_state`; `sample_weight` may be an empty handle.
  struct Update {
    Tensor y_true, y_pred, sample_weight;
    Take take;
  };
  /// Is a call of `result`: a tensor without data, and what gives the number after a run.
  struct Result {
    Tensor stand_in;
    std::function<double()> read;
  };

  SampleSink();
  ~SampleSink();
  SampleSink(const SampleSink&) = delete;
  SampleSink& operator=(const SampleSink&) = delete;

  /// Returns the sink of the innermost trace of this thread, or null.
  static SampleSink* current();

  void add(Update update) { updates_.push_back(std::move(update)); }
  /// Returns the scalar that stands for a result until there is one.
  Tensor stand_in(DType dtype, std::function<double()> read);
  std::vector<Update> take_updates() { return std::move(updates_); }
  /// Returns what reads the number that a tensor stands for; empty for any other tensor.
  std::function<double()> reader_of(const Tensor& tensor) const;

 private:
  Trace* trace_;
  SampleSink* outer_;
  std::vector<Update> updates_;
  std::vector<Result> results_;
};

}  // namespace keratin
