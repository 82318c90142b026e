# SPDX-License-Identifier: Apache-2.0
"""Shows that tests/docs/check_pages.py fails on each thing it looks for."""
import contextlib
import io
import pathlib
import runpy
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECK = runpy.run_path(str(ROOT / "tests/docs/check_pages.py"))


class CheckPages(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.write("README.md", "[all](docs/coverage.md) `keratin/nn/loss.h`\n")
        self.write("CONTRIBUTING.md", "")
        self.write("keratin/nn/loss.h", "class Loss {\n};\n\nLoss mse();\n")
        self.write("keratin/nn/registry.cpp", '{"Dense", make<Dense>},\n')
        self.write("keratin/nn/layers/core.h", "class Dense {};\nTensor Input(int);\n")
        self.write("keratin/graph/ops/nn.h", "Tensor relu(const Tensor& x);\n")
        titles = {"Layers": "There: `Dense`.\n\nNot yet: `Conv2D`.", "Ops": "There: `relu`."}
        self.write("docs/coverage.md", "".join(
            f"\n## {title}\n\n{titles.get(title, 'Nothing.')}\n" for title in CHECK["SECTIONS"]))

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def expect(self, *problems):
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            code = CHECK["main"]([str(self.root)])
        self.assertEqual(text.getvalue().splitlines(), list(problems) or ["check_pages: fine"])
        self.assertEqual(code, 1 if problems else 0)

    def test_true_pages_pass(self):
        self.expect()

    def test_links_and_paths(self):
        self.write("README.md", "[a](docs/no.md)\n`tools/no.sh` [b](https://keras.io) `a/b`\n")
        self.expect("README.md:1: the link docs/no.md leads nowhere.",
                    "README.md:2: there is no tools/no.sh.")

    def test_programs_and_lines_of_the_sources(self):
        self.write("README.md", "```cpp\nint main() { [](int) {}; }\n```\n"
                                "```cpp\n// keratin/nn/loss.h\nclass Loss {\n...\n"
                                "Loss mse();\n```\n")
        self.expect()

    def test_other_lines(self):
        self.write("README.md",
                   "```cpp\n// keratin/nn/loss.h\nLoss mse();\n...\nclass Loss {\n```\n")
        self.expect("README.md:2: keratin/nn/loss.h has no such lines from `class Loss {` on.")

    def test_blocks_from_nowhere(self):
        self.write("README.md", "```cpp\nx = 1;\n```\n")
        self.expect("README.md:2: a block starts with the path of its file as a comment, or is a "
                    "program.")

    def test_lists(self):
        page = self.root / "docs/coverage.md"
        page.write_text(page.read_text().replace("`Dense`", "`LSTM`").replace("`Conv2D`", "`Input`")
                        .replace("There: `relu`", "Nothing"))
        lines = page.read_text().splitlines()
        layers, ops = (lines.index(f"## {title}") + 1 for title in ("Layers", "Ops"))
        self.expect(f"docs/coverage.md:{layers}: Layers: `Dense` is there and not listed.",
                    f"docs/coverage.md:{layers}: Layers: `Input` is there.",
                    f"docs/coverage.md:{layers}: Layers: `LSTM` is not there.",
                    f"docs/coverage.md:{ops}: Ops: `relu` is there and not listed.")

    def test_activations_that_the_lesson_leaves_out(self):
        page = self.root / "docs/coverage.md"
        page.write_text(page.read_text().replace("## Activations\n\nNothing",
                                                 "## Activations\n\nThere: `relu`, `elu`"))
        self.write("keratin/nn/activation.h", "struct relu {};\nstruct elu {};\n")
        self.write("docs/learn/README.md", "relu alone\n")
        self.expect("docs/learn/README.md:1: the activation `elu` is there, and the lesson does "
                    "not name it.")


if __name__ == "__main__":
    unittest.main()
