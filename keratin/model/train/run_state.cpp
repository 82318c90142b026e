// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/train/run_state.h"

#include <algorithm>
#include <map>
#include <set>
#include <typeinfo>

#include "keratin/base/check.h"
#include "keratin/base/codec.h"
#include "keratin/model/saving/weights.h"

namespace keratin {

namespace {

constexpr std::string_view group_name = "keratin_run";
constexpr int64_t version = 1;

Array bytes_array(std::string_view text) {
  Array array(DType::uint8, {static_cast<int64_t>(text.size())});
  std::copy(text.begin(), text.end(), static_cast<char*>(array.raw()));
  return array;
}

void add(Hdf5Group& group, std::string_view path, const std::vector<Variable>& variables) {
  Hdf5Group& list = group.make(path);
  for (size_t i = 0; i < variables.size(); ++i) {
    list.datasets.emplace(std::to_string(i), Hdf5Dataset(variables[i].body().data));
  }
}

void read(const Hdf5Group& group, std::string_view path, const std::vector<Variable>& variables) {
  for (size_t i = 0; i < variables.size(); ++i) {
    variables[i].assign(group.find_dataset(fmt::format("{}/{}", path, i))->read());
  }
}

void check_variables(const Hdf5Group& group, std::string_view path, std::string_view what,
                     const std::vector<Variable>& variables, const std::string& where) {
  const Hdf5Group* list = group.find(path);
  const size_t count = list == nullptr ? 0 : list->datasets.size();
  bool fits = count == variables.size();
  for (size_t i = 0; fits && i < count; ++i) {
    const Hdf5Dataset* dataset = list->find_dataset(std::to_string(i));
    fits = dataset != nullptr && dataset->shape() == variables[i].shape();
  }
  require<ValueError>(fits, where,
                      "expected the {} of this model, got others. Go on with the model, loss, "
                      "metrics and optimizer that the backup was made with, or delete the backup.",
                      what);
}

Config logs_config(const Logs& logs) {
  Config values = Config::dict();
  for (const auto& [name, value] : logs) values.set(name, value);
  return values;
}

// Callbacks are told apart by their class, and those of one class by their order: a run may go on
// with others than it began with.
std::string key_of(const Callback& callback, std::map<std::string, int>& counts) {
  const std::string name = typeid(callback).name();
  return fmt::format("{}/{}", name, counts[name]++);
}

// Reads an epoch as `fit` does, without using it.
void read_epoch(Feed& feed) {
  feed.begin_epoch();
  const int64_t wanted = feed.steps().value_or(-1);
  Batch batch;
  for (int64_t steps = 0; (wanted < 0 || steps < wanted) && feed.next(batch);) ++steps;
}

}  // namespace

RunState::RunState(RunParts parts, RunPosition& position)
    : parts_(std::move(parts)),
      at_(position),
      first_epoch_(position.epoch),
      random_at_start_(RandomStreams::now()) {}

std::vector<Variable> RunState::unsaved_variables() const {
  std::set<const VariableBody*> saved;
  for (const SavedObject& object : saved_objects(parts_.model)) {
    for (const Variable& variable : object.variables) saved.insert(&variable.body());
  }
  std::vector<Variable> result;
  for (const Variable& variable : parts_.model.variables()) {
    if (saved.count(&variable.body()) == 0) result.push_back(variable);
  }
  return result;
}

Config RunState::describe() const {
  return Config::dict(
      {{"version", version},
       {"epoch", at_.epoch},
       {"batch", at_.batch},
       {"stopped", parts_.stop_training->load()},
       {"logs", logs_config(at_.logs)},
       {"optimizer_variables", static_cast<int64_t>(parts_.model.optimizer().variables().size())},
       {"random", RandomStreams::now().to_config()},
       {"first_epoch", first_epoch_},
       {"random_at_start", random_at_start_.to_config()},
       {"feed", parts_.feed->position()},
       {"validation", parts_.validation ? parts_.validation->position() : Config()}});
}

Hdf5Group RunState::save() const {
  Hdf5Group file = weights_to_hdf5(parts_.model);
  Hdf5Group& group = file.make(group_name);
  add(group, "variables", unsaved_variables());
  add(group, "metrics", parts_.metrics);
  Config description = describe();
  Config list = Config::dict();
  std::map<std::string, int> counts;
  size_t place = 0;
  for (const Callback* callback : parts_.callbacks) {
    const std::string key = key_of(*callback, counts);
    const CallbackState state = callback->get_state();
    if (state.empty()) continue;
    const std::string path = fmt::format("callbacks/{}", place++);
    Hdf5Group& tensors = group.make(path);
    for (size_t i = 0; i < state.tensors.size(); ++i) {
      tensors.datasets.emplace(std::to_string(i),
                               Hdf5Dataset(state.tensors[i].array().contiguous()));
    }
    list.set(key, Config::dict({{"values", state.values},
                                {"tensors", static_cast<int64_t>(state.tensors.size())},
                                {"path", path}}));
  }
  description.set("callbacks", list);
  group.datasets.emplace("description", Hdf5Dataset(bytes_array(to_json(description))));
  return file;
}

void RunState::check(const Config& description, const Hdf5Group& group,
                     const std::string& where) const {
  require<FileError>(description.at("version") == Config(version), where,
                     "expected a backup of version {}, got {}. Go on with the program that made "
                     "it, or delete it.",
                     version, to_json(description.at("version")));
  check_variables(group, "variables", "variables", unsaved_variables(), where);
  check_variables(group, "metrics", "metrics", parts_.metrics, where);
  const size_t count = parts_.model.optimizer().variables().size();
  const int64_t saved = description.at("optimizer_variables").as_int();
  require<ValueError>(static_cast<int64_t>(count) == saved, where,
                      "expected the {} variables of this optimizer, got {}. Go on with the model, "
                      "loss, metrics and optimizer that the backup was made with, or delete the "
                      "backup.",
                      count, saved);
}

void RunState::restore_callbacks(const Config& list, const Hdf5Group& group) const {
  std::map<std::string, int> counts;
  for (Callback* callback : parts_.callbacks) {
    const std::string key = key_of(*callback, counts);
    if (!list.has(key)) continue;
    const Config& saved = list.at(key);
    CallbackState state{.values = saved.at("values")};
    for (int64_t i = 0; i < saved.at("tensors").as_int(); ++i) {
      const std::string path = fmt::format("{}/{}", saved.at("path").as_string(), i);
      const Hdf5Dataset* dataset = group.find_dataset(path);
      require<ConfigError>(dataset != nullptr, path, "expected a dataset, got none.");
      state.tensors.emplace_back(dataset->read().copy());
    }
    callback->set_state(state);
  }
}

void RunState::restore_position(const Config& description) {
  at_.epoch = description.at("epoch").as_int();
  at_.batch = description.at("batch").as_int();
  at_.stopped = description.at("stopped").as_bool();
  at_.logs.clear();
  for (const auto& [name, value] : description.at("logs").as_dict()) {
    at_.logs.set(name, value.as_number());
  }
  *parts_.stop_training = at_.stopped;
  first_epoch_ = description.at("first_epoch").as_int();
  random_at_start_ = RandomStreams::from_config(description.at("random_at_start"));
}

void RunState::restore_feeds(const Config& description) {
  const Config& feed = description.at("feed");
  const Config& validation = description.at("validation");
  if (!feed.is_null()) parts_.feed->go_to(feed);
  if (parts_.validation && !validation.is_null()) parts_.validation->go_to(validation);
  const bool reads = feed.is_null();
  const bool validates = parts_.validation && validation.is_null();
  if (!reads && !validates) return;
  random_at_start_.make_current();
  for (int64_t epoch = first_epoch_; epoch < at_.epoch; ++epoch) {
    if (reads) read_epoch(*parts_.feed);
    if (!validates || !parts_.validation_freq.runs(epoch + 1)) continue;
    parts_.validation->rewind();
    read_epoch(*parts_.validation);
  }
  if (!reads || at_.batch == 0) return;
  parts_.feed->begin_epoch();
  Batch batch;
  for (int64_t i = 0; i < at_.batch; ++i) parts_.feed->next(batch);
}

bool RunState::restore(const Hdf5Group& file, const std::string& where) {
  const Hdf5Group* group = file.find(group_name);
  if (group == nullptr) {
    weights_from_hdf5(parts_.model, file, where);
    return false;
  }
  try {
    const Hdf5Dataset* dataset = group->find_dataset("description");
    require<ConfigError>(dataset != nullptr, where, "expected a description, got none.");
    const Array text = dataset->read();
    const Config description =
        parse_json({static_cast<const char*>(text.raw()), text.bytes()}, where);
    check(description, *group, where);
    weights_from_hdf5(parts_.model, file, where);
    read(*group, "variables", unsaved_variables());
    read(*group, "metrics", parts_.metrics);
    restore_callbacks(description.at("callbacks"), *group);
    restore_position(description);
    restore_feeds(description);
    RandomStreams::from_config(description.at("random"))
        .make_current();  // last: feeds draw from them
  } catch (const ConfigError& error) {
    fail<FileError>(where, "expected a backup of Keratin, got a damaged one ({}). Delete it.",
                    error.what());
  }
  return true;
}

}  // namespace keratin
