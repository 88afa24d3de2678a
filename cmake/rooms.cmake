# SPDX-License-Identifier: BSD-3-Clause
# The plan of the house: which rooms there are and which may be used from where. CMake builds by it,
# tools/check_tree holds every #include against it. USES is transitive; a room's storey is one above
# the highest room that it uses. Order here is build order.
set(KROTON_ROOMS "")
macro(plan name storey)
  list(APPEND KROTON_ROOMS ${name})
  set(KROTON_STOREY_${name} ${storey})
  set(KROTON_USES_${name} ${ARGN})
endmacro()

plan(base      0)
plan(ndarray   1 base)
plan(jit       1 base)
plan(kernel    2 ndarray)
plan(graph     3 kernel)
plan(printing  4 graph)
plan(scalars   5 printing)
plan(gradient  5 printing)
plan(rewrite   5 printing)
plan(link      5 printing jit)
plan(compile   6 link rewrite gradient)
plan(tensor    7 compile scalars)
plan(archive   8 tensor)
plan(gpuarray  9 archive)
plan(distributed 8 tensor)
