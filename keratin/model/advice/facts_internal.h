// SPDX-License-Identifier: Apache-2.0
// What the rules of the advisor look at, read once from a model, its arguments and its data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keratin/model/advice/advice.h"

namespace keratin {

class FunctionalGraph;
class LayerBody;

}  // namespace keratin

namespace keratin::advice {

/// Is the last layer of an output, as far as it is known.
struct Head {
  std::string output;                 ///< the name of the output
  std::string label;                  ///< as sentences call it: ``output `same` ``
  std::string activation;             ///< Keras' name; empty when it is not known
  std::optional<int64_t> units = {};  ///< the size of the last axis
  std::optional<int> rank = {};       ///< of the output, with the batch axis
};

/// Is a loss or metric: its name in snake case without aliases, and its arguments.
struct Part {
  std::string name;
  Config arguments = Config::dict();
  bool flag(std::string_view key) const;
};

/// Is what a look at an array tells. Where the array is large, a part of its rows is looked at.
struct ArrayFacts {
  Shape shape;
  double low = 0.0, high = 0.0;  ///< of the finite values
  bool finite = true;
  int64_t bad_row = 0;        ///< the first row that is not finite
  bool whole = true;          ///< whether all values are whole numbers
  bool zero_one = true;       ///< whether all values are 0 or 1
  bool one_hot = false;       ///< whether each row along the last axis is 0 but for a single 1
  bool several_ones = false;  ///< whether rows of 0 and 1 hold more than a single 1
  bool all_seen = true;       ///< whether all rows were looked at
};

/// Is one output with all that belongs to it.
struct OutputFacts {
  Head head;
  std::vector<Part> losses = {};
  std::vector<Part> metrics = {};
  std::optional<ArrayFacts> targets = {};
};

/// Is one input and whether a layer with a kernel takes it as it is.
struct InputFacts {
  std::string name;
  std::string first_layer = {};  ///< the label of that layer; empty when there is none
  std::optional<ArrayFacts> values = {};
};

/// Is all that the rules see.
struct Facts {
  std::vector<OutputFacts> outputs;
  std::vector<InputFacts> inputs;
  bool trained = false;  ///< whether the optimizer has made steps
};

/// Reads the model and the arguments of compile; leaves out what is not known.
Facts facts_of(ModelBody& model, const CompileOptions* options);
/// Adds what the data tells. Tensors without data are left alone.
void add_data(Facts& facts, const Nest& x, const Nest& y);
/// Returns the targets of an output; an empty handle where there are none.
Tensor targets_of(const Facts& facts, const OutputFacts& output, const Nest& y);
/// Looks at an array, at `budget` elements of it at most (but one row at least).
ArrayFacts look_at(const Array& array, int64_t budget);
/// Returns the first row of an array with a value that is not finite, or -1; looks at all of it.
int64_t first_bad_row(const Array& array);

/// Returns the sizes, loss families and ranges that several rules ask for.
bool is_binary_loss(const Part& loss);
bool is_categorical_loss(const Part& loss);
bool is_sparse_loss(const Part& loss);
bool is_cross_entropy(const Part& loss);
bool is_regression_loss(const Part& loss);

/// Is what an activation can give.
struct Range {
  double low, high;
};
/// Returns it; nothing for an activation that is not known, infinite bounds for linear.
std::optional<Range> range_of(const std::string& activation);

using Findings = std::vector<Finding>;
/// Adds a finding whose sentence is `<what>; use <use>.`.
void add(Findings& findings, std::string code, std::string part, const std::string& what,
         std::string use);

/// Returns the activation that a built-in layer ends in, Keras' name; empty when it is not known.
std::string activation_of(const LayerBody& layer);

/// Is a Dense layer whose values go through a relu, its own or that of the layer behind it, and
/// what comes out of that, which is no output of the model.
struct HiddenRelu {
  LayerBody* dense;
  Tensor output;
};
std::vector<HiddenRelu> hidden_relus(const FunctionalGraph& graph);

/// The rules; each adds what it finds.
void check_heads(const Facts& facts, Findings& findings);
void check_metrics(const Facts& facts, Findings& findings);
void check_data(const Facts& facts, Findings& findings);
/// Finds classes that only one of the two parts has when sorted data is split.
void check_split(const Facts& facts, const Nest& y, double validation_split, Findings& findings);
/// Finds weights of samples that no training survives.
void check_weights(const Nest& sample_weight, Findings& findings);
/// Adds that a row of x or y is not finite.
void add_not_finite(Findings& findings, const std::string& what, std::string part, int64_t row);
/// Finds hidden relu layers of which no unit fires (with `most`, of which 7 in 8 do not) on rows
/// of x; runs the model on 256 rows at most.
void check_dead_units(ModelBody& model, const Nest& x, bool most, Findings& findings);

}  // namespace keratin::advice
