// SPDX-License-Identifier: Apache-2.0
// Draws every activation function, and its derivative as a tape finds it.
#include <keratin/keratin.h>

#include <cstdio>

using namespace keratin;

int main() {
  const char* names[] = {
      "linear",         "relu",        "leaky_relu", "relu6",       "threshold",   "elu",
      "celu",           "selu",        "softplus",   "squareplus",  "sparse_plus", "exponential",
      "gelu",           "silu",        "mish",       "hard_silu",   "sigmoid",     "hard_sigmoid",
      "sparse_sigmoid", "log_sigmoid", "tanh",       "hard_tanh",   "softsign",    "tanh_shrink",
      "hard_shrink",    "soft_shrink", "softmax",    "log_softmax", "sparsemax",   "glu"};
  const Tensor x = ops::linspace(-4.0, 4.0, 65);

  plot::Figure figure({.width = 960,
                       .height = 1080,
                       .title = "Each function, and its derivative (dashed)",
                       .columns = 6});
  std::string flat, dead;
  for (const std::string name : names) {
    GradientTape tape;
    tape.watch(x);
    plot::Axes& axes = figure.add_axes();
    axes.title = name;
    Tensor y;
    if (name == "threshold") {
      y = activations::threshold(x, 1.0, 0.0);
    } else if (name == "softmax" || name == "log_softmax" || name == "sparsemax") {
      // These look at all units of a layer: here at two, of which the second is 0.
      y = Activation(name)(ops::stack({x, ops::zeros_like(x)}, 1))[{All, 0}];
    } else if (name == "glu") {
      y = Activation(name)(ops::stack({ops::full_like(x, 2), x}, 1))[{All, 0}];
    } else {
      y = Activation(name)(x);
    }
    const auto slope = tape.gradient(y, x).to_vector<double>();
    axes.x_range = {-4.0, 4.0};
    axes.y_range = {-2.0, 4.0};
    axes.line(x.to_vector<double>(), y.to_vector<double>());
    axes.line(x.to_vector<double>(), slope, {.width = 1.4, .dash = plot::Dash::dashed});
    if (slope.front() == 0.0) dead += " " + name;
    if (slope.back() < 0.1) flat += " " + name;
  }
  figure.save("activations.svg");
  std::printf("slope 0 at -4:%s\nslope below 0.1 at 4:%s\n", dead.c_str(), flat.c_str());
}
