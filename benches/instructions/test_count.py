"""Tests what count.py finds fault with: python3 -m unittest discover benches/instructions"""
import unittest
import unittest.mock

import count

HERE = {"machine": "x86_64", "rustc": "1.95.0"}


class Compare(unittest.TestCase):
    def compare(self, before, now, then=HERE):
        complaints, notes = count.compare(now, {"environment": then, "instructions": before}, HERE)
        return len(complaints), len(notes)

    def test_growth_of_more_than_three_percent_fails(self):
        self.assertEqual(self.compare({"a": 1000}, {"a": 1030}), (0, 0))
        self.assertEqual(self.compare({"a": 1000}, {"a": 1031}), (1, 0))

    def test_shrinking_is_noted(self):
        self.assertEqual(self.compare({"a": 1000}, {"a": 970}), (0, 0))
        self.assertEqual(self.compare({"a": 1000}, {"a": 969}), (0, 1))

    def test_the_shortest_paths_have_slack(self):
        self.assertEqual(self.compare({"a": 20}, {"a": 23}), (0, 0))
        self.assertEqual(self.compare({"a": 20}, {"a": 24}), (1, 0))

    def test_other_tools_have_their_share(self):
        older = {**HERE, "rustc": "1.94.0"}
        self.assertEqual(self.compare({"a": 1000}, {"a": 1100}, older), (0, 1))
        self.assertEqual(self.compare({"a": 1000}, {"a": 1101}, older), (1, 1))

    def test_another_kind_of_machine_is_not_compared(self):
        self.assertEqual(self.compare({"a": 1000}, {"a": 9000}, {**HERE, "machine": "aarch64"}), (0, 1))

    def test_a_case_on_one_side_only_fails(self):
        self.assertEqual(self.compare({"a": 1000}, {}), (1, 0))
        self.assertEqual(self.compare({}, {"a": 1000}), (1, 0))


class Environment(unittest.TestCase):
    def test_a_tool_that_is_missing_is_named(self):
        with unittest.mock.patch.dict("os.environ", {"PATH": ""}):
            with self.assertRaisesRegex(SystemExit, "^valgrind is needed"):
                count.environment()


class Guarded(unittest.TestCase):
    def test_what_is_below_is_taken_off(self):
        counts = {"ES256.floor": 700, "ES256.first": 750, "ES256.repeat": 30, "axum.none": 50, "axum.repeat": 70}
        self.assertEqual(count.guarded(counts), {"ES256.first_own": 50, "ES256.repeat": 30, "axum.repeat_own": 20})


if __name__ == "__main__":
    unittest.main()
