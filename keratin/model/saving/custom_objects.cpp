// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/saving/custom_objects.h"

#include <map>
#include <mutex>

#include "keratin/model/saving/registered_name_internal.h"

namespace keratin {

namespace {

// The documented global of registered classes, behind a lock; and the names under which files had
// classes that were not registered, by their own, so that they are written again as they were.
struct Registry {
  std::mutex mutex;
  std::vector<CustomObject> objects;
  std::map<std::string, std::string> names_in_files;
};

Registry& registry() {
  static Registry registry;
  return registry;
}

std::vector<std::vector<CustomObject>>& scopes() {
  static thread_local std::vector<std::vector<CustomObject>> scopes;
  return scopes;
}

// The last one of that name counts.
const CustomObject* find_in(const std::vector<CustomObject>& objects, const std::string& class_name,
                            const std::string& registered_name) {
  for (size_t i = objects.size(); i-- > 0;) {
    const bool is_it = registered_name == objects[i].registered_name() ||
                       registered_name == objects[i].class_name ||
                       class_name == objects[i].class_name;
    if (is_it) return &objects[i];
  }
  return nullptr;
}

void remember_name(const std::string& class_name, const std::string& registered_name) {
  if (!registered_name.ends_with(">" + class_name)) return;
  const std::lock_guard<std::mutex> lock(registry().mutex);
  registry().names_in_files[class_name] = registered_name;
}

}  // namespace

std::optional<CustomObject> find_custom_object(const std::string& class_name,
                                               const std::string& registered_name) {
  for (size_t i = scopes().size(); i-- > 0;) {
    if (const auto* found = find_in(scopes()[i], class_name, registered_name)) {
      remember_name(found->class_name, registered_name);
      return *found;
    }
  }
  const std::lock_guard<std::mutex> lock(registry().mutex);
  // Several packages may have a class of one name.
  for (const CustomObject& object : registry().objects) {
    if (object.registered_name() == registered_name) return object;
  }
  if (registered_name.find('>') != std::string::npos) return std::nullopt;
  const auto* found = find_in(registry().objects, class_name, registered_name);
  return found == nullptr ? std::optional<CustomObject>() : *found;
}

std::string registered_name_of(const std::string& class_name) {
  const std::lock_guard<std::mutex> lock(registry().mutex);
  const auto* found = find_in(registry().objects, class_name, "");
  return found == nullptr ? "Custom>" + class_name : found->registered_name();
}

Config with_registered_name(Config object) {
  const Config given = object.get("registered_name");
  if (!given.is_string() || !given.as_string().starts_with("Custom>")) return object;
  const std::string& class_name = object.at("class_name").as_string();
  std::string name = registered_name_of(class_name);
  if (name == "Custom>" + class_name) {
    const std::lock_guard<std::mutex> lock(registry().mutex);
    const auto known = registry().names_in_files.find(class_name);
    if (known != registry().names_in_files.end()) name = known->second;
  }
  object.set("registered_name", std::move(name));
  return object;
}

CustomObjectScope::CustomObjectScope(std::vector<CustomObject> objects) {
  scopes().push_back(std::move(objects));
}

CustomObjectScope::~CustomObjectScope() { scopes().pop_back(); }

void saving::register_custom_object(CustomObject object) {
  const std::lock_guard<std::mutex> lock(registry().mutex);
  registry().objects.push_back(std::move(object));
}

}  // namespace keratin
