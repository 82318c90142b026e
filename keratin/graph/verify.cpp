// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "keratin/base/check.h"
#include "keratin/graph/graph_text_internal.h"

namespace keratin {

namespace {

std::string join_specs(const std::vector<TensorSpec>& specs) {
  std::vector<std::string> texts;
  for (const TensorSpec& spec : specs) texts.push_back(to_string(spec));
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

class Verifier {
 public:
  Verifier(const Graph& graph, std::string_view stage)
      : graph_(graph),
        where_(fmt::format("verify after {}", stage)),
        is_made_(graph.values().size(), false) {}

  void run() {
    for (size_t i = 0; i < graph_.values().size(); ++i) check_source(static_cast<ValueId>(i));
    for (size_t i = 0; i < graph_.nodes().size(); ++i) check_node(i);
    for (ValueId id : graph_.outputs) {
      need(is_made(id), "a value of the graph as an output", "%{}", id);
    }
    check_updates();
  }

 private:
  // Throws with the line of the node that is being looked at, if there is one.
  template <class... Args>
  void need(bool condition, std::string_view expected, fmt::format_string<Args...> got,
            Args&&... args) const {
    if (condition) [[likely]]
      return;
    const std::string line = node_ == nullptr
                                 ? std::string(".")
                                 : " with the line: " + detail::node_line(graph_, *node_);
    fail<InternalError>(where_, "expected {}, got {}. Report this{}", expected,
                        fmt::format(got, std::forward<Args>(args)...), line);
  }

  bool is_made(ValueId id) const {
    return id >= 0 && static_cast<size_t>(id) < is_made_.size() &&
           is_made_[static_cast<size_t>(id)];
  }

  // Inputs, variables and constants are there from the start.
  void check_source(ValueId id) {
    const Value& value = graph_.value(id);
    if (value.kind == ValueKind::node) return;
    is_made_[static_cast<size_t>(id)] = true;
    if (value.kind == ValueKind::constant) {
      need(value.constant.defined(), "data for a constant", "none for %{}", id);
      const TensorSpec spec{value.constant.shape(), value.constant.dtype()};
      need(value.spec == spec, "the spec of the constant's data, " + to_string(spec), "{} for %{}",
           to_string(value.spec), id);
    } else if (value.kind == ValueKind::variable) {
      need(value.variable.defined(), "a variable", "an empty handle for %{}", id);
      need(value.spec == value.variable.spec(),
           "the spec of the variable, " + to_string(value.variable.spec()), "{} for %{}",
           to_string(value.spec), id);
      const auto [first, is_new] = readers_.try_emplace(&value.variable.body(), id);
      need(is_new, "one value for each variable", "%{} and %{} for '{}'", first->second, id,
           value.variable.path());
    }
  }

  void check_node(size_t index) {
    const Node& node = graph_.nodes()[index];
    node_ = &node;
    need(node.op != nullptr, "an op", "none");
    for (ValueId id : node.inputs) {
      need(is_made(id), "inputs that earlier lines make", "%{}", id);
    }
    const OpDef& op = *node.op;
    const auto count = static_cast<int>(node.inputs.size());
    need(count >= op.min_inputs && (op.max_inputs < 0 || count <= op.max_inputs),
         op.max_inputs == op.min_inputs ? fmt::format("{} inputs", op.min_inputs)
         : op.max_inputs < 0            ? fmt::format("at least {} inputs", op.min_inputs)
                             : fmt::format("{} to {} inputs", op.min_inputs, op.max_inputs),
         "{}", count);
    check_attrs(op, node.attrs);
    check_promotion(op);
    for (size_t i = 0; i < node.outputs.size(); ++i) check_output(index, i);
    check_specs(op);
    node_ = nullptr;
  }

  void check_attrs(const OpDef& op, const Attrs& attrs) const {
    need((op.attrs == nullptr) == attrs.empty(),
         op.attrs == nullptr ? "no attributes" : "attributes", "{}",
         attrs.empty() ? "none" : "some");
    if (op.attrs == nullptr) return;
    const Config config = attrs.to_config();
    std::string problem;
    try {
      // As text, in which a NaN equals a NaN.
      const Config again = op.attrs().read(config, op.name).to_config();
      if (to_json(again) != to_json(config)) problem = to_json(again);
    } catch (const std::exception& error) {
      problem = error.what();
    }
    need(problem.empty(), "attributes of this op", "others ({})", problem);
  }

  void check_promotion(const OpDef& op) const {
    if (op.promotion == Promotion::none) return;
    const auto first = static_cast<size_t>(op.promotes_from);
    for (size_t i = first; i < node_->inputs.size(); ++i) {
      const DType dtype = graph_.value(node_->inputs[i]).spec.dtype;
      const DType wanted = graph_.value(node_->inputs[first]).spec.dtype;
      need(dtype == wanted, "inputs of one dtype", "{} and {}", name_of(wanted), name_of(dtype));
      need(op.promotion != Promotion::floating || is_float(dtype), "inputs of a float dtype", "{}",
           name_of(dtype));
    }
  }

  void check_output(size_t index, size_t i) {
    const ValueId id = node_->outputs[i];
    need(id >= 0 && static_cast<size_t>(id) < is_made_.size(), "a value of the graph as an output",
         "%{}", id);
    need(!is_made_[static_cast<size_t>(id)], "each value to be made once", "%{} again", id);
    const Value& value = graph_.value(id);
    need(value.kind == ValueKind::node && value.producer == static_cast<int>(index) &&
             value.output == static_cast<int>(i),
         fmt::format("%{} to name node {}, output {} as its producer", id, index, i),
         "node {}, output {}", value.producer, value.output);
    is_made_[static_cast<size_t>(id)] = true;
  }

  void check_specs(const OpDef& op) const {
    std::vector<TensorSpec> inputs;
    std::vector<TensorSpec> outputs;
    for (ValueId id : node_->inputs) inputs.push_back(graph_.value(id).spec);
    for (ValueId id : node_->outputs) outputs.push_back(graph_.value(id).spec);
    std::vector<TensorSpec> inferred;
    std::string problem;
    try {
      inferred = infer(op, inputs, node_->attrs);
    } catch (const std::exception& error) {
      problem = error.what();
    }
    if (problem.empty() && inferred == outputs) return;
    need(problem.empty(), "inputs that fit the op", "{} ({})", join_specs(inputs), problem);
    need(false, "outputs of the specs " + join_specs(inferred), "{}", join_specs(outputs));
  }

  void check_updates() {
    std::map<const VariableBody*, ValueId> updated;
    for (const Update& update : graph_.updates) {
      need(update.variable.defined(), "a variable to update", "an empty handle");
      const std::string& path = update.variable.path();
      need(is_made(update.value), "a value of the graph for the update of '" + path + "'", "%{}",
           update.value);
      const TensorSpec& spec = graph_.value(update.value).spec;
      if (const int producer = graph_.value(update.value).producer; producer >= 0) {
        node_ = &graph_.nodes()[static_cast<size_t>(producer)];
      }
      need(spec == update.variable.spec(),
           "a value of " + to_string(update.variable.spec()) + " for the update of '" + path + "'",
           "{}", to_string(spec));
      need(updated.emplace(&update.variable.body(), update.value).second,
           "one update of '" + path + "'", "two");
      node_ = nullptr;
    }
  }

  const Graph& graph_;
  std::string where_;
  const Node* node_ = nullptr;
  std::vector<bool> is_made_;
  std::map<const VariableBody*, ValueId> readers_;
};

}  // namespace

void verify(const Graph& graph, std::string_view stage) { Verifier(graph, stage).run(); }

}  // namespace keratin
