#!/bin/sh
# Pins what is installed, with hashes and without addresses. Needs uv. Run it after any change of dependencies in pyproject.toml.
set -eu
cd "$(dirname "$0")/../.."
pin() {
  output=$1
  shift
  uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-header --output-file "deploy/requirements/$output" "$@"
}
pin run.txt --extra embedded
pin image.txt --constraint deploy/requirements/run.txt
pin test.txt --extra embedded --group test --constraint deploy/requirements/run.txt
