// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/saving/legacy_h5.h"

#include <cstdio>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/model/saving/weights.h"

namespace keratin {

namespace {

using Texts = std::vector<std::string>;

Config json_attribute(const Hdf5Group& file, const std::string& name, const std::string& where) {
  const auto found = file.attributes.find(name);
  if (found == file.attributes.end()) return {};
  const auto* text = std::get_if<std::string>(&found->second);
  require<FileError>(text != nullptr, where,
                     "expected the attribute '{}' to be a text, got "
                     "another type. The file is damaged.",
                     name);
  return parse_json(*text, name);
}

// Returns a list of names; a long one is spread over `name0`, `name1` and so on, and an empty one
// has no type of its own.
Texts names_in(const Hdf5Group& group, const std::string& name) {
  const auto texts_of = [](const Hdf5Attribute& attribute) {
    const auto* texts = std::get_if<Texts>(&attribute);
    return texts == nullptr ? Texts() : *texts;
  };
  const auto whole = group.attributes.find(name);
  if (whole != group.attributes.end()) return texts_of(whole->second);
  Texts names;
  for (int part = 0;; ++part) {
    const auto found = group.attributes.find(name + std::to_string(part));
    if (found == group.attributes.end()) return names;
    const Texts more = texts_of(found->second);
    names.insert(names.end(), more.begin(), more.end());
  }
}

const Hdf5Group& group_at(const Hdf5Group& group, const std::string& name,
                          const std::string& where) {
  const Hdf5Group* found = group.find(name);
  require<FileError>(found != nullptr, where,
                     "expected a group '{}', got none. The file is damaged.", name);
  return *found;
}

using Datasets = std::vector<const Hdf5Dataset*>;

Datasets datasets_of(const Hdf5Group& group, const std::string& where) {
  Datasets datasets;
  for (const std::string& name : names_in(group, "weight_names")) {
    const Hdf5Dataset* found = group.find_dataset(name);
    require<FileError>(found != nullptr, where,
                       "expected an array '{}', got none. The file is damaged.", name);
    datasets.push_back(found);
  }
  return datasets;
}

// Keras' order here: what trains first, also in models that are layers.
std::vector<Variable> weights_of(const Layer& layer) {
  std::vector<Variable> weights = layer.trainable_weights();
  const std::vector<Variable> others = layer.non_trainable_weights();
  weights.insert(weights.end(), others.begin(), others.end());
  return weights;
}

// Says what does not fit; empty when all does.
std::string mismatch(const std::string& label, const std::vector<Variable>& weights,
                     const Datasets& datasets) {
  if (weights.size() != datasets.size()) {
    return fmt::format("{} has {} weights but {} in the file", label, weights.size(),
                       datasets.size());
  }
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i].shape() != datasets[i]->shape()) {
      return fmt::format("{} has '{}' of shape {} but {} in the file", label, weights[i].name(),
                         to_string(weights[i].shape()), to_string(datasets[i]->shape()));
    }
    // Whatever may be damaged is unpacked before any weight is changed.
    if (datasets[i]->may_be_damaged()) datasets[i]->read();
  }
  return "";
}

struct Match {
  Layer layer;
  Datasets datasets;
};

// Matches the layers that have weights with the groups that have some, one after the other.
std::vector<Match> match_in_order(const Model& model, const Hdf5Group& group,
                                  const std::string& where) {
  std::vector<Layer> layers;
  for (const Layer& layer : model.layers()) {
    if (!layer.weights().empty()) layers.push_back(layer);
  }
  std::vector<Datasets> saved;
  for (const std::string& name : names_in(group, "layer_names")) {
    saved.push_back(datasets_of(group_at(group, name, where), where));
    if (saved.back().empty()) saved.pop_back();
  }
  require<ValueError>(layers.size() == saved.size(), where,
                      "expected {} layers with weights, got {}. Use the model that was saved, or "
                      "`by_name`.",
                      layers.size(), saved.size());
  std::vector<Match> matches;
  for (size_t i = 0; i < layers.size(); ++i) matches.push_back({layers[i], std::move(saved[i])});
  return matches;
}

std::vector<Match> match_by_name(const Model& model, const Hdf5Group& group,
                                 const std::string& where) {
  std::vector<Match> matches;
  for (const std::string& name : names_in(group, "layer_names")) {
    for (const Layer& layer : model.layers()) {
      if (layer.name() != name) continue;
      matches.push_back({layer, datasets_of(group_at(group, name, where), where)});
    }
  }
  return matches;
}

}  // namespace

Config legacy_model_config(const Hdf5Group& file, const std::string& where) {
  const Config config = json_attribute(file, "model_config", where);
  return config.is_null() ? config : modern_layer(config);
}

Config legacy_compile_config(const Hdf5Group& file, const std::string& where) {
  const Config config = json_attribute(file, "training_config", where);
  return config.is_null() ? config : modern_compile_config(config);
}

void load_legacy_weights(const Model& model, const Hdf5Group& file, const std::string& where,
                         const LoadWeightsOptions& options) {
  // A file of weights alone has the layers at its root.
  const Hdf5Group* inner = file.find("model_weights");
  const bool at_root = file.attributes.count("layer_names") > 0 || inner == nullptr;
  const Hdf5Group& group = at_root ? file : *inner;
  std::vector<Match> fitting;
  for (Match& match :
       options.by_name ? match_by_name(model, group, where) : match_in_order(model, group, where)) {
    const std::string problem =
        mismatch(match.layer.body().label(), weights_of(match.layer), match.datasets);
    if (problem.empty()) {
      fitting.push_back(std::move(match));
      continue;
    }
    require<ValueError>(options.skip_mismatch, where,
                        "expected the weights of this model, got others: {}. Use the model that "
                        "was saved, or `skip_mismatch` to leave out what differs.",
                        problem);
    std::fprintf(stderr, "%s: left out: %s.\n", where.c_str(), problem.c_str());
  }
  for (const Match& match : fitting) {
    const std::vector<Variable> weights = weights_of(match.layer);
    for (size_t i = 0; i < weights.size(); ++i) set_value(weights[i], *match.datasets[i]);
  }
}

void load_legacy_optimizer(const Model& model, const Hdf5Group& file, const std::string& where) {
  const Hdf5Group* group = file.find("optimizer_weights");
  if (group == nullptr) return;
  const std::vector<Variable>& variables = model.optimizer().variables();
  const Datasets datasets = datasets_of(*group, where);
  // An optimizer that was never used has only its iteration and learning rate.
  if (datasets.size() <= 2 && datasets.size() < variables.size()) return;
  const std::string problem =
      mismatch("optimizer `" + model.optimizer().name() + "`", variables, datasets);
  if (!problem.empty()) {
    std::fprintf(stderr, "%s: left out the state of the optimizer: %s.\n", where.c_str(),
                 problem.c_str());
    return;
  }
  for (size_t i = 0; i < variables.size(); ++i) set_value(variables[i], *datasets[i]);
}

}  // namespace keratin
