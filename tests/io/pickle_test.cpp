// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/pickle.h"

#include <limits>
#include <numeric>

#include "keratin/io/npy.h"
#include "tests/io/support.h"

namespace keratin::tests {
namespace {

using Lists = std::vector<std::vector<int64_t>>;

std::string golden_pickle(const std::string& name) {
  return std::string(KERATIN_GOLDEN_DIR) + "/words/" + name;
}

/// Returns the pickle in one of the .npy files, and its array's header apart.
Bytes pickle_of(const std::string& name) {
  const Bytes bytes = read_file(golden_pickle(name));
  const std::string_view text = text_of(bytes);
  return {bytes.begin() + static_cast<std::ptrdiff_t>(text.find('\n') + 1), bytes.end()};
}

PickledIntegers read(std::string_view text) { return read_pickled_array(bytes_of(text), "x"); }

std::string refusal(std::string_view text) {
  return error_of<FileError>([&] { read(text); });
}

/// Returns what NumPy writes in protocol 4 before the elements of an array of `count`, and after.
std::string wrapped(const std::string& list, char count) {
  const auto name = [](const std::string& text) {
    return "\x8c" + std::string(1, static_cast<char>(text.size())) + text;
  };
  std::string text = "\x80\x04" + name("numpy._core.multiarray") + name("_reconstruct") + "\x93";
  text += name("numpy") + name("ndarray") + "\x93" + std::string("K\0\x85", 3) + "C\x01" + "b\x87R";
  text += std::string("(K\x01K") + count + "\x85" + name("numpy") + name("dtype") + "\x93";
  text += name("O8") + "\x89\x88\x87R\x89" + list + "tb.";
  return text;
}

TEST(Pickle, ReadsListsOfEachProtocol) {
  std::vector<int64_t> many(1200);
  std::iota(many.begin(), many.end(), 0);
  constexpr int64_t largest = std::numeric_limits<int64_t>::max();
  constexpr int64_t smallest = std::numeric_limits<int64_t>::min();
  const Lists expected = {{},
                          {0, 255, 256, 65535, 65536, 2147483647, 2147483648, largest},
                          {-1, -2147483648, -2147483649, smallest},
                          many,
                          {5, 6},
                          {5, 6}};
  for (const char* name : {"lists_2.npy", "lists_3.npy", "lists_4.npy", "lists_5.npy"}) {
    const PickledIntegers read = read_npy_integers(read_file(golden_pickle(name)), name);
    ASSERT_TRUE(std::holds_alternative<Lists>(read)) << name;
    EXPECT_EQ(std::get<Lists>(read), expected) << name;
  }
}

TEST(Pickle, ReadsNumbersOfEachProtocolAndOfPlainArrays) {
  const std::vector<int64_t> expected = {3, -1, 70000};
  for (const char* name : {"numbers_2.npy", "numbers_3.npy", "numbers_4.npy", "numbers_5.npy"}) {
    EXPECT_EQ(std::get<1>(read_npy_integers(read_file(golden_pickle(name)), name)), expected);
  }
  Array plain(DType::int32, Shape{3});
  std::copy(expected.begin(), expected.end(), plain.data<int32_t>());
  EXPECT_EQ(std::get<1>(read_npy_integers(npy_bytes(plain), "x")), expected);
}

TEST(Pickle, ReadsWhatIsWrittenByHand) {
  EXPECT_EQ(std::get<Lists>(read(wrapped("](](K\1K\2e]K\3ae", 2))), (Lists{{1, 2}, {3}}));
  EXPECT_EQ(std::get<Lists>(read(wrapped("]", 0))), Lists{});
  EXPECT_EQ(std::get<Lists>(read(wrapped(std::string("](]\x8a\0ae", 7), 1))), (Lists{{0}}));
  EXPECT_EQ(std::get<Lists>(read(wrapped("](]\x8a\1\xff"
                                         "ae",
                                         1))),
            (Lists{{-1}}));
}

TEST(Pickle, RefusesEveryOtherName) {
  EXPECT_EQ(refusal("\x80\x03"
                    "cos\nsystem\n(X\x02\0\0\0lstR."),
            "x: expected a pickle of lists of integers, got the Python object os.system, which may "
            "run code. Take the file from where Keras has it.");
  expect_holds(refusal("\x80\x04\x8c\x05numpy\x8c\x04load\x93."),
               "got the Python object numpy.load,");
  expect_holds(refusal("\x80\x02"
                       "c__builtin__\neval\n."),
               "__builtin__.eval, which may run code.");
  expect_holds(refusal("\x80\x02"
                       "cnumpy\n\n."),
               "got the Python object numpy., which");
}

TEST(Pickle, RefusesWhatIsNoArrayOfLists) {
  const auto says = [](const std::string& text, const std::string& what) {
    SCOPED_TRACE(what);
    const std::string message = refusal(text);
    expect_holds(message, "x: expected a pickle of lists of integers as NumPy writes it, got ");
    expect_holds(message, "expected there is " + what + ". Copy or write the file anew.");
  };
  says("", "more bytes");
  says("K\x01.", "a pickle");
  says("\x80\x04K\x01.", "an array");
  says("\x80\x04.", "one array");
  says("\x80\x04]].", "one array");
  says("\x80\x04(].", "one array");
  says("\x80\x04].x", "nothing after the array");
  says("\x80\x04}.", "the opcodes of an array of lists (none is 0x7d)");
  says(wrapped("](])K\1aee", 1), "a list");
  says(wrapped("](])ae", 1), "integers");
  says(wrapped("](]](K\1eae", 1), "integers");
  says(wrapped("](K\1]e", 2), "integers");
  says(wrapped("](]K\1e", 2), "lists of integers");
  says(wrapped("](]e", 2), "as many items as the shape says");
  says(wrapped("K\1", 1), "an array of objects");
  says("\x80\x04K\1]ae.", "a list");
  says(
      "\x80\x04"
      "e.",
      "a mark");
  says(
      "\x80\x04"
      "a.",
      "a list");
  says("\x80\x04K\1\x86.", "values for a tuple");
  says("\x80\x04\x94.", "a value to remember");
  says("\x80\x04]q\1.", "a memo in order");
  says(std::string("\x80\x04h\0.", 5), "a value of the memo");
  says("\x80\x04\x8a\x09.", "integers of at most 8 bytes");
  says("\x80\x04)R.", "values as NumPy writes them");
  says("\x80\x04)b.", "something to build");
  says("\x80\x04])b.", "an array of objects");
  says(
      "\x80\x04"
      "cnumpy\ndtype\n)R.",
      "the dtype of objects");
  says(
      "\x80\x04"
      "cnumpy\ndtype\n\x8c\2i8\x85R.",
      "the dtype of objects");
  says(
      "\x80\x04"
      "cnumpy\nndarray\n)R.",
      "a call of NumPy's");
  says(
      "\x80\x04"
      "c_codecs\nencode\n)R.",
      "a text");
  says(
      "\x80\x04"
      "cnumpy.core.multiarray\n_reconstruct\n)R.",
      "an array to be made");
  says(
      "\x80\x04"
      "cnumpy",
      "a name");
  says(std::string("\x80\x04\x95\xff\0\0\0\0\0\0\0.", 12), "frames within the file");
  EXPECT_EQ(refusal("\x80\x01."),
            "x: expected a pickle of protocol 2 to 5, got protocol 1. Write the file anew with "
            "numpy.save.");
  expect_holds(refusal("\x80\x06."), "got protocol 6.");
}

TEST(Pickle, RefusesSeveralAxesAndSharedListsThatGrow) {
  std::string two_axes = wrapped("]", 1);
  two_axes.replace(two_axes.find("K\x01\x85"), 3, "K\x01K\x01\x86");
  expect_holds(refusal(two_axes), "x: expected an array with one axis, got 2.");
  // One list of 200 numbers, named 255 times.
  std::string list = "](](";
  for (int i = 0; i < 200; ++i) list += std::string("K\1");
  list += std::string("e\x94", 2);
  for (int i = 0; i < 254; ++i) list += std::string("h\0", 2);
  const auto count = static_cast<char>(255);
  EXPECT_EQ(std::get<Lists>(read(wrapped(list + "e", count))).size(), 255u);
  std::string grown = "](](";
  for (int i = 0; i < 30000; ++i) grown += std::string("K\1");
  grown += std::string("e\x94", 2);
  for (int i = 0; i < 254; ++i) grown += std::string("h\0", 2);
  expect_holds(refusal(wrapped(grown + "e", count)), "at most 64 integers for each byte");
}

TEST(Pickle, ListsThatHoldThemselvesAreRefused) {
  expect_holds(refusal(wrapped(std::string("](]\x94h\0ae", 8), 1)), "expected there is integers");
}

TEST(Pickle, SurvivesTruncationsAndMutations) {
  const auto read_it = [](const Bytes& bytes) { read_pickled_array(bytes, "mutated"); };
  for (const char* name : {"lists_2.npy", "lists_3.npy", "lists_4.npy", "lists_5.npy"}) {
    const Bytes bytes = pickle_of(name);
    expect_prefixes_refused(bytes, read_it);
    EXPECT_GT(count_refused_mutations(bytes, 2000, read_it), 100) << name;
  }
}

TEST(Pickle, NpyFilesOfObjectsMustFitTheirHeader) {
  const Bytes bytes = read_file(golden_pickle("numbers_4.npy"));
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string text(text_of(bytes));
    text.replace(text.find(from), from.size(), to);
    return error_of<FileError>([&] { read_npy_integers(bytes_of(text), "x"); });
  };
  EXPECT_EQ(
      changed("(3,)", "(4,)"),
      "x: expected as many objects as the header says, 4, got 3. Copy or write the file anew.");
  expect_holds(changed("(3,)", "(3,1)"), "x: expected an array with one axis, got 2.");
  expect_holds(error_of<FileError>(
                   [&] { read_npy_integers(npy_bytes(Array(DType::float32, Shape{1})), "x"); }),
               "x: expected integers or lists of integers, got float32 [1]");
}

}  // namespace
}  // namespace keratin::tests
