// SPDX-License-Identifier: Apache-2.0
// What the tests of misuse share: the check of an error's type and text, and of what it left alone.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <typeinfo>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/model/model.h"
#include "keratin/model/model_body.h"
#include "keratin/model/train/trainer.h"

namespace keratin::testing_support {

/// Fails unless `call` throws exactly an `E` with exactly this text.
template <class E, class F>
void expect_error(F&& call, const std::string& text, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) {
  const ::testing::ScopedTrace trace(file, line, "expected: " + text);
  try {
    call();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const E& error) {
    EXPECT_STREQ(error.what(), text.c_str());
    EXPECT_EQ(typeid(error), typeid(E)) << "another type: " << typeid(error).name();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another type, " << typeid(error).name() << ": " << error.what();
  }
}

/// Returns all that training changes, as bytes: weights, seeds, the optimizer's state.
inline std::vector<std::string> state_of(const Model& model) {
  std::vector<Variable> variables = model.variables();
  if (model.model_body().trainer().compiled()) {
    const std::vector<Variable>& slots = model.optimizer().variables();
    variables.insert(variables.end(), slots.begin(), slots.end());
  }
  std::vector<std::string> state;
  for (const Variable& variable : variables) {
    const Array data = variable.value().array().contiguous();
    state.push_back(variable.path() + ":" +
                    std::string(static_cast<const char*>(data.raw()), data.bytes()));
  }
  return state;
}

/// Fails unless `call` throws that error and leaves the model's state as it was.
template <class E, class F>
void expect_harmless_error(const Model& model, F&& call, const std::string& text,
                           const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  const std::vector<std::string> before = state_of(model);
  expect_error<E>(call, text, file, line);
  const std::vector<std::string> after = state_of(model);
  EXPECT_TRUE(before == after) << file << ":" << line << ": the model's state has changed";
}

}  // namespace keratin::testing_support
