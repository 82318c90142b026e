// SPDX-License-Identifier: Apache-2.0
#include "tests/support/random_graph.h"

#include <random>

#include "keratin/base/error.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "tests/support/run_graph.h"

namespace keratin::testing_support {

namespace {

class Builder {
 public:
  explicit Builder(uint32_t seed, int64_t height) : random_(seed), height_(height) {}

  RandomGraph build(int count) {
    rows_ = height_ * pick({0, 1, 2, 3, 3, 5, 5});
    columns_ = pick({1, 2, 3, 4});
    for (int i = 0; i < 3; ++i) result_.variables.emplace_back(data({rows_, columns_}));
    result_.variables.emplace_back(data({columns_, rows_}));
    result_.variables.emplace_back(data({columns_}));
    for (const Variable& variable : result_.variables) result_.state.push_back(variable.value());
    {
      Trace trace;
      trace_ = &trace;
      add_sources();
      while (count > 0) count -= add_operation() ? 1 : 0;
      add_updates();
      result_.graph = trace.finish(outputs());
    }
    return std::move(result_);
  }

 private:
  template <class T>
  T pick(std::initializer_list<T> choices) {
    return choices.begin()[random_() % choices.size()];
  }
  const Tensor& any() { return pool_[random_() % pool_.size()]; }
  // Prefers what was made last, so that graphs become deep.
  const Tensor& recent() {
    const size_t last = std::min<size_t>(pool_.size(), 5);
    return random_() % 2 == 0 ? any() : pool_[pool_.size() - 1 - random_() % last];
  }

  Tensor data(const Shape& shape) {
    Array array(DType::float32, shape);
    for (int64_t i = 0; i < array.size(); ++i) {
      array.data<float>()[i] = static_cast<float>(random_() % 4001) / 1000.0f - 2.0f;
    }
    return Tensor(array);
  }

  void add_sources() {
    for (const Shape& shape : {Shape{rows_, columns_}, Shape{rows_, 1}, Shape{columns_}}) {
      result_.inputs.push_back(data(shape));
      pool_.push_back(
          trace_->input(result_.inputs.back().spec(), "x" + std::to_string(result_.inputs.size())));
    }
    for (const Variable& variable : result_.variables) pool_.push_back(variable.value());
    pool_.push_back(trace_->import(data({rows_, columns_})));
    pool_.push_back(trace_->import(data({})));
    pool_.push_back(trace_->import(Tensor::ones({})));
  }

  // What the ops refuse is left out.
  bool add_operation() {
    try {
      const Tensor made = random_operation();
      if (!made.is_traced() || made.dtype() != DType::float32) return false;
      pool_.push_back(made);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  Tensor random_operation() {
    // Where plans are compared with runs op by op, loops would add up the rounding of fused ops.
    if (height_ > 1 && random_() % 16 == 0) return random_() % 3 == 0 ? chosen() : scanned();
    switch (random_() % 5) {
      case 0:
        return unary(recent());
      case 1:
        return binary(recent(), any());
      case 2:
        return reduction(recent());
      case 3:
        return moved(recent());
      default:
        return removable(recent());
    }
  }

  Tensor unary(const Tensor& x) {
    switch (random_() % 10) {
      case 0:
        return ops::tanh(x);
      case 1:
        return ops::sin(x);
      case 2:
        return ops::relu(x);
      case 3:
        return ops::sigmoid(x);
      case 4:
        return ops::tanh(ops::square(x));
      case 5:
        return ops::absolute(x);
      case 6:
        return ops::softmax(x);
      case 7:
        return ops::clip(x, -1.0, 1.0);
      case 8:
        return ops::log_sigmoid(x);
      default:
        return ops::cast(ops::cast(x, DType::int32), DType::float32);
    }
  }

  // Eighths, of which sums are exact in any order: where terms cancel, what they were rounded by
  // would be large beside the sum.
  static Tensor coarse(const Tensor& x) {
    return ops::clip(ops::round(x * 8.0), -64.0, 64.0) * 0.125;
  }

  // A Dense layer's product, or the gradient of its weights, with something to do for each element.
  static Tensor product(const Tensor& a, const Tensor& b) {
    const Tensor left = coarse(a);
    if (a.rank() != 2 || b.rank() != 2) return ops::tanh(ops::matmul(left, coarse(b)));
    const bool is_layer = a.shape()[1] == b.shape()[0];
    const Tensor right = coarse(a.shape()[0] == b.shape()[0] || is_layer ? b : a);
    return ops::tanh(ops::matmul(is_layer ? left : ops::transpose(left), right)) * 0.5;
  }

  Tensor binary(const Tensor& a, const Tensor& b) {
    switch (random_() % 12) {
      case 0:
        return a + b;
      case 1:
        return a - b;
      case 2:
        return ops::tanh(a * b);
      case 3:
        return ops::maximum(a, b);
      case 4:
        return ops::where(ops::greater(a, b), a, b);
      case 5:
        return ops::tanh(ops::squared_difference(a, b));
      case 6:
      case 7:
      case 8:
        return product(a, b);
      case 9:
        return ops::concatenate({a, b}, static_cast<int64_t>(random_() % 2));
      default:
        return ops::minimum(b, a * 0.5);
    }
  }

  // Rows that are long enough for reductions to one number to be cut.
  static Tensor wide(const Tensor& x) {
    const Tensor flat = ops::reshape(x, {x.shape().element_count(), 1});
    return flat - ops::cast(ops::arange(64), DType::float32) * 0.125;
  }

  Tensor to_one_number(const Tensor& x, bool keepdims) {
    switch (x.shape().element_count() == 0 ? 0 : random_() % 3) {
      case 0:
        return ops::tanh(ops::sum(x, {}, keepdims) * 0.001);
      case 1:
        return ops::max(x, {}, keepdims);
      default:
        return ops::min(x, {}, keepdims);
    }
  }

  Tensor reduction(const Tensor& x) {
    const auto axis = static_cast<int64_t>(random_() % 2);
    const bool keepdims = random_() % 2 == 0;
    switch (random_() % 6) {
      case 0:
        return ops::tanh(ops::sum(x, axis, keepdims));
      case 1:
        return x.shape()[static_cast<int>(axis)] > 0 ? ops::mean(x, axis, keepdims) : Tensor(0);
      case 2:
        return x.shape()[static_cast<int>(axis)] > 0 ? ops::max(x, axis, keepdims) : Tensor(0);
      case 3:
        return ops::tanh(ops::sum(coarse(x)));
      case 4:
        return to_one_number(wide(coarse(x)), keepdims);
      default:
        return ops::tanh(ops::cumsum(x, axis));
    }
  }

  Tensor moved(const Tensor& x) {
    switch (random_() % 9) {
      case 0:
        return ops::reshape(x, {columns_, rows_});
      case 1:
        return ops::reshape(x, {rows_, columns_});
      case 2:
        return ops::transpose(x);
      case 3:
        return ops::expand_dims(x, 0);
      case 4:
        return ops::squeeze(x, 0);
      case 5:
        return ops::broadcast_to(x, {rows_, columns_});
      case 6:
        return ops::flip(x, 0);
      case 7:
        return x[{Slice(1, open)}];
      default:
        return ops::pad(x, {{1, 0}, {0, 1}}, 0.5);
    }
  }

  // What passes can do without.
  Tensor removable(const Tensor& x) {
    switch (random_() % 8) {
      case 0:
        return x * trace_->import(Tensor::ones({}));
      case 1:
        return x / trace_->import(Tensor::ones({}));
      case 2:
        return -(-x);
      case 3:
        return ops::reshape(ops::reshape(x, {-1}), x.shape());
      case 4:
        return ops::stop_gradient(x);
      case 5:
        return ops::tanh(x) + ops::tanh(x);
      case 6: {
        const Tensor& other = any();
        return ops::maximum(x + other, other + x);
      }
      default: {
        const Tensor constant = trace_->import(data({columns_}));
        return x + ops::tanh(constant) * constant;
      }
    }
  }

  // Goes through the rows of x, from the sums of another one's columns on.
  static Tensor over_rows(const Tensor& start, const Tensor& x) {
    const auto step = [](const Nest& c, const Nest& row) -> std::pair<Nest, Nest> {
      return {ops::tanh(c.tensor() * 0.5 + row.tensor()), nullptr};
    };
    return ops::scan(step, ops::tanh(ops::sum(start, 0)), x).first.tensor();
  }

  // A loop over values of the usual shape, from one of them on, with others around it.
  Tensor scanned() {
    std::vector<Tensor> rows;
    const auto usual = [&] { return ops::broadcast_to(any(), {rows_, columns_}); };
    for (int i = 0; i < 3; ++i) rows.push_back(usual());
    const Tensor around = usual();
    const uint32_t kind = random_() % 3;
    const auto step = [&](const Nest& carry, const Nest& row) -> std::pair<Nest, Nest> {
      const Tensor c = carry;
      const Tensor x = row;
      if (kind == 0) {
        const Tensor next = product(x, product(around, around)) + c * 0.25;
        return {next, ops::softmax(next)};
      }
      const Tensor next = ops::tanh(c * 0.5 + x + around * 0.25);
      return {next, kind == 1 ? ops::relu(next) + around : next + over_rows(next, x)};
    };
    const bool reverse = random_() % 2 == 0;
    const auto [last, ys] = ops::scan(step, usual(), ops::stack(rows), std::nullopt, reverse);
    return random_() % 2 == 0 ? last.tensor() : ops::sum(ys.tensor() * 0.5, 0);
  }

  Tensor chosen() {
    const Tensor a = recent();
    const Tensor b = ops::broadcast_to(any(), a.shape());
    const auto count = [&](const Nest& c) { return c[0].tensor() < 3; };
    const auto next = [&](const Nest& c) {
      return Nest::list({Nest(c[0].tensor() + 1), Nest(ops::tanh(c[1].tensor() + b))});
    };
    const auto loop = [&] {
      return ops::while_loop(count, next, Nest::list({Nest(Tensor(0)), Nest(a)}))[1];
    };
    const Tensor top = a.shape().element_count() > 0 ? ops::max(a) : Tensor(0.0);
    return ops::cond(top > ops::mean(data({4})), loop, [&] { return Nest(a * b); }).tensor();
  }

  void add_updates() {
    for (const Variable& variable : result_.variables) {
      if (random_() % 4 == 0) continue;
      for (int i = 0; i < 20; ++i) {
        const Tensor& value = random_() % 2 == 0 ? any() : recent();
        if (value.shape().element_count() != variable.shape().element_count()) continue;
        variable.assign(value.shape() == variable.shape() ? value
                                                          : value.reshape(variable.shape()));
        break;
      }
    }
  }

  std::vector<Tensor> outputs() {
    std::vector<Tensor> chosen{pool_.back()};
    for (int i = 0; i < 3; ++i) {
      chosen.push_back(any());
      chosen.push_back(any().reshape({-1, 1}));
    }
    // A new value of a variable, and something twice.
    chosen.push_back(result_.variables[random_() % 5].value());
    chosen.push_back(chosen[random_() % 3]);
    chosen.push_back(product(pool_[0], pool_[0]));
    chosen.push_back(to_one_number(wide(coarse(any())), random_() % 2 == 0));
    return chosen;
  }

  std::mt19937 random_;
  int64_t height_;
  int64_t rows_ = 0;
  int64_t columns_ = 0;
  RandomGraph result_;
  Trace* trace_ = nullptr;
  std::vector<Tensor> pool_;
};

}  // namespace

void RandomGraph::reset() const {
  for (size_t i = 0; i < variables.size(); ++i) variables[i].assign(state[i]);
}

RandomGraph random_graph(uint32_t seed, int count, int64_t height) {
  return Builder(seed, height).build(count);
}

Results run_eagerly(const RandomGraph& data, const Graph& graph) {
  data.reset();
  Results results = run_graph(graph, data.inputs);
  for (const Variable& variable : data.variables) results.push_back(variable.value());
  return results;
}

std::vector<Array> arrays_of(const std::vector<Tensor>& tensors) {
  std::vector<Array> arrays;
  for (const Tensor& tensor : tensors) arrays.push_back(tensor.array());
  return arrays;
}

}  // namespace keratin::testing_support
