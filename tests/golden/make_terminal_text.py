# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/terminal/: what Keras 3.15.1 (Rich 15.0.0) prints, byte for byte.

Run:  KERAS_BACKEND=jax python tests/golden/make_terminal_text.py

summary_<name>.txt  model.summary(), printed to pseudo-terminals and to pipes
progress.txt        keras.utils.Progbar, by make_progress_text.py

Outputs are stored as `output\t<number of bytes>\n<bytes>\n`.
"""

import fcntl
import os
import struct
import subprocess
import sys
import termios
import threading
import tty

os.environ.setdefault("KERAS_BACKEND", "jax")
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "terminal")


def make_models():
    import keras
    import numpy as np
    from keras import layers

    def sequential():
        return keras.Sequential(
            [
                keras.Input((784,)),
                layers.Rescaling(1 / 255.0),
                layers.Dense(32, activation="relu"),
                layers.Dropout(0.5),
                layers.Dense(10),
            ],
            name="fashion",
        )

    def convnet():
        model = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                layers.Conv2D(32, 3),
                layers.BatchNormalization(),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dense(10),
            ]
        )
        model.layers[0].trainable = False
        return model

    def one_block():
        inputs = keras.Input((16,))
        x = layers.Dense(8)(inputs)
        return keras.Model(inputs, layers.Dense(1)(x))

    def many_inputs():
        title = keras.Input((10,), name="title")
        body = keras.Input((20,), name="text_body")
        tags = keras.Input((3,), name="tags")
        x = layers.Concatenate()([title, body, tags])
        x = layers.Dense(64, activation="relu")(x)
        shared = layers.Dense(64, name="shared")
        x = layers.add([shared(x), x, shared(x)])
        priority = layers.Dense(1, activation="sigmoid", name="priority")(x)
        department = layers.Dense(4, activation="softmax", name="department")(x * 2.0 + 1.0)
        return keras.Model([title, body, tags], [priority, department], name="tickets")

    def nested():
        inner = keras.Sequential(
            [keras.Input((8,)), layers.Dense(4), layers.Dense(4)], name="inner"
        )
        frozen = keras.Sequential([keras.Input((4,)), layers.Dense(6), inner_most()], name="frozen")
        frozen.trainable = False
        a = keras.Input((8,), name="a")
        b = keras.Input((8,), name="b")
        x = layers.concatenate([inner(a), inner(b)])
        x = layers.Dense(4)(x)
        return keras.Model([a, b], frozen(x), name="outer")

    def inner_most():
        i = keras.Input((6,))
        return keras.Model(i, layers.Dense(2)(layers.Activation("relu")(i)), name="inner_most")

    def long_names():
        class AVeryLongLayerClassNameThatDoesNotFitIntoItsColumnAtAll(layers.Layer):
            def call(self, x):
                return x

        left = keras.Input(
            (3,), name="a_very_long_input_layer_name_that_must_wrap_and_be_cropped_somewhere"
        )
        right = keras.Input(
            (3,), name="name with spaces so that it wraps at its words and not elsewhere"
        )
        x = layers.Add(name="x" * 26)([left, right])
        x = AVeryLongLayerClassNameThatDoesNotFitIntoItsColumnAtAll(name="short")(x)
        x = layers.Dense(3, name="emoji_😀_é_combining_e\u0301_z" + "層" * 30)(x)
        # The last layer, because Keras reads [bold] as markup in "Connected to".
        x = layers.Dense(3, name="odd [bold] name 層の名前レイヤーレイヤー層の名前")(x)
        return keras.Model(
            [left, right],
            x,
            name="a_model_with_a_rather_" + "long_" * 20 + "name indeed, 層層層 " * 3,
        )

    def unbuilt():
        return keras.Sequential(
            [layers.Dense(4), layers.Dropout(0.1), layers.Dense(2)], name="unbuilt"
        )

    def empty():
        return keras.Sequential(name="empty")

    def trained():
        model = keras.Sequential(
            [keras.Input((4,)), layers.Dense(300), layers.BatchNormalization(), layers.Dense(1)]
        )
        model.compile("adam", "mse", metrics=["mae"])
        model.fit(np.zeros((4, 4)), np.zeros((4, 1)), verbose=0)
        return model

    def compiled():
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
        model.compile("rmsprop", "mse")
        return model

    class Pair(layers.Layer):
        # Without these two a layer of a subclassed model shows a question mark.
        def build(self, input_shape):
            pass

        def compute_output_shape(self, input_shape):
            rest = input_shape[2:]
            return input_shape, [(input_shape[0], 1, *rest), (input_shape[0], 2, *rest)]

        def call(self, x):
            return x, [x[:, :1], x[:, :2]]

    class Named(layers.Layer):
        def build(self, input_shape):
            pass

        def compute_output_shape(self, input_shape):
            without_axis_1 = (input_shape[0], *input_shape[2:])
            return {"zeta": input_shape, "alpha": without_axis_1, "beta": (input_shape,)}

        def call(self, x):
            return {"zeta": x, "alpha": x[:, 0], "beta": (x,)}

    def several_shapes():
        class Single(layers.Layer):
            def call(self, x):
                return [x]

        inputs = keras.Input((6, 5))
        x, h, c = layers.LSTM(7, return_state=True, return_sequences=True)(inputs)
        whole, parts = Pair()(x)
        named = Named()(parts[1])
        single = Single()(named["alpha"])
        loose = keras.Input(batch_shape=(None, None, None, 3))
        fixed = keras.Input(batch_shape=(2, 3))
        scalar = layers.Lambda(lambda t: t[0, 0], output_shape=None)(fixed)
        return keras.Model(
            [inputs, loose, fixed], [whole, single[0], h, c, loose, scalar], name="several"
        )

    def very_large():
        i = keras.Input((1,), dtype="int32")
        x = layers.Embedding(2_000_000, 16)(i)
        x = layers.Flatten()(x)
        x = layers.Dense(1000, dtype="float16")(x)
        x = layers.Dense(100_000, dtype="bfloat16")(x)
        return keras.Model(i, x, name="large")

    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__(name="subclassed")
            self.first = layers.Dense(4)
            self.second = layers.Dense(2)
            self.never = layers.Dense(3)
            self.named = Named(name="named")
            self.pair = Pair(name="pair")

        def call(self, x):
            x = self.second(self.first(x))
            return self.pair(self.named(x)["zeta"])

    def subclassed():
        model = Subclassed()
        model(np.zeros((2, 3)))
        return model

    everything = dict(expand_nested=True, show_trainable=True)
    # name -> (make, the arguments of each summary())
    return {
        "sequential": (sequential, [{}, {"show_trainable": True}]),
        "convnet": (convnet, [everything]),
        "one_block": (
            one_block,
            [
                {},
                {"line_length": 40},
                {"line_length": 100},
                {"positions": [0.3, 0.5, 0.7]},
                {"positions": [0.5, 2.0, 2.6, 9.0]},
                {"line_length": 23, "positions": [0.4, 0.7, 1.0]},
                {"line_length": 24, "positions": [0.4, 0.6, 0.8], "show_trainable": True},
                {"layer_range": ["dense", "dense"]},
                {"layer_range": [".*_1", "input"]},
            ],
        ),
        "many_inputs": (many_inputs, [{}, everything, {"layer_range": ["conc", "shared"]}]),
        "nested": (nested, [{}, {"expand_nested": True}, everything]),
        "long_names": (long_names, [everything]),
        "unbuilt": (unbuilt, [everything]),
        "empty": (empty, [{}]),
        "trained": (trained, [{}]),
        "compiled": (compiled, [{}]),
        "several_shapes": (several_shapes, [{}]),
        "very_large": (very_large, [{}]),
        "subclassed": (subclassed, [{}]),
    }


CLEAN = {
    "TERM": None,
    "COLORTERM": None,
    "COLUMNS": None,
    "LINES": None,
    "NO_COLOR": None,
    "FORCE_COLOR": None,
    "TTY_COMPATIBLE": None,
    "UNICODE_VERSION": None,
}
XTERM = {"TERM": "xterm-256color"}
# (columns, colours of the renderer, is a terminal, environment, only these models or all)
PLACES = [
    (80, "eight_bit", True, XTERM, None),
    (80, "none", False, {}, None),
    (60, "eight_bit", True, XTERM, None),
    (120, "eight_bit", True, XTERM, None),
    (120, "none", False, {"COLUMNS": "120"}, ["nested", "long_names"]),
    (60, "none", False, {"COLUMNS": "60"}, ["nested", "long_names"]),
    (33, "eight_bit", True, XTERM, ["one_block", "trained", "long_names"]),
    (80, "standard", True, {"TERM": "xterm"}, ["convnet", "many_inputs"]),
    (80, "bold", True, {**XTERM, "NO_COLOR": "1"}, ["convnet", "many_inputs"]),
    (80, "none", True, {"TERM": "dumb"}, ["convnet"]),
    (80, "eight_bit", True, {"TERM": "xterm", "COLORTERM": "truecolor"}, ["convnet"]),
]
BEGIN, END = b"\x02begin %d\n", b"\x03"


def jobs_of(place, models):
    for name, (_, prints) in models.items():
        if place[4] is None or name in place[4]:
            for arguments in prints:
                yield name, arguments


def child(place_index):
    """Prints every summary of one place, each between BEGIN and END."""
    import keras

    models = make_models()
    made = {}
    for name, arguments in jobs_of(PLACES[place_index], models):
        if name not in made:
            keras.utils.clear_session()
            made[name] = models[name][0]()
        sys.stdout.buffer.write(BEGIN % 0)
        sys.stdout.flush()
        try:
            made[name].summary(**arguments)
        except ValueError as error:
            print(f"ValueError: {error}")
        sys.stdout.flush()
        sys.stdout.buffer.write(END)
        sys.stdout.flush()


def run_place(index):
    columns, _, is_terminal, environment, _ = PLACES[index]
    variables = {k: v for k, v in os.environ.items() if k not in CLEAN} | environment
    command = [sys.executable, os.path.abspath(__file__), "--child", str(index)]
    if not is_terminal:
        done = subprocess.run(
            command,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        data = done.stdout
    else:
        master, slave = os.openpty()
        tty.setraw(slave)  # so that \n stays \n
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = subprocess.Popen(
            command,
            env=variables,
            stdin=slave,
            stdout=slave,
            stderr=subprocess.DEVNULL,
            close_fds=True,
        )
        os.close(slave)
        chunks = []

        def read():
            try:
                while chunk := os.read(master, 65536):
                    chunks.append(chunk)
            except OSError:
                pass  # the last writer has gone

        reader = threading.Thread(target=read)
        reader.start()
        assert process.wait() == 0
        reader.join()
        os.close(master)
        data = b"".join(chunks)
    return [part.split(END)[0] for part in data.split(BEGIN % 0)[1:]]


def shape_text(value):
    """<N,32> is a shape; [..], (..) and {key=..} hold more of them, with semicolons between."""
    if isinstance(value, dict):
        return "{" + ";".join(f"{k}={shape_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        inner = ";".join(map(shape_text, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    dims = value.shape if hasattr(value, "shape") else value.dims
    return "<" + ",".join("N" if d is None else str(d) for d in dims) + ">"


class Dims:
    def __init__(self, dims):
        self.dims = dims


def output_of(layer):
    from keras import tree

    if layer._inbound_nodes:
        return shape_text(layer._inbound_nodes[-1].output_tensors)
    if not layer._build_shapes_dict:
        return "?"
    try:
        shapes = layer.compute_output_shape(**layer._build_shapes_dict)
    except NotImplementedError:
        return "?"
    return shape_text(tree.map_shape_structure(Dims, shapes))


def rows_of(model):
    """Yields the lines that describe the model to the renderer."""
    import rich.table
    from keras import Model
    from keras.src.models import Functional, Sequential
    from keras.src.utils.summary_utils import count_params, weight_memory_size
    from unittest import mock

    headers = []
    original = rich.table.Table

    def table(*columns, **kwargs):
        headers.extend(column.header for column in columns)
        return original(*columns, **kwargs)

    with mock.patch("rich.table.Table", table):
        model.summary(print_fn=lambda text: None)
    has_connections = "Connected to" in headers
    nodes = [n for v in model._nodes_by_depth.values() for n in v] if has_connections else []

    def rows(layer, depth):
        connections = [
            f"{history.operation.name}|{history.node_index}|{history.tensor_index}"
            for node in layer._inbound_nodes
            if node in nodes
            for history in (tensor._keras_history for tensor in node.input_tensors)
        ]
        built = getattr(layer, "built", True)
        count = layer.count_params() if hasattr(layer, "built") and built else 0
        yield (
            "row",
            depth,
            layer.name,
            type(layer).__name__,
            output_of(layer),
            count,
            int(built),
            int(bool(getattr(layer, "weights", ()))),
            int(getattr(layer, "trainable", True)),
            ";".join(connections),
        )
        for inner in getattr(layer, "layers", ()):
            yield from rows(inner, depth + 1)

    yield "model", model.name
    yield "connections", int(has_connections)
    is_graph = isinstance(model, Functional) and not isinstance(model, Sequential)
    for layer in model._operations if is_graph else model.layers:
        yield from rows(layer, 0)
    yield "trainable", count_params(model.trainable_weights), weight_memory_size(
        model.trainable_weights
    )
    yield "non_trainable", count_params(model.non_trainable_weights), weight_memory_size(
        model.non_trainable_weights
    )
    if model.compiled and model.optimizer and model.optimizer.built:
        weights = model.optimizer.variables
        yield "optimizer", count_params(weights), weight_memory_size(weights)


def write_summaries(folder):
    import keras

    models = make_models()
    files = {}
    for name, (make, _) in models.items():
        keras.utils.clear_session()
        files[name] = bytearray(
            "".join("\t".join(map(str, row)) + "\n" for row in rows_of(make())).encode()
        )
    for index, place in enumerate(PLACES):
        jobs = list(jobs_of(place, models))
        outputs = run_place(index)
        assert len(jobs) == len(outputs), (index, len(jobs), len(outputs))
        for (name, arguments), output in zip(jobs, outputs):
            file = files[name]
            file += f"print\t{place[0]}\t{place[1]}\n".encode()
            for key, value in arguments.items():
                text = ",".join(map(str, value)) if isinstance(value, list) else str(int(value))
                file += f"{key}\t{text}\n".encode()
            file += f"output\t{len(output)}\n".encode() + output + b"\n"
    for name, data in files.items():
        with open(os.path.join(folder, f"summary_{name}.txt"), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(int(sys.argv[2]))
    else:
        import make_progress_text

        os.makedirs(HERE, exist_ok=True)
        make_progress_text.write_progress(os.path.join(HERE, "progress.txt"))
        write_summaries(HERE)
