# SPDX-License-Identifier: Apache-2.0
"""Tests of tools/check_symbols.py: what it finds in the output of nm."""
import importlib.util
import pathlib
import unittest

PATH = pathlib.Path(__file__).parents[2] / "tools" / "check_symbols.py"
SPEC = importlib.util.spec_from_file_location("check_symbols", PATH)
check_symbols = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check_symbols)

STATIC = "a/level_v3.cpp.o:0000000000000010 t keratin::runtime::simd::v3::gemm(Call const&)\n"
TABLE = "a/level_v3.cpp.o:0000000000000000 D keratin::runtime::simd::level_v3\n"


class CheckSymbols(unittest.TestCase):
    def test_static_functions_and_the_table_are_fine(self):
        self.assertEqual(list(check_symbols.problems(STATIC + TABLE)), [])

    def test_weak_functions_are_named(self):
        weak = "a/level_v4.cpp.o:0000000000000000 W std::min(int const&, int const&)\n"
        found = list(check_symbols.problems(STATIC + weak))
        self.assertEqual(len(found), 1)
        self.assertIn("level_v4", weak)
        self.assertIn("weak (W)", found[0])

    def test_other_files_may_have_weak_symbols(self):
        other = "a/plan.cpp.o:0000000000000000 W std::min(int const&, int const&)\n"
        self.assertEqual(list(check_symbols.problems(TABLE + other)), [])

    def test_no_level_at_all_is_a_problem(self):
        self.assertEqual(len(list(check_symbols.problems("a/plan.cpp.o: T main\n"))), 1)


if __name__ == "__main__":
    unittest.main()
