// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/initializer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "keratin/base/error.h"
#include "keratin/core/random.h"
#include "keratin/graph/ops/ops.h"
#include "tests/support/close.h"
#include "tests/support/golden.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using namespace testing_support;

struct LayerLike {
  KERATIN_OPTIONS(LayerLike);
  KERATIN_FIELD(Initializer, kernel_initializer, "First values of the kernel.") = "glorot_uniform";
  KERATIN_FIELD(Initializer, bias_initializer, "First values of the bias.") = "zeros";
};

// Two ulps of the dtype relative to the largest value.
double two_ulps(DType dtype) {
  if (dtype == DType::float16) return 2 * 0x1p-10;
  if (dtype == DType::bfloat16) return 2 * 0x1p-7;
  return dtype == DType::float64 ? 2 * 0x1p-52 : 2 * 0x1p-23;
}

void check_cases(const Golden& golden, const Config& cases) {
  for (const Config& c : cases.as_list()) {
    SCOPED_TRACE(to_json(c));
    const Initializer initializer = Initializer::from_config(c.at("object"));
    const DType dtype = dtype_from(c.at("dtype").as_string());
    for (const Config& name : c.at("arrays").as_list()) {
      expect_close(initializer(Codec<Shape>::read(c.at("shape")), dtype), golden.tensor(name),
                   two_ulps(dtype));
    }
    EXPECT_EQ(initializer.to_config(), c.at("object"));
  }
}

TEST(Initializer, ValuesEqualKeras) {
  const Golden golden("initializers.npz");
  check_cases(golden, golden.at("cases"));
  check_cases(golden, golden.at("cases_float64"));
}

TEST(Initializer, FourierKernelsEqualKeras) {
  const Golden golden("initializers_stft.npz");
  check_cases(golden, golden.at("cases"));
  EXPECT_EQ(message_of<ValueError>([] { initializers::STFT({.side = "left"}); }),
            "STFT: expected \"real\" or \"imag\" as side, got 'left'. Use one of them.");
  EXPECT_EQ(message_of<ValueError>([] { initializers::STFT({.scaling = "loud"}); }),
            "STFT: expected \"density\", \"spectrum\" or none as scaling, got 'loud'. Use one of "
            "them.");
  EXPECT_EQ(message_of<ValueError>([] { initializers::STFT({.window = "hamn"}); }),
            "window: expected the name of a window, got 'hamn'. Did you mean 'hann'?");
  EXPECT_EQ(message_of<ShapeError>([] {
              initializers::STFT()({4, 3});
            }),
            "STFT: expected a weight [frame, 1, frequencies], got shape [4, 3]. Use another "
            "initializer.");
  EXPECT_EQ(message_of<ShapeError>([] {
              initializers::STFT({.window = std::vector<double>{1, 2}})({4, 1, 3});
            }),
            "STFT: expected a window of 4 values, got shape [2]. Pass one as long as the weight's "
            "first axis.");
}

TEST(Initializer, FurtherOnesEqualKeras) {
  const Golden golden("nn.npz");
  EXPECT_GT(golden.at("initializers").size(), 20U);
  for (const Config& c : golden.at("initializers").as_list()) {
    SCOPED_TRACE(to_json(c));
    const Initializer initializer = Initializer::from_config(c.at("object"));
    expect_close(initializer(Codec<Shape>::read(c.at("shape"))), golden.tensor(c.at("array")),
                 two_ulps(DType::float32));
    EXPECT_EQ(initializer.to_config(), c.at("object"));
  }
}

TEST(Initializer, SeedsAreDrawnInTheOrderOfConstruction) {
  const Golden golden("initializers.npz");
  for (const Config& sequence : golden.at("drawn").as_list()) {
    rng::set_random_seed(sequence.at("set_random_seed").as_int());
    for (const Config& made : sequence.at("made").as_list()) {
      SCOPED_TRACE(to_json(made));
      // The name alone draws nothing; a layer that is made of it does.
      const Initializer named(made.at("string").as_string());
      const Initializer initializer = named.resolved();
      const Tensor expected = golden.tensor(made.at("arrays")[0]);
      expect_close(initializer({3, 4}), expected, two_ulps(DType::float32));
      expect_close(initializer({3, 4}), expected, two_ulps(DType::float32));
      EXPECT_EQ(initializer.to_config(), made.at("object"));
    }
  }
}

TEST(Initializer, ObjectsDrawAtOnceAndOptionsWhenALayerIsMade) {
  rng::set_random_seed(42);
  const int64_t first = rng::global_random().make_default_seed();
  const int64_t second = rng::global_random().make_default_seed();
  const auto values = [](const Initializer& initializer) {
    return initializer({4}).to_vector<float>();
  };
  const auto of_seed = [&](int64_t seed) {
    return values(initializers::GlorotUniform({.seed = seed}));
  };
  rng::set_random_seed(42);
  LayerLike options;                                  // draws nothing
  const auto object = initializers::GlorotUniform();  // draws the first seed
  resolve_initializers(options);                      // the second one; zeros need none
  EXPECT_EQ(values(object), of_seed(first));
  EXPECT_EQ(values(options.kernel_initializer), of_seed(second));
  resolve_initializers(options);
  EXPECT_EQ(values(options.kernel_initializer), of_seed(second));
}

TEST(Initializer, IsMadeFromNamesObjectsTensorsFunctionsAndNothing) {
  const std::vector<float> ones{1, 1}, halves{0.5, 0.5}, given{3, 4};
  const auto two = [](const Initializer& initializer) {
    return initializer({2}, DType::float32).to_vector<float>();
  };
  for (const char* name : {"ones", "one", "Ones"}) {
    EXPECT_EQ(two(LayerLike{.kernel_initializer = name}.kernel_initializer), ones);
  }
  EXPECT_EQ(two(LayerLike{.kernel_initializer = initializers::Ones()}.kernel_initializer), ones);
  EXPECT_EQ(two(initializers::Constant(0.5)), halves);
  EXPECT_EQ(two(initializers::Constant(Tensor::from<float>({3, 4}, {2}))), given);
  EXPECT_EQ(
      two(LayerLike{.kernel_initializer = Tensor::from<float>({3, 4}, {2})}.kernel_initializer),
      given);
  const auto lambda = [](const Shape& shape, DType dtype) { return ops::full(shape, 0.5, dtype); };
  EXPECT_EQ(two(LayerLike{.kernel_initializer = lambda}.kernel_initializer), halves);
  EXPECT_EQ(two(LayerLike{.kernel_initializer = {"halves", lambda}}.kernel_initializer), halves);
  EXPECT_FALSE(LayerLike{.kernel_initializer = nullptr}.kernel_initializer.defined());
  EXPECT_FALSE(LayerLike{.kernel_initializer = {}}.kernel_initializer.defined());
  for (const char* name :
       {"normal", "uniform", "zero", "random_normal", "random_uniform", "RandomUniform",
        "he_normal", "lecun_uniform", "variance_scaling", "truncated_normal", "constant"}) {
    EXPECT_TRUE(Initializer(name).defined());
  }
  EXPECT_EQ(Initializer("zeros")({2, 0}).shape(), (Shape{2, 0}));
}

TEST(Initializer, IsWrittenAsKerasWritesIt) {
  EXPECT_EQ(to_json(Codec<Initializer>::write("glorot_uniform")),
            R"({"module": "keras.initializers", "class_name": "GlorotUniform", "config": )"
            R"({"seed": null, "input_axes": null, "output_axes": null}, "registered_name": null})");
  EXPECT_EQ(to_json(initializers::RandomNormal({.mean = 1, .seed = 3}).to_config().at("config")),
            R"({"seed": 3, "mean": 1.0, "stddev": 0.05})");
  EXPECT_TRUE(Codec<Initializer>::write(nullptr).is_null());
  EXPECT_EQ(compute_fans({3, 3, 8, 16}), (std::pair<int64_t, int64_t>{72, 144}));
}

TEST(Initializer, MisuseIsExplained) {
  EXPECT_EQ(message_of<ValueError>([] { Initializer("glorot_unifrom"); }),
            "initializer: expected the name of an initializer, got 'glorot_unifrom'. Did you mean "
            "'glorot_uniform'?");
  EXPECT_EQ(message_of<DTypeError>([] { initializers::HeNormal()({2}, DType::int32); }),
            "initializer: expected a float dtype for random values, got int32. Use zeros, ones or "
            "a constant.");
  EXPECT_EQ(message_of<ValueError>([] { initializers::VarianceScaling({.scale = 0}); }),
            "VarianceScaling: expected a positive scale, got 0. Pass a larger one.");
  EXPECT_EQ(message_of<ValueError>([] { initializers::VarianceScaling({.mode = "fan_inn"}); }),
            "VarianceScaling: expected the mode fan_in, fan_out or fan_avg, got 'fan_inn'. Did you "
            "mean 'fan_in'?");
  EXPECT_EQ(message_of<ShapeError>([] { Initializer(Tensor::zeros({2}))({3}); }),
            "initializer: expected a weight of the given tensor's shape [2], got [3]. Reshape the "
            "tensor.");
  EXPECT_EQ(message_of<ValueError>([] { Initializer()({3}); }),
            "initializer: expected an initializer, got none. Name one, such as 'zeros'.");
  EXPECT_EQ(message_of<ConfigError>([] {
              Initializer::from_config(
                  envelope("keras.initializers", "GlorotUniform", Config::dict({{"sed", 1}})));
            }),
            "GlorotUniform: expected one of the options [seed, input_axes, output_axes], got "
            "'sed'. Did you mean 'seed'?");
}

TEST(Initializer, IdentityHasAGain) {
  const Initializer half = initializers::Identity({.gain = 0.5});
  EXPECT_EQ(half({2, 2}).to_vector<float>(), (std::vector<float>{0.5F, 0, 0, 0.5F}));
  const Initializer read = Initializer::from_config(half.to_config());
  EXPECT_EQ(read({1, 1}).item<float>(), 0.5F);
  EXPECT_EQ(message_of<ValueError>([] {
              initializers::Identity()({2, 2, 2});
            }),
            "Identity: expected a weight of rank 2, got shape [2, 2, 2]. Use another initializer.");
  EXPECT_EQ(message_of<ValueError>([] { initializers::Orthogonal()({3}); }),
            "Orthogonal: expected a weight of rank 2 or more, got shape [3]. Use another "
            "initializer.");
}

// Each function makes what its class makes of a config with the same seed.
TEST(Initializer, FunctionsAreTheirClasses) {
  using namespace initializers;
  const std::pair<const char*, Initializer> all[] = {
      {"GlorotUniform", GlorotUniform({.seed = 7})}, {"GlorotNormal", GlorotNormal({.seed = 7})},
      {"HeUniform", HeUniform({.seed = 7})},         {"HeNormal", HeNormal({.seed = 7})},
      {"LecunUniform", LecunUniform({.seed = 7})},   {"LecunNormal", LecunNormal({.seed = 7})}};
  for (const auto& [name, initializer] : all) {
    EXPECT_EQ(initializer.to_config().at("class_name").as_string(), name);
    Config config = initializer.to_config();
    EXPECT_EQ(config.at("config").at("seed").as_int(), 7);
    EXPECT_TRUE(same_bits(initializer({5, 3}), Initializer::from_config(config)({5, 3}))) << name;
  }
  // Axes that count as inputs and outputs say how large the values are.
  const auto largest_of = [](const FanOptions& options) {
    return largest(HeUniform(options)({2, 50, 3}));
  };
  EXPECT_LE(largest_of({.seed = 1, .input_axes = {{1}}, .output_axes = {{2}}}),
            std::sqrt(6.0 / 50));
  EXPECT_GT(largest_of({.seed = 1, .input_axes = {{0}}, .output_axes = {{2}}}), std::sqrt(6.0 / 3));
}

TEST(Initializer, RefusesToWriteWhatHasNoName) {
  const char* nameless =
      "initializer: expected a function with a name to write, got a nameless one. Give it a name "
      "where it is passed.";
  const Initializer values(Tensor::ones({2}));
  EXPECT_EQ(message_of<ConfigError>([&] { values.to_config(); }), nameless);
  EXPECT_EQ(message_of<ShapeError>([&] { values({3}); }),
            "initializer: expected a weight of the given tensor's shape [2], got [3]. Reshape the "
            "tensor.");
  const Initializer function(
      [](const Shape& shape, DType dtype) { return Tensor::ones(shape, dtype); });
  EXPECT_EQ(message_of<ConfigError>([&] { function.to_config(); }), nameless);
  EXPECT_EQ(function({2, 2}, DType::float16).dtype(), DType::float16);
}

TEST(Initializer, AWideOrthogonalMatrixIsATallOneTurned) {
  const Initializer orthogonal = initializers::Orthogonal({.gain = 2.0, .seed = 3});
  const Tensor wide = orthogonal({2, 4});
  EXPECT_TRUE(same_bits(wide, ops::transpose(orthogonal({4, 2})).reshape({2, 4})));
  EXPECT_TRUE(is_close(ops::matmul(wide, ops::transpose(wide)), ops::eye(2) * 4.0f, 1e-5));
  // What keras.initializers.Orthogonal(2.0, 3)((2, 4)) is.
  expect_close(wide,
               Tensor::from({1.1326704025268555f, 0.3191596567630768f, -0.9302950501441956f,
                             1.322779655456543f, 0.1354149729013443f, 0.9177907705307007f,
                             -1.2728333473205566f, -1.2325657606124878f},
                            {2, 4}),
               2e-6);
}

TEST(Initializer, ANormalDistributionIsTruncated) {
  const auto scaled = [](const char* distribution) {
    return initializers::VarianceScaling(
        {.scale = 2.0, .mode = "fan_in", .distribution = distribution, .seed = 3});
  };
  EXPECT_EQ(scaled("normal").to_config(), scaled("truncated_normal").to_config());
  EXPECT_EQ(scaled("Uniform").to_config(), scaled("uniform").to_config());
  EXPECT_TRUE(same_bits(scaled("normal")({3, 2}), scaled("truncated_normal")({3, 2})));
}

}  // namespace
}  // namespace keratin
