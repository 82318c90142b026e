# SPDX-License-Identifier: Apache-2.0
"""Tests of tools/mutate.py: which changes it makes, and what it says of them."""
import contextlib
import importlib.util
import io
import pathlib
import shutil
import subprocess
import tempfile
import unittest

PATH = pathlib.Path(__file__).parents[2] / "tools" / "mutate.py"
SPEC = importlib.util.spec_from_file_location("mutate", PATH)
mutate = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(mutate)


def news(line, before="{"):
    return [new.strip() for new in mutate.changes(mutate.blank(line), line, before)]


class Changes(unittest.TestCase):
    def test_operators_numbers_and_conditions_change(self):
        self.assertEqual(news("  if (a < 2) return b;"),
                         ["if (a >= 2) return b;", "if (a < 3) return b;",
                          "if (!(a < 2)) return b;"])
        self.assertEqual(news("  return a + b && c;"), ["return a - b && c;", "return a + b || c;"])
        self.assertEqual(news("  bool is_set = true;"), ["bool is_set = false;"])
        self.assertEqual(news("  x = list.front();"), ["x = list.back();", ";"])
        self.assertEqual(news("  } else if (f(a) == b) {"),
                         ["} else if (f(a) != b) {", "} else if (!(f(a) == b)) {"])

    def test_whole_statements_are_taken_out(self):
        self.assertEqual(news("  reset(a, b);"), [";"])
        self.assertEqual(news("  body_->value[i] = b;"), [";"])
        self.assertEqual(news("  total_ += b;"), ["total_ -= b;", ";"])
        self.assertEqual(news("      reset(a, b);", before="  const int c ="), [])
        self.assertEqual(news("  const Shape shape = from(b);"), [])
        self.assertEqual(news("  return reset(b);"), [])

    def test_texts_comments_and_declarations_stay(self):
        for line in ["#include <a/b.h>", "// a < b", '  call("a < b + 1",', "  /* a + b */",
                     "using A = B<1>;", "template <int n = 1>", "}", "", "  case 1: {",
                     "struct A : B<2> {", "  parts_.reserve(a + 1);",
                     "  body->names[i].reserve(b.size() * 2);"]:
            self.assertEqual(news(line), [], line)
        self.assertEqual(news('  if (a == "1 + 2") {  // 3'),
                         ['if (a != "1 + 2") {  // 3', 'if (!(a == "1 + 2")) {  // 3'])
        raw = 'a R"(b\n"c)" d'
        self.assertEqual(mutate.blank(raw), "a     \n     d")


class Order(unittest.TestCase):
    def test_likely_and_quick_tests_come_first(self):
        tests = []
        for name, seconds in (("io.Csv", 0.1), ("nn.Layer", 0.2), ("nn.MetricText", 5.0),
                              ("nn.Optimizer", 0.1), ("nn.Metric", 1.0), ("model.Metric", 0.1)):
            tests.append(mutate.Test({"name": name}))
            tests[-1].seconds = seconds
        ordered = mutate.in_likely_order(tests, "keratin/nn/metrics_text.cpp")
        self.assertEqual([test.name for test in ordered],
                         ["nn.Metric", "nn.MetricText", "nn.Optimizer", "nn.Layer", "io.Csv",
                          "model.Metric"])


class FakeBuild:
    def __init__(self, compiles=True, equal=False):
        self.compiles, self.equal = compiles, equal

    def compile(self, path, text):
        self.text = text
        return "made" if self.compiles else None

    def is_equal(self, path, made):
        return self.equal

    def link_library(self, path, made):
        return True


def make_test(name, code=0, sleep=0):
    test = mutate.Test({"name": name, "command": ["sh", "-c", f"sleep {sleep}; exit {code}"],
                        "properties": [{"name": "SKIP_RETURN_CODE", "value": 77}]})
    test.seconds = -0.98  # which leaves 0.2 s
    return test


class Outcomes(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.file = self.root / "keratin/nn/a.cpp"
        self.file.parent.mkdir(parents=True)
        self.file.write_text("int f(int a) {\n  return a + 1;\n}\n")

    def outcome(self, build, tests):
        lines = mutate.find_mutants(self.root)
        mutant = lines[0][0]
        self.assertEqual(mutate.describe(mutant), "keratin/nn/a.cpp:2: `return a + 1;` -> "
                                                  "`return a - 1;`")
        before = self.file.read_text()
        result = mutate.try_mutant(build, tests, mutant, 1, self.root)
        self.assertEqual(self.file.read_text(), before)
        self.assertEqual(build.text, before.replace("+", "-"))
        return result

    def test_each_outcome_has_a_name(self):
        good, bad = make_test("model.Good"), make_test("model.Bad", 1)
        self.assertEqual(self.outcome(FakeBuild(compiles=False), [good]), "does not compile")
        self.assertEqual(self.outcome(FakeBuild(equal=True), [bad]), "equal")
        self.assertEqual(self.outcome(FakeBuild(), [good, make_test("model.Skipped", 77)]),
                         "SURVIVED")
        self.assertEqual(self.outcome(FakeBuild(), [good, bad]), "killed by model.Bad")
        self.assertEqual(self.outcome(FakeBuild(), [make_test("model.Hangs", sleep=60)]),
                         "killed by model.Hangs")

    def test_tests_of_the_folder_come_first(self):
        tests = [make_test("model.Bad", 1), make_test("nn.Bad", 1)]
        self.assertEqual(self.outcome(FakeBuild(), tests), "killed by nn.Bad")

    def test_a_seed_picks_the_same_lines(self):
        lines = [[mutate.Mutant("a", n, "", str(way)) for way in range(3)] for n in range(50)]
        first = mutate.pick(lines, 10, 4)
        self.assertEqual(first, mutate.pick(lines, 10, 4))
        self.assertNotEqual(first, mutate.pick(lines, 10, 5))
        self.assertEqual(len({mutant.line for mutant in first}), 10)

    def test_survivors_are_said_again_at_the_end(self):
        a, b = (mutate.Mutant("keratin/nn/a.cpp", n, " a", " b") for n in (1, 2))
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            mutate.report([(a, "killed by nn.A"), (b, "SURVIVED")])
        self.assertEqual(text.getvalue(),
                         "\n1 killed, 1 SURVIVED\nsurvived: keratin/nn/a.cpp:2: `a` -> `b`\n")


NINJA = """rule compile
  command = c++ -fPIC -g -MD -MF $out.d -o $out -c $in
rule archive
  command = rm -f $out && ar qc $out $in
rule link
  command = : && c++ $in -o $out libkeratin.a && :
build CMakeFiles/keratin.dir/keratin/nn/a.cpp.o: compile {root}/keratin/nn/a.cpp
build libkeratin.a: archive CMakeFiles/keratin.dir/keratin/nn/a.cpp.o
build main.o: compile {root}/main.cpp
build tests/keratin_tests_nn: link main.o | libkeratin.a
"""


@unittest.skipUnless(all(map(shutil.which, ("ninja", "c++", "ar", "ctest", "objcopy"))),
                     "needs ninja, ctest and a compiler")
class WholeRun(unittest.TestCase):
    def test_a_small_project(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            build = root / "build"
            (root / "keratin/nn").mkdir(parents=True)
            build.mkdir()
            (root / "keratin/nn/a.cpp").write_text(
                "int f(int a) {\n  if (a > 5) return 7;\n  return a + 1;\n}\n")
            (root / "main.cpp").write_text(
                "int f(int);\nint main() { return f(2) == 3 ? 0 : 1; }\n")
            (build / "build.ninja").write_text(NINJA.format(root=root))
            program = build / "tests/keratin_tests_nn"
            (build / "CTestTestfile.cmake").write_text(f'add_test(nn.A "{program}")\n')
            subprocess.run(["ninja", "-C", build], check=True, capture_output=True)
            mutants = [way for line in mutate.find_mutants(root) for way in line]
            text = io.StringIO()
            work = root / "work"
            work.mkdir()
            with contextlib.redirect_stdout(text):
                mutate.run_all(mutate.Build(build, work, root), mutants, 1, root)
            self.assertEqual(text.getvalue().split("\n\n")[0].splitlines(), [
                "killed by nn.A: keratin/nn/a.cpp:2: `if (a > 5) return 7;` -> "
                "`if (a <= 5) return 7;`",
                "SURVIVED: keratin/nn/a.cpp:2: `if (a > 5) return 7;` -> `if (a > 6) return 7;`",
                "SURVIVED: keratin/nn/a.cpp:2: `if (a > 5) return 7;` -> `if (a > 5) return 8;`",
                "killed by nn.A: keratin/nn/a.cpp:2: `if (a > 5) return 7;` -> "
                "`if (!(a > 5)) return 7;`",
                "killed by nn.A: keratin/nn/a.cpp:3: `return a + 1;` -> `return a - 1;`",
                "killed by nn.A: keratin/nn/a.cpp:3: `return a + 1;` -> `return a + 2;`"])


if __name__ == "__main__":
    unittest.main()
