// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keratin/base/fields.h"
#include "keratin/graph/tensor.h"

namespace keratin::datasets {

/// Are lists of word numbers, one for each text.
using Sequences = std::vector<std::vector<int64_t>>;

/// Is a set of texts as word numbers, which are given by how often words occur, from 1 on; and
/// their classes y int64 [texts]. `auto [x_train, y_train, x_test, y_test] = ...` takes it apart.
struct SequenceData {
  Sequences x_train;
  Tensor y_train;
  Sequences x_test;
  Tensor y_test;
};

/// Reviews of films, 25,000 to train with and 25,000 to test with: 1 for praise, 0 for blame.
namespace imdb {

struct LoadOptions {
  KERATIN_OPTIONS(LoadOptions);
  KERATIN_FIELD(std::string, path, "Name of the .npz file.") = "imdb.npz";
  KERATIN_FIELD(std::optional<int64_t>, num_words, "Leaves out words from this number on.") = {};
  KERATIN_FIELD(int64_t, skip_top, "Leaves out words below this number.") = 0;
  KERATIN_FIELD(std::optional<int64_t>, maxlen, "Leaves out texts of so many words or more.") = {};
  KERATIN_FIELD(int64_t, seed, "Seed of the order of the texts, 0 to 2^32 - 1.") = 113;
  KERATIN_FIELD(std::optional<int64_t>, start_char, "Starts each text.") = 1;
  KERATIN_FIELD(std::optional<int64_t>, oov_char, "Stands for a word that is left out.") = 2;
  KERATIN_FIELD(int64_t, index_from, "Is added to the number of each word.") = 3;
};

/// Returns the reviews in the order of Keras. Without `num_words`, or with 0, the largest number of
/// all texts stands for it, so that it is left out itself; a `maxlen` of 0 is none. The file is
/// taken from `$KERATIN_DATA_HOME/imdb`,
/// `$KERATIN_DATA_HOME` or `~/.keras/datasets`; else it is downloaded into the last. Throws
/// ValueError for wrong options and where `maxlen` leaves no text, and FileError that says where to
/// put the file. See `keras.datasets.imdb.load_data`.
SequenceData load_data(const LoadOptions& options = {});

/// Returns the number of each word, before `index_from` is added; the file is found as that of the
/// reviews. See `keras.datasets.imdb.get_word_index`.
std::map<std::string, int64_t> get_word_index(const std::string& path = "imdb_word_index.json");

/// Tells whether `load_data` needs no download.
bool available();

}  // namespace imdb

/// 11,228 newswires in 46 topics.
namespace reuters {

struct LoadOptions {
  KERATIN_OPTIONS(LoadOptions);
  KERATIN_FIELD(std::string, path, "Name of the .npz file.") = "reuters.npz";
  KERATIN_FIELD(std::optional<int64_t>, num_words, "Leaves out words from this number on.") = {};
  KERATIN_FIELD(int64_t, skip_top, "Leaves out words below this number.") = 0;
  KERATIN_FIELD(std::optional<int64_t>, maxlen, "Leaves out texts of so many words or more.") = {};
  KERATIN_FIELD(double, test_split, "Share of the texts to test with, 0 to below 1.") = 0.2;
  KERATIN_FIELD(int64_t, seed, "Seed of the order of the texts, 0 to 2^32 - 1.") = 113;
  KERATIN_FIELD(std::optional<int64_t>, start_char, "Starts each text.") = 1;
  KERATIN_FIELD(std::optional<int64_t>, oov_char, "Stands for a word that is left out.") = 2;
  KERATIN_FIELD(int64_t, index_from, "Is added to the number of each word.") = 3;
};

/// Returns the newswires in the order of Keras; for `num_words` and `maxlen` see `imdb`. The file
/// is taken from
/// `$KERATIN_DATA_HOME/reuters`, `$KERATIN_DATA_HOME` or `~/.keras/datasets`; else it is downloaded
/// into the last. Throws ValueError for wrong options, and FileError that says where to put the
/// file. See `keras.datasets.reuters.load_data`.
SequenceData load_data(const LoadOptions& options = {});

/// Returns the number of each word, before `index_from` is added; the file is found as that of the
/// newswires. See `keras.datasets.reuters.get_word_index`.
std::map<std::string, int64_t> get_word_index(const std::string& path = "reuters_word_index.json");

/// Returns the names of the topics, in the order of their numbers.
const std::vector<std::string>& get_label_names();

/// Tells whether `load_data` needs no download.
bool available();

}  // namespace reuters

}  // namespace keratin::datasets
