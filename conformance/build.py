# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the kit: PTX, plans and cubins for each chip, and these modules.

The folder runs on a machine that has only the driver, Python and NumPy.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor

from .case import CHIPS
from .plan import write_case

PACKAGE = pathlib.Path(__file__).resolve().parent
LAUNCHER = """#!/usr/bin/env python3
import pathlib, sys
sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from conformance.cli import main
sys.exit(main(sys.argv[1:] or ["run"], kit=pathlib.Path(__file__).resolve().parent))
"""


def find_ptxas():
    """ptxas of CUDA_HOME, of the path, or of /usr/local/cuda; or None."""
    home = os.environ.get("CUDA_HOME")
    places = ([f"{home}/bin/ptxas"] if home else []) + [
        shutil.which("ptxas") or "", "/usr/local/cuda/bin/ptxas"]
    return next((p for p in places if p and os.access(p, os.X_OK)), None)


def assemble(ptxas, path, chip, *options):
    """The messages of ptxas; the cubin goes beside the PTX file."""
    done = subprocess.run([ptxas, *options, f"-arch={chip}", "-o",
                           str(path.with_suffix(".cubin")), str(path)],
                          capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""


def build_kit(cases, folder, ptxas=None, chips=CHIPS):
    """Writes the kit; returns {file: message} of what ptxas refused."""
    jobs = []
    for chip in chips:
        (folder / chip).mkdir(parents=True, exist_ok=True)
        for case in cases:
            if case.runs_on(chip):
                jobs.append((write_case(case, chip, folder / chip), chip))
    refused = {}
    if ptxas:
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            messages = pool.map(lambda job: assemble(ptxas, *job), jobs)
        refused = {str(job[0]): text for job, text in zip(jobs, messages) if text}
    copy = folder / "conformance"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(PACKAGE, copy,
                    ignore=shutil.ignore_patterns("__pycache__", "results"))
    launcher = folder / "run"
    launcher.write_text(LAUNCHER)
    launcher.chmod(0o755)
    return refused


def pack_kit(folder, path):
    """The kit as one file."""
    with tarfile.open(path, "w:gz") as tar:
        tar.add(folder, arcname="dlk-conformance")


def bundle(cases, chip):
    """Many cases as one module, each kernel by its own name: ptxas then starts
    once, which takes a tenth of the time. {version: text}"""
    parts = {}
    for case in cases:
        name = "k_" + hashlib.sha256(case.name.encode()).hexdigest()[:12]
        text = re.sub(r"\bentry k\(", f"entry {name}(", case.text)
        parts.setdefault(case.version, []).append(f"// {case.name}\n{text}")
    return {version: f".version {version}\n.target {chip}\n.address_size 64\n" +
            "\n".join(texts) for version, texts in parts.items()}
