// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keratin/base/terminal.h"

namespace keratin {

/// Is the output of a layer as its column in a summary shows it: one shape, or shapes in lists,
/// tuples and dicts, or unknown (`?`).
///
/// Keras shows one shape without brackets however deep it lies, and `(None)`, not `(None,)`.
struct SummaryShape {
  enum class Kind { unknown, shape, list, tuple, dict };
  using Dim = std::optional<std::int64_t>;  ///< None if empty.

  static SummaryShape of(std::vector<Dim> dims) { return {Kind::shape, std::move(dims), {}, {}}; }
  static SummaryShape list_of(std::vector<SummaryShape> items) {
    return {Kind::list, {}, std::move(items), {}};
  }

  Kind kind = Kind::unknown;
  std::vector<Dim> dims;            ///< Of a shape.
  std::vector<SummaryShape> items;  ///< Of a list, tuple or dict.
  std::vector<std::string> keys;    ///< Of a dict, one for each item.
};

/// Is an input of a layer, shown as `dense[0][0]`: a layer, the number of its call, the number of
/// the output of that call.
struct SummaryConnection {
  std::string layer;
  std::int64_t node_index = 0;
  std::int64_t tensor_index = 0;
};

/// Is one layer (or operation) of a summary.
struct SummaryRow {
  std::string name;
  std::string class_name;
  SummaryShape output;
  std::int64_t parameters = 0;                 ///< Shown for a built layer only.
  bool is_built = true;                        ///< True for operations that are no layers.
  bool has_weights = false;                    ///< If not, the column Trainable shows `-`.
  bool is_trainable = true;                    ///< Y or N.
  std::vector<SummaryConnection> connections;  ///< Only calls that belong to the model itself.
  int depth = 0;  ///< Above 0 for layers of a model that is a layer; its rows follow its own.
};

/// Is a number of parameters and the bytes they take (halves of bytes for 4-bit types).
struct SummaryCount {
  std::int64_t parameters = 0;
  double bytes = 0;
};

/// Is all that a summary tells of a model.
struct ModelSummary {
  std::string name;
  bool has_connections = false;  ///< Whether there is a column `Connected to`.
  std::vector<SummaryRow> rows;
  SummaryCount trainable;
  SummaryCount non_trainable;
  std::optional<SummaryCount> optimizer;  ///< Of a compiled model whose optimizer is built.
};

/// Are the arguments of `summary` in Keras, and what is known of the terminal.
struct SummaryOptions {
  /// 0: the smaller of `columns` - 4 and 88 (108 with connections; 12 more with Trainable).
  int line_length = 0;
  /// Where columns end, as parts of the line; empty: where Keras ends them.
  std::vector<double> positions = {};
  bool expand_nested = false;  ///< Show rows whose depth is above 0.
  bool show_trainable = false;
  /// Regular expressions: rows from the first whose name begins with the first one to the last
  /// whose name begins with the second one.
  std::optional<std::pair<std::string, std::string>> layer_range = {};
  int columns = 80;          ///< The default line is 4 shorter: `terminal::columns()`.
  int console_columns = 80;  ///< Where lines are cropped: `terminal::console_columns()`.
  terminal::Colors colors = terminal::Colors::none;
};

/// Returns the text that `keras.Model.summary` prints, each line with its newline.
///
/// Equals Keras 3.15.1 with Rich 15.0.0 byte for byte, but shows names as they are: Rich would read
/// `:smile:` as an emoji everywhere and `[red]` as markup in `Connected to`. Throws `ValueError` if
/// a column has less than 4 characters, if there are fewer positions than columns, or if
/// `layer_range` fits no layer.
std::string render_summary(const ModelSummary& model, const SummaryOptions& options = {});

}  // namespace keratin
