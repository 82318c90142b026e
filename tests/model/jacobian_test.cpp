// SPDX-License-Identifier: Apache-2.0
// Jacobians against TensorFlow's, at once and in compiled functions
// (tests/golden/make_training.py).
#include "tests/model/training_golden.h"

namespace keratin {
namespace {

using namespace testing_support;

struct Found {
  Tensor matrix, total, hessian, rows, mixed;
};

Found jacobians_of(const Tensor& t) {
  GradientTape tape(true);
  tape.watch(t);
  const Tensor matrix = ops::matmul(ops::sin(t), ops::transpose(t * t));
  const Tensor total = ops::sum(ops::exp(t));
  const Tensor slope = tape.gradient(total * total, t);
  const Tensor rows = ops::stack({ops::sin(t), t * t, ops::exp(t)}, -1);
  const Tensor mixed = rows[{All, Slice(1, open)}] * ops::sum(t);
  return {tape.jacobian(matrix, t), tape.jacobian(total, t), tape.jacobian(slope, t),
          tape.batch_jacobian(rows, t), tape.batch_jacobian(mixed, t)};
}

void expect_found(const TrainingCase& golden, const Found& found) {
  golden.expect_tensor(found.matrix, "matrix");
  golden.expect_tensor(found.total, "total");
  golden.expect_tensor(found.hessian, "hessian");
  golden.expect_tensor(found.rows, "rows");
  golden.expect_tensor(found.mixed, "mixed");
}

TEST(Jacobian, OfATensorEqualsThatOfTensorFlow) {
  const TrainingCase golden("jacobians");
  const Tensor t = golden.tensor(golden.at("t"));
  expect_found(golden, jacobians_of(t));
  const auto compiled = keratin::function([](const Tensor& x) {
    const Found found = jacobians_of(x);
    return Nest::list({found.matrix, found.total, found.hessian, found.rows, found.mixed});
  });
  const Nest results = compiled(t);
  expect_found(golden, {results[0].tensor(), results[1].tensor(), results[2].tensor(),
                        results[3].tensor(), results[4].tensor()});
}

TEST(Jacobian, OfANetworkEqualsThatOfTensorFlow) {
  const TrainingCase golden("jacobians");
  const Model model = classifier();
  model.set_weights(golden.tensors("weights"));
  const Tensor inputs = golden.x()[Slice(0, batch_size)];
  GradientTape tape(true);
  tape.watch(inputs);
  const Tensor outputs = model(inputs).tensor();
  std::vector<Tensor> found = tape.jacobian(outputs, model.trainable_weights());
  golden.expect_tensor(tape.batch_jacobian(outputs, inputs), "by_rows");
  found.insert(found.begin(), tape.jacobian(outputs, inputs));
  golden.expect_tensors(found, "network");

  // Row by row, by gradients of single elements.
  const Tensor kernel_rows = ops::reshape(found[1], {-1, 5, 16});
  const Variable kernel = model.trainable_weights()[0];
  for (int64_t i = 0; i < outputs.shape()[0] * outputs.shape()[1]; ++i) {
    const Tensor element = ops::reshape(outputs, {-1})[i];
    expect_close(kernel_rows[i], tape.gradient(element, kernel), gradient_tolerance);
  }
}

}  // namespace
}  // namespace keratin
