// SPDX-License-Identifier: Apache-2.0
#include "keratin/data/datasets_words.h"

#include <algorithm>

#include "keratin/io/npz.h"
#include "keratin/io/zip.h"
#include "tests/data/support.h"

namespace keratin::tests {
namespace {

using namespace datasets;

std::string golden_words(const std::string& name) {
  return std::string(KERATIN_GOLDEN_DIR) + "/words/" + name;
}

class Words : public DatasetFolders {
 protected:
  static void put(const std::string& folder, const std::string& name) {
    copy_to(folder, name, golden_words(name));
  }
};

std::vector<int64_t> golden_numbers(const std::string& name) {
  static const NamedArrays items = read_npz(golden_words("results.npz"));
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const auto& item) { return item.first == name; });
  if (found != items.end()) return Tensor(found->second).to_vector<int64_t>();
  ADD_FAILURE() << "no " << name;
  return {};
}

void expect_part(const std::string& name, const std::string& part, const Sequences& texts,
                 const Tensor& classes) {
  SCOPED_TRACE(name + " " + part);
  std::vector<int64_t> words, lengths;
  for (const std::vector<int64_t>& text : texts) {
    words.insert(words.end(), text.begin(), text.end());
    lengths.push_back(static_cast<int64_t>(text.size()));
  }
  EXPECT_EQ(lengths, golden_numbers(name + "/lengths_" + part));
  EXPECT_EQ(words, golden_numbers(name + "/x_" + part));
  EXPECT_EQ(classes.dtype(), DType::int64);
  EXPECT_EQ(classes.to_vector<int64_t>(), golden_numbers(name + "/y_" + part));
}

void expect_golden(const std::string& name, const SequenceData& data) {
  expect_part(name, "train", data.x_train, data.y_train);
  expect_part(name, "test", data.x_test, data.y_test);
}

TEST_F(Words, ReviewsAreThoseOfKeras) {
  put(own_folder_ + "/imdb", "imdb.npz");
  EXPECT_TRUE(imdb::available());
  expect_golden("imdb", imdb::load_data());
  expect_golden("imdb_words", imdb::load_data({.num_words = 100}));
  expect_golden("imdb_top", imdb::load_data({.num_words = 80, .skip_top = 10, .seed = 7}));
  expect_golden("imdb_no_start",
                imdb::load_data(
                    {.num_words = 60, .start_char = std::nullopt, .oov_char = 9, .index_from = 5}));
  expect_golden("imdb_plain", imdb::load_data({.skip_top = 3, .start_char = {}, .index_from = 0}));
  expect_golden("imdb_short", imdb::load_data({.num_words = 50, .maxlen = 12, .seed = 4294967295}));
  expect_golden(
      "imdb_no_oov",
      imdb::load_data({.num_words = 40, .skip_top = 5, .maxlen = 15, .oov_char = std::nullopt}));
  expect_golden("imdb_zeros",
                imdb::load_data({.num_words = 0, .maxlen = 0, .start_char = 0, .oov_char = 0}));
}

TEST_F(Words, NewswiresAreThoseOfKeras) {
  put(own_folder_, "reuters.npz");
  EXPECT_TRUE(reuters::available());
  expect_golden("reuters", reuters::load_data());
  expect_golden("reuters_words",
                reuters::load_data({.num_words = 100, .test_split = 0.35, .seed = 0}));
  expect_golden("reuters_short",
                reuters::load_data({.num_words = 50, .maxlen = 11, .test_split = 0.0}));
  expect_golden("reuters_plain",
                reuters::load_data(
                    {.skip_top = 4, .start_char = {}, .oov_char = std::nullopt, .index_from = 0}));
  expect_golden(
      "reuters_start",
      reuters::load_data({.num_words = 90, .start_char = 7, .oov_char = 0, .index_from = -1}));
  expect_golden("reuters_few",
                reuters::load_data({.num_words = 30, .skip_top = 2, .test_split = 0.999}));
}

TEST_F(Words, HaveNumbersAndTopicsHaveNames) {
  put(own_folder_, "imdb_word_index.json");
  put(own_folder_, "reuters_word_index.json");
  for (const auto& index : {imdb::get_word_index(), reuters::get_word_index()}) {
    EXPECT_EQ(index.size(), 400u);
    EXPECT_EQ(index.at("the"), 1);
    EXPECT_EQ(index.at("caf\u00e9"), 3);
    EXPECT_EQ(index.at("w400"), 400);
  }
  EXPECT_EQ(reuters::get_label_names().size(), 46u);
  EXPECT_EQ(reuters::get_label_names()[3], "earn");
  EXPECT_EQ(reuters::get_label_names().back(), "lead");
}

TEST_F(Words, ACachedFileOfTheWrongHashIsNotTaken) {
  put(cached_, "imdb.npz");
  put(cached_, "reuters.npz");
  EXPECT_FALSE(imdb::available());
  EXPECT_FALSE(reuters::available());
}

TEST_F(Words, SayWhereToPutTheFile) {
  testing::internal::CaptureStderr();
  const std::string text = error_of<FileError>([] { imdb::load_data(); });
  const std::string other = error_of<FileError>([] { reuters::get_word_index(); });
  const std::string shown = testing::internal::GetCapturedStderr();
  const std::string origin = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/";
  expect_holds(shown, "Downloading data from " + origin + "imdb.npz\n");
  expect_holds(shown, "Downloading data from " + origin + "reuters_word_index.json\n");
  expect_holds(text, "imdb: expected imdb.npz in one of the folders " + own_folder_ + "/imdb, " +
                         own_folder_ + ", " + cached_ + ", got none, and the download failed (");
  expect_holds(text, "Fetch " + origin + "imdb.npz by other means into " + cached_ +
                         ", or set KERATIN_DATA_HOME to a folder that has the file.");
  expect_holds(other, "reuters: expected reuters_word_index.json in one of the folders ");
}

TEST_F(Words, WrongOptionsAreRefused) {
  EXPECT_EQ(error_of<ValueError>([] { imdb::load_data({.seed = -1}); }),
            "imdb: expected `seed` from 0 to 4294967295, got -1. Choose another seed.");
  EXPECT_EQ(error_of<ValueError>([] { reuters::load_data({.test_split = 1.0}); }),
            "reuters: expected `test_split` from 0 to below 1, got 1. Set the share of the rows to "
            "test with.");
  put(own_folder_, "imdb.npz");
  EXPECT_EQ(error_of<ValueError>([] { imdb::load_data({.maxlen = 3}); }),
            "imdb: expected `maxlen` above the length of some text, got 3. Increase it.");
}

TEST_F(Words, FilesThatDoNotFitAreRefused) {
  std::filesystem::create_directories(own_folder_);
  const std::string path = own_folder_ + "/reuters.npz";
  Array numbers(DType::int64, Shape{3});
  write_npz(path, {{"x", numbers}, {"y", numbers}});
  EXPECT_EQ(error_of<FileError>([] { reuters::load_data(); }),
            path +
                "[x.npy]: expected a list of numbers for each of the classes in y, got something "
                "else. Download the file anew.");
  ZipWriter other(path);
  other.add("x.npy", ZipReader(golden_words("reuters.npz")).read("x.npy"));
  other.add("y.npy", npy_bytes(numbers));
  other.commit();
  expect_holds(error_of<FileError>([] { reuters::load_data(); }), "for each of the classes in y");
  write_npz(path, {{"x", numbers}});
  expect_holds(error_of<FileError>([] { reuters::load_data(); }), path);
  AtomicFile index(own_folder_ + "/imdb_word_index.json");
  index.write(bytes_of("{\"a\": \"b\"}"));
  index.commit();
  expect_holds(
      error_of<FileError>([] { imdb::get_word_index(); }),
      "imdb_word_index.json: expected a JSON file with a number for each word, got another");
}

}  // namespace
}  // namespace keratin::tests
