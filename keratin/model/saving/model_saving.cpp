// SPDX-License-Identifier: Apache-2.0
// Models as files: what `save`, `load_model`, `save_weights` and `load_weights` do.
#include <ctime>
#include <filesystem>

#include "keratin/base/check.h"
#include "keratin/io/zip.h"
#include "keratin/model/error_context.h"
#include "keratin/model/model_body.h"
#include "keratin/model/saving/compile_config.h"
#include "keratin/model/saving/legacy_h5.h"
#include "keratin/model/saving/sharded_weights.h"
#include "keratin/model/saving/weights.h"
#include "keratin/model/train/trainer.h"
#include "keratin/nn/deferred_weights.h"

namespace keratin {

namespace {

// The version whose files these are.
constexpr std::string_view keras_version = "3.15.1";
constexpr std::string_view metadata_name = "metadata.json";
constexpr std::string_view config_name = "config.json";
constexpr std::string_view weights_name = "model.weights.h5";
// Of config.json; JSON takes many times its size in memory.
constexpr uint64_t largest_config = uint64_t{1} << 26;

void check_overwrite(const std::string& path, bool overwrite) {
  require<FileError>(
      overwrite || !std::filesystem::exists(path), path,
      "expected a new file, got one that is there. Set `overwrite` or choose another "
      "path.");
}

bool is_legacy(const std::string& path) { return path.ends_with(".h5") || path.ends_with(".hdf5"); }

/// Is what an archive holds: the members of a zip or the files of a folder.
class Members {
 public:
  explicit Members(const std::string& path) : path_(path) {
    if (!std::filesystem::is_directory(path)) archive_.emplace(path);
  }

  std::string where(std::string_view name) const {
    return archive_ ? archive_->where(name) : member_path(name);
  }
  bool has(std::string_view name) const {
    return archive_ ? archive_->has(name) : std::filesystem::exists(member_path(name));
  }
  Bytes read(std::string_view name) {
    return archive_ ? archive_->read(name) : read_file(member_path(name));
  }
  uint64_t size_of(std::string_view name) const {
    if (!archive_) return std::filesystem::file_size(member_path(name));
    for (const ZipEntry& entry : archive_->entries()) {
      if (entry.name == name) return entry.size;
    }
    return 0;
  }

  Config config() {
    require<FileError>(has(config_name), path_,
                       "expected a member '{}', got none. Check that the file is a Keras model.",
                       config_name);
    require<FileError>(size_of(config_name) <= largest_config, where(config_name),
                       "expected at most {} bytes, got {}. The file is damaged or hostile.",
                       largest_config, size_of(config_name));
    return parse_json(text_of(read(config_name)), where(config_name));
  }
  Hdf5Group weights() {
    require<FileError>(has(weights_name), path_,
                       "expected a member '{}', got none. Write the file anew with Keras.",
                       weights_name);
    return read_hdf5(
        archive_ ? archive_->open(weights_name) : file_source(member_path(weights_name)),
        where(weights_name));
  }

 private:
  std::string member_path(std::string_view name) const {
    return (std::filesystem::path(path_) / name).string();
  }
  std::string path_;
  std::optional<ZipReader> archive_;
};

std::string metadata() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char date[32];
  std::strftime(date, sizeof(date), "%Y-%m-%d@%H:%M:%S", &local);
  return to_json(Config::dict({{"keras_version", keras_version}, {"date_saved", date}}));
}

Bytes copy_of(std::string_view text) {
  const ByteView view = bytes_of(text);
  return {view.begin(), view.end()};
}

Model load_legacy(const std::string& path, const LoadOptions& options) {
  const Hdf5Group file = read_hdf5(path);
  const std::string where = path + "[model_config]";
  Config config = in_file(where, [&] { return legacy_model_config(file, path); });
  require<FileError>(!config.is_null(), path,
                     "expected a whole model, got weights alone. Make the model and call "
                     "`load_weights`.");
  config.set("compile_config", nullptr);
  std::vector<std::function<void()>> compiles;
  DeferredWeights deferred;
  const Model model = model_from_file(config, where, compiles);
  load_legacy_weights(model, file, path);
  deferred.finish();
  for (const auto& compile : compiles) in_file(where, compile);
  if (!options.compile) return model;
  in_file(path + "[training_config]", [&] {
    const Config compile = legacy_compile_config(file, path);
    if (!compile.is_null()) model.model_body().trainer().compile(compile_options_from(compile));
    if (!compile.is_null()) model.optimizer().build(model.trainable_weights());
    return compile;
  });
  if (model.model_body().trainer().compiled()) load_legacy_optimizer(model, file, path);
  return model;
}

// Each file of a folder is whole; the one that Keras asks for first comes last.
void save_folder(const Model& model, const std::string& path) {
  require<ValueError>(!path.ends_with(".keras"), "save",
                      "expected the path of a folder, which does not end in `.keras`, without "
                      "`zipped`, got '{}'. Leave the ending out.",
                      path);
  const std::filesystem::path folder(path);
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  require<FileError>(!problem, path,
                     "expected a folder that can be made, got '{}'. Check the path.",
                     problem.message());
  const std::string config = model.to_json();
  write_hdf5((folder / weights_name).string(), weights_to_hdf5(model));
  write_file_atomically((folder / config_name).string(), bytes_of(config));
  write_file_atomically((folder / metadata_name).string(), bytes_of(metadata()));
}

void check_built(const Model& model) {
  require<ValueError>(model.built(), model.body().label(),
                      "expected a model with weights, got one that is not built. Call it on data "
                      "or `build` it first.");
}

}  // namespace

void Model::save(const std::string& path, const SaveOptions& options) const {
  check_overwrite(path, options.overwrite);
  if (!options.zipped) {
    save_folder(*this, path);
    return;
  }
  if (is_legacy(path)) {
    write_hdf5(path, legacy_file_of(*this));
    return;
  }
  require<ValueError>(path.ends_with(".keras"), "save",
                      "expected a path that ends in `.keras` or `.h5`, got '{}'. Add the ending.",
                      path);
  const std::string config = to_json();
  ZipWriter archive(path);
  archive.add(metadata_name, copy_of(metadata()));
  archive.add(config_name, copy_of(config));
  archive.add(weights_name, hdf5_bytes(weights_to_hdf5(*this)));
  archive.commit();
}

void Model::save_weights(const std::string& path, const SaveWeightsOptions& options) const {
  if (options.max_shard_size) {
    require<ValueError>(path.ends_with(".weights.json") && *options.max_shard_size > 0,
                        "save_weights",
                        "expected a path that ends in `.weights.json` for shards of more than 0 "
                        "GiB, got '{}' and {}. Change them.",
                        path, *options.max_shard_size);
    check_overwrite(path, options.overwrite);
    check_built(*this);
    write_shards(path, weights_to_hdf5(*this), *options.max_shard_size);
    return;
  }
  require<ValueError>(path.ends_with(".weights.h5"), "save_weights",
                      "expected a path that ends in `.weights.h5`, got '{}'. Add the ending.",
                      path);
  check_overwrite(path, options.overwrite);
  check_built(*this);
  write_hdf5(path, weights_to_hdf5(*this));
}

void Model::load_weights(const std::string& path, const LoadWeightsOptions& options) const {
  check_built(*this);
  const bool is_archive = path.ends_with(".keras");
  const bool is_sharded = path.ends_with(".weights.json");
  if (is_legacy(path) && !path.ends_with(".weights.h5")) {
    load_legacy_weights(*this, read_hdf5(path), path, options);
    return;
  }
  require<ValueError>(
      is_archive || is_sharded || path.ends_with(".weights.h5"), "load_weights",
      "expected a path that ends in `.weights.h5`, `.weights.json`, `.keras` or `.h5`, got '{}'. "
      "Check the path.",
      path);
  require<ValueError>(!options.by_name, "load_weights",
                      "expected `by_name` for legacy `.h5` files only, got it for '{}'. Leave it "
                      "out.",
                      path);
  const Hdf5Group file = is_archive   ? Members(path).weights()
                         : is_sharded ? read_shards(path)
                                      : read_hdf5(path);
  weights_from_hdf5(*this, file, path, options.skip_mismatch);
}

Model models::load_model(const std::string& path, const LoadOptions& options) {
  const CustomObjectScope scope(options.custom_objects);
  if (is_legacy(path)) return load_legacy(path, options);
  require<ValueError>(
      path.ends_with(".keras") || std::filesystem::is_directory(path), "load_model",
      "expected a path that ends in `.keras` or `.h5` or a folder, got '{}'. Check the path.",
      path);
  Members members(path);
  Config config = members.config();
  if (!options.compile) config.set("compile_config", nullptr);
  std::vector<std::function<void()>> compiles;
  DeferredWeights deferred;
  const Model model = model_from_file(config, members.where(config_name), compiles);
  const Hdf5Group weights = members.weights();
  weights_from_hdf5(model, weights, path);
  deferred.finish();
  for (const auto& compile : compiles) in_file(members.where(config_name), compile);
  optimizers_from_hdf5(model, weights, path);
  return model;
}

}  // namespace keratin
