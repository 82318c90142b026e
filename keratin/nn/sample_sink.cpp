// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/sample_sink.h"

#include <utility>

#include "keratin/graph/call.h"
#include "keratin/graph/trace.h"

namespace keratin {

namespace {

thread_local SampleSink* innermost = nullptr;

}  // namespace

SampleSink::SampleSink() : trace_(Trace::current()), outer_(std::exchange(innermost, this)) {}

SampleSink::~SampleSink() { innermost = outer_; }

SampleSink* SampleSink::current() {
  Trace* trace = Trace::current();
  return innermost != nullptr && trace != nullptr && innermost->trace_ == trace ? innermost
                                                                                : nullptr;
}

Tensor SampleSink::stand_in(DType dtype, std::function<double()> read) {
  results_.push_back({keras_tensor({.shape = {}, .dtype = dtype}), std::move(read)});
  return results_.back().stand_in;
}

std::function<double()> SampleSink::reader_of(const Tensor& tensor) const {
  for (const Result& result : results_) {
    if (result.stand_in.is(tensor)) return result.read;
  }
  return nullptr;
}

}  // namespace keratin
