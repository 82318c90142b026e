// SPDX-License-Identifier: Apache-2.0
// The sets of texts: lists of word numbers in .npz files, shuffled, renumbered and cut as Keras
// does.
#include "keratin/data/datasets_words.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "keratin/base/check.h"
#include "keratin/base/config.h"
#include "keratin/core/mersenne.h"
#include "keratin/data/datasets_internal.h"
#include "keratin/io/npy.h"
#include "keratin/io/zip.h"

namespace keratin::datasets {

namespace {

/// Is a set of texts and their classes.
struct Texts {
  Sequences x;
  std::vector<int64_t> y;
};

PickledIntegers read_member(ZipReader& archive, const std::string& name) {
  const std::string member = name + ".npy";
  return read_npy_integers(archive.read(member), archive.where(member));
}

Texts read_texts(ZipReader& archive, const std::string& x, const std::string& y) {
  PickledIntegers texts = read_member(archive, x);
  PickledIntegers classes = read_member(archive, y);
  const auto* lists = std::get_if<Sequences>(&texts);
  const auto* numbers = std::get_if<std::vector<int64_t>>(&classes);
  require<FileError>(lists != nullptr && numbers != nullptr && lists->size() == numbers->size(),
                     archive.where(x + ".npy"),
                     "expected a list of numbers for each of the classes in {}, got something "
                     "else. Download the file anew.",
                     y);
  return {std::move(std::get<Sequences>(texts)),
          std::move(std::get<std::vector<int64_t>>(classes))};
}

Texts shuffle(const Texts& texts, rng::NumpyRandom& random) {
  std::vector<int64_t> order(texts.x.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  random.shuffle(std::span<int64_t>(order));
  Texts result;
  for (const int64_t i : order) {
    result.x.push_back(texts.x[static_cast<size_t>(i)]);
    result.y.push_back(texts.y[static_cast<size_t>(i)]);
  }
  return result;
}

template <class Options>
void renumber(Texts& texts, const Options& options) {
  for (std::vector<int64_t>& text : texts.x) {
    for (int64_t& word : text) {
      // Unsigned, since a file may hold the largest numbers.
      word = static_cast<int64_t>(static_cast<uint64_t>(word) +
                                  static_cast<uint64_t>(options.index_from));
    }
    if (options.start_char) text.insert(text.begin(), *options.start_char);
  }
}

/// Leaves out long texts; lengths count the mark of the start.
void drop_long(Texts& texts, std::optional<int64_t> maxlen) {
  if (maxlen.value_or(0) == 0) return;
  Texts kept;
  for (size_t i = 0; i < texts.x.size(); ++i) {
    if (static_cast<int64_t>(texts.x[i].size()) >= *maxlen) continue;
    kept.x.push_back(std::move(texts.x[i]));
    kept.y.push_back(texts.y[i]);
  }
  texts = std::move(kept);
}

int64_t largest_word(const Texts& texts) {
  int64_t largest = 0;
  for (const std::vector<int64_t>& text : texts.x) {
    for (const int64_t word : text) largest = std::max(largest, word);
  }
  return largest;
}

template <class Options>
void drop_words(Texts& texts, const Options& options, int64_t num_words) {
  const auto is_out = [&](int64_t word) { return word < options.skip_top || word >= num_words; };
  for (std::vector<int64_t>& text : texts.x) {
    if (options.oov_char) {
      std::replace_if(text.begin(), text.end(), is_out, *options.oov_char);
    } else {
      text.erase(std::remove_if(text.begin(), text.end(), is_out), text.end());
    }
  }
}

Tensor to_tensor(std::span<const int64_t> numbers) {
  Array array(DType::int64, Shape{static_cast<int64_t>(numbers.size())});
  std::copy(numbers.begin(), numbers.end(), array.data<int64_t>());
  return Tensor(array);
}

std::map<std::string, int64_t> read_word_index(const detail::SetFile& file) {
  const std::string path = detail::get_set_file(file);
  std::map<std::string, int64_t> index;
  try {
    const Config config = parse_json(text_of(read_file(path)), path);
    for (const auto& [word, number] : config.as_dict()) index.emplace(word, number.as_int());
  } catch (const ConfigError& error) {
    fail<FileError>(path,
                    "expected a JSON file with a number for each word, got another one ({}). "
                    "Download the file anew.",
                    error.what());
  }
  return index;
}

}  // namespace

namespace imdb {

namespace {

detail::SetFile file_of(const std::string& path) {
  return {"imdb", "imdb.npz", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
          path};
}

}  // namespace

SequenceData load_data(const LoadOptions& options) {
  detail::check_seed("imdb", options.seed);
  ZipReader archive(detail::get_set_file(file_of(options.path)));
  rng::NumpyRandom random(static_cast<uint32_t>(options.seed));
  Texts train = shuffle(read_texts(archive, "x_train", "y_train"), random);
  Texts test = shuffle(read_texts(archive, "x_test", "y_test"), random);
  for (Texts* texts : {&train, &test}) {
    renumber(*texts, options);
    drop_long(*texts, options.maxlen);
    require<ValueError>(!texts->x.empty(), "imdb",
                        "expected `maxlen` above the length of some text, got {}. Increase it.",
                        options.maxlen.value_or(0));
  }
  int64_t num_words = options.num_words.value_or(0);
  if (num_words == 0) num_words = std::max(largest_word(train), largest_word(test));
  for (Texts* texts : {&train, &test}) drop_words(*texts, options, num_words);
  return {std::move(train.x), to_tensor(train.y), std::move(test.x), to_tensor(test.y)};
}

std::map<std::string, int64_t> get_word_index(const std::string& path) {
  return read_word_index(
      {"imdb", "imdb_word_index.json", "bfafd718b763782e994055a2d397834f", path});
}

bool available() { return detail::find_set_file(file_of(LoadOptions{}.path)).has_value(); }

}  // namespace imdb

namespace reuters {

namespace {

detail::SetFile file_of(const std::string& path) {
  return {"reuters", "reuters.npz",
          "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916", path};
}

}  // namespace

SequenceData load_data(const LoadOptions& options) {
  detail::check_split("reuters", options.test_split);
  detail::check_seed("reuters", options.seed);
  ZipReader archive(detail::get_set_file(file_of(options.path)));
  rng::NumpyRandom random(static_cast<uint32_t>(options.seed));
  Texts texts = shuffle(read_texts(archive, "x", "y"), random);
  renumber(texts, options);
  drop_long(texts, options.maxlen);
  int64_t num_words = options.num_words.value_or(0);
  drop_words(texts, options, num_words == 0 ? largest_word(texts) : num_words);
  const auto cut =
      static_cast<std::ptrdiff_t>(static_cast<double>(texts.x.size()) * (1.0 - options.test_split));
  const auto middle = std::make_move_iterator(texts.x.begin() + cut);
  const std::span<const int64_t> classes(texts.y);
  return {Sequences(std::make_move_iterator(texts.x.begin()), middle),
          to_tensor(classes.first(static_cast<size_t>(cut))),
          Sequences(middle, std::make_move_iterator(texts.x.end())),
          to_tensor(classes.subspan(static_cast<size_t>(cut)))};
}

std::map<std::string, int64_t> get_word_index(const std::string& path) {
  return read_word_index(
      {"reuters", "reuters_word_index.json", "4d44cc38712099c9e383dc6e5f11a921", path});
}

const std::vector<std::string>& get_label_names() {
  static const std::vector<std::string> names = {
      "cocoa",        "grain",   "veg-oil",   "earn",
      "acq",          "wheat",   "copper",    "housing",
      "money-supply", "coffee",  "sugar",     "trade",
      "reserves",     "ship",    "cotton",    "carcass",
      "crude",        "nat-gas", "cpi",       "money-fx",
      "interest",     "gnp",     "meal-feed", "alum",
      "oilseed",      "gold",    "tin",       "strategic-metal",
      "livestock",    "retail",  "ipi",       "iron-steel",
      "rubber",       "heat",    "jobs",      "lei",
      "bop",          "zinc",    "orange",    "pet-chem",
      "dlr",          "gas",     "silver",    "wpi",
      "hog",          "lead"};
  return names;
}

bool available() { return detail::find_set_file(file_of(LoadOptions{}.path)).has_value(); }

}  // namespace reuters

}  // namespace keratin::datasets
