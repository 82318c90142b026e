// SPDX-License-Identifier: Apache-2.0
#include "tests/support/control_cases.h"

#include "keratin/graph/ops/ops.h"

namespace keratin::testing_support {

namespace {

using Tensors = std::vector<Tensor>;
using Pair = std::pair<Nest, Nest>;

Tensors flat(const Pair& pair) {
  Tensors all = pair.first.flatten();
  const Tensors ys = pair.second.flatten();
  all.insert(all.end(), ys.begin(), ys.end());
  return all;
}

ops::ScanFunction cell(const Tensors& in) {
  return [=](const Nest& h, const Nest& x) -> Pair {
    const Tensor next = ops::tanh(ops::matmul(x, in[2]) + ops::matmul(h, in[3]) + in[4]);
    return {next, next};
  };
}

Tensors dict_carry(const Tensors& in) {
  const auto step = [&](const Nest& carry, const Nest& x) -> Pair {
    const Tensor gate = ops::sigmoid(ops::matmul(x["x"], in[4]) + carry["h"]);
    const Tensor c = gate * carry["c"] + (1 - gate) * x["m"];
    const Tensor h = ops::tanh(c) * gate;
    return {Nest{{"h", h}, {"c", c}}, Nest::list({gate, h})};
  };
  const auto [carry, ys] =
      ops::scan(step, Nest{{"h", in[0]}, {"c", in[1]}}, Nest{{"x", in[2]}, {"m", in[3]}});
  return {carry["h"], carry["c"], ys[0], ys[1]};
}

Tensors integer_in_carry(const Tensors& in) {
  const auto step = [](const Nest& carry, const Nest& x) -> Pair {
    const Tensor i = carry[0];
    const Tensor v = carry[1] * ops::cast(i, DType::float32) * 0.5 + x;
    return {Nest::list({i + 1, v}), v * ops::cast(i, DType::float32)};
  };
  return flat(ops::scan(step, Nest::list({in[0], in[1]}), in[2]));
}

Tensors nested(const Tensors& in) {
  const auto inner = [](const Nest& c, const Nest& x) -> Pair {
    const Tensor next = ops::tanh(c + x);
    return {next, next * x};
  };
  const auto outer = [&](const Nest& c, const Nest& rows) -> Pair {
    const auto [last, ys] = ops::scan(inner, c, rows);
    return {last * 0.5, ops::sum(ys, 0)};
  };
  return flat(ops::scan(outer, in[0], in[1]));
}

Tensors nested_captures(const Tensors& in) {
  const auto outer = [&](const Nest& c, const Nest& x) -> Pair {
    const auto inner = [&](const Nest& d, const Nest& z) -> Pair {
      const Tensor next = ops::tanh(ops::matmul(d, in[1]) + x * z + c);
      return {next, next};
    };
    const auto [last, ys] = ops::scan(inner, x, in[3], std::nullopt, true);
    return {c + last, ops::mean(ys)};
  };
  return flat(ops::scan(outer, in[0], in[2]));
}

Tensors cond_in_scan(const Tensors& in) {
  const auto step = [&](const Nest& carry, const Nest& x) -> Pair {
    const Tensor c = ops::cond(
        ops::sum(x) > 0, [&] { return ops::tanh(ops::matmul(carry, in[2])); },
        [&] { return carry * x; });
    return {c, ops::cond(
                   ops::sum(c) > 0, [&] { return c; }, [&] { return -c * 2.0; })};
  };
  return flat(ops::scan(step, in[0], in[1]));
}

Tensors scan_in_cond(const Tensors& in) {
  const auto one = [&] {
    const auto step = [](const Nest& c, const Nest& x) -> Pair { return {c * x + x, nullptr}; };
    return ops::scan(step, in[1], in[2]).first;
  };
  return {ops::cond(in[0], one, [&] { return ops::sum(in[2] * in[2], 0); })};
}

Tensors cond_of_nests(const Tensors& in) {
  const Tensor a = in[0];
  const Tensor b = in[1];
  const Nest result = ops::cond(
      ops::sum(a) > ops::sum(b),
      [&] {
        return Nest{{"x", a}, {"y", Nest::list({b, a * b})}};
      },
      [&] {
        return Nest{{"x", b}, {"y", Nest::list({a, a - b})}};
      });
  return {result["x"], result["y"][0], result["y"][1]};
}

Tensors nested_cond(const Tensors& in) {
  const Tensor a = in[0];
  const Tensor b = in[1];
  const auto first = [&] {
    return ops::cond(
        b[0] > 0, [&] { return a; }, [&] { return a * b; });
  };
  const auto second = [&] {
    return ops::cond(
        b[1] > 0, [&] { return b; }, [&] { return a / (b * b + 1); });
  };
  return {ops::cond(a[0] > 0, first, second)};
}

Tensors switches(const Tensors& in) {
  const auto product = [](const Nest& x) { return x[0] * x[1]; };
  return {ops::switch_(in[0],
                       {[](const Nest& x) { return x[0] + x[1]; }, product,
                        [](const Nest& x) { return ops::sin(x[0]) * x[1]; }},
                       Nest::list({in[1], in[2]}))};
}

Nest divisor_step(const Nest& v) { return Nest::list({v[1], v[0] % v[1]}); }
Tensor divisor_test(const Nest& v) { return v[1] > 0; }

Tensors divisor(const Tensors& in) {
  return ops::while_loop(divisor_test, divisor_step, Nest::list({in[0], in[1]})).flatten();
}

Tensors doubled(const Tensors& in, std::optional<int64_t> most) {
  return {ops::while_loop([](const Nest& v) { return ops::sum(v) < 100; },
                          [](const Nest& v) { return v * 2; }, in[0], most)};
}

Tensors while_in_scan(const Tensors& in) {
  const auto next = [](const Nest& state) {
    const Tensor n = state[0];
    const Tensor half = ops::floor_divide(n, 2);
    return Nest::list({ops::where(n % 2 == 0, half, 3 * n + 1), state[1] + 1});
  };
  const Tensor zero = ops::cast(0, DType::int32);
  const auto step = [&](const Nest& c, const Nest& x) -> Pair {
    const Nest last = ops::while_loop([](const Nest& state) { return state[0] > 1; }, next,
                                      Nest::list({x[0], zero}));
    return {c + last[1], x[1] * ops::cast(last[1], DType::float32)};
  };
  return flat(ops::scan(step, zero, Nest::list({in[0], in[1]})));
}

Tensors prefix_nests(const Tensors& in) {
  const auto combine = [](const Nest& x, const Nest& y) {
    return Nest::list({x[0] * y[0], x[1] * y[0] + y[1]});
  };
  return ops::associative_scan(combine, Nest::list({in[0], in[1]}), false, 1).flatten();
}

Tensors composites(const Tensors& in) {
  const auto step = [&](const Nest& c, const Nest& x) -> Pair {
    const Tensor a = ops::softmax(ops::matmul(x, in[2]) + c);
    const Tensor m = ops::mean(a * x, -1, true);
    const Tensor v = ops::var(a, -1, true);
    const Tensor next = ops::relu((c - m) / ops::sqrt(v + 0.1)) + ops::softplus(x);
    return {next, ops::logsumexp(next, -1)};
  };
  return flat(ops::scan(step, in[0], in[1]));
}

Tensors masked(const Tensors& in) {
  const auto step = [](const Nest& c, const Nest& x) -> Pair {
    const Tensor next = ops::where(ops::expand_dims(x[1], -1), ops::tanh(c + x[0]), c);
    return {next, next};
  };
  return flat(ops::scan(step, in[0], Nest::list({in[1], in[2]})));
}

void add_scans(std::map<std::string, ControlFunction>& all) {
  using ops::scan;
  all["running_sum"] = [](const Tensors& in) {
    const auto step = [](const Nest& c, const Nest& x) -> Pair { return {c + x, c + x}; };
    return flat(scan(step, in[0], in[1]));
  };
  all["integer_sum"] = [](const Tensors& in) {
    const auto step = [](const Nest& c, const Nest& x) -> Pair { return {c + x, c * x}; };
    return flat(scan(step, in[0], in[1]));
  };
  all["rnn"] = [](const Tensors& in) { return flat(scan(cell(in), in[0], in[1])); };
  all["rnn_reverse"] = [](const Tensors& in) {
    return flat(scan(cell(in), in[0], in[1], std::nullopt, true));
  };
  all["rnn_last_state"] = [](const Tensors& in) {
    const ops::ScanFunction step = cell(in);
    const auto last = [&](const Nest& h, const Nest& x) -> Pair {
      return {step(h, x).first, nullptr};
    };
    return flat(scan(last, in[0], in[1]));
  };
  const auto sine = [](const Nest& c, const Nest&) -> Pair { return {ops::sin(c), c}; };
  all["zero_length_without_xs"] = [=](const Tensors& in) {
    return flat(scan(sine, in[0], nullptr, 0));
  };
  all["zero_length"] = [](const Tensors& in) {
    const auto step = [](const Nest& c, const Nest& x) -> Pair { return {c + x, c * x}; };
    return flat(scan(step, in[0], in[1]));
  };
  all["without_xs"] = [](const Tensors& in) {
    const auto step = [](const Nest& c, const Nest&) -> Pair { return {c * 1.1 + ops::sin(c), c}; };
    return flat(scan(step, in[0], nullptr, 6));
  };
  const auto growth = [](const Nest& c, const Nest& x) -> Pair { return {c * x + 1, ops::exp(c)}; };
  all["unrolled_by_two"] = [=](const Tensors& in) {
    return flat(scan(growth, in[0], in[1], std::nullopt, false, 2));
  };
  all["unrolled"] = [=](const Tensors& in) {
    return flat(scan(growth, in[0], in[1], std::nullopt, false, true));
  };
  const auto twice = [](const Nest& c, const Nest& x) -> Pair { return {c + x, c * 2}; };
  all["plain_number"] = [=](const Tensors& in) { return flat(scan(twice, Tensor(0.0), in[0])); };
  all["plain_integer"] = [=](const Tensors& in) { return flat(scan(twice, Tensor(0), in[0])); };
  all["passed_on"] = [](const Tensors& in) {
    const auto step = [](const Nest& c, const Nest& x) -> Pair {
      return {Nest::list({c[1], c[0] + x}), c[0]};
    };
    return flat(scan(step, Nest::list({in[0], in[1]}), in[2]));
  };
  all["looked_up"] = [](const Tensors& in) {
    const auto step = [&](const Nest& c, const Nest& i) -> Pair {
      const Tensor next = ops::tanh(c * 0.5 + ops::take(in[0], i, 0));
      return {next, next};
    };
    return flat(scan(step, in[1], in[2]));
  };
}

void add_others(std::map<std::string, ControlFunction>& all) {
  all["number_as_pred"] = [](const Tensors& in) -> Tensors {
    return {ops::cond(
        in[0], [&] { return in[1] * in[2] * in[1]; }, [&] { return ops::exp(in[1]); })};
  };
  all["doubling"] = [](const Tensors& in) { return doubled(in, std::nullopt); };
  all["at_most_three"] = [](const Tensors& in) { return doubled(in, 3); };
  all["counted"] = [](const Tensors& in) -> Tensors {
    const auto step = [](const Tensor& i, const Nest& s) -> Nest {
      return ops::sin(s) * ops::cast(i, DType::float32);
    };
    return {ops::fori_loop(2, 6, step, in[0])};
  };
  all["counted_to"] = [](const Tensors& in) -> Tensors {
    const auto step = [](const Tensor& i, const Nest& s) -> Nest {
      return s * 2 + ops::cast(i, DType::float32);
    };
    return {ops::fori_loop(0, in[0], step, in[1])};
  };
  all["mapped"] = [](const Tensors& in) -> Tensors {
    const auto f = [](const Nest& x) { return Nest{{"a", ops::power(x, 2)}, {"b", ops::sum(x)}}; };
    return ops::map(f, in[0]).flatten();
  };
  all["mapped_nests"] = [](const Tensors& in) -> Tensors {
    return {ops::map([](const Nest& e) { return e[0] * e[1]; }, Nest::list({in[0], in[1]}))};
  };
  all["vectorized"] = [](const Tensors& in) -> Tensors {
    return {ops::vectorized_map([&](const Nest& x) { return ops::matmul(x, in[1]); }, in[0])};
  };
  all["prefix_sums"] = [](const Tensors& in) -> Tensors {
    return {ops::associative_scan([](const Nest& a, const Nest& b) { return a + b; }, in[0])};
  };
  all["prefix_products"] = [](const Tensors& in) -> Tensors {
    const auto product = [](const Nest& a, const Nest& b) { return ops::matmul(a, b); };
    return {ops::associative_scan(product, in[0], true)};
  };
}

}  // namespace

const std::map<std::string, ControlFunction>& control_functions() {
  static const std::map<std::string, ControlFunction> functions = [] {
    std::map<std::string, ControlFunction> all{{"dict_carry", dict_carry},
                                               {"integer_in_carry", integer_in_carry},
                                               {"nested", nested},
                                               {"nested_captures", nested_captures},
                                               {"cond_in_scan", cond_in_scan},
                                               {"scan_in_cond", scan_in_cond},
                                               {"cond_of_nests", cond_of_nests},
                                               {"nested_cond", nested_cond},
                                               {"switch", switches},
                                               {"greatest_divisor", divisor},
                                               {"no_step", divisor},
                                               {"while_in_scan", while_in_scan},
                                               {"prefix_nests", prefix_nests},
                                               {"composites", composites},
                                               {"masked", masked}};
    add_scans(all);
    add_others(all);
    return all;
  }();
  return functions;
}

}  // namespace keratin::testing_support
