// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/graph/ops/ops.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using testing_support::message_of;
using Floats = std::vector<float>;

TEST(Einsum, NamesWhatIsWrongWithSubscripts) {
  const Tensor a = Tensor::ones({2, 3}), b = Tensor::ones({3, 4});
  const auto refused = [&](const std::string& text, const std::vector<Tensor>& operands) {
    return message_of<ValueError>([&] { ops::einsum(text, operands); });
  };
  const auto error = [](const std::string& text, const std::string& problem) {
    return "einsum: expected subscripts such as 'ij,jk->ik', got '" + text + "': " + problem +
           ". Correct them.";
  };
  EXPECT_EQ(refused("ij,jk", {a}), error("ij,jk", "each operand has a term of its own"));
  EXPECT_EQ(refused("ij", {a, b}), error("ij", "each operand has a term of its own"));
  EXPECT_EQ(refused("i1,jk->ik", {a, b}), error("i1,jk->ik", "axes are letters"));
  EXPECT_EQ(refused("i.j,jk->ik", {a, b}),
            error("i.j,jk->ik", "dots are three, once in each term"));
  EXPECT_EQ(refused("......,jk->k", {a, b}),
            error("......,jk->k", "dots are three, once in each term"));
  EXPECT_EQ(refused("ijk,jk->i", {a, b}),
            error("ijk,jk->i", "each term names the axes of its operand"));
  EXPECT_EQ(refused("i,jk->i", {a, b}),
            error("i,jk->i", "each term names the axes of its operand"));
  EXPECT_EQ(refused("...ijk,jk->i", {a, b}),
            error("...ijk,jk->i", "each term names the axes of its operand"));
  EXPECT_EQ(refused("ij,jk->il", {a, b}),
            error("ij,jk->il", "the result names axes of the operands, each once"));
  EXPECT_EQ(refused("ij,jk->ii", {a, b}),
            error("ij,jk->ii", "the result names axes of the operands, each once"));
}

TEST(Einsum, NamesSizesThatDoNotFit) {
  const auto refused = [](const std::string& text, const std::vector<Tensor>& operands) {
    return message_of<ShapeError>([&] { ops::einsum(text, operands); });
  };
  const Tensor a = Tensor::ones({2, 3});
  EXPECT_EQ(refused("ii->i", {a}),
            "einsum: expected known, equal sizes of an axis that is named twice, got shape [2, 3]. "
            "Rename one.");
  EXPECT_EQ(refused("ij,jk->ik", {a, a}),
            "einsum: expected equal sizes of axes with one name, got shapes [2, 3] and [2, 3]. "
            "Check the subscripts.");
  EXPECT_EQ(refused("ij,ij->i", {a, Tensor::ones({1, 3})}).substr(0, 45),
            "einsum: expected equal sizes of axes with one");
  EXPECT_EQ(ops::einsum("...j,...j->...", {a, Tensor::ones({1, 3})}).to_vector<float>(),
            (Floats{3, 3}));
}

TEST(Einsum, FindsTheResultThatIsNotGiven) {
  const Tensor a = Tensor::from<float>({1, 2, 3, 4}, {2, 2}), b = a * 10.0f;
  // Letters that occur once, in order of the alphabet, behind the dots.
  EXPECT_EQ(ops::einsum("ba", {a}).to_vector<float>(), (Floats{1, 3, 2, 4}));
  EXPECT_EQ(ops::einsum("ij,jk", {a, b}).to_vector<float>(), (Floats{70, 100, 150, 220}));
  EXPECT_EQ(ops::einsum("ii", {a}).item<float>(), 5.0f);
  EXPECT_EQ(ops::einsum("...j,j...", {a, b}).to_vector<float>(), (Floats{70, 220}));
  EXPECT_EQ(ops::einsum(" i j , j k -> k i ", {a, b}).to_vector<float>(),
            (Floats{70, 150, 100, 220}));
}

}  // namespace
}  // namespace keratin
