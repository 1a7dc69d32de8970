#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints the first JSON block of a page, with contents for its constant.

  documented-plan.py PAGE
"""

import base64
import pathlib
import re
import sys

text = re.search(r"```json\n(.*?)```", pathlib.Path(sys.argv[1]).read_text(), re.S)[1]
print(text.replace('"..."', f'"{base64.b64encode(bytes(64)).decode()}"'))
