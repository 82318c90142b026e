// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/saving/weights.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/model/model_body.h"
#include "keratin/model/train/trainer.h"
#include "keratin/nn/deferred_weights.h"
#include "keratin/nn/layers/wrapper_body.h"

namespace keratin {

namespace {

std::string joined(const std::string& path, const std::string& part) {
  return path.empty() ? part : path + "/" + part;
}

// Names the objects of a list by their classes.
class Names {
 public:
  explicit Names(std::string path) : path_(std::move(path)) {}
  std::string next(std::string_view class_name) {
    const std::string name = text::snake_case(class_name);
    const int count = counts_[name]++;
    return joined(path_, count == 0 ? name : fmt::format("{}_{}", name, count));
  }

 private:
  std::string path_;
  std::map<std::string, int> counts_;
};

class Walk {
 public:
  std::vector<SavedObject> objects;

  void visit(const Layer& layer, const std::string& path) {
    LayerBody& body = layer.body();
    if (!seen_.insert(&body).second) return;
    SavedObject object{path, body.operation_name(), body.label(), {}};
    for (const bool trains : {true, false}) {
      for (const Weight& weight : body.own_weights()) {
        if (weight.trains == trains) object.variables.push_back(weight.variable);
      }
    }
    objects.push_back(std::move(object));
    if (const auto* wrapper = dynamic_cast<const layers::WrapperBody*>(&body)) {
      visit(wrapper->wrapped(), joined(path, "layer"));
      return;
    }
    auto* model = dynamic_cast<ModelBody*>(&body);
    visit_attributes(body, model, path);
    if (model != nullptr && model->trainer().compiled()) {
      visit_optimizer(model->trainer().optimizer(), joined(path, "optimizer"));
    }
  }

 private:
  // Goes through what Keras finds in the object, by name, `_private` ones last: the attributes, and
  // among them the list of all layers that a model has.
  void visit_attributes(LayerBody& body, ModelBody* model, const std::string& path) {
    std::map<std::string, LayerAttribute> sorted;
    for (const LayerAttribute& attribute : body.attributes()) {
      const bool is_private = attribute.name.starts_with('_');
      sorted[(is_private ? "~" : "") + attribute.name] = attribute;
    }
    std::vector<Layer> all = model != nullptr ? model->layers() : body.tracked_layers();
    if (model == nullptr) {
      for (const auto& [key, attribute] : sorted) {
        for (const Layer& named : attribute.layers) {
          std::erase_if(all, [&](const Layer& layer) { return layer.is(named); });
        }
      }
    }
    if (!all.empty()) sorted["layers"] = {.name = "layers", .layers = all, .is_list = true};
    for (const auto& [key, attribute] : sorted) {
      const std::string at = joined(path, attribute.name);
      if (attribute.is_list) {
        visit_list(attribute.layers, at);
      } else {
        visit(attribute.layers.at(0), at);
      }
    }
  }

  // A name counts up even for a layer that was met before.
  void visit_list(const std::vector<Layer>& layers, const std::string& path) {
    Names names(path);
    for (const Layer& layer : layers) visit(layer, names.next(layer.class_name()));
  }

  void visit_optimizer(const Optimizer& optimizer, const std::string& path) {
    if (!seen_.insert(&optimizer.variables()).second) return;
    objects.push_back({path, optimizer.name(), "optimizer `" + optimizer.name() + "`",
                       optimizer.variables(), true});
    // What Keras' attributes are called, public ones first: one optimizer, or a list.
    if (optimizer.class_name() == "LossScaleOptimizer") {
      visit_optimizer(optimizer.inner_optimizer(), joined(path, "inner_optimizer"));
      return;
    }
    Names names(joined(path, "optimizers"));
    for (const Optimizer& inner : optimizer.optimizers()) {
      visit_optimizer(inner, names.next(inner.class_name()));
    }
  }

  std::set<const void*> seen_;
};

// The group of an object's variables, also where Keras 2.13 had it; null when there is none.
const Hdf5Group* group_of(const SavedObject& object, const Hdf5Group& file) {
  if (const Hdf5Group* group = file.find(joined(object.path, "vars"))) return group;
  constexpr std::string_view old_name = "_layer_checkpoint_dependencies";
  if (file.groups.count(old_name) == 0) return nullptr;
  std::vector<std::string> parts = text::split(object.path, '/');
  for (std::string& part : parts) {
    if (part == "layers") part = old_name;
  }
  return file.find(joined(text::join(parts, "/"), "vars"));
}

size_t count_in(const Hdf5Group* group) {
  return group == nullptr ? 0 : group->datasets.size() + group->groups.size();
}

// Returns how many variables an optimizer has that was never used: its iteration and learning rate,
// and those of the optimizers in it.
size_t unused_count(const SavedObject& optimizer) {
  const auto& all = optimizer.variables;
  return static_cast<size_t>(std::count_if(all.begin(), all.end(), [](const Variable& variable) {
    return variable.name() == "iteration" || variable.name() == "learning_rate";
  }));
}

std::string names_of(const std::vector<Variable>& variables) {
  std::vector<std::string> names;
  for (const Variable& variable : variables) names.push_back(variable.name());
  return variables.empty() ? "" : " (" + text::join(names, ", ") + ")";
}

// Says what does not fit between an object and its group; empty when all does.
std::string mismatch(const SavedObject& object, const Hdf5Group* group) {
  const std::string where = fmt::format("{} at '{}'", object.label, joined(object.path, "vars"));
  const size_t expected = object.variables.size();
  if (count_in(group) != expected) {
    return fmt::format("{} has {} variable{}{} but {} in the file", where, expected,
                       expected == 1 ? "" : "s", names_of(object.variables), count_in(group));
  }
  for (size_t i = 0; i < expected; ++i) {
    const Variable& variable = object.variables[i];
    const auto found = group->datasets.find(std::to_string(i));
    if (found == group->datasets.end()) {
      return fmt::format("{} lacks '{}', the variable '{}'", where, i, variable.name());
    }
    const Shape& shape = found->second.shape();
    if (shape != variable.shape()) {
      return fmt::format("{} has '{}' of shape {} but {} in the file", where, variable.name(),
                         to_string(variable.shape()), to_string(shape));
    }
    // Whatever may be damaged is unpacked before any weight is changed.
    if (found->second.may_be_damaged()) found->second.read();
  }
  return "";
}

void warn(const std::string& where, const std::string& text) {
  std::fprintf(stderr, "%s: %s.\n", where.c_str(), text.c_str());
}

// Throws, or tells with `skip_mismatch`, which objects do not fit.
void report(const std::vector<std::string>& names, const std::string& first,
            const std::string& where, bool skip_mismatch) {
  const std::string objects = names.size() == 1 ? "one object that does not fit"
                                                : fmt::format("{} objects that do not fit ({})",
                                                              names.size(), fmt::join(names, ", "));
  if (skip_mismatch) {
    warn(where, fmt::format("left out {}: {}", objects, first));
    return;
  }
  fail<ValueError>(where,
                   "expected the weights of this model, got {}: {}. Use the model that was saved, "
                   "or `skip_mismatch` to leave out what differs.",
                   objects, first);
}

// Sets the values of those objects that the file has; checks all before it changes one.
void set_objects(const std::vector<SavedObject>& objects, const Hdf5Group& file,
                 const std::string& where, bool skip_mismatch) {
  std::vector<std::pair<const SavedObject*, const Hdf5Group*>> fitting;
  std::vector<std::string> names;
  std::string first;
  for (const SavedObject& object : objects) {
    const Hdf5Group* group = group_of(object, file);
    if (object.is_optimizer && count_in(group) != object.variables.size()) {
      if (count_in(group) > unused_count(object)) {
        warn(where, fmt::format("left out the state of {}, which has {} variables but {} in the "
                                "file",
                                object.label, object.variables.size(), count_in(group)));
      }
      continue;
    }
    const std::string problem = mismatch(object, group);
    if (problem.empty()) {
      fitting.emplace_back(&object, group);
      continue;
    }
    if (names.empty()) first = problem;
    names.push_back(object.label);
  }
  if (!names.empty()) report(names, first, where, skip_mismatch);
  for (const auto& [object, group] : fitting) {
    for (size_t i = 0; i < object->variables.size(); ++i) {
      set_value(object->variables[i], group->datasets.find(std::to_string(i))->second);
    }
  }
}

}  // namespace

void set_value(const Variable& variable, const Hdf5Dataset& dataset) {
  ensure_memory(variable);
  VariableBody& body = variable.body();
  dataset.read_to(body.data);
  ++body.version;
}

std::vector<SavedObject> saved_objects(const Model& model) {
  Walk walk;
  walk.visit(model, "");
  return std::move(walk.objects);
}

Hdf5Group weights_to_hdf5(const Model& model) {
  Hdf5Group file;
  for (const SavedObject& object : saved_objects(model)) {
    Hdf5Group& group = file.make(joined(object.path, "vars"));
    group.attributes["name"] = object.name;
    for (size_t i = 0; i < object.variables.size(); ++i) {
      group.datasets.emplace(std::to_string(i), Hdf5Dataset(object.variables[i].body().data));
    }
  }
  return file;
}

void weights_from_hdf5(const Model& model, const Hdf5Group& file, const std::string& where,
                       bool skip_mismatch) {
  set_objects(saved_objects(model), file, where, skip_mismatch);
}

void optimizers_from_hdf5(const Model& model, const Hdf5Group& file, const std::string& where) {
  std::vector<SavedObject> objects = saved_objects(model);
  std::erase_if(objects, [](const SavedObject& object) { return !object.is_optimizer; });
  set_objects(objects, file, where, false);
}

}  // namespace keratin
