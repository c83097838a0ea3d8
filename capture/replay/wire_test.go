package replay_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol"
)

// A wire is what one end of a connection sent, of a capture that has all of it: its bytes,
// and which of them have which frame.
type wire struct {
	first   uint32 // sequence number of the first byte
	size    int    // bytes
	hello   int    // where the first record ends, which is a hello
	records []wireRecord
	frames  []span // of the plaintext; the preamble is one
}

// A span is a part of a direction's bytes.
type span struct{ from, to int }

// A wireRecord is a record of application data.
type wireRecord struct{ wire, plain span }

// A wireKey names a wire.
type wireKey struct {
	client string
	from   protocol.Peer
}

// wiresOf returns the wires of a capture.
func wiresOf(t testing.TB, s source) map[wireKey]*wire {
	t.Helper()
	sent := make(map[wireKey][]byte)
	wires := make(map[wireKey]*wire)
	for _, g := range s.Segments() {
		key := wireKey{g.Client, g.From}
		if g.SYN {
			wires[key] = &wire{first: g.Seq + 1}
		}
		if w := wires[key]; int(g.Seq-w.first) == len(sent[key]) {
			sent[key] = append(sent[key], g.Payload...)
		} else if len(g.Payload) > 0 {
			t.Fatalf("packet %d of %s is out of order", g.Packet, s.name)
		}
	}
	for key, records := range recordsOf(t, s) {
		w := wires[key]
		w.size = len(sent[key])
		w.take(t, sent[key], records)
	}
	return wires
}

// recordsOf returns the plaintext of the records of application data, as a replay of the
// capture tells it.
func recordsOf(t testing.TB, s source) map[wireKey][][]byte {
	t.Helper()
	p := play(t, replay.Config{Input: bytes.NewReader(s.Bytes()), KeyLogs: []io.Reader{bytes.NewReader(s.keys)}})
	check(t, p.err)
	records := make(map[wireKey][][]byte)
	clients := make(map[capture.SessionID]string)
	for _, e := range p.events {
		switch e.Kind {
		case capture.Opened:
			clients[e.Session] = e.Client
			records[wireKey{e.Client, protocol.Client}] = nil
			records[wireKey{e.Client, protocol.Server}] = nil
		case capture.Data:
			key := wireKey{clients[e.Session], e.Dir.Sender()}
			records[key] = append(records[key], e.Data)
		}
	}
	return records
}

// take finds the records of application data among the bytes that were sent. They stand one
// behind the other, behind the handshake, and how long they are says where.
func (w *wire) take(t testing.TB, sent []byte, records [][]byte) {
	t.Helper()
	const header, applicationData = 5, 23
	var spans []span // of all records of that type
	for at := 0; at < len(sent); {
		end := at + header + int(binary.BigEndian.Uint16(sent[at+3:]))
		if w.hello == 0 {
			w.hello = end
		}
		if sent[at] == applicationData {
			spans = append(spans, span{at, end})
		}
		at = end
	}
	if len(records) == 0 {
		return
	}
	begins, found := 0, 0
	for i := range len(spans) - len(records) + 1 {
		overhead := spans[i].to - spans[i].from - len(records[0])
		fits := overhead > 0
		for n, b := range records {
			r := spans[i+n]
			fits = fits && r.to-r.from-len(b) == overhead && overhead < 32
		}
		if fits {
			begins = i
			found++
		}
	}
	if found != 1 {
		t.Fatalf("the %d records of application data may be in %d places", len(records), found)
	}
	var plain []byte
	for n, b := range records {
		w.records = append(w.records, wireRecord{spans[begins+n], span{len(plain), len(plain) + len(b)}})
		plain = append(plain, b...)
	}
	w.cut(plain)
}

// cut cuts the plaintext into frames. A client's begins with the preamble.
func (w *wire) cut(plain []byte) {
	at := 0
	const hash = 32
	if h, _ := protocol.ParseHeader(plain); h.Command != protocol.ServerSettings {
		at = hash + 2 + int(binary.BigEndian.Uint16(plain[hash:]))
		w.frames = append(w.frames, span{0, at})
	}
	for at < len(plain) {
		h, ok := protocol.ParseHeader(plain[at:])
		end := at + protocol.HeaderLen + int(h.Length)
		if !ok || end > len(plain) {
			return
		}
		w.frames = append(w.frames, span{at, end})
		at = end
	}
}

// must says which frames have to be told where some bytes are seen and others are lost: those
// of which no lost record has a byte, and which do not lie between a lost record and the next
// one that begins with a frame's header and ends with a frame's end.
func (w *wire) must(seen []bool, fromClient bool) []bool {
	begins, ends := make(map[int]bool), make(map[int]bool)
	for i, f := range w.frames {
		begins[f.from] = i > 0 || !fromClient // nothing says that a preamble is one
		ends[f.to] = true
	}
	must := make([]bool, len(w.frames))
	for i := range must {
		must[i] = true
	}
	follows, at := true, 0
	for _, r := range w.records {
		whole := true
		for ; at < r.wire.to; at++ {
			whole = whole && (seen[at] || at < r.wire.from)
			follows = follows && seen[at]
		}
		follows = follows || whole && begins[r.plain.from] && ends[r.plain.to]
		if !whole || !follows {
			w.excuse(must, r.plain)
		}
	}
	return must
}

// excuse takes the frames out of must that have bytes in a part of the plaintext.
func (w *wire) excuse(must []bool, part span) {
	for i, f := range w.frames {
		if f.from < part.to && part.from < f.to {
			must[i] = false
		}
	}
}

// lost returns how many bytes of records of application data are not whole, and the end of
// the last byte that is lost of them.
func (w *wire) lost(seen []bool) (n, end int) {
	for _, r := range w.records {
		for at := r.wire.from; at < r.wire.to; at++ {
			if !seen[at] {
				n++
				end = at + 1
			}
		}
	}
	return n, end
}
