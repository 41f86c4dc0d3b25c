#!/usr/bin/env bash
# Builds the images digits-pipeline and digits-serving and prints their sizes: make image
#   DIGITS_BASE          the base image, if not the Dockerfile's
#   DIGITS_CERTIFICATES  a file of certificates that the package indexes are checked with, if not the built-in ones
#   DIGITS_PIP_CONF      a pip.conf for hosts with an index of their own
# Both files are build secrets: they are in no layer.
set -euo pipefail
cd "$(dirname "$0")/.."

arguments=()
[ -z "${DIGITS_BASE:-}" ] || arguments+=(--build-arg "BASE=$DIGITS_BASE")
[ -z "${DIGITS_CERTIFICATES:-}" ] || arguments+=(--secret "id=certificates,src=$DIGITS_CERTIFICATES")
[ -z "${DIGITS_PIP_CONF:-}" ] || arguments+=(--secret "id=pip,src=$DIGITS_PIP_CONF")
version=$(git describe --always --dirty 2>/dev/null || echo unknown)
for target in pipeline serving; do
    DOCKER_BUILDKIT=1 docker build --file docker/Dockerfile --target "$target" --tag "digits-$target" \
        --label "org.opencontainers.image.revision=$version" "${arguments[@]}" .
done
for target in pipeline serving; do
    docker image inspect --format "digits-$target  {{.Size}} bytes" "digits-$target"
done
