// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <functional>
#include <map>
#include <set>

#include "keratin/base/check.h"
#include "keratin/graph/graph_text_internal.h"

namespace keratin {

namespace {

constexpr int64_t max_printed_elements = 64;

using NameOf = std::function<std::string(ValueId)>;

std::string quoted(const std::string& text) { return to_json(Config(text)); }

bool holds(const Graph& graph, ValueId id) {
  return id >= 0 && static_cast<size_t>(id) < graph.values().size();
}

// ---- Constants ----------------------------------------------------------------------------------

template <class T>
std::string element_text(T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(value);
  } else if constexpr (sizeof(T) == 2) {
    return element_text(static_cast<float>(value));
  } else {
    if (value != value) return "nan";
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    std::string text(buffer.data(), end.ptr);
    // An integer would read back as well; the point tells the reader that this is a float.
    return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
  }
}

// FNV-1a; it tells constants apart and is the same in every run.
uint64_t hash_of(const Array& array) {
  const auto* bytes = static_cast<const unsigned char*>(array.raw());
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < array.bytes(); ++i) hash = (hash ^ bytes[i]) * 0x100000001b3u;
  return hash;
}

// Tells whether all elements have the same bits.
bool is_uniform(const Array& array) {
  const auto& strides = array.strides();
  if (std::all_of(strides.begin(), strides.end(), [](int64_t step) { return step == 0; })) {
    return true;
  }
  const Array flat = array.contiguous();
  const auto* bytes = static_cast<const unsigned char*>(flat.raw());
  const size_t width = size_of(flat.dtype());
  return flat.bytes() <= width || std::memcmp(bytes, bytes + width, flat.bytes() - width) == 0;
}

// Returns the first elements in memory.
std::string elements_text(const Array& array, int64_t count) {
  std::string text;
  dispatch(array.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* data = array.data<T>();
    for (int64_t i = 0; i < count; ++i) {
      if (i > 0) text += ", ";
      text += element_text(data[i]);
    }
  });
  return text;
}

std::string constant_text(const Array& array) {
  if (!array.defined()) return "?";
  if (array.size() <= max_printed_elements) {
    return "[" + elements_text(array.contiguous(), array.size()) + "]";
  }
  if (is_uniform(array)) return "all " + elements_text(array, 1);
  return fmt::format("#{:016x} ...", hash_of(array.contiguous()));
}

// ---- Nodes --------------------------------------------------------------------------------------

std::string attrs_text(const Attrs& attrs) {
  const Config config = attrs.to_config();
  if (config.size() == 0) return "";
  std::string text;
  for (const auto& [key, value] : config.as_dict()) {
    text += (text.empty() ? " {" : ", ") + key + " = " + to_json(value);
  }
  return text + "}";
}

std::string node_text(const Graph& graph, const Node& node, const NameOf& name_of_value) {
  std::string outputs, specs, inputs;
  for (ValueId id : node.outputs) {
    if (!outputs.empty()) outputs += ", ";
    if (!specs.empty()) specs += ", ";
    outputs += name_of_value(id);
    specs += holds(graph, id) ? to_string(graph.value(id).spec) : std::string("?");
  }
  for (ValueId id : node.inputs) {
    if (!inputs.empty()) inputs += ", ";
    inputs += name_of_value(id);
  }
  const std::string op = node.op != nullptr ? std::string(node.op->name) : std::string("?");
  return fmt::format("{} = {}({}){} : {}", outputs, op, inputs, attrs_text(node.attrs), specs);
}

// ---- The whole graph ----------------------------------------------------------------------------

// Numbers the values in the order in which they are printed: inputs, then the variables and the
// constants as they are first used, then nodes. What nothing uses is left out, but for inputs.
class Printer {
 public:
  explicit Printer(const Graph& graph) : graph_(graph), numbers_(graph.values().size(), unknown) {}

  std::string print() {
    text_ = "graph {\n";
    for (ValueId id : graph_.inputs()) define(id);
    for (ValueKind kind : {ValueKind::variable, ValueKind::constant}) {
      for_each_use([&](ValueId id) {
        const bool is_new = holds(graph_, id) && number(id) == unknown;
        if (is_new && graph_.value(id).kind == kind) define(id);
      });
    }
    for (const Node& node : graph_.nodes()) {
      for (ValueId id : node.outputs) {
        if (holds(graph_, id)) number(id) = next_++;
      }
      add_line(node_text(graph_, node, [&](ValueId id) { return name(id); }));
    }
    for (const Update& update : graph_.updates) {
      add_line("update " + variable_name(update.variable) + " = " + name(update.value));
    }
    std::string results;
    for (ValueId id : graph_.outputs) results += (results.empty() ? " " : ", ") + name(id);
    add_line("return" + results);
    return text_ + "}\n";
  }

 private:
  static constexpr int unknown = -1;

  int& number(ValueId id) { return numbers_[static_cast<size_t>(id)]; }

  std::string name(ValueId id) {
    const bool is_known = holds(graph_, id) && number(id) != unknown;
    return is_known ? "%" + std::to_string(number(id)) : "%?";
  }

  template <class Use>
  void for_each_use(const Use& use) const {
    for (const Node& node : graph_.nodes()) {
      for (ValueId id : node.inputs) use(id);
    }
    for (const Update& update : graph_.updates) use(update.value);
    for (ValueId id : graph_.outputs) use(id);
  }

  void define(ValueId id) {
    const Value& value = graph_.value(id);
    number(id) = next_++;
    std::string source;
    if (value.kind == ValueKind::input) {
      source = "input " + quoted(value.name);
    } else if (value.kind == ValueKind::variable) {
      source = "variable " + variable_name(value.variable);
    } else {
      source = "constant " + constant_text(value.constant);
    }
    add_line(name(id) + " = " + source + " : " + to_string(value.spec));
  }

  // Returns the quoted path; different variables of one path are told apart by `#2`, `#3`.
  std::string variable_name(const Variable& variable) {
    if (!variable.defined()) return "?";
    const auto [at, is_new] = variable_names_.try_emplace(&variable.body());
    if (is_new) {
      std::string path = variable.path();
      for (int i = 2; !taken_.insert(path).second; ++i) {
        path = variable.path() + "#" + std::to_string(i);
      }
      at->second = quoted(path);
    }
    return at->second;
  }

  void add_line(const std::string& line) { text_ += "  " + line + "\n"; }

  const Graph& graph_;
  std::vector<int> numbers_;
  int next_ = 0;
  std::map<const VariableBody*, std::string> variable_names_;
  std::set<std::string> taken_;
  std::string text_;
};

}  // namespace

std::string detail::node_line(const Graph& graph, const Node& node) {
  return node_text(graph, node, [](ValueId id) { return "%" + std::to_string(id); });
}

bool detail::has_text(const Array& constant) {
  return constant.size() <= max_printed_elements || is_uniform(constant);
}

std::string to_string(const Graph& graph) { return Printer(graph).print(); }

}  // namespace keratin
