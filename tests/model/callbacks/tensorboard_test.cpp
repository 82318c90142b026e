// SPDX-License-Identifier: Apache-2.0
// The events of TensorBoard against those of real Keras. tests/interop/tensorboard.py has the real
// TensorBoard read them.
#include <gtest/gtest.h>
#include <zlib.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "keratin/io/event_file.h"
#include "keratin/keratin.h"
#include "keratin/model/callbacks/registry.h"
#include "tests/model/callbacks/support.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;
using testing_support::files_here;
using testing_support::golden_callbacks;
using testing_support::text_in;
using testing_support::WorkingFolder;

template <class T>
T number_at(std::string_view text, size_t at) {
  T value;
  std::memcpy(&value, text.substr(at, sizeof(T)).data(), sizeof(T));
  return value;
}

// Is a protobuf message: fields by number, in their order; numbers as text of their bytes.
class Message {
 public:
  explicit Message(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
      const uint64_t key = varint(text, at);
      std::string value;
      if ((key & 7) == 0) {
        const uint64_t number = varint(text, at);
        value.assign(reinterpret_cast<const char*>(&number), 8);
      } else {
        const size_t size = (key & 7) == 1 ? 8 : (key & 7) == 5 ? 4 : varint(text, at);
        value = text.substr(at, size);
        at += size;
      }
      fields_.emplace_back(static_cast<int>(key >> 3), value);
    }
  }
  std::vector<std::string> all(int field) const {
    std::vector<std::string> values;
    for (const auto& [number, value] : fields_) {
      if (number == field) values.push_back(value);
    }
    return values;
  }
  std::string text(int field) const {
    const std::vector<std::string> values = all(field);
    return values.empty() ? "" : values.back();
  }
  Message message(int field) const { return Message(text(field)); }
  int64_t integer(int field) const {
    return text(field).empty() ? 0 : number_at<int64_t>(text(field), 0);
  }

 private:
  static uint64_t varint(std::string_view text, size_t& at) {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(text.at(at++));
      value |= uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) return value;
    }
  }
  std::vector<std::pair<int, std::string>> fields_;
};

// Returns the records of a file; checks their lengths and checksums.
std::vector<std::string> records_in(const std::string& file) {
  const auto masked = [](std::string_view text) {
    const uint32_t value = crc32c(bytes_of(text));
    return std::rotr(value, 15) + 0xa282ead8u;
  };
  std::vector<std::string> records;
  for (size_t at = 0; at < file.size();) {
    const std::string_view rest = std::string_view(file).substr(at);
    const auto size = number_at<uint64_t>(rest, 0);
    EXPECT_EQ(number_at<uint32_t>(rest, 8), masked(rest.substr(0, 8)));
    EXPECT_EQ(number_at<uint32_t>(rest, 12 + size), masked(rest.substr(12, size)));
    records.emplace_back(rest.substr(12, size));
    at += 16 + size;
  }
  return records;
}

// Returns the grey pixels of a PNG file as [shape, pixels].
Config pixels_of(const std::string& png) {
  EXPECT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1a\n");
  const auto size = [&](size_t at) {
    return static_cast<int64_t>(static_cast<unsigned char>(png[at + 3]));
  };
  const int64_t width = size(16);
  const int64_t height = size(20);
  std::vector<unsigned char> rows(static_cast<size_t>(height * (width + 1)));
  uLongf count = rows.size();
  EXPECT_EQ(::uncompress(rows.data(), &count, reinterpret_cast<const Bytef*>(png.data()) + 41,
                         static_cast<uLong>(png.size() - 41)),
            Z_OK);
  Config::List pixels;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i % static_cast<size_t>(width + 1) != 0) pixels.emplace_back(int64_t{rows[i]});
  }
  return Config::list({Config::list({height, width, 1}), Config::list(pixels)});
}

// Returns a value as the golden file has it; the model and speeds are null.
Config entry_of(const Message& value, int64_t step) {
  const Message plugin = value.message(9).message(1);
  const Message tensor = value.message(8);
  const std::string name = plugin.text(1);
  const std::string tag = value.text(1);
  Config::List shape;
  for (const std::string& dim : tensor.message(2).all(2)) {
    shape.emplace_back(Message(dim).integer(1));
  }
  Config::List content;
  if (name == "images") {
    const std::vector<std::string> texts = tensor.all(8);
    content = {texts.at(0), texts.at(1)};
    for (size_t i = 2; i < texts.size(); ++i) content.push_back(pixels_of(texts[i]));
  } else if (name == "scalars") {
    content.emplace_back(double{number_at<float>(tensor.text(5), 0)});
  } else if (name == "histograms") {
    const std::string bytes = tensor.text(4);
    for (size_t at = 0; at < bytes.size(); at += 8) content.push_back(number_at<double>(bytes, at));
  }
  const bool is_hidden = name == "graph_keras_model" || tag.find("per_second") != std::string::npos;
  const std::map<int64_t, std::string> dtypes{{1, "float32"}, {2, "float64"}, {7, "string"}};
  return Config::list({tag, step, name, plugin.text(2), value.message(9).integer(4),
                       dtypes.at(tensor.integer(1)), Config::list(shape),
                       is_hidden ? Config() : Config::list(content)});
}

// The part of a tag after the name of the model, which counts up in a program.
std::string without_model(const std::string& tag) {
  return tag.starts_with("sequential") ? tag.substr(tag.find('/')) : tag;
}

void expect_entry(const Config& ours, const Config& golden) {
  const testing::ScopedTrace trace(__FILE__, __LINE__, to_json(golden));
  EXPECT_EQ(without_model(ours[0].as_string()), without_model(golden[0].as_string()));
  for (size_t i = 1; i < 7; ++i) EXPECT_EQ(to_json(ours[i]), to_json(golden[i])) << i;
  if (golden[7].is_null() || golden[2] == Config("images")) {
    EXPECT_EQ(to_json(ours[7]), to_json(golden[7]));
    return;
  }
  ASSERT_EQ(ours[7].size(), golden[7].size());
  for (size_t i = 0; i < golden[7].size(); ++i) {
    const double expected = golden[7][i].as_number();
    EXPECT_NEAR(ours[7][i].as_number(), expected, 1e-5 * std::max(1e-3, std::abs(expected)));
  }
}

std::vector<Config> events_in(const std::string& folder) {
  std::vector<Config> entries;
  for (const std::string& path : files_here()) {
    if (!path.starts_with(folder) || path.find("tfevents") == std::string::npos) continue;
    const std::vector<std::string> records = records_in(text_in(path));
    EXPECT_EQ(Message(records.at(0)).text(3), "brain.Event:2");
    for (const std::string& record : records) {
      const Message event(record);
      EXPECT_GT(number_at<double>(event.text(1), 0), 1.7e9);
      for (const std::string& value : event.message(5).all(1)) {
        entries.push_back(entry_of(Message(value), event.integer(2)));
      }
    }
  }
  return entries;
}

Model make_model(bool embeds) {
  Sequential model;
  model.add(layers::Input({2}));
  if (embeds) {
    model.add(layers::Embedding(4, 3, {.name = "table"}));
    model.add(layers::Flatten());
  } else {
    model.add(layers::Dense(3, {.name = "body"}));
  }
  model.add(layers::Dense(1, {.name = "head"}));
  std::vector<Tensor> weights;
  for (const Tensor& weight : model.get_weights()) {
    std::vector<float> values;
    for (int64_t i = 0; i < weight.array().size(); ++i) {
      values.push_back((static_cast<float>(i % 5) - 1.5f) / 4);
    }
    weights.push_back(Tensor::from(values, weight.shape()));
  }
  model.set_weights(weights);
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.125}), .loss = "mse"});
  return model;
}

void check_case(const Config& golden) {
  const WorkingFolder folder;
  const Model model = make_model(golden.at("config").has("embeddings_freq"));
  const Tensor x = Tensor::from<float>({1, 2, 0, 3, 2, 1, 3, 0, 1, 1, 2, 2}, {6, 2});
  const Tensor y = Tensor::from<float>({1, 0, -1, 2, 0.5, -0.5}, {6, 1});
  FitOptions options{.epochs = 3,
                     .batch_size = 1,
                     .verbose = 0,
                     .callbacks = {callback_from_config("TensorBoard", golden.at("config"))},
                     .shuffle = false};
  if (!golden.has("validation")) {
    options.validation_data = {x[{Slice(4, 6)}], y[{Slice(4, 6)}]};
  }
  model.fit(x[{Slice(0, 4)}], y[{Slice(0, 4)}], options);
  for (const auto& [part, events] : golden.at("events").as_dict()) {
    const std::vector<Config> ours = events_in("logs/" + part);
    ASSERT_EQ(ours.size(), events.size()) << part;
    for (size_t i = 0; i < ours.size(); ++i) expect_entry(ours[i], events[i]);
  }
  std::vector<std::string> others;
  for (const std::string& path : files_here()) {
    if (path.find("tfevents") == std::string::npos) others.push_back(path.substr(5));
  }
  EXPECT_EQ(to_json(Codec<std::vector<std::string>>::write(others)), to_json(golden.at("files")));
  for (const auto& [path, text] : golden.at("texts").as_dict()) {
    EXPECT_EQ(text_in("logs/" + path), text.as_string());
  }
}

TEST(TensorBoard, WritesTheEventsOfKeras) {
  const Config cases = golden_callbacks("tensorboard.json");
  EXPECT_EQ(cases.size(), 10u);
  for (const Config& golden : cases.as_list()) {
    const testing::ScopedTrace trace(__FILE__, __LINE__, golden.at("name").as_string());
    check_case(golden);
  }
}

TEST(TensorBoard, ChecksumIsThatOfTheStandard) {
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xe3069283u);
  EXPECT_EQ(crc32c(bytes_of(std::string(32, '\0'))), 0x8a9136aau);
}

TEST(TensorBoard, WritesTheModelAsJson) {
  const WorkingFolder folder;
  const Model model = make_model(false);
  callbacks::TensorBoard board("logs");
  model.evaluate(Tensor::ones({2, 2}), Tensor::ones({2, 1}), {.verbose = 0, .callbacks = {board}});
  for (const std::string& path : files_here()) {
    if (!path.starts_with("logs/train")) continue;
    const Message event(records_in(text_in(path)).at(1));
    const Message tensor = event.message(5).message(1).message(8);
    EXPECT_EQ(tensor.text(8), model.to_json());
  }
  EXPECT_EQ(events_in("logs/validation").size(), 1u);
}

TEST(TensorBoard, RefusesWhatItCannotWrite) {
  expect_error<ValueError>([] { callbacks::TensorBoard({.profile_batch = 3}); },
                           "TensorBoard: expected a `profile_batch` of 0, got 3. Set "
                           "KERATIN_PROFILE to a file for a profile.");
  expect_error<ValueError>([] { callbacks::TensorBoard(""); },
                           "TensorBoard: expected `log_dir`, the folder of the logs, got an empty "
                           "text. Give it.");
  expect_error<ValueError>([] { callbacks::TensorBoard({.histogram_freq = -1}); },
                           "TensorBoard: expected `histogram_freq` and `embeddings_freq` of 0 or "
                           "more, got -1 and 0. Use 0 for none.");
  expect_error<ValueError>([] { callbacks::TensorBoard({.update_freq = "step"}); },
                           "update_freq: expected \"epoch\", \"batch\" or a number of batches, "
                           "got 'step'. Check the spelling.");
  expect_error<ValueError>([] { callbacks::TensorBoard({.update_freq = 0}); },
                           "update_freq: expected \"epoch\", \"batch\" or a positive number of "
                           "batches, got 0. Use \"epoch\".");
  const WorkingFolder folder;
  const Model model = make_model(true);
  callbacks::TensorBoard board(
      {.embeddings_freq = 1,
       .embeddings_metadata = std::map<std::string, std::string>{{"tabel", "words.tsv"}}});
  expect_error<ValueError>(
      [&] {
        model.fit(Tensor::ones({2, 2}), Tensor::ones({2, 1}), {.verbose = 0, .callbacks = {board}});
      },
      model.body().label() +
          ": TensorBoard: expected names of Embedding layers in `embeddings_metadata`, got "
          "[tabel]. "
          "Check the names.");
  write_file_atomically("file", bytes_of("x"));
  callbacks::TensorBoard blocked({.log_dir = "file"});
  expect_error<FileError>(
      [&] {
        model.fit(Tensor::ones({2, 2}), Tensor::ones({2, 1}),
                  {.verbose = 0, .callbacks = {blocked}});
      },
      model.body().label() +
          ": file/train: expected a folder that is there or can be made, got 'Not a directory'. "
          "Check "
          "the path and its access rights.");
}

}  // namespace
}  // namespace keratin
