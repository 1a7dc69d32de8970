# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# cmake -DTABLE=Phases.def -DPAGE=Phases.md -P PhasesDoc.cmake: the table of
# phases as a page.
file(READ ${TABLE} text)
string(REGEX MATCHALL "DLK_PHASE\\([a-z]+,[ \n]*\"[^\"]*\"" rows "${text}")
set(page "# Phases\n\nA compilation runs these phases in order; `stop-after=PHASE` ends after one and prints the IR.\n\n")
string(APPEND page "| phase | what holds after it |\n| --- | --- |\n")
foreach(row ${rows})
  string(REGEX REPLACE "DLK_PHASE\\(([a-z]+),[ \n]*\"([^\"]*)\"" "| `\\1` | \\2 |\n" line "${row}")
  string(APPEND page "${line}")
endforeach()
file(WRITE ${PAGE} "${page}")
