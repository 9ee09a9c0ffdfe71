#!/bin/sh
# image-state.sh IMAGE REVISION
#
# Prints `exists=true` and `digest=sha256:…` if the registry has the image, and otherwise
# `exists=false`. Fails if the image was built from another commit than REVISION: an image with a
# version is never replaced.
set -eu
if ! state=$(docker buildx imagetools inspect "$1" 2> /dev/null); then
  echo exists=false
  exit
fi
config=$(docker buildx imagetools inspect "$1" --format '{{ json .Image }}' | tr -d ' \n')
case $config in
  *"\"org.opencontainers.image.revision\":\"$2\""*) ;;
  *)
    echo "$1 is published already, from another commit than $2; release the next version" >&2
    exit 1
    ;;
esac
echo "$1 is published already" >&2
echo exists=true
printf '%s\n' "$state" | sed -n 's/^Digest: */digest=/p'
