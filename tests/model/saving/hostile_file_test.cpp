// SPDX-License-Identifier: Apache-2.0
// Model files that are damaged, or made to do harm: one proof for each known hole of Keras' loader
// that concerns classes which this version has.
#include <algorithm>
#include <fstream>

#include "keratin/io/zip.h"
#include "tests/model/saving/support.h"

namespace keratin::tests {
namespace {

Bytes member_of(const std::string& path, const std::string& name) {
  return ZipReader(path).read(name);
}

// Writes the golden uncompiled.keras with parts of its config replaced by others.
void write_changed(const std::string& path, const std::string& from, const std::string& to) {
  const std::string golden = golden_saving("uncompiled.keras");
  std::string config(text_of(member_of(golden, "config.json")));
  const size_t at = config.find(from);
  ASSERT_NE(at, std::string::npos) << config;
  config.replace(at, from.size(), to);
  ZipWriter archive(path);
  const ByteView bytes = bytes_of(config);
  archive.add("config.json", Bytes(bytes.begin(), bytes.end()));
  archive.add("model.weights.h5", member_of(golden, "model.weights.h5"));
  archive.commit();
}

template <class E>
std::string refusal(const std::string& from, const std::string& to) {
  const SavingFolder folder;
  const std::string path = folder.path("a.keras");
  write_changed(path, from, to);
  const std::string text = message_of<E>([&] { models::load_model(path); });
  const std::string where = path + "[config.json]: ";
  EXPECT_TRUE(text.starts_with(where)) << text;
  return text.substr(std::min(where.size(), text.size()));
}

const std::string dense = R"("module": "keras.layers", "class_name": "Dense")";

// CVE-2024-3660, CVE-2025-9905: Python code in a Lambda layer.
TEST(HostileFile, RefusesALambdaOfKeras) {
  const std::string path = golden_saving("refused_lambda.keras");
  EXPECT_EQ(message_of<UnsupportedError>([&] { models::load_model(path); }),
            path +
                "[config.json]: layers: expected layers that are data, "
                "got 'Lambda', which holds Python code. Write it as a CustomLayer and save the "
                "model with that.");
}

// CVE-2025-1550, CVE-2025-8747: any function of any module.
TEST(HostileFile, RefusesClassesOfOtherModules) {
  const std::string advice =
      "'. Pass it in `custom_objects`, or call `saving::register_keras_serializable` before.";
  EXPECT_EQ(
      refusal<ConfigError>(dense, R"("module": "os", "class_name": "system")"),
      "layers: expected a class of Keras or one that is registered, got 'system' of 'os" + advice);
  EXPECT_EQ(refusal<ConfigError>(dense, R"("module": "keras.utils", "class_name": "get_file")"),
            "layers: expected a layer class of this version, got 'get_file'. Check "
            "the class_name.");
}

// CVE-2021-37678: YAML, which names Python objects. Text is JSON or an error.
TEST(HostileFile, RefusesYaml) {
  EXPECT_THROW(models::model_from_json("!!python/object/apply:os.system ['true']"), ConfigError);
  EXPECT_EQ(
      refusal<ConfigError>(R"({"module")", R"(!!python/object:os.system {"module")").find('!'),
      std::string::npos);
}

// CVE-2025-9905: a legacy file is read by the same rules as others.
TEST(HostileFile, RefusesALambdaInALegacyFile) {
  const SavingFolder folder;
  const std::string path = folder.path("a.h5");
  Hdf5Group file = read_hdf5(golden_saving("sequential.h5"));
  auto& config = std::get<std::string>(file.attributes.at("model_config"));
  const std::string name = R"("class_name": "Dense")";
  ASSERT_NE(config.find(name), std::string::npos);
  config.replace(config.find(name), name.size(), R"("class_name": "Lambda")");
  write_hdf5(path, file);
  EXPECT_EQ(message_of<UnsupportedError>([&] { models::load_model(path); }),
            path +
                "[model_config]: layers: expected layers that are data, got 'Lambda', which holds "
                "Python code. Write it as a CustomLayer and save the model with that.");
}

// CVE-2025-9906: a function of Keras that lowers the guards, in the place of an activation.
TEST(HostileFile, RefusesFunctionsOfKerasThatAreNoActivations) {
  const std::string function =
      R"({"module": "keras.config", "class_name": "function", )"
      R"("config": "enable_unsafe_deserialization", "registered_name": "function"})";
  const std::string text =
      refusal<ConfigError>(R"("activation": "linear")", R"("activation": )" + function);
  EXPECT_TRUE(text.starts_with(
      "Dense.from_config: from_config, option 'activation': activation: expected the name of an "
      "activation, got 'enable_unsafe_deserialization'. Use one of relu, "))
      << text;
}

// CVE-2025-12058: a vocabulary that is the path of another file.
TEST(HostileFile, RefusesAVocabularyThatIsAPath) {
  EXPECT_EQ(
      refusal<ConfigError>(dense, R"("module": "keras.layers", "class_name": "StringLookup")"),
      "layers: expected a layer class of this version, got 'StringLookup'. Check the "
      "class_name.");
}

// CVE-2026-0897, CVE-2026-1669: a shape that no memory holds; links and storage in other files.
TEST(HostileFile, RefusesWeightsThatAreHugeOrElsewhere) {
  const SavingFolder folder;
  const std::string path = folder.path("a.keras");
  for (const char* name : {"bomb", "external_link", "external_storage"}) {
    ZipWriter archive(path);
    archive.add("config.json", member_of(golden_saving("uncompiled.keras"), "config.json"));
    archive.add("model.weights.h5",
                read_file(std::string(KERATIN_GOLDEN_DIR) + "/hdf5/refused_" + name + ".h5"));
    archive.commit();
    const std::string text = message_of<FileError>([&] { models::load_model(path); });
    EXPECT_TRUE(text.starts_with(path + "[model.weights.h5]/")) << name << ": " << text;
  }
}

// Bombs of 2026 (pull requests 23010 and 23016 of Keras): a small archive that unpacks to far more.
TEST(HostileFile, RefusesBombs) {
  const SavingFolder folder;
  const std::string path = folder.path("a.keras");
  {
    ZipWriter archive(path);
    archive.add("config.json", Bytes((size_t{64} << 20) + 1, std::byte{' '}), true);
    archive.commit();
  }
  EXPECT_LT(std::filesystem::file_size(path), size_t{1} << 17);
  EXPECT_EQ(message_of<FileError>([&] { models::load_model(path); }),
            path +
                "[config.json]: expected at most 67108864 bytes, got 67108865. The file is damaged "
                "or hostile.");
}

// CVE-2026-12479: a layer whose name is a path.
TEST(HostileFile, NamesOfLayersAreNoPaths) {
  EXPECT_EQ(refusal<ConfigError>(R"("name": "dense)", R"("name": "../dense)"),
            "Dense.from_config: Dense: expected a name without '/', got '../dense_7'. Choose "
            "another name.");
}

// CVE-2025-49655, CVE-2026-1462: classes that load other things.
TEST(HostileFile, RefusesClassesThatLoadOtherThings) {
  for (const char* name : {"TorchModuleWrapper", "TFSMLayer"}) {
    EXPECT_EQ(refusal<UnsupportedError>(
                  dense, R"("module": "keras.layers", "class_name": ")" + std::string(name) + '"'),
              "layers: expected layers that are data, got '" + std::string(name) +
                  "', which holds Python code. Write it as a CustomLayer and save the model with "
                  "that.");
  }
}

TEST(HostileFile, RefusesWrongArguments) {
  EXPECT_EQ(refusal<ConfigError>(R"("units": 2)", R"("units": 2, "unit": 3)"),
            "Dense.from_config: expected one of the options [name, trainable, dtype, "
            "activity_regularizer, units, activation, use_bias, kernel_initializer, "
            "bias_initializer, kernel_regularizer, bias_regularizer, kernel_constraint, "
            "bias_constraint], got 'unit'. Did you mean 'units'?");
  refusal<ConfigError>(R"("units": 2)", R"("units": -2)");
  refusal<ConfigError>(R"("units": 2)", R"("units": "two")");
  refusal<ConfigError>(R"("units": 2)", R"("units": [[[2]]])");
  refusal<ConfigError>(R"("batch_shape": [null, 3])", R"("batch_shape": [null, -3])");
  refusal<ConfigError>(R"("layers": [)", R"("layers": [null, )");
  refusal<ConfigError>(R"("layers": [)", R"("layers": {}, "other": [)");
}

// The file is compared with what the config asks for before memory is taken: no machine has that
// of this kernel.
TEST(HostileFile, RefusesWeightsThatTheFileDoesNotHoldBeforeTakingMemory) {
  const SavingFolder folder;
  const std::string path = folder.path("a.keras");
  write_changed(path, R"("units": 2)", R"("units": 4000000000000)");
  EXPECT_EQ(message_of<ValueError>([&] { models::load_model(path); }),
            path +
                ": expected the weights of this model, got one object that does not fit: Dense "
                "`dense_7` at 'layers/dense/vars' has 'kernel' of shape [3, 4000000000000] but "
                "[3, 2] in the file. Use the model that was saved, or `skip_mismatch` to leave "
                "out what differs.");
  refusal<ConfigError>(R"("units": 2)", R"("units": 4000000000000000000)");
}

TEST(HostileFile, RefusesMissingMembers) {
  const SavingFolder folder;
  const std::string path = folder.path("a.keras");
  ZipWriter empty(path);
  empty.commit();
  EXPECT_EQ(message_of<FileError>([&] { models::load_model(path); }),
            path +
                ": expected a member 'config.json', got none. Check that the file is a Keras "
                "model.");
  ZipWriter archive(path);
  archive.add("config.json", member_of(golden_saving("uncompiled.keras"), "config.json"));
  archive.commit();
  EXPECT_EQ(message_of<FileError>([&] { models::load_model(path); }),
            path +
                ": expected a member 'model.weights.h5', got none. Write the file anew with "
                "Keras.");
}

// Thousands of files need not be brought to the disk.
void write_plainly(const std::string& path, ByteView bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

// Whatever a changed byte of the archive leads to, it is an error or the same model.
void expect_error_or_same(const Bytes& bytes, const Model& original, const std::string& path) {
  write_plainly(path, bytes);
  try {
    const Model model = models::load_model(path);
    EXPECT_EQ(model.to_json(), original.to_json());
    EXPECT_TRUE(same_weights(model, original));
  } catch (const Error&) {
    return;
  }
}

// Cuts the file off behind every `step`th byte, and changes every `step`th byte.
void expect_no_damage_unseen(const std::string& name, size_t step) {
  const SavingFolder folder;
  const std::string path = folder.path("a.keras");
  const Bytes bytes = read_file(golden_saving(name));
  const Model original = models::load_model(golden_saving(name));
  for (size_t at = 0; at < bytes.size(); at += step) {
    write_plainly(path, ByteView(bytes).first(at));
    EXPECT_THROW(models::load_model(path), Error) << name << " cut off at " << at;
    Bytes changed = bytes;
    changed[at] ^= std::byte{0x55};
    expect_error_or_same(changed, original, path);
  }
}

TEST(HostileFile, BeginningsAndChangedBytesAreErrorsOrTheSameModel) {
  expect_no_damage_unseen("uncompiled.keras", 61);
  expect_no_damage_unseen("sequential.keras", 421);
  expect_no_damage_unseen("functional.keras", 613);
}

TEST(HostileFile, EveryBeginningAndChangedByteIsAnErrorOrTheSameModelSlow) {
  for (const char* name : {"uncompiled.keras", "sequential.keras", "functional.keras"}) {
    expect_no_damage_unseen(name, 1);
  }
}

// Tells which bytes of an archive are not those of a member. A check sum of 32 bits sees every
// change of one byte in a member, whatever the value; these have none.
std::vector<size_t> bytes_of_headers(const std::string& path) {
  const Bytes bytes = read_file(path);
  std::vector<bool> is_member(bytes.size());
  for (const char* name : {"metadata.json", "config.json", "model.weights.h5"}) {
    const Bytes member = member_of(path, name);
    const auto begin = std::search(bytes.begin(), bytes.end(), member.begin(), member.end());
    if (begin == bytes.end()) continue;
    std::fill_n(is_member.begin() + (begin - bytes.begin()), member.size(), true);
  }
  std::vector<size_t> result;
  for (size_t at = 0; at < bytes.size(); ++at) {
    if (!is_member[at]) result.push_back(at);
  }
  return result;
}

// Gives every byte of the headers every other value.
void expect_no_header_misread(const std::string& name) {
  const SavingFolder folder;
  const Bytes bytes = read_file(golden_saving(name));
  const Model original = models::load_model(golden_saving(name));
  const std::vector<size_t> headers = bytes_of_headers(golden_saving(name));
  EXPECT_LT(headers.size(), 400u) << name << " has members that are not stored as they are";
  for (const size_t at : headers) {
    for (int change = 1; change < 256; ++change) {
      Bytes changed = bytes;
      changed[at] ^= static_cast<std::byte>(change);
      expect_error_or_same(changed, original, folder.path("a.keras"));
    }
  }
}

TEST(HostileFile, EveryValueOfAHeaderIsAnErrorOrTheSameModelSlow) {
  expect_no_header_misread("uncompiled.keras");
}

TEST(HostileFile, EveryValueOfAHeaderIsAnErrorOrTheSameSequentialModelSlow) {
  expect_no_header_misread("sequential.keras");
}

TEST(HostileFile, EveryValueOfAHeaderIsAnErrorOrTheSameFunctionalModelSlow) {
  expect_no_header_misread("functional.keras");
}

// Behind a check sum that is right the JSON may be anything.
TEST(HostileFile, SurvivesEveryChangedByteOfTheConfig) {
  const std::string golden = golden_saving("functional.keras");
  const std::string config(text_of(member_of(golden, "config.json")));
  for (size_t at = 0; at < config.size(); at += 3) {
    std::string changed = config;
    changed[at] = static_cast<char>("0[\"n}9,"[at % 7]);
    try {
      models::model_from_json(changed);
    } catch (const Error&) {
      continue;
    }
  }
}

}  // namespace
}  // namespace keratin::tests
