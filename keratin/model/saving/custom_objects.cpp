// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/saving/custom_objects.h"

#include <mutex>

namespace keratin {

namespace {

// The documented global of registered classes, behind a lock.
struct Registry {
  std::mutex mutex;
  std::vector<CustomObject> objects;
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

}  // namespace

std::optional<CustomObject> find_custom_object(const std::string& class_name,
                                               const std::string& registered_name) {
  for (size_t i = scopes().size(); i-- > 0;) {
    if (const auto* found = find_in(scopes()[i], class_name, registered_name)) return *found;
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

CustomObjectScope::CustomObjectScope(std::vector<CustomObject> objects) {
  scopes().push_back(std::move(objects));
}

CustomObjectScope::~CustomObjectScope() { scopes().pop_back(); }

void saving::register_custom_object(CustomObject object) {
  const std::lock_guard<std::mutex> lock(registry().mutex);
  registry().objects.push_back(std::move(object));
}

}  // namespace keratin
