// SPDX-License-Identifier: Apache-2.0
#include "keratin/c/keratin.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "keratin/base/check.h"
#include "keratin/model/model.h"

struct keratin_model {
  keratin::Model model;
};

struct keratin_outputs {
  std::vector<keratin::Array> arrays;
  std::vector<std::vector<int64_t>> shapes;
};

namespace {

using namespace keratin;

thread_local std::string last_error;

// Calls `work`; what it throws becomes the last error, and the result null.
template <class Work>
auto guarded(Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception& error) {
    last_error = error.what();
  } catch (...) {
    last_error = "keratin: expected a known error, got another one. Report this.";
  }
  return nullptr;
}

Tensor copy_of(const keratin_array& given) {
  const bool valid =
      given.rank >= 0 && given.rank <= max_rank && (given.rank == 0 || given.shape != nullptr);
  require<ValueError>(valid, "keratin_predict",
                      "expected a rank of 0 to {} and a shape, got rank {}. Fill in the array.",
                      max_rank, given.rank);
  const std::vector<int64_t> sizes(given.shape, given.shape + given.rank);
  int64_t room = int64_t{1} << 48;
  for (int64_t size : sizes) {
    require<ValueError>(size >= 0, "keratin_predict",
                        "expected sizes of at least 0, got {}. Fill in the array.", size);
    require<ValueError>(size <= room, "keratin_predict",
                        "expected at most 2^48 elements, got more. Fill in the array.");
    room /= std::max<int64_t>(size, 1);
  }
  const Shape shape(sizes);
  const auto count = static_cast<size_t>(shape.element_count());
  require<ValueError>(given.data != nullptr || count == 0, "keratin_predict",
                      "expected data, got NULL. Fill in the array.");
  return Tensor::from(std::span<const float>(given.data, count), shape);
}

}  // namespace

keratin_model* keratin_load(const char* path) {
  return guarded([&] {
    require<ValueError>(path != nullptr, "keratin_load", "expected a path, got NULL. Give one.");
    return new keratin_model{models::load_model(path, {.custom_objects = {}, .compile = false})};
  });
}

void keratin_free(keratin_model* model) { delete model; }

keratin_outputs* keratin_predict(keratin_model* model, const keratin_array* inputs, size_t count) {
  return guarded([&] {
    require<ValueError>(model != nullptr && inputs != nullptr && count > 0, "keratin_predict",
                        "expected a model and inputs, got none. Load a model first.");
    std::vector<Tensor> tensors;
    for (size_t i = 0; i < count; ++i) tensors.push_back(copy_of(inputs[i]));
    Nest x = count == 1 ? Nest(tensors[0]) : Nest(tensors);
    if (model->model.built()) {
      const Nest form = model->model.inputs();
      const size_t wanted = form.flatten().size();
      require<ValueError>(wanted == count, "keratin_predict",
                          "expected {} inputs, got {}. Give one array for each.", wanted, count);
      x = form.pack(tensors);
    }
    auto outputs = std::make_unique<keratin_outputs>();
    for (const Tensor& tensor : model->model.predict(x, {.verbose = 0}).flatten()) {
      outputs->arrays.push_back(tensor.array().cast(DType::float32).contiguous());
      const Shape& shape = outputs->arrays.back().shape();
      outputs->shapes.emplace_back(shape.begin(), shape.end());
    }
    return outputs.release();
  });
}

size_t keratin_output_count(const keratin_outputs* outputs) {
  return outputs == nullptr ? 0 : outputs->arrays.size();
}

keratin_array keratin_output(const keratin_outputs* outputs, size_t index) {
  if (index >= keratin_output_count(outputs)) return {nullptr, nullptr, 0};
  const Array& array = outputs->arrays[index];
  return {array.data<const float>(), outputs->shapes[index].data(), array.rank()};
}

void keratin_free_outputs(keratin_outputs* outputs) { delete outputs; }

const char* keratin_last_error(void) { return last_error.c_str(); }
