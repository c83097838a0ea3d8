package tlsrec

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlstest"
	"anytls-inspect/protocol"
)

// keyUpdate is the type of a KeyUpdate message (RFC 8446, section 4).
const keyUpdate = 24

// TestAgainstCryptoTLS takes a connection over from crypto/tls behind its
// handshake, on the client's side, and talks to the real server: with TLS 1.3's
// key updates, the peer's included.
func TestAgainstCryptoTLS(t *testing.T) {
	client12, server12 := tlstest.Configs12(tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
	chacha, serverChacha := tlstest.Configs12(tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256)
	client13, server13 := tlstest.Configs13()
	for name, configs := range map[string]protocol.ByPeer[*tls.Config]{
		"1.3": {client13, server13}, "1.2 AES": {client12, server12}, "1.2 ChaCha20": {chacha, serverChacha},
	} {
		t.Run(name, func(t *testing.T) {
			p := tlstest.Connect(t, configs[protocol.Client], configs[protocol.Server])
			p.Handshake(t)
			state := p.Client.ConnectionState()
			sealer, opener := takeOver(t, p.Tape(), state.Version, Suite(state.CipherSuite))
			send := func(typ ContentType, text []byte) {
				t.Helper()
				record, err := sealer.Seal(nil, typ, text)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := p.Socket.Write(record); err != nil {
					t.Fatal(err)
				}
			}
			exchange := func(text string) {
				t.Helper()
				send(ApplicationData, []byte(text))
				got := make([]byte, len(text))
				if _, err := io.ReadFull(p.Server, got); err != nil || string(got) != text {
					t.Fatalf("the server read %q, %v; want %q", got, err, text)
				}
				if _, err := p.Server.Write([]byte("echo " + text)); err != nil {
					t.Fatal(err)
				}
				if got := nextData(t, p.Socket, opener); got != "echo "+text {
					t.Fatalf("opened %q, want %q", got, "echo "+text)
				}
			}
			exchange("one")
			exchange("two")
			if state.Version != tls.VersionTLS13 {
				return
			}
			for i := range 3 {
				send(Handshake, []byte{keyUpdate, 0, 0, 1, 1}) // update_requested
				if err := sealer.Update(); err != nil {
					t.Fatal(err)
				}
				exchange(fmt.Sprint("updated ", i))
			}
		})
	}
}

// takeOver returns the client's record layer behind the handshake on a tape.
func takeOver(t *testing.T, tp tlstest.Tape, version uint16, suite Suite) (*Sealer, *Opener) {
	t.Helper()
	client, server := tp.Stream(protocol.ClientToServer), tp.Stream(protocol.ServerToClient)
	secrets, _ := tp.Store(t).Lookup(keylog.Random(client[HeaderLen+6:]))
	if version == tls.VersionTLS12 {
		near, far, err := SessionKeys(suite, secrets.Get(keylog.Master), client[HeaderLen+6:][:32], server[HeaderLen+6:][:32])
		if err != nil {
			t.Fatal(err)
		}
		sealer, opener := NewSealer(near), NewOpener(far)
		sealer.SetSeq(1) // behind Finished
		opener.SetSeq(1)
		return sealer, opener
	}
	near, err := TrafficKeys(suite, secrets.Get(keylog.ClientTraffic))
	if err != nil {
		t.Fatal(err)
	}
	far, err := TrafficKeys(suite, secrets.Get(keylog.ServerTraffic))
	if err != nil {
		t.Fatal(err)
	}
	return NewSealer(near), NewOpener(far)
}

// nextData opens records up to one of application data. It follows key updates
// and passes session tickets.
func nextData(t *testing.T, wire net.Conn, opener *Opener) string {
	t.Helper()
	for {
		record := make([]byte, MaxRecord)
		if _, err := io.ReadFull(wire, record[:HeaderLen]); err != nil {
			t.Fatal(err)
		}
		record = record[:RecordLen(record)]
		if _, err := io.ReadFull(wire, record[HeaderLen:]); err != nil {
			t.Fatal(err)
		}
		typ, plaintext, err := opener.Open(record)
		if err != nil {
			t.Fatal(err)
		}
		if typ == ApplicationData {
			return string(plaintext)
		}
		if plaintext[0] == keyUpdate {
			if err := opener.Update(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
