# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Which Debian packages ./dev needs, and how it gets them. docs/dependencies.md says what each is for.
packages_build="g++ cmake ninja-build libfmt-dev ccache mold libopenblas0"
packages_test="libgtest-dev libmpfr-dev libeigen3-dev"
packages_llvm="llvm-19-dev libclang-19-dev"
packages_onednn="libdnnl2"
packages_opencl="pocl-opencl-icd ocl-icd-libopencl1 oclgrind"
packages_mpi="libopenmpi-dev openmpi-bin libmpich-dev mpich"
packages_peers="python3-venv util-linux"
packages_fuzz="clang-19 libclang-rt-19-dev"
packages_format="clang-format-19"

# The packages of the named sets that are not installed.
missing() {
  local set name list
  for set in "$@"; do
    list=packages_$set
    for name in ${!list}; do
      [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf '%s ' "$name"
    done
  done
}

# Sets `privilege` to the words that run a command as root; false when there are none.
find_privilege() {
  privilege=()
  [ "$(id -u)" = 0 ] && return 0
  command -v sudo >/dev/null || return 1
  privilege=(sudo)
  # Without a terminal nobody can type a password.
  [ -t 0 ] || sudo -n true 2>/dev/null
}

apt_install() {  # apt_install package...
  "${privilege[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@"
}

# What apt would fetch and unpack: "93.2 MB to download, 376 MB on disk".
apt_sizes() {
  LC_ALL=C apt-get install --print-uris -y --no-install-recommends "$@" 2>/dev/null |
    sed -n 's|^Need to get \(.*\) of archives.*|\1 to download|p; s|^After this operation, \(.*\) of additional.*|, \1 on disk|p' |
    tr -d '\n'
}

# Fresh images have no package lists at all, old ones have stale ones. Offline, the old lists may still do.
update_lists() {
  [ -z "${lists_updated:-}" ] || return 0
  lists_updated=yes
  mkdir -p "$log_folder"
  "${privilege[@]}" apt-get update -o DPkg::Lock::Timeout=600 >"$log_folder/apt-update.log" 2>&1 </dev/null ||
    say "apt-get update failed (see $log_folder/apt-update.log); going on with the lists that are here"
}

can_install() {
  if [ -n "${KROTON_NO_INSTALL:-}" ]; then why_not="KROTON_NO_INSTALL is set"
  elif ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then why_not="this system has no apt"
  elif ! find_privilege; then why_not="not root and no sudo"
  else return 0
  fi
  return 1
}

# announce required-set... -- optional-set...: first of all, what will be installed and how much that is.
announce() {
  local required=() optional=() target=required set wanted
  for set in "$@"; do
    if [ "$set" = -- ]; then target=optional
    elif [ $target = required ]; then required+=("$set")
    else optional+=("$set")
    fi
  done
  if ! command -v dpkg-query >/dev/null; then
    say "no apt here: needed are a C++20 compiler, CMake 3.25, Ninja and fmt (docs/getting_started.md)"
    return
  fi
  wanted="$(missing "${required[@]}")$(missing "${optional[@]}")"
  [ -n "$wanted" ] || { say "packages: nothing is missing"; return; }
  say "packages to install: $(missing "${required[@]}")"
  [ -z "$(missing "${optional[@]}")" ] || say "  optional: $(missing "${optional[@]}")"
  can_install && update_lists
  local sizes
  # shellcheck disable=SC2086
  sizes=$(apt_sizes $wanted)
  say "  ${sizes:-sizes unknown before apt-get update}"
}

# Installs sets without which nothing goes on; exits 3 with the exact line when it cannot. KROTON_NO_INSTALL
# is for those who have compilers from elsewhere.
require() {
  local wanted
  command -v dpkg-query >/dev/null || return 0
  wanted=$(missing "$@")
  [ -n "$wanted" ] || return 0
  if [ -n "${KROTON_NO_INSTALL:-}" ]; then
    say "going on without the packages ${wanted% } (KROTON_NO_INSTALL is set)"
    return 0
  fi
  if ! can_install; then
    say "Run this as root, then ./dev again:"
    say "  apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${wanted% }"
    fail 3 "$why_not; missing: ${wanted% }"
  fi
  update_lists
  # shellcheck disable=SC2086
  stage packages "installing packages" apt_install $wanted
}

# Installs a set that only adds; says why when it cannot. try_install SET WHAT_IS_LOST
try_install() {
  local wanted code=0 start=$SECONDS
  command -v dpkg-query >/dev/null || return 0
  wanted=$(missing "$1")
  [ -n "$wanted" ] || return 0
  if ! can_install; then
    say "skipped ${wanted% } ($why_not): $2"
    return 1
  fi
  update_lists
  mkdir -p "$log_folder"
  # shellcheck disable=SC2086
  apt_install $wanted >"$log_folder/packages-$1.log" 2>&1 </dev/null || code=$?
  [ -t 1 ] && printf '\r\033[K'  # a stage may be showing its progress
  [ "$code" = 0 ] && say "installing ${wanted% }: $((SECONDS - start)) s (at $SECONDS s)" && return 0
  say "skipped ${wanted% } (apt: $(grep -m 1 '^E:' "$log_folder/packages-$1.log" || echo "exit $code")): $2"
  return 1
}
