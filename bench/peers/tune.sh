#!/usr/bin/env bash
# Sets up PyTorch, transformers and PEFT for `npm run bench:tune` in the user's cache folder: `npm run bench:tune:setup`.
set -euo pipefail
cd "$(dirname "$0")"
work=${XDG_CACHE_HOME:-$HOME/.cache}/basewise/peers # as PEERS in peers.ts
mkdir -p "$work"
python3 -m venv "$work/tune"
"$work/tune/bin/pip" install --quiet --requirement tune-requirements.txt
