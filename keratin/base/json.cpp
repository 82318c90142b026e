// SPDX-License-Identifier: Apache-2.0
// The one source file that knows JSON text.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>

#include "keratin/base/check.h"
#include "keratin/base/config.h"
#include "keratin/base/text.h"

namespace keratin {

namespace {

constexpr size_t max_depth = 512;

void write_string(const std::string& text, std::string& out) {
  // ensure_ascii, and invalid UTF-8 replaced, as a file must stay readable by Python.
  out += nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

void write_number(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
  } else {
    out += text::number(value);
  }
}

void write(const Config& config, int indent, int depth, std::string& out);

template <class Items, class WriteItem>
void write_items(const Items& items, char open, char close, int indent, int depth, std::string& out,
                 WriteItem&& write_item) {
  out += open;
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += indent > 0 ? "," : ", ";
    first = false;
    if (indent > 0) out += "\n" + std::string(static_cast<size_t>(indent * (depth + 1)), ' ');
    write_item(item);
  }
  if (indent > 0 && !first) out += "\n" + std::string(static_cast<size_t>(indent * depth), ' ');
  out += close;
}

void write(const Config& config, int indent, int depth, std::string& out) {
  if (config.is_null()) {
    out += "null";
  } else if (config.is_bool()) {
    out += config.as_bool() ? "true" : "false";
  } else if (config.is_int()) {
    out += std::to_string(config.as_int());
  } else if (config.is_number()) {
    write_number(config.as_number(), out);
  } else if (config.is_string()) {
    write_string(config.as_string(), out);
  } else if (config.is_list()) {
    write_items(config.as_list(), '[', ']', indent, depth, out,
                [&](const Config& item) { write(item, indent, depth + 1, out); });
  } else {
    write_items(config.as_dict(), '{', '}', indent, depth, out, [&](const auto& item) {
      write_string(item.first, out);
      out += ": ";
      write(item.second, indent, depth + 1, out);
    });
  }
}

// nlohmann's grammar has no NaN and Infinity. Outside strings they are replaced by a string that
// no configuration holds, and turned back when the value is made.
constexpr std::string_view not_a_number = "\x01NaN";
constexpr std::string_view infinity = "\x01Infinity";
constexpr std::string_view minus_infinity = "\x01-Infinity";

bool has_bare_words(std::string_view text) {
  return text.find("NaN") != std::string_view::npos ||
         text.find("Infinity") != std::string_view::npos;
}

/// Returns where the string ends whose opening quote is at `start`: behind its closing one.
size_t end_of_string(std::string_view text, size_t start) {
  for (size_t i = start + 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
  }
  return text.size();
}

std::string quote_bare_words(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t at = 0;
  while (at < text.size()) {
    const size_t next = std::min(text.find_first_of("\"NI-", at), text.size());
    out += text.substr(at, next - at);
    at = next;
    const std::string_view rest = text.substr(at);
    const auto replace = [&](std::string_view escaped) {
      const std::string_view word = escaped.substr(1);
      if (!rest.starts_with(word)) return false;
      out += "\"\\u0001" + std::string(word) + "\"";
      at += word.size();
      return true;
    };
    if (replace(not_a_number) || replace(infinity) || replace(minus_infinity)) continue;
    const size_t end =
        rest.starts_with('"') ? end_of_string(rest, 0) : std::min<size_t>(1, rest.size());
    out += rest.substr(0, end);
    at += end;
  }
  return out;
}

bool has_repeated_name(const Config::Dict& dict) {
  std::unordered_set<std::string_view> names;
  return std::any_of(dict.begin(), dict.end(),
                     [&](const auto& item) { return !names.insert(item.first).second; });
}

/// Keeps of each name the last value, at the place of the first, as Python does.
Config::Dict last_of_each_name(Config::Dict dict) {
  std::unordered_map<std::string, size_t> places;
  Config::Dict kept;
  for (auto& [name, value] : dict) {
    const auto [at, is_new] = places.emplace(name, kept.size());
    if (is_new) {
      kept.emplace_back(name, std::move(value));
    } else {
      kept[at->second].second = std::move(value);
    }
  }
  return kept;
}

// Builds a Config from nlohmann's parser events, without a second tree.
class Builder {
 public:
  explicit Builder(std::string_view where) : where_(where) {}
  Config result;

  bool null() { return add(Config()); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(int64_t value) { return add(value); }
  bool number_unsigned(uint64_t value) {
    if (value > static_cast<uint64_t>(INT64_MAX)) return add(static_cast<double>(value));
    return add(static_cast<int64_t>(value));
  }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) {
    if (value == not_a_number) return add(std::nan(""));
    if (value == infinity) return add(HUGE_VAL);
    if (value == minus_infinity) return add(-HUGE_VAL);
    return add(Config(value));
  }
  bool binary(nlohmann::json::binary_t&) { return false; }
  bool start_object(size_t) { return open(false); }
  bool key(std::string& value) {
    open_.back().key = value;
    return true;
  }
  bool end_object() { return close(); }
  bool start_array(size_t) { return open(true); }
  bool end_array() { return close(); }
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) {
    fail<ConfigError>(where_, "expected JSON text, got something else at byte {}. Check the text.",
                      position);
  }

 private:
  struct Level {
    bool is_list = false;
    Config::List list;
    Config::Dict dict;
    std::string key;
  };

  bool open(bool is_list) {
    require<ConfigError>(open_.size() < max_depth, where_,
                         "expected JSON nested at most {} deep, got more. Check the text.",
                         max_depth);
    open_.push_back({is_list, {}, {}, {}});
    return true;
  }

  bool close() {
    Level level = std::move(open_.back());
    open_.pop_back();
    if (has_repeated_name(level.dict)) level.dict = last_of_each_name(std::move(level.dict));
    return add(level.is_list ? Config::list(std::move(level.list))
                             : Config::dict(std::move(level.dict)));
  }

  bool add(Config value) {
    if (open_.empty()) {
      result = std::move(value);
    } else if (open_.back().is_list) {
      open_.back().list.push_back(std::move(value));
    } else {
      open_.back().dict.emplace_back(std::move(open_.back().key), std::move(value));
    }
    return true;
  }

  std::string_view where_;
  std::vector<Level> open_;
};

}  // namespace

std::string to_json(const Config& config, int indent) {
  std::string out;
  write(config, indent, 0, out);
  return out;
}

Config parse_json(std::string_view text, std::string_view where) {
  Builder builder(where);
  if (has_bare_words(text)) {
    nlohmann::json::sax_parse(quote_bare_words(text), &builder);
  } else {
    nlohmann::json::sax_parse(text, &builder);
  }
  return std::move(builder.result);
}

}  // namespace keratin
