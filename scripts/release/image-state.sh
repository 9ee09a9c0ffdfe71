#!/bin/sh
# Prints `exists=true` if a registry has the image, and otherwise `exists=false`. An image with a
# version is never replaced.
set -eu
if docker buildx imagetools inspect "$1" > /dev/null 2>&1; then
  echo "$1 is published already" >&2
  echo exists=true
else
  echo exists=false
fi
