// SPDX-License-Identifier: Apache-2.0
#include "tests/c/predict_in_c.h"

#include "keratin/c/keratin.h"

int64_t predict_in_c(const char* path, const float* x, int64_t rows, int64_t columns, float* y) {
  keratin_model* model = keratin_load(path);
  if (model == NULL) return -1;
  const int64_t shape[2] = {rows, columns};
  const keratin_array input = {x, shape, 2};
  keratin_outputs* outputs = keratin_predict(model, &input, 1);
  keratin_free(model);
  if (outputs == NULL) return -1;
  const keratin_array output = keratin_output(outputs, 0);
  const int64_t count = output.rank == 2 && output.shape[1] == 1 ? output.shape[0] : -1;
  for (int64_t i = 0; i < count; ++i) y[i] = output.data[i];
  keratin_free_outputs(outputs);
  return count;
}
