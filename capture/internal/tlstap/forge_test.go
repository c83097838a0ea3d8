package tlstap

import (
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstest"
	"anytls-inspect/protocol"
)

// A forge makes up a TLS connection, message by message, as no implementation sends
// it. It has no certificates, and its Finished messages are empty: an observer
// reads neither.
type forge struct {
	t       testing.TB
	suite   tlsrec.Suite
	secrets keylog.Secrets
	sealers protocol.ByDirection[*tlsrec.Sealer]
	tlstest.Tape
}

var (
	forgedRandom = keylog.Random([]byte("the random of a forged client 32"))
	serverRandom = keylog.Random([]byte("the random of a forged server 32"))
)

// Messages, some of whose bodies an observer does not read.
var (
	finishedMsg       = handshakeMsg(msgFinished, nil)
	certificateMsg    = handshakeMsg(11, make([]byte, 3000))
	ticketMsg         = handshakeMsg(4, make([]byte, 200))
	endOfEarlyDataMsg = handshakeMsg(msgEndOfEarlyData, nil)
	keyUpdateMsg      = handshakeMsg(msgKeyUpdate, []byte{0})
	plainExtensions   = handshakeMsg(msgEncryptedExtensions, []byte{0, 0})
	earlyExtensions   = handshakeMsg(msgEncryptedExtensions, extensionList(extension(extEarlyData, nil)))
)

func newForge(t testing.TB, suite tlsrec.Suite) *forge {
	f := &forge{t: t, suite: suite}
	version := tlsrec.VersionTLS12
	if isTLS13(suite) {
		version = tlsrec.VersionTLS13
	}
	secretLen := suite.ForVersion(version).SecretLen()
	for _, l := range []keylog.Label{
		keylog.ClientEarly, keylog.ClientHandshake, keylog.ServerHandshake, keylog.ClientTraffic, keylog.ServerTraffic,
	} {
		sum := sha512.Sum512([]byte(l.String()))
		f.must(f.secrets.Set(l, sum[:secretLen]))
	}
	sum := sha512.Sum512([]byte("master"))
	f.must(f.secrets.Set(keylog.Master, sum[:48]))
	return f
}

// isTLS13 tells whether a supported suite is one of TLS 1.3, not 1.2.
func isTLS13(suite tlsrec.Suite) bool { return suite.ForVersion(tlsrec.VersionTLS13) != nil }

func (f *forge) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// lookup knows all secrets of the forged session.
func (f *forge) lookup(r keylog.Random) (keylog.Secrets, bool) {
	if r != forgedRandom {
		return keylog.Secrets{}, false
	}
	return f.secrets, true
}

// without returns a lookup that knows all secrets but some.
func (f *forge) without(labels ...keylog.Label) Lookup {
	var known keylog.Secrets
	for _, l := range []keylog.Label{
		keylog.ClientEarly, keylog.ClientHandshake, keylog.ServerHandshake, keylog.ClientTraffic, keylog.ServerTraffic, keylog.Master,
	} {
		if !slices.Contains(labels, l) {
			f.must(known.Set(l, f.secrets.Get(l)))
		}
	}
	return func(keylog.Random) (keylog.Secrets, bool) { return known, true }
}

// raw sends bytes as they are.
func (f *forge) raw(dir protocol.Direction, b []byte) *forge {
	f.Chunks = append(f.Chunks, tlstest.Chunk{Dir: dir, Data: b})
	return f
}

// plain sends a record that nothing protects.
func (f *forge) plain(dir protocol.Direction, typ tlsrec.ContentType, body []byte) *forge {
	return f.raw(dir, plainRecord(typ, body))
}

// sealed sends a protected record.
func (f *forge) sealed(dir protocol.Direction, typ tlsrec.ContentType, body []byte) *forge {
	f.t.Helper()
	record, err := f.sealers[dir].Seal(nil, typ, body)
	f.must(err)
	return f.raw(dir, record)
}

// data sends application data.
func (f *forge) data(dir protocol.Direction, text string) *forge {
	f.t.Helper()
	return f.sealed(dir, tlsrec.ApplicationData, []byte(text))
}

// change gives dir the keys of an epoch (TLS 1.3).
func (f *forge) change(dir protocol.Direction, l keylog.Label) *forge {
	f.t.Helper()
	keys, err := tlsrec.TrafficKeys(f.suite, f.secrets.Get(l))
	f.must(err)
	f.sealers[dir] = tlsrec.NewSealer(keys)
	return f
}

// hellos sends a ClientHello with these extensions, and a ServerHello, of TLS 1.3.
func (f *forge) hellos(clients ...[]byte) *forge {
	f.t.Helper()
	f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite, clients...))
	return f.answer()
}

func (f *forge) answer(more ...[]byte) *forge {
	f.t.Helper()
	extensions := append(more, extension(extSupportedVersions, []byte{3, 4}))
	f.plain(toClient, tlsrec.Handshake, forgedServerHello(tlsrec.VersionTLS12, f.suite, extensions...))
	return f.change(toClient, keylog.ServerHandshake).change(toServer, keylog.ClientHandshake)
}

// established sends the hellos and the rest of a handshake of TLS 1.3.
func (f *forge) established() *forge {
	f.t.Helper()
	f.hellos()
	f.serverFlight(plainExtensions)
	return f.clientFinished()
}

func (f *forge) serverFlight(encryptedExtensions []byte) *forge {
	f.t.Helper()
	f.sealed(toClient, tlsrec.Handshake, slices.Concat(encryptedExtensions, certificateMsg, finishedMsg))
	return f.change(toClient, keylog.ServerTraffic)
}

func (f *forge) clientFinished() *forge {
	f.t.Helper()
	f.sealed(toServer, tlsrec.Handshake, finishedMsg)
	return f.change(toServer, keylog.ClientTraffic)
}

// established12 sends a handshake of TLS 1.2.
func (f *forge) established12() *forge {
	f.t.Helper()
	f.plain(toServer, tlsrec.Handshake, forgedClientHello(f.suite))
	f.plain(toClient, tlsrec.Handshake, slices.Concat(forgedServerHello(tlsrec.VersionTLS12, f.suite), certificateMsg, handshakeMsg(14, nil)))
	client, server, err := tlsrec.SessionKeys(f.suite, f.secrets.Get(keylog.Master), forgedRandom[:], serverRandom[:])
	f.must(err)
	f.sealers = protocol.ByDirection[*tlsrec.Sealer]{tlsrec.NewSealer(client), tlsrec.NewSealer(server)}
	for _, dir := range []protocol.Direction{toServer, toClient} {
		if dir == toServer {
			f.plain(dir, tlsrec.Handshake, handshakeMsg(16, make([]byte, 66)))
		}
		f.plain(dir, tlsrec.ChangeCipherSpec, []byte{1})
		f.sealed(dir, tlsrec.Handshake, finishedMsg)
	}
	return f
}

// close sends both sides' close_notify.
func (f *forge) close() *forge {
	f.t.Helper()
	return f.sealed(toServer, tlsrec.AlertRecord, []byte{1, tlsrec.CloseNotify}).sealed(toClient, tlsrec.AlertRecord, []byte{1, tlsrec.CloseNotify})
}

func plainRecord(typ tlsrec.ContentType, body []byte) []byte {
	return append([]byte{byte(typ), 3, 3, byte(len(body) >> 8), byte(len(body))}, body...)
}

func handshakeMsg(typ byte, body []byte) []byte {
	return append([]byte{typ, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
}

func extension(typ uint16, body []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, typ)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(body))), body...)
}

func extensionList(list ...[]byte) []byte {
	all := slices.Concat(list...)
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(all))), all...)
}

func forgedClientHello(suite tlsrec.Suite, extensions ...[]byte) []byte {
	b := append([]byte{3, 3}, forgedRandom[:]...)
	b = append(b, 0, 0, 2, byte(suite>>8), byte(suite), 1, 0)
	return handshakeMsg(msgClientHello, append(b, extensionList(extensions...)...))
}

func forgedServerHello(version uint16, suite tlsrec.Suite, extensions ...[]byte) []byte {
	b := append([]byte{byte(version >> 8), byte(version)}, serverRandom[:]...)
	b = append(b, 0, byte(suite>>8), byte(suite), 0)
	return handshakeMsg(msgServerHello, append(b, extensionList(extensions...)...))
}

// sniExtension returns a server_name extension.
func sniExtension(name string) []byte {
	entry := append([]byte{0, byte(len(name) >> 8), byte(len(name))}, name...)
	return extension(extServerName, append([]byte{byte(len(entry) >> 8), byte(len(entry))}, entry...))
}

// numbered returns a text that tells records apart.
func numbered(i int) string { return fmt.Sprintf("record %d", i) }
