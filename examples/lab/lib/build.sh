# shellcheck shell=bash
# The program, built in a platform's root from a copy of the source tree (read-only there), incrementally. What it installs becomes a
# layer of the nodes above the root; a cluster takes a copy, so a later build never changes a running one.

layer_of() { printf '%s/layer/%s' "$k_cache" "$1"; }
copy_of() { printf '%s/source/%s' "$k_cache" "$1"; } # of the sources

list_files() { (cd "$1" && find . \( -path ./.git -o -path ./build \) -prune -o -type f -print | LC_ALL=C sort); }

# A file that differs gets the time of its copying. What was built before it is out of date then, whatever the times say in the tree that
# it came from, and what was built from the same file in another clone is not.
copy_sources() { # PLATFORM
  local copy file
  copy=$(copy_of "$1")
  mkdir -p "$copy"
  LC_ALL=C comm -13 <(list_files "$k_source") <(list_files "$copy") | (cd "$copy" && xargs -r -d '\n' rm -f)
  while read -r file; do
    if ! cmp -s "$k_source/$file" "$copy/$file" || [[ -x $k_source/$file && ! -x $copy/$file ]]; then
      install -D -m "$(stat -c %a "$k_source/$file")" "$k_source/$file" "$copy/$file"
    fi
  done < <(list_files "$k_source")
}

# in_platform PLATFORM COMMAND...: with the sources that were built in /mnt/src and the build folder in /mnt/build, which persists.
in_platform() {
  local platform=$1 build
  shift
  build=$k_cache/build/$platform
  mkdir -p "$build" "$(layer_of "$platform").partial" "$(copy_of "$platform")"
  "$k_lab/lib/scratch" --bind-ro "$(copy_of "$platform")" /mnt/src --bind "$build" /mnt/build \
    --bind "$(layer_of "$platform").partial" /mnt/layer "$(root_of "$platform")" "$@"
}

# The build folder goes when the root it was configured in did.
build_check() {
  local platform=$1 build=$k_cache/build/$1
  [[ ! -f $build.root || $(<"$build.root") == "$(root_stamp "$platform")" ]] || rm -rf --one-file-system "$build"
  mkdir -p "$build"
  root_stamp "$platform" >"$build.root"
}

# MYSQL_PRM_LAB_CMAKE: further arguments of the configure step, such as -DMYSQL_PRM_TESTS=ON.
build_make() {
  local platform=$1 layer log
  layer=$(layer_of "$platform")
  log=$k_cache/build/$platform.log
  build_check "$platform"
  copy_sources "$platform"
  say "building for '$platform' (log: $log)"
  rm -rf --one-file-system "$layer.partial"
  # shellcheck disable=SC2016 # expanded by the inner shell
  in_platform "$platform" /bin/bash -euc '
    cmake -S /mnt/src -B /mnt/build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr \
      -DMYSQL_PRM_TESTS=OFF "$@"
    cmake --build /mnt/build
    DESTDIR=/mnt/layer cmake --install /mnt/build --strip
    DESTDIR=/mnt/layer cmake --install /mnt/build --strip --component lab' build \
    ${MYSQL_PRM_LAB_CMAKE:-} >"$log" 2>&1 </dev/null || {
    grep -E -m 20 'error|Error|FAILED' "$log" >&2 || tail -n 20 "$log" >&2
    die "the build for '$platform' failed (log: $log)"
  }
  rm -rf --one-file-system "$layer"
  mv "$layer.partial" "$layer"
  { git -C "$k_source" describe --always --dirty 2>/dev/null || echo '?'; } >"$k_cache/build/$platform/commit" # of what is there now
}

cmd_build() {
  [[ $# -eq 1 ]] || die "usage: lab build PLATFORM"
  cmd_root "$1"
  with_lock "$k_cache/lock/build.$1" 1800 build_make "$1"
}

cmd_in() {
  [[ $# -ge 2 ]] || die "usage: lab in PLATFORM COMMAND..."
  cmd_root "$1"
  in_platform "$@"
}
