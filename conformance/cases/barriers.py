# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""mbarrier, step by step: one thread does a script of operations and records what
each gives. A token is recorded as its pending count; its bits are facts."""

import numpy as np

from ..case import Case, Output
from ..kernel import entry

REGISTERS = [("pred", "p"), ("b32", "bar, v"), ("b64", "raw, t<40>")]

# Words of a script: init N | arrive | arrive N | no_complete N | drop | drop N |
# expect N | complete N | arrive_expect N | arrive_relaxed |
# test I, try I (token of step I) | parity P | try_parity P | inval
SCRIPTS = {
    "count-1": "init 1; parity 0; parity 1; arrive; parity 0; parity 1; test 3; arrive; "
               "parity 0; parity 1; test 3; test 7",
    "count-3": "init 3; arrive; arrive; test 1; arrive; test 1; test 2; test 4; parity 0; arrive; "
               "arrive 2; parity 1; parity 0",
    "count-largest": "init 1048575; arrive 1048574; parity 0; arrive; parity 0; arrive 5; arrive",
    "no-complete": "init 4; no_complete 3; arrive; parity 0; no_complete 1; arrive 3; parity 1",
    "drop": "init 3; drop; arrive; arrive; parity 0; arrive; arrive; parity 1; drop; arrive; "
            "parity 0; arrive; parity 1",
    "drop-several": "init 8; drop 3; arrive 5; parity 0; arrive 5; parity 1",
    "expect-first": "init 1; expect 16; arrive; parity 0; complete 12; parity 0; complete 4; "
                    "parity 0; parity 1",
    "complete-first": "init 1; complete 16; parity 0; expect 16; parity 0; arrive; parity 0",
    "complete-first-arrive-last": "init 2; arrive; complete 8; arrive_expect 8; parity 0; "
                                  "parity 1",
    "arrive-expect": "init 2; arrive_expect 100; arrive_expect 28; parity 0; complete 128; "
                     "parity 0; arrive; arrive; parity 1",
    "expect-several": "init 1; expect 1; expect 2; expect 3; arrive; complete 5; parity 0; "
                      "complete 1; parity 0",
    "tx-largest": "init 1; expect 1048575; arrive; parity 0; complete 1048575; parity 0",
    "tx-in-next-phase": "init 1; arrive; expect 4; parity 0; arrive; parity 1; complete 4; "
                        "parity 1",
    "tokens-of-old-phases": "init 1; arrive; parity 0; test 1; arrive; parity 1; test 1; test 4; "
                            "arrive; test 1; test 4; test 8",
    "try-wait": "init 1; try_parity 1; arrive; try 2; try_parity 0; arrive; try 5; try_parity 1",
    "drop-expect": "init 2; drop_expect 8; arrive; parity 0; complete 8; parity 0; arrive; "
                   "parity 1",
    "init-again": "init 2; arrive; inval; init 1; arrive; parity 0",
    "relaxed": "init 2; arrive_relaxed; arrive_relaxed; test_relaxed 1; test_relaxed 2",
}

RECORDS = {"test", "try", "parity", "try_parity", "test_relaxed"}
SILENT = {"init", "expect", "complete", "inval"}


def _instruction(word, number, step):
    """PTX of one operation."""
    simple = {
        "init": f"mbarrier.init.shared.b64 [bar], {number};",
        "inval": "mbarrier.inval.shared.b64 [bar];",
        "expect": f"mbarrier.expect_tx.relaxed.cta.shared.b64 [bar], {number};",
        "complete": f"mbarrier.complete_tx.relaxed.cta.shared.b64 [bar], {number};",
        "no_complete": f"mbarrier.arrive.noComplete.shared.b64 t{step}, [bar], {number};",
        "arrive_expect": f"mbarrier.arrive.expect_tx.shared.b64 t{step}, [bar], {number};",
        "drop_expect": f"mbarrier.arrive_drop.expect_tx.shared.b64 t{step}, [bar], {number};",
        "arrive_relaxed": f"mbarrier.arrive.relaxed.cta.shared.b64 t{step}, [bar];",
        "test": f"mbarrier.test_wait.shared.b64 p, [bar], t{number};",
        "test_relaxed": f"mbarrier.test_wait.relaxed.cta.shared.b64 p, [bar], t{number};",
        "try": f"mbarrier.try_wait.shared.b64 p, [bar], t{number}, 100;",
        "parity": f"mbarrier.test_wait.parity.shared.b64 p, [bar], {number};",
        "try_parity": f"mbarrier.try_wait.parity.shared.b64 p, [bar], {number}, 100;",
    }
    if word in simple:
        return simple[word]
    name = {"arrive": "mbarrier.arrive", "drop": "mbarrier.arrive_drop"}[word]
    return f"{name}.shared.b64 t{step}, [bar]{', ' + number if number else ''};"


def _case(name, script):
    steps = [s.split() for s in script.split(";")]
    lines = ["mov.b32 bar, barrier;", "setp.ne.u32 p, tid, 0;", "@p ret;"]
    size = len(steps)
    start = (4 * size + 15) // 16 * 16
    tokens = start + (8 * size + 15) // 16 * 16
    for step, words in enumerate(steps):
        word, number = words[0], words[1] if len(words) > 1 else ""
        lines.append(_instruction(word, number, step))
        if word in RECORDS:
            lines.append("selp.b32 v, 1, 0, p;")
        elif word in SILENT:
            lines.append("mov.b32 v, 0xffffffff;")
        else:
            lines.append(f"mbarrier.pending_count.b64 v, t{step};")
            lines.append(f"st.global.b64 [out+{tokens + 8 * step}], t{step};")
        lines.append(f"st.global.b32 [out+{4 * step}], v;")
        lines.append(f"ld.shared.b64 raw, [bar];\nst.global.b64 [out+{start + 8 * step}], raw;")
    outputs = [Output("steps", "u32", size), Output("barrier bits", "u64", size, fact=True),
               Output("token bits", "u64", size, fact=True)]
    text = entry([], [], REGISTERS, "\n".join(lines),
                 declare=".shared .align 8 .b64 barrier;")
    newer = any(w in script for w in ("expect", "complete ", "relaxed", "try"))
    return Case(f"barriers/{name}", text, dict, outputs, "sm_90a" if newer or
                " " in script and any(s[0] in ("arrive", "drop") and len(s) > 1 for s in steps)
                else "sm_80")


def _named():
    """bar.sync of part of a CTA, arrive and sync, each under two ids."""
    body = """
mad.wide.u32 to, tid, 4, out;
mov.b32 base, smem;
shr.u32 warp, tid, 5;
mov.u32 v, 0;
st.shared.b32 [base], v;
bar.sync 0;
setp.ge.u32 p, warp, 2;
@p bra second;
bar.arrive 3, 128;
bar.sync 4, 64;
atom.shared.add.u32 v, [base], 1;
bar.sync 4, 64;
ld.shared.b32 v, [base];
bra end;
second:
bar.sync 3, 128;
atom.shared.add.u32 v, [base+4], 1;
bar.sync 5, 64;
ld.shared.b32 v, [base+4];
end:
st.global.b32 [to], v;
"""
    text = entry([], [], [("pred", "p"), ("b32", "warp, base, v"), ("b64", "to")], body
                 .replace("st.shared.b32 [base], v;", "setp.eq.u32 p, tid, 0;\n@p "
                             "st.shared.v2.b32 [base], {v, v};"),
                 (128, 1, 1), shared=64)
    return Case("barriers/named", text, dict,
                [Output("counts", "u32", 128,
                        reference=lambda _: np.full(128, 64, np.uint32))], block=(128, 1, 1))


def cases():
    """The scripts, then named barriers."""
    for name, script in SCRIPTS.items():
        yield _case(name, script)
    yield _named()
