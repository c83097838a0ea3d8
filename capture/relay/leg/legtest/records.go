package legtest

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"strings"
	"testing"

	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/relay/leg"
)

// testRecords: one record is one call, both ways, whatever its length.
func testRecords(t *testing.T, s setup) {
	p := s.connect(t)
	for i, n := range []int{1, 2, 100, 4096, leg.MaxPlaintext - 1, leg.MaxPlaintext, 1, leg.MaxPlaintext} {
		b := data(n, byte(i))
		p.say(b)
		p.next(b)
		p.write(b)
		p.flush()
		p.hear(b)
	}
}

// testSegments: records are neither merged nor split, however TCP cuts them.
func testSegments(t *testing.T, s setup) {
	t.Run("many in one", func(t *testing.T) {
		p := s.connect(t)
		var records [][]byte
		for i := range 200 {
			records = append(records, data(1+i*i%500, byte(i)))
		}
		p.raw(p.seal(records...))
		for _, r := range records {
			p.next(r)
		}
	})
	t.Run("bytes", func(t *testing.T) {
		p := s.connect(t)
		records := [][]byte{data(1, 1), data(30, 2), data(2, 3)}
		stream := p.seal(records...)
		p.leg.BeforeWait(func() {
			if len(stream) > 0 { // one more, each time that the leg has run out of them
				p.raw(stream[:1])
				stream = stream[1:]
			}
		})
		for _, r := range records {
			p.next(r)
		}
	})
	t.Run("cut anywhere", func(t *testing.T) {
		p := s.connect(t)
		records := [][]byte{data(leg.MaxPlaintext, 1), data(7, 2), data(leg.MaxPlaintext, 3), data(5000, 4)}
		stream := p.seal(records...)
		size := 1
		p.leg.BeforeWait(func() {
			n := min(size, len(stream))
			p.raw(stream[:n])
			stream = stream[n:]
			size = size*3%8009 + 1
		})
		for _, r := range records {
			p.next(r)
		}
	})
}

// testLongRecord: what is longer than a record may be is written as few records, in
// order.
func testLongRecord(t *testing.T, s setup) {
	p := s.connect(t)
	b := data(leg.MaxPlaintext+7, 1)
	p.write(b)
	p.write(nil) // nothing
	p.write([]byte("next"))
	p.flush()
	p.hear(b[:leg.MaxPlaintext])
	p.hear(b[leg.MaxPlaintext:])
	p.hear([]byte("next"))
}

// testRoom: a record that was read can be written with bytes in front, and in parts.
func testRoom(t *testing.T, s setup) {
	p, to := s.connect(t), s.connect(t)
	p.raw(p.seal([]byte("one"), data(leg.MaxPlaintext-7, 2), []byte("three")))
	for i, want := range []string{"headerone", "header" + string(data(leg.MaxPlaintext-7, 2)), "ree"} {
		r, err := p.leg.Next()
		if err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			r = r.Part(2, r.Len())
		} else {
			r = r.Extend(6)
			copy(r.Bytes(), "header")
		}
		if err := to.leg.Write(r); err != nil {
			t.Fatal(err)
		}
		to.flush()
		to.hear([]byte(want))
	}
}

// testNoData: empty records, session tickets and key updates are no records to Next, and
// keep the order of what is. (The far ends of all other tests send tickets, too.)
func testNoData(t *testing.T, s setup) {
	if s.version != tls.VersionTLS13 {
		t.Skip("crypto/tls does not send them, and there are no key updates")
	}
	p := s.connect(t)
	sealer := p.takeOver(s)
	const keyUpdate = 24 // RFC 8446, section 4
	var stream []byte
	seal := func(typ tlsrec.ContentType, b ...byte) {
		var err error
		if stream, err = sealer.Seal(stream, typ, b); err != nil {
			t.Fatal(err)
		}
	}
	update := func(answer byte) {
		seal(tlsrec.Handshake, keyUpdate, 0, 0, 1, answer)
		if err := sealer.Update(); err != nil {
			t.Fatal(err)
		}
	}
	seal(tlsrec.ApplicationData)
	seal(tlsrec.ApplicationData, 'a')
	seal(tlsrec.ApplicationData)
	update(1)
	seal(tlsrec.ApplicationData, 'b')
	update(0)
	seal(tlsrec.ApplicationData)
	seal(tlsrec.ApplicationData, 'c')
	p.raw(stream)
	p.next([]byte("a"))
	if got := p.sent.sent(); len(got) > 0 {
		t.Errorf("before the key update the leg sent %v", got)
	}
	p.next([]byte("b"))
	if got := p.sent.sent(); len(got) != 1 {
		t.Errorf("the answer to a key update: sent %v", got)
	}
	p.next([]byte("c"))
	p.write([]byte("with the new keys"))
	p.flush()
	p.hear([]byte("with the new keys"))
}

// takeOver returns what seals the records of the far end, in the place of crypto/tls. The
// far end must have written nothing yet.
func (p *pair) takeOver(s setup) *tlsrec.Sealer {
	p.t.Helper()
	label, tickets := "CLIENT_TRAFFIC_SECRET_0 ", uint64(0)
	if s.client {
		label, tickets = "SERVER_TRAFFIC_SECRET_0 ", 1 // crypto/tls sends one
	}
	for line := range strings.Lines(p.keys.String()) {
		if !strings.HasPrefix(line, label) {
			continue
		}
		secret, err := hex.DecodeString(strings.Fields(line)[2])
		if err != nil {
			p.t.Fatal(err)
		}
		keys, err := tlsrec.TrafficKeys(tlsrec.Suite(p.far.ConnectionState().CipherSuite), secret)
		if err != nil {
			p.t.Fatal(err)
		}
		sealer := tlsrec.NewSealer(keys)
		sealer.SetSeq(tickets)
		return sealer
	}
	p.t.Fatal("the far end logged no secret")
	return nil
}

// ones tells whether b is n times the same byte.
func ones(b []byte, n int) bool {
	return len(b) == n && bytes.Count(b, b[:1]) == n
}
