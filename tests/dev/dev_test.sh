#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Tests ./dev on a pretended system: a PATH of its own in which apt-get, dpkg-query, id, sudo, cmake, ninja
# and ctest are small scripts that write down how they were called.
set -u
source=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
failures=0

real_commands="bash env cat sed awk tail head mkdir dirname date tr cut grep sleep tput tee ls rm touch chmod find xargs tty"

fake() { printf '#!/bin/bash\n%s\n' "$2" >"$place/bin/$1"; chmod +x "$place/bin/$1"; }

# A system with nothing installed, run by root.
fresh_system() {
  rm -rf "$place/bin" "$place/tree" "$place/calls" "$place/installed"
  mkdir -p "$place/bin" "$place/tree/tools"
  cp "$source/dev" "$place/tree/"
  cp -r "$source/tools/dev" "$place/tree/tools/"
  touch "$place/calls" "$place/installed"
  local name
  for name in $real_commands; do ln -s "$(command -v "$name")" "$place/bin/$name"; done
  export CALLS=$place/calls INSTALLED=$place/installed
  fake id 'echo ${FAKE_UID:-0}'
  fake nproc 'echo 2'
  fake dpkg-query 'grep -qx -- "${!#}" "$INSTALLED" && printf installed'
  fake apt-get '
case "$*" in
  *--print-uris*) echo "Need to get 93.2 MB of archives."; echo "After this operation, 376 MB of additional disk space will be used."; exit ;;
  update*) echo "apt-get update" >>"$CALLS"; exit ;;
esac
echo "apt-get $* [$DEBIAN_FRONTEND]" >>"$CALLS"
for word; do
  [ "$word" = "${FAKE_UNAVAILABLE:-}" ] && { echo "E: Unable to locate package $word"; exit 100; }
  case $word in install | -*) ;; *=*) ;; *) echo "$word" >>"$INSTALLED" ;; esac
done'
  fake cmake 'echo "cmake $*" >>"$CALLS"'
  fake ninja '
echo "ninja $*" >>"$CALLS"
[ -z "${FAKE_BROKEN:-}" ] || { for i in $(seq 40); do echo "line $i"; done; echo "a.cpp:1: error: broken"; exit 1; }
mkdir -p build/demo/examples build/dev/tools/check_tree
printf "%s\n" "#!/bin/bash" "echo \"demo \$KROTON_FLAGS\" | tee -a \"\$CALLS\"" >build/demo/examples/demo
printf "%s\n" "#!/bin/bash" "echo \"contract: \$*\"" >build/dev/tools/check_tree/check_tree
printf "%s\n" "#!/bin/bash" "echo \"model \$KROTON_FLAGS\" | tee -a \"\$CALLS\"" "exit \${FAKE_MODEL:-0}" >build/demo/examples/language_model
chmod +x build/demo/examples/demo build/demo/examples/language_model build/dev/tools/check_tree/check_tree'
  ln -s "$(command -v seq)" "$place/bin/seq"
  fake ctest '
echo "ctest $*" >>"$CALLS"
echo "      Start  1: a"; echo "1/2 Test #1: a ......   Passed    0.01 sec"; echo "2/2 Test #2: b ......***Skipped   0.01 sec"
exit ${FAKE_FAILURES:-0}'
}

dev() {  # dev arguments...: sets output and code
  output=$(cd "$place/tree" && PATH=$place/bin ./dev "$@" 2>&1 </dev/null)
  code=$?
}
check() {  # check WHAT command...
  local what=$1
  shift
  "$@" && return
  failures=$((failures + 1))
  printf 'FAILED: %s\n  exit %s\n--- output\n%s\n--- calls\n%s\n' "$what" "$code" "$output" "$(cat "$CALLS")"
}
exits() { [ "$code" = "$1" ]; }
prints() { case $output in *"$1"*) ;; *) return 1 ;; esac; }
called() { grep -q -- "$1" "$CALLS"; }
not() { ! "$@"; }
times() { [ "$(grep -c -- "$2" "$CALLS")" = "$1" ]; }
before() { [ "$(grep -n -m1 -- "$1" "$CALLS" | cut -d: -f1)" -lt "$(grep -n -m1 -- "$2" "$CALLS" | cut -d: -f1)" ]; }
install_sets() { for name in "$@"; do echo "$name" >>"$INSTALLED"; done; }
build_set="g++ cmake ninja-build libfmt-dev ccache mold libopenblas0"

# demo on a fresh system, as root
fresh_system
dev demo
check "demo succeeds on a fresh system" exits 0
check "it announces packages" prints "packages to install: $build_set"
check "it announces sizes" prints "93.2 MB to download, 376 MB on disk"
check "the lists are updated once" times 1 "apt-get update"
check "the build set is one quiet transaction" \
  called "install -y --no-install-recommends -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 $build_set \[noninteractive\]"
check "no test package is installed" not called "gtest\|mpfr\|eigen\|opencl\|mpi"
check "the first result is interpreted" before "demo jit=off" "demo jit=required"
check "the first build leaves the plugin out" before "cmake --preset release.*-DKROTON_JIT=OFF" "cmake --preset release.*-DKROTON_JIT=ON"
check "and builds two targets only" called "kroton demo$"
check "the plugin is built before the compiled run" before "kroton_jit_plugin" "demo jit=required"
check "both times are printed" prints "interpreted: "
check "the language model comes last, compiled" before "demo jit=required" "model jit=required"
check "and runs once" times 1 "^model"
dev demo
check "the second demo finds nothing missing" prints "packages: nothing is missing"
check "and configures once more, with LLVM" times 2 "KROTON_JIT=ON"
FAKE_MODEL=77 dev demo
check "a system without texts is no failure" exits 0
check "and is told so" prints "the language model was skipped"
FAKE_MODEL=1 dev demo
check "a model that fails is one" exits 1
FAKE_MODEL=130 dev demo
check "an interrupted training ends demo" exits 130

# LLVM cannot be installed
fresh_system
FAKE_UNAVAILABLE=llvm-19-dev dev demo
check "demo goes on without LLVM" exits 0
check "and gives apt's reason" prints "skipped llvm-19-dev libclang-19-dev (apt: E: Unable to locate package llvm-19-dev)"
check "the system's compiler takes over" called "demo jit=auto"
check "also for the language model" called "model jit=auto"

# neither root nor sudo
fresh_system
FAKE_UID=1000 dev demo
check "demo exits 3 when it may not install" exits 3
check "it prints the exact line" \
  prints "  apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $build_set"
check "nothing was tried" times 0 "apt-get"
# shellcheck disable=SC2086
install_sets $build_set
FAKE_UID=1000 dev demo
check "demo goes on when nothing needed is missing" exits 0
check "what is optional is skipped with the reason" prints "skipped llvm-19-dev libclang-19-dev (not root and no sudo)"

# with sudo
fresh_system
fake sudo 'echo "sudo $*" >>"$CALLS"; [ "$1" = -n ] && shift; "$@"'
FAKE_UID=1000 dev demo
check "sudo serves as well as root" exits 0
check "packages are installed by sudo" called "^sudo env DEBIAN_FRONTEND=noninteractive apt-get install"

# installing forbidden
fresh_system
KROTON_NO_INSTALL=1 dev test
check "KROTON_NO_INSTALL goes on with what is here" exits 0
check "and says what is missing" prints "going on without the packages $build_set"
check "and leaves apt alone" not called "apt-get"

# test
fresh_system
dev test
check "test succeeds" exits 0
check "test packages are installed" called "libgtest-dev libmpfr-dev libeigen3-dev"
check "OpenCL comes as an option" called "pocl-opencl-icd"
check "passing tests are not listed" not prints "Passed"
check "skipped ones are" prints "Skipped"
check "the contract's rows are counted" prints "contract: coverage . build/log/tests.xml"
sleep 1
touch "$place/tree/changed"
dev test
check "what changed since is tested whole" not prints "left out"
sleep 1
dev test
check "when nothing changed the long tests are left out" called "ctest .*-LE slow|install"
check "and it says so" prints "nothing changed since all tests passed"
FAKE_FAILURES=8 dev test
dev test
check "after a failure all are run" not prints "left out"
dev test -L tree -R plan
check "a selection is passed on" called "ctest .*-L tree -R plan"
check "and ends without a count of rows" not prints "contract:"
dev test --preset nojit
check "a preset is configured" called "cmake --preset nojit"
FAKE_FAILURES=8 dev test
check "failing tests fail" exits 1
dev test --fast
check "an unknown option is refused" exits 2
dev test --preset fast
check "an unknown preset is refused with the ones there are" prints "there is no preset 'fast'; dev, release, asan, tsan and nojit are there"

# a failing build
fresh_system
FAKE_BROKEN=1 dev test
check "a failing build fails" exits 1
check "it shows the end of the log" prints "a.cpp:1: error: broken"
check "and only the end" not prints "line 10"$'\n'
check "and says where the log is" prints "the whole log is $place/tree/build/log/build-dev.log"

# the rest
dev help
check "help lists commands" prints "./dev demo"
check "help leaves out what is not there" not prints "./dev bench"
dev bench
check "bench says that there are none" prints "there are no benchmarks yet"
dev swim
check "an unknown command is refused" exits 2

[ $failures = 0 ] && echo "all checks passed"
exit $failures
