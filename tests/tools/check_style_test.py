# SPDX-License-Identifier: Apache-2.0
"""Shows that tools/check_style.py fails on each thing it forbids, and passes a clean tree."""
import contextlib
import io
import pathlib
import runpy
import shutil
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECK = runpy.run_path(str(ROOT / "tools/check_style.py"))
SPDX = "SPDX-License-Identifier: Apache-2.0"
HEADER = f"// {SPDX}\n#pragma once\n"
SOURCE = f"// {SPDX}\n"


class CheckStyle(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.write(".clang-format", (ROOT / ".clang-format").read_text())
        self.write("README.md", "# Keratin\n")
        self.write("keratin/base/text.h", HEADER)
        self.write("keratin/base/text.cpp", SOURCE)
        self.write("tools/run.sh", f"#!/bin/sh\n# {SPDX}\n")
        self.write("tests/golden/a.npz", "x")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run_check(self):
        """Returns the exit code and the text of the script, run on the tree."""
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            code = CHECK["main"]([str(self.root)])
        return code, text.getvalue()

    def expect(self, problem):
        code, text = self.run_check()
        self.assertEqual(text.strip(), problem)
        self.assertEqual(code, 1)

    def test_a_clean_tree_passes(self):
        code, text = self.run_check()
        self.assertEqual(code, 0, text)

    def test_the_licence_line_is_needed(self):
        self.write("keratin/base/text.cpp", "namespace keratin {}\n")
        self.expect(f"keratin/base/text.cpp:1: expected the line `// {SPDX}`.")
        self.write("keratin/base/text.cpp", SOURCE)
        self.write("tools/run.sh", "#!/bin/sh\necho\n")
        self.expect(f"tools/run.sh:2: expected the line `# {SPDX}`.")

    def test_a_line_of_101_columns_is_too_long(self):
        self.write("tools/run.sh", f"#!/bin/sh\n# {SPDX}\n" + "x" * 100 + "\n" + "y" * 101 + "\n")
        self.expect("tools/run.sh:4: 101 columns are over the limit of 100.")

    def test_a_file_of_601_lines_is_too_long(self):
        self.write("tools/run.sh", f"#!/bin/sh\n# {SPDX}\n" + "x\n" * 599)
        self.expect("tools/run.sh:600: 601 lines are over the limit of 600. Split the file.")

    def test_a_file_of_401_lines_is_only_noted(self):
        self.write("tools/run.sh", f"#!/bin/sh\n# {SPDX}\n" + "x\n" * 399)
        code, text = self.run_check()
        self.assertEqual(code, 0, text)
        self.assertIn("note: tools/run.sh has 401 lines; 400 is the aim.", text)

    def test_tabs_and_trailing_blanks_are_refused(self):
        self.write("tools/run.sh", f"#!/bin/sh\n# {SPDX}\na\tb\n")
        self.expect("tools/run.sh:3: a tab.")
        self.write("tools/run.sh", f"#!/bin/sh\n# {SPDX}\na \n")
        self.expect("tools/run.sh:3: blanks at the end of the line.")

    def test_a_header_needs_pragma_once(self):
        self.write("keratin/base/text.h", SOURCE + "namespace keratin {}\n")
        self.expect("keratin/base/text.h:2: a header starts with `#pragma once`, "
                    "after its comment.")

    def test_a_header_must_not_open_namespaces(self):
        self.write("keratin/base/text.h", HEADER + "using namespace std;\n")
        self.expect("keratin/base/text.h:3: a header must not say `using namespace`.")

    def test_static_registration_is_refused(self):
        for line in ("static const bool done = register_layer<Dense>();",
                     "static LayerRegistrar<Dense> registrar;",
                     "__attribute__((constructor)) void start();"):
            self.write("keratin/base/text.cpp", SOURCE + line + "\n")
            self.expect("keratin/base/text.cpp:2: registration is an explicit list, "
                        "never a static initialiser.")

    def test_banned_words_are_refused(self):
        for word in ("TO" "DO", "blaz" "ingly", "Lever" "ages", "/op" "t/", "/wor" "k/"):
            self.write("README.md", f"See {word}\n")
            self.expect(f"README.md:1: `{word}` is not wanted here.")

    def test_a_golden_file_has_a_size_limit(self):
        self.write("tests/golden/a.npz", "x" * (200 * 1024 + 1))
        self.expect("tests/golden/a.npz:1: 204801 bytes are over the limit of 204800 "
                    "for golden files.")

    def test_readme_has_a_length_limit(self):
        self.write("README.md", "x\n" * 121)
        self.expect("README.md:120: 121 lines are over the limit of 120.")

    @unittest.skipUnless(shutil.which("clang-format-14"), "needs clang-format-14")
    def test_a_file_must_be_formatted(self):
        self.write("keratin/base/text.cpp", SOURCE + "int  x;\n")
        self.expect("keratin/base/text.cpp:2: not formatted. "
                    "Run clang-format-14 -i keratin/base/text.cpp")


if __name__ == "__main__":
    unittest.main()
