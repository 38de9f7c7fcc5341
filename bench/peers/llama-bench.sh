#!/usr/bin/env bash
# Builds llama.cpp's own llama-bench, to measure beside: `npm run bench:peers` (git, a C++ compiler, half a minute).
# Its source is the git bundle that the npm package node-llama-cpp carries, which is exactly what the prebuilt
# libraries were built from; it is linked with those very libraries, so that a difference in speed is our layer's.
set -euo pipefail
cd "$(dirname "$0")/../.."
readonly VERSION=3.21.1 # as NATIVE_PACKAGE_VERSION in src/native/platform.ts
work=$PWD/build/peers   # git-ignored
for tool in git c++; do
  command -v "$tool" >/dev/null || { echo "$tool is needed to build llama-bench; install it and run this again" >&2; exit 1; }
done
libraries=$(npx --no-install tsx -e 'import("./src/native/platform.ts").then((m) => console.log(m.findNativeFiles().directory))')

mkdir -p "$work/bin"
cd "$work"
if [ ! -d source ]; then
  npm pack "node-llama-cpp@$VERSION" --silent
  tar -xzf "node-llama-cpp-$VERSION.tgz" package/llama/gitRelease.bundle
  git -c advice.detachedHead=false clone --quiet package/llama/gitRelease.bundle source.part
  mv source.part source
  rm -r package "node-llama-cpp-$VERSION.tgz"
fi

# ggml looks for the builds for each processor beside the program
for file in "$libraries"/*; do ln -sf "$file" bin/; done
origin=$([ "$(uname)" = Darwin ] && echo "@loader_path" || echo "\$ORIGIN")
c++ -std=c++17 -O2 -DNDEBUG -pthread -o bin/llama-bench \
  -I source/include -I source/ggml/include -I source/common -I source/vendor \
  source/tools/llama-bench/main.cpp source/tools/llama-bench/llama-bench.cpp \
  bin/libllama-common.* bin/libllama.* bin/libggml.* bin/libggml-base.* -Wl,-rpath,"$origin"
echo "built: build/peers/bin/llama-bench"
bin/llama-bench --list-devices
