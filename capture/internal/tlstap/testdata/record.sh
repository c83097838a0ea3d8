#!/usr/bin/env bash
# Records the tapes of OpenSSL beside this script. Needs openssl 3 and go.
set -euo pipefail
out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/tape" "$out/tape.go"
cd "$work"
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 3650 -subj /CN=example.org 2>/dev/null
echo "data before the handshake" >early.txt

# Lines for s_client, one a read: it takes a command, such as K, only at the
# start of one.
say() {
  local line
  for line in "$@"; do
    sleep 1
    echo "$line"
  done
  sleep 1
}

# serve OPTIONS...: an s_server that sends each line back reversed.
serve() { listen -rev -quiet "$@"; }

# listen OPTIONS...: an s_server that says nothing.
listen() {
  openssl s_server -accept 127.0.0.1:14433 -cert cert.pem -key key.pem "$@" < <(sleep 60) >server.log 2>&1 &
  server=$!
  sleep 1
}

stop() {
  kill "$server"
  wait "$server" 2>/dev/null || true
}

# connect OPTIONS...: an s_client without a tape.
connect() { openssl s_client -connect 127.0.0.1:14433 -servername example.org "$@" >client.log 2>&1; }

# record NAME TITLE OPTIONS...: what an s_client and the server say.
record() {
  local name=$1 title=$2 tape
  shift 2
  ./tape 127.0.0.1:14434 127.0.0.1:14433 >wire &
  tape=$!
  sleep 0.3
  rm -f keys
  openssl s_client -connect 127.0.0.1:14434 -servername example.org -keylogfile keys "$@" >client.log 2>&1
  wait "$tape"
  {
    echo "# $title"
    grep -v '^#' keys
    cat wire
  } >"$out/$name.tape"
}

serve
say one two Q | record openssl-aes256 "TLS 1.3, AES-256-GCM" -ciphersuites TLS_AES_256_GCM_SHA384
say one two Q | record openssl-chacha20 "TLS 1.3, ChaCha20-Poly1305" -ciphersuites TLS_CHACHA20_POLY1305_SHA256
say one K two k three K four Q | record openssl-keyupdate "TLS 1.3, key updates: both sides, the client, both sides" -ciphersuites TLS_AES_128_GCM_SHA256
say one Q | connect -tls1_2 -sess_out ticket
say one two Q | record openssl-tls12-resumed "TLS 1.2, resumed by a session ticket" -tls1_2 -sess_in ticket
stop

serve -no_ticket
say one Q | connect -tls1_2 -sess_out session-id
say one two Q | record openssl-tls12-session-id "TLS 1.2, resumed by a session ID" -tls1_2 -sess_in session-id
stop

serve -ciphersuites TLS_AES_128_CCM_SHA256
say one two Q | record openssl-ccm "TLS 1.3, AES-128-CCM" -ciphersuites TLS_AES_128_CCM_SHA256
stop

serve -record_padding 256 -max_send_frag 512
say one two Q | record openssl-padding "TLS 1.3, records padded to 256 bytes, messages over records of 512" -record_padding 256 -max_send_frag 512
stop

serve -client_renegotiation
say one R two Q | record openssl-renegotiation "TLS 1.2, renegotiation by the client" -tls1_2
stop

# With -rev, s_server reads no 0-RTT.
listen -early_data
say Q | connect -sess_out psk
say one two Q | record openssl-early "TLS 1.3, 0-RTT, accepted" -sess_in psk -early_data early.txt
stop

listen
say one two Q | record openssl-early-rejected "TLS 1.3, 0-RTT, rejected by a server that does not know the ticket" -sess_in psk -early_data early.txt
stop
