// SPDX-License-Identifier: Apache-2.0
// Reads the text form of graphs. The text may come from anywhere: every count is bounded by the
// length of the text, and nothing recurses.
#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <unordered_map>

#include "keratin/base/check.h"
#include "keratin/graph/graph.h"
#include "keratin/graph/graph_cursor_internal.h"

namespace keratin {

namespace {

using detail::Cursor;

constexpr size_t max_rank = 64;
constexpr int64_t max_elements = int64_t{1} << 59;
constexpr uint64_t max_variable_bytes = uint64_t{1} << 30;

TensorSpec read_spec(Cursor& cursor) {
  TensorSpec spec;
  spec.dtype = dtype_from(cursor.word("a dtype"));
  cursor.need('[');
  int64_t known = 1;
  while (!cursor.take(']')) {
    if (!spec.shape.empty()) cursor.need(',');
    int64_t dim = None;
    if (cursor.starts_with('N')) {
      if (cursor.word("a size") != "None") cursor.expected("a size or None");
    } else {
      dim = cursor.whole_number<int64_t>("a size or None");
    }
    if (dim > 0) {
      require<ConfigError>(known <= max_elements / dim, cursor.where(),
                           "expected fewer than 2^59 elements, got more. Use smaller axes.");
      known *= dim;
    }
    spec.shape.push_back(dim);
    require<ConfigError>(spec.shape.size() <= max_rank, cursor.where(),
                         "expected at most {} axes, got more. Use fewer.", max_rank);
  }
  return spec;
}

// Reads one element of a constant; tells whether the text is a value of the type.
template <class T>
bool read_element(std::string_view text, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    value = text == "true";
    return value || text == "false";
  } else if constexpr (std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>) {
    float wide = 0;
    if (!read_element(text, wide)) return false;
    value = static_cast<T>(wide);
    const bool overflows = static_cast<float>(value) - static_cast<float>(value) != 0;
    return !overflows || wide - wide != 0;
  } else {
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    return end.ec == std::errc() && end.ptr == text.data() + text.size();
  }
}

// Returns one element, seen in every place.
Array repeated(const Array& element, const Shape& shape) {
  return Array(element.buffer(), element.dtype(), shape, std::vector<int64_t>(shape.size(), 0), 0);
}

Array read_constant(Cursor& cursor) {
  if (cursor.starts_with('#')) {
    fail<ConfigError>(cursor.where(),
                      "expected the elements of the constant, got only their hash. Constants of "
                      "more than 64 elements are printed without elements and cannot be read.");
  }
  std::vector<std::string_view> elements;
  const bool repeats = cursor.starts_with('a');
  if (repeats) {
    if (cursor.word("all") != "all") cursor.expected("[ or all");
    elements.push_back(cursor.until(":", "a number"));
  } else {
    cursor.need('[');
  }
  while (!repeats && !cursor.take(']')) {
    if (!elements.empty()) cursor.need(',');
    elements.push_back(cursor.until(",]", "a number"));
  }
  cursor.need(':');
  const TensorSpec spec = read_spec(cursor);
  require<ConfigError>(spec.shape.is_static(), cursor.where(),
                       "expected known sizes for a constant, got {}. Give numbers.",
                       to_string(spec));
  require<ConfigError>(
      repeats || spec.shape.element_count() == static_cast<int64_t>(elements.size()),
      cursor.where(), "expected {} elements for {}, got {}. Check the constant.",
      spec.shape.element_count(), to_string(spec), elements.size());
  Array array(spec.dtype, repeats ? Shape{} : spec.shape);
  dispatch(spec.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* data = array.data<T>();
    for (std::string_view element : elements) {
      require<ConfigError>(read_element<T>(element, *data++), cursor.where(),
                           "expected elements of {}, got {}. Check the constant.",
                           name_of(spec.dtype), to_json(Config(element.substr(0, 24))));
    }
  });
  return repeats ? repeated(array, spec.shape) : array;
}

Attrs read_attrs(Cursor& cursor, const OpDef& op) {
  Config::Dict items;
  const bool has_braces = cursor.take('{');
  while (has_braces && !cursor.take('}')) {
    if (!items.empty()) cursor.need(',');
    std::string key(cursor.word("the name of an attribute"));
    cursor.need('=');
    const bool is_known = std::any_of(items.begin(), items.end(),
                                      [&](const auto& item) { return item.first == key; });
    require<ConfigError>(!is_known, cursor.where(),
                         "expected attributes that differ, got `{}` twice. Remove one.", key);
    items.emplace_back(std::move(key), cursor.json("the value of the attribute"));
  }
  if (op.attrs != nullptr) return op.attrs().read(Config::dict(std::move(items)), cursor.where());
  require<ConfigError>(items.empty(), cursor.where(),
                       "expected no attributes for {}, got `{}`. Remove them.", op.name,
                       items.empty() ? std::string() : items.front().first);
  return {};
}

class Parser {
 public:
  std::shared_ptr<Graph> parse(std::string_view text) {
    bool is_last = false;
    while (!is_last) {
      const size_t end = text.find('\n');
      is_last = end == std::string_view::npos;
      ++line_;
      read_line(text.substr(0, end));
      if (!is_last) text.remove_prefix(end + 1);
    }
    require<ConfigError>(part_ == Part::after, where(),
                         "expected `graph {{`, lines, `return` and `}}`, got the end of the text. "
                         "Check that the text is whole.");
    return graph_;
  }

 private:
  enum class Part { before, values, returned, after };

  std::string where() const { return fmt::format("parse_graph, line {}", line_); }

  // Whatever is wrong becomes a ConfigError that names the line.
  void read_line(std::string_view line) {
    const std::string place = where();
    try {
      Cursor cursor(line, place);
      if (!cursor.at_end()) read_content(cursor);
    } catch (const std::exception& error) {
      const std::string_view sentence = error.what();
      if (sentence.starts_with(place)) throw ConfigError(error.what());
      throw ConfigError(place + ": " + error.what());
    }
  }

  void read_content(Cursor& cursor) {
    switch (part_) {
      case Part::before:
        if (cursor.word("`graph {`") != "graph") {
          fail<ConfigError>(cursor.where(),
                            "expected `graph {{`, got another word. "
                            "Check the text.");
        }
        cursor.need('{');
        part_ = Part::values;
        break;
      case Part::values:
        read_statement(cursor);
        break;
      case Part::returned:
        cursor.need('}');
        part_ = Part::after;
        break;
      case Part::after:
        cursor.expected("nothing after the graph");
    }
    cursor.need_end();
  }

  void read_statement(Cursor& cursor) {
    if (cursor.starts_with('%')) return read_value(cursor);
    const Cursor before = cursor;
    const std::string_view word = cursor.word("a value, `update` or `return`");
    if (word == "update") return read_update(cursor);
    if (word != "return") before.expected("a value, `update` or `return`");
    if (!cursor.at_end()) {
      do {
        graph_->outputs.push_back(read_use(cursor));
      } while (cursor.take(','));
    }
    part_ = Part::returned;
  }

  int32_t read_number(Cursor& cursor) {
    cursor.need('%');
    return cursor.whole_number<int32_t>("the number of a value");
  }

  ValueId read_use(Cursor& cursor) {
    const int32_t number = read_number(cursor);
    const auto at = values_.find(number);
    require<ConfigError>(at != values_.end(), cursor.where(),
                         "expected a value of an earlier line, got %{}. Check the order.", number);
    return at->second;
  }

  void define(const Cursor& cursor, int32_t number, ValueId id) {
    require<ConfigError>(values_.emplace(number, id).second, cursor.where(),
                         "expected a new value, got %{} again. Number the values anew.", number);
  }

  void read_value(Cursor& cursor) {
    std::vector<int32_t> numbers;
    do {
      numbers.push_back(read_number(cursor));
    } while (cursor.take(','));
    cursor.need('=');
    const std::string_view kind = cursor.word("input, variable, constant or an op");
    if (cursor.starts_with('(')) return read_node(cursor, kind, numbers);
    require<ConfigError>(numbers.size() == 1, cursor.where(),
                         "expected one value, got {}. Only ops make several.", numbers.size());
    if (kind == "constant") {
      define(cursor, numbers[0], graph_->add_constant(read_constant(cursor)));
      return;
    }
    if (kind != "input" && kind != "variable") cursor.expected("`(` after the name of an op");
    std::string name = cursor.quoted("a name in quotes");
    cursor.need(':');
    TensorSpec spec = read_spec(cursor);
    if (kind == "input") {
      define(cursor, numbers[0], graph_->add_input(std::move(spec), std::move(name)));
      return;
    }
    require<ConfigError>(!variables_.contains(name), cursor.where(),
                         "expected variables of different names, got '{}' twice. Rename one.",
                         name);
    define(cursor, numbers[0], graph_->add_variable(make_variable(cursor, name, spec)));
  }

  void read_node(Cursor& cursor, std::string_view name, const std::vector<int32_t>& numbers) {
    const OpDef& op = known_op(name);
    std::vector<ValueId> inputs;
    cursor.need('(');
    while (!cursor.take(')')) {
      if (!inputs.empty()) cursor.need(',');
      inputs.push_back(read_use(cursor));
    }
    Attrs attrs = read_attrs(cursor, op);
    cursor.need(':');
    std::vector<TensorSpec> specs;
    do {
      specs.push_back(read_spec(cursor));
    } while (cursor.take(','));
    require<ConfigError>(specs.size() == numbers.size(), cursor.where(),
                         "expected {} specs, one for each value, got {}. Check the line.",
                         numbers.size(), specs.size());
    const auto ids = graph_->add_node(op, std::move(attrs), std::move(inputs), specs);
    for (size_t i = 0; i < ids.size(); ++i) define(cursor, numbers[i], ids[i]);
  }

  void read_update(Cursor& cursor) {
    const std::string name = cursor.quoted("the name of a variable in quotes");
    cursor.need('=');
    const ValueId value = read_use(cursor);
    const auto at = variables_.find(name);
    // A variable that is written and never read has no line of its own.
    const Variable variable = at != variables_.end()
                                  ? at->second
                                  : make_variable(cursor, name, graph_->value(value).spec);
    require<ConfigError>(updated_.insert(name).second, cursor.where(),
                         "expected one update of '{}', got two. Remove one.", name);
    graph_->updates.push_back({variable, value});
  }

  Variable make_variable(const Cursor& cursor, const std::string& name, const TensorSpec& spec) {
    require<ConfigError>(spec.shape.is_static(), cursor.where(),
                         "expected known sizes for a variable, got {}. Give numbers.",
                         to_string(spec));
    const uint64_t bytes = static_cast<uint64_t>(spec.shape.element_count()) * size_of(spec.dtype);
    require<ConfigError>(bytes <= max_variable_bytes - variable_bytes_, cursor.where(),
                         "expected variables of at most 2^30 bytes in all, got more. Use smaller "
                         "ones.");
    variable_bytes_ += bytes;
    // The variable copies it.
    const Array zeros = repeated(Array::zeros(spec.dtype, {}), spec.shape);
    Variable variable(Tensor(zeros), {.name = name.substr(name.rfind('/') + 1), .path = name});
    variable.set_path(name);
    variables_.emplace(name, variable);
    return variable;
  }

  const OpDef& known_op(std::string_view name) {
    const auto at = ops_.find(name);
    if (at != ops_.end()) return *at->second;
    const OpDef& op = find_op(name);
    ops_.emplace(op.name, &op);
    return op;
  }

  std::shared_ptr<Graph> graph_ = std::make_shared<Graph>();
  Part part_ = Part::before;
  int line_ = 0;
  uint64_t variable_bytes_ = 0;
  std::unordered_map<int32_t, ValueId> values_;
  std::map<std::string, Variable> variables_;
  std::set<std::string> updated_;
  std::unordered_map<std::string_view, const OpDef*> ops_;
};

}  // namespace

std::shared_ptr<Graph> parse_graph(std::string_view text) { return Parser().parse(text); }

}  // namespace keratin
