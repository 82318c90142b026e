// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/data.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/io/csv.h"
#include "keratin/io/idx.h"
#include "keratin/model/model_body.h"

namespace keratin::cli {

namespace {

// MNIST's files are named `train-images-idx3-ubyte.gz`.
bool is_idx(std::string_view path) {
  if (path.ends_with(".gz")) path.remove_suffix(3);
  return path.ends_with(".idx") || path.ends_with("-ubyte");
}

// Returns the arrays in the order of `names` when each has the name of one, or as they are.
std::vector<Tensor> in_order(const NamedArrays& arrays, const std::vector<std::string>& names) {
  std::vector<Tensor> ordered;
  for (const std::string& name : names) {
    for (const auto& [key, array] : arrays) {
      if (key == name) ordered.emplace_back(array);
    }
  }
  if (ordered.size() == arrays.size()) return ordered;
  ordered.clear();
  for (const auto& [key, array] : arrays) ordered.emplace_back(array);
  return ordered;
}

Nest read_as(const Nest& form, const std::vector<std::string>& names, const Paths& paths,
             const std::string& what) {
  NamedArrays arrays;
  for (const std::string& path : paths) {
    for (auto& item : read_arrays(path)) arrays.push_back(std::move(item));
  }
  const std::vector<Tensor> tensors = in_order(arrays, names);
  if (form.empty()) return tensors.size() == 1 ? Nest(tensors[0]) : Nest(tensors);
  require<ValueError>(tensors.size() == names.size(), what,
                      "expected {} ({}), got {}. Give as many arrays, in files of their own or in "
                      "one .npz.",
                      names.size(), text::join(names, ", "), tensors.size());
  return form.pack(tensors);
}

const FunctionalGraph* graph_of(const Model& model) {
  return model.model_body().structure().graph();
}

}  // namespace

NamedArrays read_arrays(const std::string& path) {
  if (path.ends_with(".npz")) return read_npz(path);
  if (path.ends_with(".npy")) return {{"", read_npy(path)}};
  if (path.ends_with(".csv")) return {{"", read_csv(path)}};
  require<ValueError>(is_idx(path), path,
                      "expected data in .npy, .npz, .csv, .idx or -ubyte (.gz or not), got another "
                      "ending. Convert the file.");
  return {{"", read_idx(path)}};
}

Nest read_inputs(const Model& model, const Paths& paths) {
  const FunctionalGraph* graph = graph_of(model);
  if (graph == nullptr) return read_as({}, {}, paths, "inputs");
  return read_as(graph->inputs(), graph->input_names(), paths, "inputs");
}

Nest read_outputs(const Model& model, const Paths& paths, const std::string& what) {
  if (paths.empty()) return {};
  const FunctionalGraph* graph = graph_of(model);
  if (graph == nullptr) return read_as({}, {}, paths, what);
  return read_as(graph->outputs(), graph->output_names(), paths, what);
}

Data read_examples(const Model& model, const Paths& files, const Paths& sample_weight) {
  return {read_inputs(model, Paths(files.begin(), files.end() - 1)),
          read_outputs(model, {files.back()}, "targets"),
          read_outputs(model, sample_weight, "sample weights")};
}

std::vector<std::string> names_of_outputs(const Model& model, size_t count) {
  std::vector<std::string> names = model.model_body().output_names();
  const bool differ = std::set<std::string>(names.begin(), names.end()).size() == names.size();
  if (names.size() == count && differ) return names;
  names.clear();  // unknown, or of one layer that makes several outputs
  for (size_t i = 0; i < count; ++i) names.push_back("output_" + std::to_string(i));
  return names;
}

void write_arrays(const std::string& path, const NamedArrays& arrays) {
  if (path.ends_with(".npz")) return write_npz(path, arrays);
  require<ValueError>(path.ends_with(".npy"), path,
                      "expected the ending .npy or .npz for what is written, got another. Rename "
                      "it.");
  require<ValueError>(arrays.size() == 1, path,
                      "expected one output for .npy, got {}. Write them to an .npz file.",
                      arrays.size());
  write_npy(path, arrays[0].second);
}

void print_json(const Config& config) { std::printf("%s\n", to_json(config).c_str()); }

}  // namespace keratin::cli
