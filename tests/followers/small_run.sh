#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains a small run, named "followed", in the current folder: small_run.sh KINDRED [OPTION...]
set -euo pipefail
awk 'BEGIN { print "user,item"; for (u = 0; u < 60; u++) for (n = 0; n < 12; n++)
       print "u" u ",i" (u % 3) * 20 + (u * 7 + n * 3) % 20 }' > events.csv
cat > followed.yaml <<'YAML'
run: {name: followed}
data: {path: events.csv}
split: {protocol: random, test_ratio: 0.2, validation_ratio: 0.1}
model: {type: als, factors: 8, iterations: 6}
evaluation: {metrics: [recall@5, coverage@5], every: 2}
YAML
"$1" train followed.yaml --quiet "${@:2}" > /dev/null
