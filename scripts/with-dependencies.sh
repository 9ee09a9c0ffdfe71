#!/bin/sh
# Installs the npm dependencies if they are missing or older than the lock file, then runs the
# command. The devDependency `node` provides Node; npm has put node_modules/.bin on PATH.
set -eu
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "installing dependencies (npm ci) ..." >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
fi
exec "$@"
