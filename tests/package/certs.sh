#!/usr/bin/env bash
# Makes an authority and a server's certificate for localhost and 127.0.0.1, good for a day: DIR/ca.crt, and DIR/server.crt,
# server.key and server.pem (both in one).
#
#   tests/package/certs.sh DIR
set -euo pipefail
cd "$1"

request() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "$@" 2>/dev/null
}

request -x509 -days 1 -subj '/CN=authority of a test' -keyout ca.key -out ca.crt
request -subj /CN=localhost -keyout server.key -out server.csr
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 1 -out server.crt \
    -extfile <(echo 'subjectAltName=DNS:localhost,IP:127.0.0.1') 2>/dev/null
cat server.key server.crt >server.pem
rm server.csr
