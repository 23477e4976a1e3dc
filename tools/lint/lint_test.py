#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The lint scripts must find what they forbid: each breach is planted into a tree of its own."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"


def run(script, files):
    """(exit code, messages) of a script on a tree with these files."""
    with tempfile.TemporaryDirectory() as root:
        subprocess.run(["git", "init", "-q", root], check=True)
        for name, text in files.items():
            path = pathlib.Path(root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, FOLDER / script, root], capture_output=True, text=True)
        return done.returncode, done.stderr


class LayeringTest(unittest.TestCase):
    def check(self, path, include, message):
        code, text = run("check_layering.py", {path: f"{LICENCE}#include {include}\n"})
        self.assertEqual(code, 0 if message is None else 1, text)
        if message is not None:
            self.assertIn(f"{path}:2: ", text)
            self.assertIn(message, text)

    def test_lower_layers_are_free(self):
        self.check("tools/x.cpp", '"kernels/core/check.h"', None)
        self.check("trainer/models/x.cpp", '"kernels/als/als.h"', None)
        self.check("kernels/als/als.cpp", '"kernels/als/als_rows.h"', None)
        self.check("trainer/config/x.cpp", "<yaml-cpp/yaml.h>", None)

    def test_higher_layers_are_not(self):
        self.check("kernels/core/x.h", '"kernels/als/als.h"', "stands above")
        self.check("kernels/als/x.cpp", '"trainer/data/dataset.h"', "stands above")
        self.check("trainer/models/x.cpp", '"trainer/train/run_folder.h"', "stands above")
        self.check("trainer/data/x.cpp", '"tools/commands.h"', "stands above")

    def test_another_operation_only_through_its_header(self):
        self.check("kernels/als/als.cpp", '"kernels/gemm/gemm.h"', None)
        self.check("kernels/als/als.cpp", '"kernels/gemm/tile.h"', "only through its gemm.h")

    def test_libraries_have_homes(self):
        self.check("trainer/data/x.cpp", "<yaml-cpp/yaml.h>", "may be included only in")
        self.check("trainer/data/x.cpp", "<arrow/api.h>", "may be included only in")
        self.check("kernels/als/als_cpu.cpp", "<cblas.h>", "may be included only in")
        self.check("trainer/train/x.cpp", "<cuda_runtime.h>", "may be included only in")
        self.check("trainer/train/x.h", "<nlohmann/json.hpp>", "may be included only in")


class SourcesTest(unittest.TestCase):
    def check(self, path, text, message):
        code, found = run("check_sources.py", {path: text})
        self.assertEqual(code, 0 if message is None else 1, found)
        if message is not None:
            self.assertIn(message, found)

    def test_clean(self):
        self.check("kernels/x/x.h", LICENCE + "#pragma once\n", None)

    def test_breaches(self):
        self.check("trainer/x.cpp", LICENCE + "#ifdef KINDRED_CUDA\n", "#if that names a back end")
        self.check("trainer/x.cpp", LICENCE + "#if defined(USE_MPI)\n", "#if that names a back end")
        self.check("kernels/x/x.cu", LICENCE + "kernel<" + "<<1, 2>" + ">>(x);\n", "launch()")
        self.check("trainer/x.cpp", "int x;\n", "SPDX")
        self.check("trainer/x.h", LICENCE, "#pragma once")
        self.check("trainer/data/utils.h", LICENCE + "#pragma once\n", "name the concept")
        self.check("trainer/x.cpp", LICENCE + "// TO" + "DO: later\n", "unfinished")
        self.check("trainer/x.cpp", LICENCE + "\n" * 600, "the limit is 600")
        self.check("trainer/x_test.cpp", LICENCE + "\n" * 600, None)
        self.check("kernels/x/x.cpp", LICENCE + "#pragma omp parallel\n", "OpenMP")


if __name__ == "__main__":
    unittest.main()
