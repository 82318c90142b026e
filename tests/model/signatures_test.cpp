// SPDX-License-Identifier: Apache-2.0
// The arguments of all classes beside those of Keras: names, order and defaults. What differs
// stands in docs/coverage.md, and only that.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "keratin/base/error.h"
#include "keratin/model/callbacks/registry.h"
#include "keratin/nn/activation.h"
#include "keratin/nn/described.h"
#include "keratin/nn/initializer.h"

namespace keratin {

namespace {

// The arguments that every layer takes as further keywords.
const std::set<std::string> layer_keywords{"name", "trainable", "dtype", "activity_regularizer"};

std::string text_of(const std::string& path) {
  std::ifstream file(std::string(KERATIN_GOLDEN_DIR) + "/" + path);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string module_of(std::string_view kind) {
  return kind == "loss" ? "losses" : std::string(kind) + "s";
}

struct Argument {
  std::string name;
  Config default_value;
};

struct Signature {
  std::vector<Argument> arguments;
  bool keywords = false;
};

using Signatures = std::map<std::string, Signature>;  // by `module.Class`

Signatures of_keras() {
  Signatures found;
  const Config file = parse_json(text_of("signatures.json"));
  for (const auto& [kind, classes] : file.as_dict()) {
    for (const auto& [name, described] : classes.as_dict()) {
      Signature& signature = found[module_of(kind) + "." + name];
      signature.keywords = described.at("keywords").as_bool();
      for (const Config& argument : described.at("arguments").as_list()) {
        signature.arguments.push_back({argument[0].as_string(), argument[1]});
      }
    }
  }
  return found;
}

// Reads the function objects of activation.h, as no options struct says what they take.
void add_activations(Signatures& found) {
  const std::string text = text_of("../../keratin/nn/activation.h");
  const std::regex plain(R"(KERATIN_ACTIVATION\(\w+, (\w+)\))");
  const std::regex object(
      R"(Tensor operator\(\)\(([^)]*)\) const;\s*\};\s*inline constexpr \w+ (\w+))");
  const std::regex second(R"(inline constexpr (Silu|HardSilu) (\w+)\{\})");
  const auto each = [&](const std::regex& pattern, const auto& use) {
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) use(*at);
  };
  each(plain, [&](const std::smatch& m) { found["activations." + m[1].str()] = {{{"x", {}}}}; });
  found.erase("activations.object");  // the macro itself
  each(second, [&](const std::smatch& m) { found["activations." + m[2].str()] = {{{"x", {}}}}; });
  each(object, [&](const std::smatch& m) {
    Signature& signature = found["activations." + m[2].str()];
    const std::string arguments = m[1].str();
    const std::regex argument(R"((\w+)(?: = ([-\w.]+))?(?:,|$))");
    for (std::sregex_iterator at(arguments.begin(), arguments.end(), argument), end; at != end;
         ++at) {
      const std::string value = (*at)[2].str();
      signature.arguments.push_back(
          {(*at)[1].str(), value.empty() ? Config::dict({{"required", true}}) : parse_json(value)});
    }
    signature.arguments[0].default_value = {};
  });
}

Signatures of_ours() {
  Signatures found;
  std::vector<ClassInfo> classes = described_classes();
  for (const CallbackType& type : callback_types()) {
    classes.push_back({"callback", type.class_name, type.fields});
  }
  for (const ClassInfo& info : classes) {
    Signature& signature = found[module_of(info.kind) + "." + std::string(info.class_name)];
    for (const FieldInfo& field : info.fields()) {
      signature.arguments.push_back({field.name, field.default_value});
    }
  }
  add_activations(found);
  return found;
}

// Returns what stands in backquotes in the section of coverage.md.
std::set<std::string> exceptions() {
  const std::string text = text_of("../../docs/coverage.md");
  const size_t start = text.find("\n## Arguments that differ\n");
  EXPECT_NE(start, std::string::npos);
  const std::string section = text.substr(start, text.find("\n## ", start + 1) - start);
  const std::regex quoted("`(\\w+\\.[\\w.]+)`");
  std::set<std::string> found;
  for (std::sregex_iterator at(section.begin(), section.end(), quoted), end; at != end; ++at) {
    found.insert((*at)[1].str());
  }
  return found;
}

// An argument that Keras asks for, or that is None there, is empty here.
bool is_empty(const Config& value) {
  return value.is_null() || value.has("required") ||
         (value.is_string() && value.as_string().empty()) || (value.is_list() && value.size() == 0);
}

bool is_same_default(const Config& ours, const Config& keras) {
  if (is_empty(ours) && is_empty(keras)) return true;
  if (keras.is_dict() && keras.has("required")) return true;  // any value has to be there
  // Names stand for objects, and no activation is the linear one.
  if (keras.is_string() && ours.has("class_name")) {
    return to_json(Initializer(keras.as_string()).to_config()) == to_json(ours);
  }
  if (keras.is_null() && ours == Config("linear")) return true;
  if (ours.is_number() && keras.is_number()) return ours.as_number() == keras.as_number();
  return to_json(ours) == to_json(keras);
}

class Comparison {
 public:
  std::set<std::string> differences;

  void compare(const std::string& name, const Signature& ours, const Signature& keras) {
    const bool is_layer = name.starts_with("layers.");
    std::vector<std::string> our_order;
    std::map<std::string, Config> defaults;
    for (const Argument& argument : ours.arguments) {
      our_order.push_back(argument.name);
      defaults[argument.name] = argument.default_value;
    }
    std::vector<std::string> keras_order;
    for (const Argument& argument : keras.arguments) {
      const auto at = defaults.find(argument.name);
      if (at == defaults.end()) {
        note(name + "." + argument.name, "is missing");
        continue;
      }
      keras_order.push_back(argument.name);
      if (!is_same_default(at->second, argument.default_value)) {
        note(name + "." + argument.name, "has the default " + to_json(at->second) + ", in Keras " +
                                             to_json(argument.default_value));
      }
      defaults.erase(at);
    }
    for (const auto& [argument, value] : defaults) {
      const bool keyword = keras.keywords && (!is_layer || layer_keywords.contains(argument));
      if (!keyword) note(name + "." + argument, "is not in Keras");
    }
    // What every layer takes comes last here.
    const auto is_left_out = [&](const std::string& one) {
      return defaults.contains(one) || (is_layer && layer_keywords.contains(one));
    };
    std::erase_if(our_order, is_left_out);
    std::erase_if(keras_order, is_left_out);
    if (our_order != keras_order) note(name, "has its arguments in another order");
  }

  void note(const std::string& what, const std::string& problem) {
    differences.insert(what);
    problems_[what] = problem;
  }
  const std::string& problem(const std::string& what) { return problems_[what]; }

 private:
  std::map<std::string, std::string> problems_;
};

TEST(Signatures, AreThoseOfKeras) {
  const Signatures keras = of_keras();
  const Signatures ours = of_ours();
  Comparison comparison;
  for (const auto& [name, signature] : keras) {
    const auto at = ours.find(name);
    if (at != ours.end()) {
      comparison.compare(name, at->second, signature);
    } else if (!name.starts_with("layers.")) {
      comparison.note(name, "is missing");
    }
  }
  for (const auto& [name, signature] : ours) {
    if (!keras.contains(name)) comparison.note(name, "is not in Keras");
  }
  const std::set<std::string> allowed = exceptions();
  for (const std::string& difference : comparison.differences) {
    EXPECT_TRUE(allowed.contains(difference))
        << difference << " " << comparison.problem(difference) << "; mend it, or say why in "
        << "docs/coverage.md";
  }
  for (const std::string& name : allowed) {
    EXPECT_TRUE(comparison.differences.contains(name))
        << name << " is as in Keras; take it out of docs/coverage.md";
  }
}

}  // namespace

}  // namespace keratin
