#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/gpu/check.py on bundles of stand-in programs: what it counts, what it must not let pass, and its report."""

import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

import check  # noqa: E402
import report  # noqa: E402
import stages  # noqa: E402

# A test program: lists one case and writes the report that it is asked for.
TEST_PROGRAM = """#!/usr/bin/env bash
for argument in "$@"; do
  [[ $argument == --gtest_list_tests ]] && { printf 'Suite.\\n  case/cuda\\n'; exit 0; }
  [[ $argument == --gtest_output=json:* ]] && report=${argument#--gtest_output=json:}
done
cat > "$report" <<'JSON'
{"testsuites": [{"testsuite": [CASES]}]}
JSON
exit CODE
"""
PASSED = '{"name": "a/cuda", "classname": "Suite", "result": "COMPLETED"}'
SKIPPED = '{"name": "b/cuda", "classname": "Suite", "result": "SKIPPED"}'
FAILED = '{"name": "c/cuda", "classname": "Suite", "result": "COMPLETED", "failures": [{"failure": "no"}]}'
ALS_LINE = {
    "device": "cuda", "shape": "ml20m", "nnz": 1000, "factors": 64, "solver": "dual", "iteration_s": 0.004, "floor_s": 0.002,
    "floor_serial_s": 0.003, "share_of_floor": 0.5, "share_of_serial_floor": 0.75, "gbytes_per_s": 900.0, "gflops": 1e5,
    "objective": 12.5, "peak_mib": 100.0, "floor_matrix_s": 0.001, "floor_fp32_s": 0.001, "floor_bytes_s": 0.001,
    "roofs": {"copy_gbytes_per_s": 3000.0, "matrix_tflops": 800.0, "fp32_tflops": 50.0},
}


class Bundle:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def program(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def check(self, *arguments):
        """(exit code, results, page)"""
        out = self.folder / "out"
        argv = ["check.py", "--bundle", str(self.folder), "--out", str(out), *arguments]
        with mock.patch.object(sys, "argv", argv), contextlib.redirect_stdout(io.StringIO()):
            code = check.main()
        return code, json.loads((out / "gpu_check.json").read_text()), (out / "gpu_check.md").read_text()


class CheckTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bundle = Bundle(folder.name)

    def run_tests(self, cases, code=0):
        text = TEST_PROGRAM.replace("CASES", ", ".join(cases)).replace("CODE", str(code))
        self.bundle.program("tests/als_test", text)
        return self.bundle.check("--stages", "tests")

    def test_passed(self):
        code, results, page = self.run_tests([PASSED, PASSED])
        self.assertEqual(code, 0)
        self.assertEqual(results["stages"]["tests"]["programs"]["als_test"]["passed"], 2)
        self.assertIn("| als_test | 2 | 0 | 0 | 0 |", page)

    def test_skipped_is_not_passed(self):
        code, results, _ = self.run_tests([PASSED, SKIPPED])
        self.assertEqual(code, 1)
        self.assertEqual(results["stages"]["tests"]["programs"]["als_test"]["skipped"], 1)

    def test_failed_cases_are_named(self):
        code, _, page = self.run_tests([PASSED, FAILED], code=1)
        self.assertEqual(code, 1)
        self.assertIn("als_test: Suite.c/cuda", page)

    def test_no_test_is_no_success(self):
        code, _, _ = self.bundle.check("--stages", "tests")
        self.assertEqual(code, 1)

    def test_crash(self):
        self.bundle.program("tests/als_test", "#!/usr/bin/env bash\necho out of luck\nexit 3\n")
        code, _, page = self.bundle.check("--stages", "tests")
        self.assertEqual(code, 1)
        self.assertIn("out of luck", page)

    def run_benches(self, program, benches, *arguments):
        self.bundle.program("bench/als_bench", program)
        with mock.patch.object(stages, "read_benches", lambda _: benches):
            return self.bundle.check("--stages", "bench", *arguments)

    def test_bench_hands_the_roofs_on(self):
        program = f"#!/usr/bin/env bash\necho roofs: \"$@\"\necho '{json.dumps(ALS_LINE)}'\n"
        command = "@bench/als_bench --device {device} {roofs}"
        code, results, page = self.run_benches(program, [(True, "first", 9.0, command), (False, "second", 9.0, command)])
        self.assertEqual(code, 0)
        runs = results["stages"]["bench"]["runs"]
        self.assertEqual(runs["first"]["results"], [ALS_LINE])
        self.assertIn("| ml20m | 64 | dual | 4 | 2 | 3 | 50 to 75 % |", page)
        _, results, _ = self.run_benches(program, [(True, "first", 9.0, command), (False, "second", 9.0, command)], "--quick")
        self.assertEqual(list(results["stages"]["bench"]["runs"]), ["first"])

    def test_bench_at_its_limit_keeps_what_it_printed(self):
        program = f"#!/usr/bin/env bash\necho '{json.dumps(ALS_LINE)}'\necho '{{\"cut'\nexec sleep 60\n"
        code, results, page = self.run_benches(program, [(True, "slow", 1.5, "@bench/als_bench")])
        self.assertEqual(code, 1)
        run = results["stages"]["bench"]["runs"]["slow"]
        self.assertEqual((run["exit"], run["results"]), (None, [ALS_LINE]))
        self.assertIn("stopped at its limit", page)

    def test_the_shipped_benches_can_be_read(self):
        benches = stages.read_benches(FOLDER / "benches.txt")
        self.assertTrue(any(quick for quick, *_ in benches) and not all(quick for quick, *_ in benches))
        for _, name, limit, command in benches:
            self.assertRegex(name, r"^\w+$")
            self.assertLessEqual(limit, 120)
            self.assertTrue(command.startswith("@bench/"), command)

    def test_unknown_stage(self):
        with self.assertRaises(SystemExit):
            self.bundle.check("--stages", "tests,nonsense")

    def test_kernel_times(self):
        lines = ["==PROF== Profiling", '"ID","Kernel Name","dram__bytes.sum","gpu__time_duration.sum",'
                 '"sm__inst_executed_pipe_tensor.sum"', '"","","Mbyte","us","inst"', '"0","als_primal<1>","2,000.5","1,500","7"',
                 '"1","mirror","1","20","0"', '"2","als_primal<1>","1,000","500","1"', '{"factors": 128}']
        first, second = stages.kernel_times("\n".join(lines))
        self.assertEqual((first["kernel"], first["launches"], first["tensor"]), ("als_primal<1>", 2, 8.0))
        self.assertAlmostEqual(first["ms"], 2.0)
        self.assertAlmostEqual(first["gbytes"], 3.0005)
        self.assertAlmostEqual(second["ms"], 0.02)
        page = report.profile({"kernels": [first, second], "exit": 0})
        self.assertIn("| `als_primal<1>` | 2 | 2 | 99 % | 3 | 1,500 | 1.64e-05 |", page)
        self.assertEqual(stages.kernel_times("==ERROR== no counters"), [])

    def test_report_by_itself(self):
        _, results, page = self.run_tests([PASSED])
        path = self.bundle.folder / "again.json"
        path.write_text(json.dumps(results))
        again = subprocess.run([sys.executable, FOLDER / "report.py", path], capture_output=True, text=True, check=True)
        self.assertEqual(again.stdout, page)
        self.assertEqual(report.markdown(results), page)


if __name__ == "__main__":
    unittest.main()
