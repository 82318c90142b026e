// SPDX-License-Identifier: Apache-2.0
// Data that the book's programs use and that later issues bring: datasets, loaders, text and image
// layers. Their form is frozen here, and there are no definitions; templates that take lambdas hand
// on to a declared function, since compilers want their bodies.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/api/declared_layers.h"

namespace keratin {

namespace datasets {

namespace cifar10 {
ArrayData load_data();
}

}  // namespace datasets

namespace utils {

struct GetFileOptions {
  std::string fname = {};
  std::string origin = {};
  bool extract = false;
};
/// Returns where the file lies after a download.
std::string get_file(const GetFileOptions& options);

struct LoadImageOptions {
  std::string color_mode = "rgb";
  InputShape target_size = {};
  std::string interpolation = "nearest";
};
/// Returns uint8 [height, width, channels].
Tensor load_img(const std::string& path, const LoadImageOptions& options = {});
Tensor img_to_array(const Tensor& image);
Tensor array_to_img(const Tensor& array);
void save_img(const std::string& path, const Tensor& image);

struct ImageDirectoryOptions {
  std::optional<std::string> labels = "inferred";
  std::string label_mode = "int";
  std::string color_mode = "rgb";
  std::optional<int64_t> batch_size = 32;
  Size2D image_size = 256;
  bool shuffle = true;
  std::optional<int64_t> seed = {};
  double validation_split = 0.0;
  std::string subset = {};
  bool crop_to_aspect_ratio = false;
};
Dataset image_dataset_from_directory(const std::string& directory,
                                     const ImageDirectoryOptions& options = {});

struct TextDirectoryOptions {
  std::optional<std::string> labels = "inferred";
  std::string label_mode = "int";
  std::optional<int64_t> batch_size = 32;
  bool shuffle = true;
  std::optional<int64_t> seed = {};
};
Dataset text_dataset_from_directory(const std::string& directory,
                                    const TextDirectoryOptions& options = {});

struct PadOptions {
  std::optional<int64_t> maxlen = {};
  DType dtype = DType::int32;
  std::string padding = "pre";
  std::string truncating = "pre";
};
Tensor pad_sequences(const datasets::Sequences& sequences, const PadOptions& options = {});

}  // namespace utils

namespace preprocessing {

struct TokenizerOptions {
  std::optional<int64_t> num_words = {};
  bool char_level = false;
};
/// Is the tokenizer of the first edition.
class Tokenizer {
 public:
  explicit Tokenizer(const TokenizerOptions& options = {});
  void fit_on_texts(const std::vector<std::string>& texts);
  datasets::Sequences texts_to_sequences(const std::vector<std::string>& texts) const;
  Tensor texts_to_matrix(const std::vector<std::string>& texts, const std::string& mode) const;
  const std::map<std::string, int64_t>& word_index() const;
};

}  // namespace preprocessing

namespace ops {
/// Returns a tensor of texts.
Tensor convert_to_tensor(const std::vector<std::string>& texts);
}  // namespace ops

namespace layers {

/// Is what is done to each text: a name, nullptr for nothing, or a function.
class TextFunction {
 public:
  using Function = std::function<std::string(const std::string&)>;
  TextFunction(const char* name);
  TextFunction(std::nullptr_t);
  TextFunction(const char* name, Function function);
  template <class F>
  requires(std::is_invocable_r_v<std::string, const F&, const std::string&>)
      TextFunction(F function)
      : TextFunction("", Function(std::move(function))) {}
};

struct TextVectorizationOptions {
  KERATIN_OPTIONS(TextVectorizationOptions);
  KERATIN_FIELD(OptionalInt, max_tokens, "Largest size of the vocabulary.") = {};
  KERATIN_FIELD(TextFunction, standardize,
                "Applied to each text first.") = "lower_and_strip_punctuation";
  KERATIN_FIELD(std::string, split, "whitespace or character.") = "whitespace";
  KERATIN_FIELD(OptionalInt, ngrams, "Longest group of tokens that counts as one.") = {};
  KERATIN_FIELD(std::string, output_mode, "int, multi_hot, count or tf_idf.") = "int";
  KERATIN_FIELD(OptionalInt, output_sequence_length, "Length of the output.") = {};
  KERATIN_FIELD(std::vector<std::string>, vocabulary, "The tokens, when they are known.") = {};
  KERATIN_LAYER_FIELDS;
};
class TextVectorization : public TensorLayer {
 public:
  explicit TextVectorization(TextVectorizationOptions options = {});
  using TensorLayer::operator();
  template <std::convertible_to<std::string_view> T>
  Tensor operator()(const T& text) const;
  Tensor operator()(const std::vector<std::string>& texts) const;
  void adapt(const Dataset& texts) const;
  void adapt(const std::vector<std::string>& texts) const;
  std::vector<std::string> get_vocabulary() const;
  int64_t vocabulary_size() const;
};

struct RandomFlipOptions {
  KERATIN_OPTIONS(RandomFlipOptions);
  KERATIN_FIELD(std::string, mode, "horizontal, vertical or both.") = "horizontal_and_vertical";
  KERATIN_LAYER_FIELDS;
};
struct RandomFactorOptions {
  KERATIN_OPTIONS(RandomFactorOptions);
  KERATIN_FIELD(double, factor, "Largest change, as a share.") = 0.0;
  KERATIN_FIELD(std::string, fill_mode, "reflect, wrap, constant, nearest.") = "reflect";
  KERATIN_LAYER_FIELDS;
};
class RandomFlip : public TensorLayer {
 public:
  explicit RandomFlip(const char* mode, RandomFlipOptions options = {});
  explicit RandomFlip(RandomFlipOptions options = {});
};
#define KERATIN_RANDOM(Name)                                        \
  class Name : public TensorLayer {                                 \
   public:                                                          \
    explicit Name(double factor, RandomFactorOptions options = {}); \
    explicit Name(RandomFactorOptions options);                     \
  }
KERATIN_RANDOM(RandomRotation);
KERATIN_RANDOM(RandomZoom);

struct ResizingOptions {
  KERATIN_OPTIONS(ResizingOptions);
  KERATIN_FIELD(std::string, interpolation, "nearest, bilinear, bicubic.") = "bilinear";
  KERATIN_FIELD(bool, crop_to_aspect_ratio, "Cut instead of distort.") = false;
  KERATIN_FIELD(bool, pad_to_aspect_ratio, "Pad instead of distort.") = false;
  KERATIN_LAYER_FIELDS;
};
class Resizing : public TensorLayer {
 public:
  Resizing(int64_t height, int64_t width, ResizingOptions options = {});
};

}  // namespace layers

}  // namespace keratin

namespace keratin::declared {

/// Is the layer with what it will have besides.
class Normalization : public layers::Normalization {
 public:
  explicit Normalization(layers::NormalizationOptions options = {});
  using layers::Normalization::adapt;
  void adapt(const Dataset& data) const;
  Tensor mean() const;
  Tensor variance() const;
};

}  // namespace keratin::declared
