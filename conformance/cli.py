# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command line: build, run, replay, check, list."""

import argparse
import collections
import datetime
import fnmatch
import os
import pathlib
import sys

from . import build, judge, results
from .case import CHIPS
from .cases import all_cases
from .replay import replay
from .runner import run_cases, run_parallel

ROOT = pathlib.Path(__file__).resolve().parent.parent


def choose(pattern):
    """The cases whose name matches."""
    return [case for name, case in all_cases().items()
            if not pattern or fnmatch.fnmatch(name, pattern) or pattern in name]


def find_dlk_run(given):
    """dlk-run: what was given, or of a build of this tree."""
    builds = [os.environ.get("DLK_BUILD_DIR"), ROOT / "build/dev", ROOT / "build/exec"]
    places = [given] if given else [pathlib.Path(b) / "bin/dlk-run" for b in builds if b]
    for place in places:
        if os.access(place, os.X_OK):
            return str(pathlib.Path(place).resolve())
    raise SystemExit(f"error: no dlk-run: {places}")


def settings_of(args, device, kit=None):
    """What a worker needs to know."""
    common = {"device": device, "whole": args.whole, "seconds": args.timeout}
    if device == "cuda":
        return {**common, "kit": str(kit) if kit else None}
    options = ["--hardware-sums"] if args.sums == "hardware" else []
    return {**common, "dlk_run": find_dlk_run(args.dlk_run), "chip": args.chip,
            "options": options + ["--async", args.deliver] +
            (["--check", args.check] if args.check else [])}


def run_list(args, _kit):
    """Names and forms."""
    cases = choose(args.only)
    for case in cases:
        print(case.name, f"({case.chip})")
        if args.forms:
            print(*(f"    {output.name}" for output in case.outputs), sep="\n")
    print(f"{len(cases)} cases, {sum(len(c.outputs) for c in cases)} outputs")
    return 0


def run_build(args, _kit):
    """The kit in a folder, and as a tar file."""
    folder = pathlib.Path(args.output)
    ptxas = build.find_ptxas()
    refused = build.build_kit(choose(args.only), folder, ptxas, args.chips.split(","))
    for path, text in refused.items():
        print(f"{path}: {text}")
    if not ptxas:
        print("no ptxas: no cubins, the driver will compile the PTX")
    if args.tar:
        build.pack_kit(folder, args.tar)
    print(f"{folder}: {len(choose(args.only))} cases, {len(refused)} files refused")
    return 1 if refused else 0


def run_run(args, kit):
    """Runs cases and stores what they gave."""
    cases, start, kept = choose(args.only), datetime.datetime.now(), {}
    part = pathlib.Path((args.output or "results.json.gz") + ".part")

    def progress(name, answer, seconds):
        kept[name] = answer
        if args.device == "cuda" and len(kept) % 100 == 0:
            results.save(part, {"device": "unfinished", "cases": kept})
        if args.verbose or answer["status"] not in ("ok", "not for this chip"):
            note = answer.get("note", "").strip().split("\n")
            print(f"{name}: {answer['status']} ({seconds:.2f} s) {' | '.join(note[:3])}",
                  flush=True)
    settings = settings_of(args, args.device, kit)
    try:
        if args.device == "cpu":
            found = run_parallel(cases, settings, args.jobs, progress)
        else:
            found = run_cases(cases, settings, progress)
    except RuntimeError as error:
        raise SystemExit(f"error: {error}") from error
    found["date"] = start.strftime("%Y-%m-%d")
    output = args.output or "{}-{}-{}.json.gz".format(
        found["device"].replace(" ", "-"), found["driver"], found["date"])
    results.save(output, found)
    part.unlink(missing_ok=True)
    counts = collections.Counter(e["status"] for e in found["cases"].values())
    seconds = (datetime.datetime.now() - start).total_seconds()
    print(f"{output}: {found['device']}, " +
          ", ".join(f"{n} {word}" for word, n in sorted(counts.items())) +
          f", {seconds:.0f} s")
    return 0 if set(counts) <= {"ok", "unsupported"} else 1


def run_replay(args, _kit):
    """Compares stored results with the executor's."""
    stored = results.load(args.results)
    names = {case.name for case in choose(args.only)}
    verdicts = replay(stored, settings_of(args, "cpu"), names, args.jobs)
    counts = collections.Counter(v.word for v in verdicts)
    for verdict in verdicts:
        if verdict.word in args.show.split(",") or args.show == "all":
            unequal = f" {verdict.unequal} of {verdict.count}" if verdict.unequal else ""
            print(f"{verdict.case}: {verdict.output}: {verdict.word}{unequal} {verdict.text}")
    print(f"{stored['device']}: " + ", ".join(f"{n} {w}" for w, n in sorted(counts.items())))
    return 1 if counts["differs"] else 0


def run_check(args, _kit):
    """Compares stored results with NumPy's references, where there are any."""
    stored = results.load(args.results)
    counts = collections.Counter()
    for case in choose(args.only):
        entry = stored["cases"].get(case.name, {})
        for output in case.outputs:
            if not output.reference or entry.get("status") != "ok":
                continue
            inputs = case.inputs()
            reference = output.reference(inputs)
            if reference is None:
                continue
            verdict = judge.compare_stored(case, output, inputs,
                                           reference.astype(output.dtype),
                                           entry["outputs"][output.name])
            counts[verdict.word] += 1
            if verdict.word == "differs":
                print(f"{case.name}: {output.name}: differs {verdict.unequal} of "
                      f"{verdict.count} {verdict.text}")
    print(", ".join(f"{n} {word}" for word, n in sorted(counts.items())))
    return 1 if counts["differs"] else 0


def _parser():
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name, action):
        sub = commands.add_parser(name, help=action.__doc__, description=action.__doc__)
        sub.set_defaults(action=action)
        sub.add_argument("--only", metavar="PATTERN", help="names that match or hold this")
        return sub

    def executor(sub):
        sub.add_argument("--dlk-run", metavar="FILE")
        sub.add_argument("--whole", action="store_true",
                         help="store every element, also of large outputs")
        sub.add_argument("--timeout", type=float, metavar="SECONDS",
                         help="of each case, in place of its own")
        sub.add_argument("--sums", choices=["hardware", "ideal"], default="hardware")
        sub.add_argument("--deliver", default="immediate", metavar="WHEN",
                         help="dlk-run's --async")
        sub.add_argument("--check", metavar="LIST", help="dlk-run's --check")
        sub.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
        sub.add_argument("--chip", choices=CHIPS, default="sm_90a")

    command("list", run_list).add_argument("--forms", action="store_true")
    sub = command("build", run_build)
    sub.add_argument("-o", "--output", default="build/conformance", metavar="DIR")
    sub.add_argument("--tar", metavar="FILE.tar.gz")
    sub.add_argument("--chips", default=",".join(CHIPS))
    sub = command("run", run_run)
    sub.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    sub.add_argument("-o", "--output", metavar="FILE.json.gz")
    sub.add_argument("-v", "--verbose", action="store_true")
    executor(sub)
    sub = command("replay", run_replay)
    sub.add_argument("results")
    sub.add_argument("--show", default="differs,changed,unsupported,no result",
                     help="words to print, or all")
    executor(sub)
    command("check", run_check).add_argument("results")
    return parser


def main(arguments, kit=None):
    """The exit code: 0 if all is well, 1 if not."""
    args = _parser().parse_args(arguments)
    return args.action(args, kit)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
