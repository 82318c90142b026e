// SPDX-License-Identifier: Apache-2.0
// Models of Keras for C, and for languages that call C. Functions may be called from any thread;
// calls for one model wait for each other.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Is a model that `keratin_load` has read.
typedef struct keratin_model keratin_model;

/// Is the outputs of one `keratin_predict`.
typedef struct keratin_outputs keratin_outputs;

/// Views an array of floats: `shape` holds `rank` sizes, and the elements stand row by row.
typedef struct {
  const float* data;
  const int64_t* shape;
  int32_t rank;
} keratin_array;

/// Returns the model of a .keras or .h5 file, or NULL. To be given to `keratin_free`.
keratin_model* keratin_load(const char* path);

/// Frees a model; NULL is none.
void keratin_free(keratin_model* model);

/// Returns the outputs for `count` inputs, in the order of the model's inputs (of a dict: of its
/// sorted keys), or NULL. To be given to `keratin_free_outputs`. Inputs are only read.
keratin_outputs* keratin_predict(keratin_model* model, const keratin_array* inputs, size_t count);

/// Returns the number of outputs; 0 for NULL.
size_t keratin_output_count(const keratin_outputs* outputs);

/// Returns output `index`, as floats; a view with `data` NULL where there is none. It lives as long
/// as `outputs`.
keratin_array keratin_output(const keratin_outputs* outputs, size_t index);

/// Frees outputs; NULL is none.
void keratin_free_outputs(keratin_outputs* outputs);

/// Returns why the last function of this thread that returned NULL failed, in one sentence. The
/// text lives until the next failure.
const char* keratin_last_error(void);

#ifdef __cplusplus
}
#endif
