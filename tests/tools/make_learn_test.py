# SPDX-License-Identifier: Apache-2.0
"""Shows that tools/make_learn.py writes the page, and that its checks can fail."""
import contextlib
import io
import os
import pathlib
import runpy
import sys
import tempfile
import unittest
import unittest.mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEARN = runpy.run_path(str(ROOT / "tools/make_learn.py"))
PAGE = """# A page

<!-- program: programs/sum.cpp | A line -->
<!-- end -->

<!-- prints as: programs/sum.cpp -->

```python
print(1 + 1)
```
"""
SVG = '<svg><line x="{}" y="2.5"/><text x="3">best: {}</text></svg>'


class MakeLearn(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.page = pathlib.Path(scratch.name) / "page"
        self.build = pathlib.Path(scratch.name) / "build"
        (self.page / "programs").mkdir(parents=True)
        (self.build / "docs/learn").mkdir(parents=True)
        (self.page / "README.md").write_text(PAGE)
        self.write_source("int main() {}\n")
        self.write_program("echo 2\n")
        self.assertEqual(self.learn(self.build), (0, ["make_learn: programs/sum.cpp"]))

    def write_source(self, code):
        (self.page / "programs/sum.cpp").write_text(f"// SPDX\n// A sum.\n{code}")

    def write_program(self, script, svg=SVG.format(1, 0.5)):
        """Puts a shell script in the place of the compiled program."""
        program = self.build / "docs/learn/sum"
        program.write_text(f"#!/bin/sh\n{script}echo '{svg}' > line.svg\n")
        program.chmod(0o755)

    def learn(self, *arguments):
        """Runs the script on the page; returns its exit code and lines."""
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            code = LEARN["main"](["--page", str(self.page), *map(str, arguments)])
        return code, text.getvalue().splitlines()

    def expect(self, arguments, *problems):
        expected = [f"docs/learn: {sentence}" for sentence in problems]
        self.assertEqual(self.learn(*arguments),
                         (1 if problems else 0, expected or ["make_learn: fine"]))

    def test_the_page_has_code_output_and_picture(self):
        text = (self.page / "README.md").read_text()
        self.assertIn("```cpp\nint main() {}\n```\n\nIt prints:\n\n```text\n2\n```\n\n"
                      "![A line](pictures/line.svg)\n<!-- end -->", text)
        self.assertTrue((self.page / "pictures/line.svg").is_file())
        self.expect(["--check"])
        self.expect(["--check", self.build, "sum"])

    def test_other_code(self):
        self.write_source("int main() { return 0; }\n")
        self.expect(["--check"], "the page is not what the programs are now.")

    def test_other_output(self):
        self.write_program("echo 3\n")
        code, lines = self.learn("--check", self.build, "sum")
        self.assertEqual((code, lines[0]), (1, "docs/learn: programs/sum.cpp prints"))

    def test_a_program_that_fails(self):
        self.write_program("exit 3\n")
        with self.assertRaisesRegex(SystemExit, "programs/sum.cpp ended with 3"):
            self.learn("--check", self.build, "sum")

    def test_pictures_may_differ_by_rounding_only(self):
        self.write_program("echo 2\n", SVG.format(2.5, 0.502))
        self.expect(["--check", self.build, "sum"])
        for svg, problem in [
                (SVG.format(4, 0.5), "has 4 among its shapes, not 1."),
                (SVG.format(1, 0.6), "has 0.6 among its texts, not 0.5."),
                (SVG.format(1, 0.5).replace("best", "worst"), "has other texts."),
                (SVG.format(1, 0.5).replace("line", "rect"), "has other shapes.")]:
            self.write_program("echo 2\n", svg)
            self.expect(["--check", self.build, "sum"],
                        f"pictures/line.svg of programs/sum.cpp {problem}")

    def test_programs_and_pictures_that_nobody_shows(self):
        (self.page / "programs/more.cpp").write_text("\n" * 61)
        (self.page / "pictures/more.svg").write_text("x" * 410000)
        self.expect(["--check"], "programs/more.cpp is not on the page.",
                    "programs/more.cpp has 61 lines, and 60 are the limit.",
                    "pictures/more.svg is not on the page.",
                    f"the pictures have {410000 + len(SVG.format(1, 0.5)) + 1} bytes; 409600 are "
                    "the limit.")

    def test_python_that_prints_something_else(self):
        page = (self.page / "README.md").read_text()
        (self.page / "README.md").write_text(page.replace("<!-- prints as", "<!-- prints like"))
        self.expect(["--check"],
                    "a block of Python has no `<!-- prints as: PATH -->` before it.")
        # A module of that name stands in for Keras, which is not at hand everywhere.
        (self.build / "keras.py").write_text("")
        (self.build / "jax.py").write_text("")
        variables = {"KERATIN_PYTHON": sys.executable, "PYTHONPATH": str(self.build)}
        with unittest.mock.patch.dict(os.environ, variables):
            (self.page / "README.md").write_text(page)
            self.expect(["--python"])
            (self.page / "README.md").write_text(page.replace("1 + 1", "1 + 2"))
            code, lines = self.learn("--python")
            self.assertEqual((code, lines[1]), (1, "3"))
            (self.build / "jax.py").write_text("raise ImportError")
            with self.assertRaisesRegex(SystemExit, "77"):
                self.learn("--python")


if __name__ == "__main__":
    unittest.main()
