#!/usr/bin/env bash
# Writes .env with a fresh secret for each name, readable by its owner alone; one that is there is left alone.
#   docker/secrets.sh [FOLDER]   here, if no folder is given
set -euo pipefail
cd "${1:-$(dirname "$0")}"
if [ -e .env ]; then
    echo "$PWD/.env is there already, and stays: remove it to have new secrets" >&2
    exit 0
fi
secret() { head --bytes 32 /dev/urandom | base64 | tr '+/' '-_'; }
umask 077
draft=$(mktemp .env.XXXXXX)
trap 'rm -f "$draft"' EXIT
for name in FERNET_KEY SECRET_KEY JWT_SECRET; do
    echo "DIGITS_$name=$(secret)"
done > "$draft"
for name in DIGITS_POSTGRES_PASSWORD DIGITS_REDIS_PASSWORD DIGITS_ADMIN_PASSWORD AWS_SECRET_ACCESS_KEY; do
    echo "$name=$(secret | tr -d '=')" # these stand in addresses
done >> "$draft"
cat << 'END' >> "$draft" # a bucket in a container; docker/README.md says how to name another
COMPOSE_PROFILES=s3
DIGITS_REMOTE=s3://digits/store
AWS_ENDPOINT_URL=http://s3:8333
AWS_ALLOW_HTTP=true
AWS_REGION=us-east-1
AWS_ACCESS_KEY_ID=digits
END
mv "$draft" .env
echo "wrote $PWD/.env; the login is admin with the password DIGITS_ADMIN_PASSWORD in it" >&2
