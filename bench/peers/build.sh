#!/usr/bin/env bash
# Sets up what the benches measure beside: `npm run bench:peers` (git, a C++ compiler; half a minute for llama-bench, ten
# for llama-server). All of it lies in the user's cache folder, once for all copies of this repository:
#   bin/llama-bench, bin/llama-server   llama.cpp's own, for text alone
#   node-llama-cpp                      the npm package, without libraries of its own
# The source is the git bundle that node-llama-cpp carries, which is exactly what the prebuilt libraries were built from;
# all three run those very libraries, so that a difference in speed is our layer's.
set -euo pipefail
cd "$(dirname "$0")/../.."
readonly VERSION=3.21.1 # as NATIVE_PACKAGE_VERSION in src/native/platform.ts
work=${XDG_CACHE_HOME:-$HOME/.cache}/basewise/peers # as PEERS in bench/peers/peers.ts
for tool in git c++; do
  command -v "$tool" >/dev/null || { echo "$tool is needed to build them; install it and run this again" >&2; exit 1; }
done
libraries=$(npx --no-install tsx -e 'import("./src/native/platform.ts").then((m) => console.log(m.findNativeFiles().directory))')

mkdir -p "$work/bin" "$work/objects" "$work/generated"
cd "$work"
if [ ! -d source ]; then
  npm pack "node-llama-cpp@$VERSION" --silent
  tar -xzf "node-llama-cpp-$VERSION.tgz" package/llama/gitRelease.bundle
  git -c advice.detachedHead=false clone --quiet package/llama/gitRelease.bundle source.part
  mv source.part source
  rm -r package "node-llama-cpp-$VERSION.tgz"
fi

# ggml looks for the builds for each processor beside the program; they outlive this copy of the repository.
cp -u "$libraries"/* bin/

include=(-I source/include -I source/ggml/include -I source/common -I source/vendor -I source/vendor/nlohmann
  -I source/tools/server -I source/tools/mtmd -I source -I generated)

# llama-server's web page is left out, and what reads images and sound: it is declared and never called.
cat >generated/ui.h <<'CODE'
#pragma once
#include <array>
#include <string>
struct llama_ui_asset { std::string name; const unsigned char * data; std::size_t size; std::string etag; std::string type; };
inline const llama_ui_asset * llama_ui_find_asset(const std::string &) { return nullptr; }
inline bool llama_ui_use_gzip() { return false; }
inline const std::array<llama_ui_asset, 0> & llama_ui_get_assets() { static const std::array<llama_ui_asset, 0> none{}; return none; }
CODE
cat >generated/text-only.cpp <<'CODE'
#include "mtmd.h"
#include "mtmd-helper.h"
mtmd_context_params mtmd_context_params_default(void) { return {}; }
void mtmd_helper_log_set(ggml_log_callback, void *) {}
void mtmd_free(mtmd_context *) {}
const char * mtmd_default_marker(void) { return "<__media__>"; }
bool mtmd_helper_support_video(const mtmd_context *) { return false; }
mtmd_helper_init_opt mtmd_helper_init_opt_default(void) { return {}; }
CODE

# compile NAME FILE…: objects of one program, each made once
compile() {
  local program=$1 file object
  shift
  mkdir -p "objects/$program"
  for file in "$@"; do
    object=objects/$program/$(basename "$file").o
    [ -s "$object" ] && [ ! "$file" -nt "$object" ] && continue
    c++ -std=c++17 -O2 -DNDEBUG -pthread "${include[@]}" -c "$file" -o "$object.part"
    mv "$object.part" "$object"
  done
}
link() {
  local origin
  origin=$([ "$(uname)" = Darwin ] && echo "@loader_path" || echo "\$ORIGIN")
  c++ -pthread -o "bin/$1.part" "objects/$1"/*.o bin/libllama-common.* bin/libllama.* bin/libggml.* bin/libggml-base.* \
    -Wl,-rpath,"$origin" "${@:2}"
  mv "bin/$1.part" "bin/$1"
  echo "built: $work/bin/$1"
}

compile llama-bench source/tools/llama-bench/*.cpp
link llama-bench
compile llama-server source/tools/server/*.cpp source/vendor/cpp-httplib/httplib.cpp generated/text-only.cpp
# What else it names of images and sound ends the program, should it ever be called.
mkdir -p objects/absent
nm -P -u objects/llama-server/*.o | awk '/mtmd/ { print $1 }' | sort -u >objects/absent/wanted
nm -P -g objects/llama-server/*.o | awk '/mtmd/ && $2 != "U" { print $1 }' | sort -u >objects/absent/defined
{
  echo 'void abort(void);'
  comm -23 objects/absent/wanted objects/absent/defined | sed 's/.*/void &(void) { abort(); }/'
} >generated/absent.c
cc -w -c generated/absent.c -o objects/absent/absent.o
link llama-server objects/absent/absent.o

if [ ! -d node-llama-cpp ]; then
  mkdir node-llama-cpp.part
  (cd node-llama-cpp.part && npm init --yes >/dev/null &&
    npm install --silent --ignore-scripts --omit=optional "node-llama-cpp@$VERSION")
  mkdir -p node-llama-cpp.part/node_modules/@node-llama-cpp
  # <package>/bins/<platform>: its libraries, found by the name of the package
  package=$(dirname "$(dirname "$libraries")")
  cp -r "$package" "node-llama-cpp.part/node_modules/@node-llama-cpp/$(basename "$package")"
  mv node-llama-cpp.part node-llama-cpp
fi
bin/llama-bench --list-devices
