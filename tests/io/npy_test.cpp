// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/npy.h"

#include "tests/io/support.h"

namespace keratin::tests {
namespace {

const std::vector<DType> all_dtypes = {
    DType::bool_,    DType::uint8,   DType::uint16, DType::uint32, DType::uint64,
    DType::int8,     DType::int16,   DType::int32,  DType::int64,  DType::float16,
    DType::bfloat16, DType::float32, DType::float64};

/// Returns the bytes of a version 1 file with this header and data.
Bytes file_of(const std::string& header, const std::string& data) {
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size() & 0xff);
  text += static_cast<char>(header.size() >> 8);
  text += header + data;
  const ByteView view = bytes_of(text);
  return Bytes(view.begin(), view.end());
}

std::string refusal_of(const std::string& header, const std::string& data) {
  return error_of<FileError>([&] { read_npy(file_of(header, data), "x.npy"); });
}

TEST(Npy, ReadsEveryDtypeOfNumpy) {
  for (DType dtype : all_dtypes) {
    const std::string name(name_of(dtype));
    const Array expected = golden_values(dtype, Shape{2, 3});
    EXPECT_TRUE(same(read_npy(golden(name + ".npy"), {.bfloat16 = true}), expected)) << name;
  }
}

TEST(Npy, ReadsBigEndianFiles) {
  for (DType dtype : all_dtypes) {
    if (size_of(dtype) == 1 || dtype == DType::bfloat16) continue;
    const std::string name = std::string(name_of(dtype)) + "_big.npy";
    EXPECT_TRUE(same(read_npy(golden(name)), golden_values(dtype, Shape{2, 3}))) << name;
  }
}

TEST(Npy, ReadsScalarsVectorsEmptyAndDeepArrays) {
  EXPECT_TRUE(same(read_npy(golden("scalar.npy")), golden_values(DType::float32, Shape{})));
  EXPECT_TRUE(same(read_npy(golden("vector.npy")), golden_values(DType::int8, Shape{5})));
  EXPECT_TRUE(same(read_npy(golden("empty.npy")), golden_values(DType::float32, Shape{0, 3})));
  EXPECT_TRUE(
      same(read_npy(golden("deep.npy")), golden_values(DType::float64, Shape{2, 1, 3, 1, 2})));
}

TEST(Npy, ReadsFortranOrderAsRowMajor) {
  const Array array = read_npy(golden("fortran.npy"));
  EXPECT_TRUE(array.is_contiguous());
  EXPECT_TRUE(same(array, golden_values(DType::float32, Shape{2, 3, 4})));
  EXPECT_TRUE(same(read_npy(golden("fortran_big.npy")), golden_values(DType::int16, Shape{2, 3})));
}

TEST(Npy, ReadsVersionsTwoAndThree) {
  const Array expected = golden_values(DType::int32, Shape{2, 3});
  EXPECT_TRUE(same(read_npy(golden("version_2.npy")), expected));
  EXPECT_TRUE(same(read_npy(golden("version_3.npy")), expected));
}

TEST(Npy, ReadsBfloat16OnlyWhenTold) {
  const Array expected = golden_values(DType::bfloat16, Shape{2, 3});
  EXPECT_TRUE(same(read_npy(golden("bfloat16_ml_dtypes.npy"), {.bfloat16 = true}), expected));
  const std::string text = error_of<FileError>([] { read_npy(golden("bfloat16.npy")); });
  expect_holds(text, "got 2 bytes without a type ('|V2'). Set `.bfloat16 = true`");
}

TEST(Npy, WritesTheBytesOfNumpy) {
  for (DType dtype : all_dtypes) {
    const std::string name(name_of(dtype));
    EXPECT_EQ(npy_bytes(golden_values(dtype, Shape{2, 3})), read_file(golden(name + ".npy")))
        << name;
  }
  EXPECT_EQ(npy_bytes(golden_values(DType::float32, Shape{})), read_file(golden("scalar.npy")));
  EXPECT_EQ(npy_bytes(golden_values(DType::int8, Shape{5})), read_file(golden("vector.npy")));
  EXPECT_EQ(npy_bytes(golden_values(DType::float32, Shape{0, 3})), read_file(golden("empty.npy")));
  EXPECT_EQ(npy_bytes(golden_values(DType::float64, Shape{2, 1, 3, 1, 2})),
            read_file(golden("deep.npy")));
}

TEST(Npy, EveryDtypeAndShapeComesBack) {
  const TemporaryFolder folder;
  const std::vector<Shape> shapes = {{}, {1}, {7}, {0}, {2, 0, 3}, {3, 4}, {2, 3, 4, 5}};
  for (DType dtype : all_dtypes) {
    for (const Shape& shape : shapes) {
      const Array array = golden_values(dtype, shape);
      write_npy(folder.path("x.npy"), array);
      EXPECT_TRUE(same(read_npy(folder.path("x.npy"), {.bfloat16 = true}), array))
          << name_of(dtype) << to_string(shape);
    }
  }
  EXPECT_EQ(folder.count(), 1u);
}

TEST(Npy, WritesViewsInTheirOwnOrder) {
  const Array array = golden_values(DType::int32, Shape{2, 3});
  const Array transposed(array.buffer(), DType::int32, Shape{3, 2}, {1, 3}, 0);
  EXPECT_TRUE(same(read_npy(npy_bytes(transposed), "view"), transposed));
  EXPECT_TRUE(same(read_npy(npy_bytes(array.rows(1, 2)), "rows"), array.rows(1, 2)));
}

TEST(Npy, TrueIsAnyByteButZero) {
  const Array array =
      read_npy(file_of("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }\n",
                       {'\x00', '\x02', '\xff'}),
               "bools");
  EXPECT_EQ(std::vector<bool>(array.data<bool>(), array.data<bool>() + 3),
            (std::vector<bool>{false, true, true}));
}

TEST(Npy, TakesHeadersOfOlderAndOtherWriters) {
  const std::string data(6, '\x01');
  const Array expected = read_npy(
      file_of("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n", data), "usual");
  for (const char* header : {"{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 3L)}",
                             "{\"shape\":(2,3,),\"descr\":\"u1\",\"fortran_order\":False}  \n",
                             " { 'fortran_order' : True , 'shape' : (2, 3), 'descr': '<u1' , } "}) {
    EXPECT_TRUE(same(read_npy(file_of(header, data), header), expected)) << header;
  }
}

TEST(Npy, RefusesWhatIsNoArrayOfNumbers) {
  const auto refusal = [](const std::string& name) {
    return error_of<FileError>([&] { read_npy(golden("refused_" + name + ".npy")); });
  };
  expect_holds(refusal("objects"), "got Python objects, which only Python's pickle can read");
  expect_holds(refusal("unicode"), "got texts ('<U2'). Keep texts in a text file.");
  expect_holds(refusal("bytes"), "got texts ('|S2')");
  expect_holds(refusal("records"), "got records with named fields");
  expect_holds(refusal("complex"), "got '<c8'. Convert the array with astype() first.");
  expect_holds(refusal("dates"), "got '<M8[s]'");
  expect_holds(refusal("longdouble"), "got '<f16'");
}

TEST(Npy, NamesTheFileThatCannotBeRead) {
  EXPECT_EQ(error_of<FileError>([] { read_npy("/no/such/file.npy"); }),
            "/no/such/file.npy: expected a file that can be read, got 'No such file or directory'. "
            "Check the path.");
}

TEST(Npy, RefusesSizesThatAreNotInTheFile) {
  const std::string front = "{'descr': '<f4', 'fortran_order': False, 'shape': ";
  const std::string data(24, '\0');
  EXPECT_EQ(refusal_of(front + "(2, 4)}", data),
            "x.npy: expected 32 bytes of data for float32 of shape [2, 4], got 24. The file is cut "
            "off or damaged; copy or write it anew.");
  expect_holds(refusal_of(front + "(5,)}", data), "expected 20 bytes");
  expect_holds(refusal_of(front + "(9223372036854775807,)}", data), "expected the size of a file");
  expect_holds(refusal_of(front + "(4611686018427387904, 4)}", data),
               "expected the size of a file");
  expect_holds(refusal_of(front + "(0, 4611686018427387904, 4)}", ""),
               "expected the size of a file");
  expect_holds(refusal_of(front + "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,6)}", data),
               "expected at most 16 axes, got 18");
}

TEST(Npy, RefusesDamagedHeaders) {
  const std::string data(4, '\0');
  for (const char* header :
       {"", "{", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1)} x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1.0,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<\\x664', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}", "{'descr"}) {
    expect_holds(refusal_of(header, data),
                 "x.npy: expected a header with 'descr', 'fortran_order' and 'shape', got `");
  }
  expect_holds(refusal_of("{'descr': '', 'fortran_order': False, 'shape': (1,)}", data), "got ''");
  expect_holds(refusal_of("{'descr': '>V2', 'fortran_order': False, 'shape': (2,)}", data), ">V2");
}

TEST(Npy, RefusesOtherMagicAndVersions) {
  const auto refusal = [](std::string text) {
    return error_of<FileError>([&] { read_npy(bytes_of(text), "x.npy"); });
  };
  expect_holds(refusal("PK\x03\x04"
                       "abcdefgh"),
               "expected the bytes of an .npy file, got `PK??abcd`");
  expect_holds(refusal("\x93NUMPY\x04" + std::string(60, '\0')),
               "expected .npy format 1.0, 2.0 or 3.0, got 4.0.");
  expect_holds(refusal("\x93NUMPY\x02" + std::string(1, '\0') + "\xff\xff\xff\xff"),
               "at most 65536 bytes long, got 4294967295 bytes");
}

TEST(Npy, RefusesEveryTruncation) {
  for (const char* name : {"float32.npy", "fortran.npy", "bool.npy", "version_2.npy"}) {
    expect_prefixes_refused(read_file(golden(name)),
                            [](const Bytes& bytes) { read_npy(bytes, "cut"); });
  }
}

TEST(Npy, SurvivesRandomMutations) {
  for (const char* name : {"float64_big.npy", "fortran.npy", "bool.npy", "version_3.npy"}) {
    const int refused = count_refused_mutations(
        read_file(golden(name)), 2000, [](const Bytes& bytes) { read_npy(bytes, "mutated"); });
    EXPECT_GT(refused, 100) << name;
    EXPECT_LT(refused, 2000) << name;
  }
}

}  // namespace
}  // namespace keratin::tests
