# SPDX-License-Identifier: Apache-2.0
"""Shows that tools/check_layers.py fails on each thing it forbids, and passes a clean tree."""
import contextlib
import io
import pathlib
import runpy
import shutil
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECK = runpy.run_path(str(ROOT / "tools/check_layers.py"))


class CheckLayers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.write("keratin/base/README.md", "May include: std.\n")
        self.write("keratin/core/README.md", "May include: base.\n")
        self.write("keratin/graph/README.md", "May include: core.\n")
        self.write("keratin/runtime/README.md", "May include: compiler.\n")
        self.write("keratin/base/text.h", "#include <string>\n")
        self.write("keratin/base/json.cpp", "#include <nlohmann/json.hpp>\n")
        self.write("keratin/graph/op.h", '#include "keratin/base/text.h"\n')
        self.write("keratin/runtime/onednn/gemm.cpp", "#include <dnnl.hpp>\n")
        self.write("keratin/keratin.h", '#include "keratin/graph/op.h"\n')
        self.write("cmake/private_headers.txt", "")
        shutil.copy(ROOT / "cmake/private_headers.txt", self.root / "cmake")

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

    def test_a_higher_folder_is_refused(self):
        self.write("keratin/core/shape.cpp", '\n#include "keratin/graph/op.h"\n')
        self.expect("keratin/core/shape.cpp:2: keratin/core may include base, "
                    "not keratin/graph/op.h.")

    def test_the_umbrella_is_for_users_only(self):
        self.write("keratin/core/shape.cpp", '#include "keratin/keratin.h"\n')
        self.expect("keratin/core/shape.cpp:1: keratin/keratin.h is for users; include the header "
                    "of the folder that is needed.")

    def test_a_folder_outside_the_table_is_refused(self):
        self.write("keratin/misc/README.md", "May include: std.\n")
        self.write("keratin/misc/a.cpp", "#include <string>\n")
        self.expect("keratin/misc/a.cpp:1: the folder is not in the table of "
                    "tools/check_layers.py.")

    def test_onednn_stays_in_its_folder(self):
        self.write("keratin/runtime/executor.cpp", "#include <oneapi/dnnl/dnnl.hpp>\n")
        self.expect("keratin/runtime/executor.cpp:1: only keratin/runtime/onednn/ may include "
                    "oneapi/dnnl/dnnl.hpp.")

    def test_onednn_stays_out_of_tests(self):
        self.write("tests/runtime/gemm_test.cpp", "#include <dnnl.hpp>\n")
        self.expect("tests/runtime/gemm_test.cpp:1: only keratin/runtime/onednn/ may include "
                    "dnnl.hpp.")

    def test_json_has_one_reader(self):
        self.write("keratin/core/shape.cpp", "#include <nlohmann/json.hpp>\n")
        self.expect("keratin/core/shape.cpp:1: keratin/base/json.cpp alone may include nlohmann.")

    def test_a_public_header_has_no_third_party_header(self):
        self.write("keratin/core/shape.h", "#include <fmt/format.h>\n")
        self.expect("keratin/core/shape.h:1: a public header may include only own and C++ standard "
                    "headers, not fmt/format.h.")

    def test_a_private_header_may_have_one(self):
        self.write("keratin/core/shape_internal.h", "#include <fmt/format.h>\n")
        self.assertEqual(self.run_check(), (0, "check_layers: fine\n"))

    def test_a_public_header_includes_only_what_is_installed(self):
        self.write("keratin/core/shape.h", '#include "keratin/base/check.h"\n')
        self.expect("keratin/core/shape.h:1: the public header includes keratin/base/check.h, "
                    "which is not installed. See cmake/private_headers.txt.")

    def test_an_example_includes_only_what_is_installed(self):
        self.write("examples/a.cpp", "#include <keratin/base/check.h>\n")
        self.expect("examples/a.cpp:1: an example includes keratin/base/check.h, "
                    "which users do not have.")

    def test_an_example_includes_what_lies_beside_it(self):
        self.write("examples/a.h", "#pragma once\n")
        self.write("examples/a.cpp", '#include "examples/a.h"\n')
        self.assertEqual(self.run_check(), (0, "check_layers: fine\n"))
        self.write("keratin/core/shape.cpp", '#include "examples/a.h"\n')
        self.expect('keratin/core/shape.cpp:1: write the path of "examples/a.h" from the root, '
                    "or <examples/a.h> if it is not ours.")

    def test_paths_are_written_from_the_root(self):
        self.write("keratin/core/shape.cpp", '#include "shape.h"\n')
        self.expect('keratin/core/shape.cpp:1: write the path of "shape.h" from the root, '
                    "or <shape.h> if it is not ours.")

    def test_a_folder_needs_a_readme(self):
        (self.root / "keratin/core/README.md").unlink()
        self.expect("keratin/core/README.md:1: the folder has no README.md "
                    "(purpose, may include, start here).")

    def test_a_readme_tells_the_truth(self):
        self.write("keratin/graph/README.md", "May include: core, io.\n")
        self.expect('keratin/graph/README.md:1: expected the line "May include: core."')

    def test_a_readme_names_files_that_exist(self):
        self.write("keratin/graph/README.md", "May include: core.\nSee `op.h`, `ops/` and `x.h`.\n")
        (self.root / "keratin/graph/ops").mkdir()
        self.expect("keratin/graph/README.md:2: there is no x.h.")


if __name__ == "__main__":
    unittest.main()
