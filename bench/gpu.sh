#!/usr/bin/env bash
# Training and prediction on this machine's GPU beside PyTorch on the same, from a bare checkout: one command.
#
#   bench/gpu.sh              both shapes; prints the tables of bench/RESULTS.md
#   bench/gpu.sh tiny2        one of them; `smoke` is a shape to see that it runs, where there is no GPU
#
# It takes Node, and python3 with venv. PYTHON names a Python that has torch and transformers already.
set -euo pipefail
cd "$(dirname "$0")/.."

[ -d node_modules ] || npm ci
npm run --silent build 1>&2
if [ -z "${PYTHON:-}" ]; then
  venv="${TMPDIR:-/tmp}/otzyv-bench-venv"
  [ -d "$venv" ] || python3 -m venv "$venv"
  "$venv/bin/python" -c 'import torch, transformers' 2>/dev/null ||
    "$venv/bin/pip" install --quiet torch transformers 1>&2
  export PYTHON="$venv/bin/python"
fi
node apps/cli/bin/otzyv.js doctor 1>&2
for shape in "${@:-tiny2 base}"; do
  for one in $shape; do node bench/gpu.js "$one"; done
done
