#!/bin/bash
# Writes the lock files; PIP_CONSTRAINT holds versions back.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
lock() { # OUTPUT INPUT...
    local output=$1
    shift
    echo "# Exact versions of everything in $*; written by \`tox -e lock\`." >"$output.new"
    grep -hv '^-c' "$@" | pip-compile --quiet --no-header --no-annotate --strip-extras \
        --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
        --no-emit-options --output-file - - >>"$output.new"
    mv "$output.new" "$output"
}
lock requirements.lock requirements.in
PIP_CONSTRAINT=requirements.lock lock requirements-test.lock requirements.in requirements-test.in
for name in interop dashboard ansible rally s3; do
    lock "requirements-$name.lock" "requirements-$name.in"
done
