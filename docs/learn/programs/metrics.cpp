// SPDX-License-Identifier: Apache-2.0
// One metric alone can flatter: 1000 letters, of which 50 are spam.
#include <keratin/keratin.h>

#include <cstdio>

using namespace keratin;

int main() {
  const Tensor number = ops::arange(1000);
  const Tensor is_spam = (number < 50).cast(DType::float32);

  // One filter lets everything pass. The other finds 40 of 50, and stops 30 good letters as well.
  const Tensor lets_pass = ops::zeros({1000});
  const Tensor stops_some =
      ((number < 40).cast(DType::float32) + ((number >= 50) == (number < 80)).cast(DType::float32));

  const Metric all[] = {metrics::BinaryAccuracy(), metrics::Precision(), metrics::Recall(),
                        metrics::BalancedAccuracy({.num_classes = 2})};
  std::puts("                    lets all pass   finds 40 of 50");
  for (const Metric& metric : all) {
    double values[2];
    for (int i = 0; i < 2; ++i) {
      metric.reset_state();
      metric.update_state(is_spam, i == 0 ? lets_pass : stops_some);
      values[i] = metric.result().item<double>();
    }
    std::printf("%-18s  %13.2f   %14.2f\n", metric.name().c_str(), values[0], values[1]);
  }
}
