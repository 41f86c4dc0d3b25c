set -e
bin=$(echo /usr/lib/postgresql/*/bin)
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    echo "$POSTGRES_PASSWORD" > /tmp/password
    "$bin/initdb" --username "$POSTGRES_USER" --pwfile /tmp/password --encoding UTF8 --auth-local trust --auth-host scram-sha-256 >/dev/null
    rm /tmp/password
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    echo "CREATE DATABASE $POSTGRES_DB;" | "$bin/postgres" --single -D "$PGDATA" template1 >/dev/null
fi
exec "$bin/postgres" -D "$PGDATA" -c "listen_addresses=*"
