// SPDX-License-Identifier: Apache-2.0
#include "keratin/io/hdf5.h"

#include "keratin/io/byte_order.h"
#include "tests/io/hdf5_support.h"

namespace keratin::tests {
namespace {

constexpr DType all_dtypes[] = {DType::bool_,  DType::uint8,   DType::uint16,  DType::uint32,
                                DType::uint64, DType::int8,    DType::int16,   DType::int32,
                                DType::int64,  DType::float16, DType::float32, DType::float64};

Array array_at(const Hdf5Group& root, const std::string& path) {
  const Hdf5Dataset* dataset = root.find_dataset(path);
  if (dataset == nullptr) throw ValueError(path + " is not there");
  return dataset->read();
}

template <class T>
T attribute(const Hdf5Group& group, const std::string& name) {
  return std::get<T>(group.attributes.at(name));
}

TEST(Hdf5, ReadsAllTypesInBothByteOrders) {
  const Hdf5Group root = read_hdf5(golden_hdf5("types"));
  const Shape shape{2, 3};
  for (const DType dtype : all_dtypes) {
    const std::string name(name_of(dtype));
    EXPECT_TRUE(same(array_at(root, name), golden_values(dtype, shape))) << name;
    if (size_of(dtype) == 1) continue;
    EXPECT_TRUE(same(array_at(root, name + "_big"), golden_values(dtype, shape))) << name;
  }
  EXPECT_TRUE(same(array_at(root, "bfloat16"), golden_values(DType::bfloat16, shape)));
  EXPECT_TRUE(same(array_at(root, "scalar"), Array::scalar(2.5F)));
  EXPECT_TRUE(same(array_at(root, "empty"), Array::zeros(DType::float32, Shape{0, 3})));
  EXPECT_TRUE(same(array_at(root, "never_written"), Array::zeros(DType::float32, shape)));
}

TEST(Hdf5, ReadsContiguousCompactAndChunkedArrays) {
  const Hdf5Group root = read_hdf5(golden_hdf5("layouts"));
  const Array data = golden_values(DType::int32, Shape{10, 13});
  for (const char* name :
       {"contiguous", "compact", "chunked", "gzip", "shuffle", "gzip_shuffle", "resizable"}) {
    EXPECT_TRUE(same(array_at(root, name), data)) << name;
  }
  Array part = Array::zeros(DType::int32, Shape{10, 13});
  part.rows(0, 3).assign(data.rows(0, 3));
  EXPECT_TRUE(same(array_at(root, "partly_written"), part));
  EXPECT_TRUE(same(array_at(root, "cube"), golden_values(DType::float64, Shape{3, 4, 5})));
  EXPECT_TRUE(same(array_at(root, "many_chunks"), golden_values(DType::uint8, Shape{300})));
}

TEST(Hdf5, ReadsWholeArraysThatHaveAFillValue) {
  const Hdf5Group root = read_hdf5(golden_hdf5("filled"));
  for (const char* name : {"chunked", "one_chunk", "contiguous"}) {
    EXPECT_TRUE(same(array_at(root, name), golden_values(DType::int32, Shape{10, 13}))) << name;
  }
}

TEST(Hdf5, FillsWithZerosThatAreSaidToBe) {
  Array part = Array::zeros(DType::int32, Shape{10, 13});
  part.rows(0, 3).assign(golden_values(DType::int32, Shape{10, 13}).rows(0, 3));
  EXPECT_TRUE(same(array_at(read_hdf5(golden_hdf5("filled_with_zeros")), "a"), part));
}

TEST(Hdf5, ReadsGroupsThatKeepTheOrderOfTheirMembers) {
  const Hdf5Group root = read_hdf5(golden_hdf5("ordered"));
  EXPECT_TRUE(same(array_at(root, "b"), golden_values(DType::float32, Shape{2, 3})));
  EXPECT_TRUE(same(array_at(root, "a/z"), golden_values(DType::int32, Shape{4})));
  EXPECT_EQ(array_at(root, "a/deep/y").item<float>(), 2.5F);
  EXPECT_EQ(root.groups.size(), 2U);
  EXPECT_TRUE(root.find("none")->datasets.empty());
  EXPECT_EQ(attribute<std::string>(*root.find("a"), "name"), "ordered");
}

TEST(Hdf5, ReadsAttributes) {
  using Texts = std::vector<std::string>;
  const Hdf5Group root = read_hdf5(golden_hdf5("attributes"));
  EXPECT_EQ(attribute<std::string>(root, "text"), "h\xc3\xa9llo");
  EXPECT_EQ(attribute<std::string>(root, "no_text"), "");
  std::string words;
  for (int i = 0; i < 20; ++i) words += "long ";
  EXPECT_EQ(attribute<Texts>(root, "texts"), (Texts{"a", "", words}));
  EXPECT_EQ(attribute<Texts>(root, "ascii"), (Texts{"a", "bc"}));
  EXPECT_EQ(attribute<Texts>(root, "fixed"), (Texts{"ab", "cde"}));
  EXPECT_EQ(attribute<std::string>(root, "fixed_scalar"), "tensorflow");
  EXPECT_EQ(attribute<std::string>(root, "model_config"), std::string(5000, 'x'));
  EXPECT_TRUE(same(attribute<Array>(root, "no_names"), Array::zeros(DType::float64, Shape{0})));
  EXPECT_TRUE(same(attribute<Array>(root, "nothing"), Array::zeros(DType::float32, Shape{0})));
  EXPECT_TRUE(same(attribute<Array>(root, "yes"), Array::scalar(true)));
  EXPECT_TRUE(same(attribute<Array>(root, "number"), Array::scalar(int64_t{-3})));
  EXPECT_EQ(attribute<Array>(root, "numbers").span<float>()[1], 1.5F);
  EXPECT_EQ(attribute<Array>(root, "a_name_beyond_eight").dtype(), DType::uint16);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(root.attributes.at("complex")));
  EXPECT_EQ(attribute<std::string>(root.groups.at("vars"), "name"), "sequential");
}

TEST(Hdf5, FindsWhatLiesDeep) {
  const Hdf5Group root = read_hdf5(golden_hdf5("groups"));
  EXPECT_EQ(root.find("many")->datasets.size(), 300U);
  EXPECT_EQ(array_at(root, "many/299").item<int>(), 43);
  EXPECT_EQ(array_at(root, "d0/d1/d2/d3/d4/d5/d6/d7/d8/d9/value").item<float>(), 1.0F);
  EXPECT_EQ(root.find("d0/d2"), nullptr);
  EXPECT_EQ(root.find_dataset("d0/d1"), nullptr);
  EXPECT_EQ(root.find(""), &root);
}

Hdf5Group example() {
  Hdf5Group root;
  root.attributes["empty"] = std::string();
  root.attributes["list"] = std::vector<std::string>{"a", "", "bc"};
  root.attributes["long"] = std::string(100'000, 'x');
  root.attributes["number"] = Array::scalar(int64_t{-3});
  root.attributes["yes"] = Array::scalar(true);
  for (const DType dtype : all_dtypes) {
    root.make("types").datasets.emplace(name_of(dtype),
                                        Hdf5Dataset(golden_values(dtype, Shape{2, 3})));
  }
  root.make("types").datasets.emplace("bfloat16",
                                      Hdf5Dataset(golden_values(DType::bfloat16, Shape{5})));
  root.make("types").datasets.emplace("scalar", Hdf5Dataset(Array::scalar(2.5F)));
  root.make("types").datasets.emplace("none",
                                      Hdf5Dataset(Array::zeros(DType::float32, Shape{0, 2})));
  for (int i = 0; i < 300; ++i) {
    root.make("many/" + std::to_string(i)).attributes["name"] = "layer_" + std::to_string(i);
  }
  root.make("a/b/c");
  return root;
}

TEST(Hdf5, WhatIsWrittenComesBack) {
  const Hdf5Group expected = example();
  const Bytes bytes = hdf5_bytes(expected);
  const Hdf5Group root = read_hdf5(bytes, "memory");
  EXPECT_EQ(attribute<std::string>(root, "long"), std::string(100'000, 'x'));
  EXPECT_EQ(attribute<std::vector<std::string>>(root, "list"),
            (std::vector<std::string>{"a", "", "bc"}));
  EXPECT_EQ(root.find("many")->groups.size(), 300U);
  EXPECT_EQ(attribute<std::string>(*root.find("many/299"), "name"), "layer_299");
  EXPECT_NE(root.find("a/b/c"), nullptr);
  const Hdf5Group& types = *expected.find("types");
  ASSERT_EQ(root.find("types")->datasets.size(), types.datasets.size());
  for (const auto& [name, dataset] : types.datasets) {
    EXPECT_TRUE(same(array_at(root, "types/" + name), dataset.read())) << name;
  }
  // What was read is written as it was read.
  EXPECT_EQ(hdf5_bytes(root), bytes);
}

uint64_t number_at(const Bytes& bytes, uint64_t at, size_t size) {
  return little_endian(ByteView(bytes).subspan(at, size));
}

// Follows the nodes of one level of a group's tree: each names its neighbours and the last name
// before it. Returns how many there are.
int count_nodes(const Bytes& bytes, uint64_t tree, uint64_t heap_data) {
  constexpr uint64_t nowhere = ~uint64_t{0};
  int count = 0;
  uint64_t before = nowhere;
  std::string last_name;
  for (uint64_t at = tree; at != nowhere; ++count) {
    EXPECT_EQ(text_of(ByteView(bytes).subspan(at, 4)), "TREE");
    EXPECT_EQ(number_at(bytes, at + 8, 8), before);
    const uint64_t entries = number_at(bytes, at + 6, 2);
    for (uint64_t key = 0; key <= entries; ++key) {
      const uint64_t name_at = number_at(bytes, at + 24 + 16 * key, 8);
      const std::string name(reinterpret_cast<const char*>(bytes.data() + heap_data + name_at));
      EXPECT_LE(last_name, name);
      last_name = name;
    }
    before = at;
    at = number_at(bytes, at + 16, 8);
  }
  return count;
}

// What our reader passes over, and others may look at.
TEST(Hdf5, FieldsAreThoseOfH5py) {
  const Bytes theirs = read_file(golden_hdf5("groups")), ours = hdf5_bytes(example());
  const auto part = [](const Bytes& bytes, uint64_t at, size_t size) {
    return std::string(text_of(ByteView(bytes).subspan(at, size)));
  };
  EXPECT_EQ(part(ours, 0, 40), part(theirs, 0, 40));
  EXPECT_EQ(number_at(ours, 40, 8), ours.size());
  EXPECT_EQ(part(ours, 48, 16), part(theirs, 48, 16));
  EXPECT_EQ(part(ours, 72, 8), part(theirs, 72, 8));
  const uint64_t header = number_at(ours, 64, 8), their_header = number_at(theirs, 64, 8);
  EXPECT_EQ(part(ours, header, 2), part(theirs, their_header, 2));
  EXPECT_EQ(part(ours, header + 4, 4), part(theirs, their_header + 4, 4));  // links to it
  const uint64_t heap = number_at(ours, 88, 8);
  EXPECT_EQ(part(ours, heap, 8), part(theirs, number_at(theirs, 88, 8), 8));
  EXPECT_EQ(number_at(ours, heap + 16, 8), 1U) << "there is free room";
  EXPECT_EQ(count_nodes(ours, number_at(ours, 80, 8), number_at(ours, heap + 24, 8)), 1);
}

// The room that texts leave is an object of its own, of the number 0.
TEST(Hdf5, TheRestOfAHeapOfTextsIsFree) {
  Hdf5Group root;
  root.attributes["name"] = std::string("hello");
  const Bytes bytes = hdf5_bytes(root);
  const uint64_t heap = text_of(bytes).find("GCOL");
  ASSERT_NE(heap, std::string_view::npos);
  EXPECT_EQ(number_at(bytes, heap + 24, 8), 5U);  // the length of the first text
  constexpr uint64_t used = 16 + 16 + 8;          // the head of the heap, of the text, the text
  EXPECT_EQ(number_at(bytes, heap + used, 8), 0U);
  EXPECT_EQ(number_at(bytes, heap + used + 8, 8), number_at(bytes, heap + 8, 8) - used);
}

TEST(Hdf5, TreesOfManyNamesAreChained) {
  Hdf5Group root;
  for (int i = 0; i < 700; ++i) root.make("layer_" + std::to_string(i));
  const Bytes bytes = hdf5_bytes(root);
  const uint64_t heap_data = number_at(bytes, number_at(bytes, 88, 8) + 24, 8);
  const uint64_t top = number_at(bytes, 80, 8);
  EXPECT_EQ(number_at(bytes, top + 5, 1), 1U);  // the level
  EXPECT_EQ(count_nodes(bytes, top, heap_data), 1);
  EXPECT_EQ(count_nodes(bytes, number_at(bytes, top + 32, 8), heap_data), 3);  // of 32 lists of 8
}

TEST(Hdf5, RefusesToWriteWhatNoFileCanHold) {
  Hdf5Group slash;
  slash.groups["a/b"];
  EXPECT_EQ(error_of<ValueError>([&] { hdf5_bytes(slash); }),
            "write_hdf5: expected different names of 1 to 1024 characters without '/', got 'a/b'. "
            "Rename it.");
  Hdf5Group twice;
  twice.groups["a"];
  twice.datasets.emplace("a", Hdf5Dataset(Array::scalar(1.0F)));
  error_of<ValueError>([&] { hdf5_bytes(twice); });
  Hdf5Group large;
  large.attributes["a"] = Array::zeros(DType::float32, Shape{20'000});
  EXPECT_EQ(error_of<ValueError>([&] { hdf5_bytes(large); }),
            "write_hdf5: expected an attribute 'a' of at most 65528 bytes, got 80064. Keep large "
            "data in an array.");
}

// KERATIN_NUMPY_PYTHON names a Python that has h5py.
TEST(Hdf5Interop, H5pyReadsWhatIsWritten) {
  const char* python = std::getenv("KERATIN_NUMPY_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "set KERATIN_NUMPY_PYTHON to a Python with h5py";
  const TemporaryFolder folder;
  write_hdf5(folder.path("x.h5"), example());
  const std::string program =
      "import h5py, numpy as np\n"
      "ours = h5py.File('" +
      folder.path("x.h5") + "')\ntheirs = h5py.File('" + golden_hdf5("types") +
      "')\n"
      "types = ours['types']\n"
      "for key in types:\n"
      "  if key in theirs and key != 'bfloat16':\n"
      "    assert types[key].dtype == theirs[key].dtype, key\n"
      "    np.testing.assert_array_equal(types[key], theirs[key])\n"
      "assert len(types) == 15 and types['none'].shape == (0, 2)\n"
      "assert types['bfloat16'].dtype == theirs['bfloat16'].dtype\n"
      "assert types['bfloat16'].attrs['dtype'] == 'bfloat16'\n"
      "assert bytes(types['bfloat16'][:3]) == bytes(theirs['bfloat16'][0])\n"
      "assert list(ours.attrs['list']) == ['a', '', 'bc'] and ours.attrs['empty'] == ''\n"
      "assert ours.attrs['long'] == 'x' * 100000 and ours.attrs['number'] == -3\n"
      "assert ours.attrs['yes'] == True and ours.attrs['yes'].dtype == bool\n"
      "assert [ours['many'][str(i)].attrs['name'] for i in range(300)] == \\\n"
      "    ['layer_%d' % i for i in range(300)]\n"
      "assert len(ours['many']) == 300 and len(ours['a/b/c']) == 0\n";
  ASSERT_EQ(std::system(("'" + std::string(python) + "' -c \"" + program + "\"").c_str()), 0);
}

}  // namespace
}  // namespace keratin::tests
