// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/layer_body.h"
#include "keratin/nn/layers/core.h"

namespace keratin::layers {

namespace {

// An equation `X,Y->Z`; dots stand in front or behind of X and Z.
struct Equation {
  std::string input;
  std::string kernel;
  std::string output;
  bool dots_in_front = false;
  bool dots_behind = false;
};

bool is_letters(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

// Takes the dots off one side of a term; tells whether they stood there.
bool take_dots(std::string& term, bool in_front) {
  constexpr std::string_view dots = "...";
  if (term.size() < dots.size()) return false;
  const size_t at = in_front ? 0 : term.size() - dots.size();
  if (term.compare(at, dots.size(), dots) != 0) return false;
  term.erase(at, dots.size());
  return true;
}

Equation parse(const std::string& label, const std::string& text) {
  const size_t comma = text.find(',');
  const size_t arrow = text.find("->");
  Equation equation;
  bool fits = comma != std::string::npos && arrow != std::string::npos && comma < arrow;
  if (fits) {
    equation.input = text.substr(0, comma);
    equation.kernel = text.substr(comma + 1, arrow - comma - 1);
    equation.output = text.substr(arrow + 2);
    equation.dots_in_front = take_dots(equation.input, true);
    equation.dots_behind = !equation.dots_in_front && take_dots(equation.input, false);
    fits = take_dots(equation.output, true) == equation.dots_in_front &&
           take_dots(equation.output, false) == equation.dots_behind &&
           is_letters(equation.input) && is_letters(equation.kernel) && is_letters(equation.output);
  }
  require<ValueError>(fits, label,
                      "expected an `equation` of the form X,Y->Z, ...X,Y->...Z or X...,Y->Z..., "
                      "got '{}'. Use letters for the axes.",
                      text);
  return equation;
}

// What an equation means for an input of known shape.
struct EinsumShapes {
  Shape kernel;
  Shape bias;
  std::vector<int64_t> input_axes;   // of the kernel
  std::vector<int64_t> output_axes;  // of the kernel
};

class EinsumDenseBody final : public LayerBody {
 public:
  explicit EinsumDenseBody(const EinsumDenseOptions& options)
      : LayerBody("EinsumDense", options),
        options_(options),
        equation_(parse(label(), options.equation)) {}

  void check(const Nest& inputs) const override {
    const Shape& shape = inputs.tensor().shape();
    const int named = static_cast<int>(equation_.input.size());
    const bool has_dots = equation_.dots_in_front || equation_.dots_behind;
    require<ShapeError>(has_dots ? shape.rank() >= named : shape.rank() == named, label(),
                        "expected an input with the axes of the equation '{}', got shape {}. "
                        "Name each axis.",
                        options_.equation, to_string(shape));
  }

  void build(const Nest& inputs) override {
    const EinsumShapes shapes = shapes_for(inputs.tensor().shape());
    // Fans are counted by the axes that the equation names as inputs and outputs.
    const Initializer counted =
        options_.kernel_initializer.with_axes(shapes.input_axes, shapes.output_axes);
    kernel_ = add_weight("kernel", {.shape = shapes.kernel,
                                    .initializer = counted,
                                    .regularizer = options_.kernel_regularizer,
                                    .constraint = options_.kernel_constraint});
    if (!options_.bias_axes) return;
    bias_ = add_weight("bias", {.shape = shapes.bias,
                                .initializer = options_.bias_initializer,
                                .regularizer = options_.bias_regularizer,
                                .constraint = options_.bias_constraint});
  }

  Nest call(const Nest& inputs, const CallArgs&) override {
    const DType compute = dtype_policy().compute_dtype();
    Tensor y = ops::einsum(options_.equation, {inputs.tensor(), ops::cast(kernel_, compute)});
    if (options_.bias_axes) y = y + ops::cast(bias_, compute);
    return options_.activation(y);
  }

  // Unlike other layers this one writes that it has no activity regularizer.
  Config get_config() const override {
    Config config = LayerBody::get_config();
    if (!config.has("activity_regularizer")) config.set("activity_regularizer", Config());
    return config;
  }

 private:
  // Returns the output's shape: the batch, what `output_shape` says, and the axes of the dots.
  Shape output_for(const Shape& input, int elided) const {
    Shape output{input[0]};
    if (equation_.dots_in_front) {
      for (int i = 1; i < elided; ++i) output.push_back(input[i]);
    }
    for (int64_t size : options_.output_shape) output.push_back(size);
    if (equation_.dots_behind) {
      for (int i = input.rank() - elided; i < input.rank(); ++i) output.push_back(input[i]);
    }
    return output;
  }

  EinsumShapes shapes_for(const Shape& input) const {
    const int elided = input.rank() - static_cast<int>(equation_.input.size());
    const Shape output = output_for(input, elided);
    const int in_front = equation_.dots_in_front ? elided : 0;
    // Returns the size that a term gives to an axis, or nothing where it does not name it.
    const auto size_in = [&](const std::string& term, const Shape& shape, char axis) {
      const size_t at = term.find(axis);
      if (at == std::string::npos) return std::optional<int64_t>();
      const int place = static_cast<int>(at) + in_front;
      require<ShapeError>(place < shape.rank(), label(),
                          "expected an `output_shape` for the equation '{}', got {}. Give a size "
                          "for each axis but the batch.",
                          options_.equation, to_string(options_.output_shape));
      return std::optional<int64_t>(shape[place]);
    };
    EinsumShapes shapes;
    for (char axis : equation_.input) {
      const std::optional<int64_t> wanted = size_in(equation_.output, output, axis);
      const std::optional<int64_t> given = size_in(equation_.input, input, axis);
      require<ShapeError>(!wanted || *wanted == None || *wanted == *given, label(),
                          "expected the size {} of the axis '{}' in the input, got shape {}. "
                          "Correct `output_shape`.",
                          wanted.value_or(0), axis, to_string(input));
    }
    for (size_t i = 0; i < equation_.kernel.size(); ++i) {
      const char axis = equation_.kernel[i];
      std::optional<int64_t> size = size_in(equation_.output, output, axis);
      (size ? shapes.output_axes : shapes.input_axes).push_back(static_cast<int64_t>(i));
      if (!size) size = size_in(equation_.input, input, axis);
      require<ValueError>(size.has_value(), label(),
                          "expected each axis of the kernel in the input or the output, got '{}' "
                          "in the kernel of '{}' alone. Rename it.",
                          axis, options_.equation);
      shapes.kernel.push_back(*size);
    }
    if (options_.bias_axes) shapes.bias = bias_for(output, elided, in_front);
    return shapes;
  }

  Shape bias_for(const Shape& output, int elided, int in_front) const {
    const std::string& axes = *options_.bias_axes;
    size_t first = equation_.output.size();
    for (char axis : axes) {
      const size_t at = equation_.output.find(axis);
      require<ValueError>(at != std::string::npos, label(),
                          "expected `bias_axes` of the output of '{}', got '{}'. Name axes "
                          "behind the arrow.",
                          options_.equation, axes);
      first = std::min(first, at);
    }
    Shape bias;
    for (size_t i = first; i < equation_.output.size(); ++i) {
      const bool own = axes.find(equation_.output[i]) != std::string::npos;
      bias.push_back(own ? output[static_cast<int>(i) + in_front] : 1);
    }
    for (int i = 0; equation_.dots_behind && i < elided; ++i) bias.push_back(1);
    return bias;
  }

  EinsumDenseOptions options_;
  Equation equation_;
  Variable kernel_, bias_;
};

EinsumDenseOptions seeded(EinsumDenseOptions options) {
  resolve_initializers(options);
  return options;
}

EinsumDenseOptions with_equation(std::string equation, const Shape& output_shape,
                                 EinsumDenseOptions options) {
  options.equation = std::move(equation);
  options.output_shape = output_shape;
  return options;
}

}  // namespace

EinsumDense::EinsumDense(std::string equation, const Shape& output_shape,
                         EinsumDenseOptions options)
    : EinsumDense(with_equation(std::move(equation), output_shape, std::move(options))) {}

EinsumDense::EinsumDense(std::string equation, int64_t output_size, EinsumDenseOptions options)
    : EinsumDense(std::move(equation), Shape{output_size}, std::move(options)) {}

EinsumDense::EinsumDense(EinsumDenseOptions options)
    : TensorLayer(std::make_shared<EinsumDenseBody>(seeded(std::move(options)))) {}

}  // namespace keratin::layers
