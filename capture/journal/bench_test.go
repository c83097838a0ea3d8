package journal_test

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// busy returns a journal with the default limits, full, of 64 sessions that are
// live and have 200 streams each, of which half are open.
func busy(b *testing.B) *source {
	b.Helper()
	const sessions, streams = 64, 200
	s := newSource(journal.Limits{})
	for id := capture.SessionID(1); id <= sessions; id++ {
		s.open(id)
		for n := uint32(1); n <= streams; n++ {
			s.client(id, protocol.SYN, n, "")
			s.client(id, protocol.PSH, n, target)
			s.server(id, protocol.SYNACK, n, "")
			if n%2 == 0 {
				s.client(id, protocol.FIN, n, "")
				s.server(id, protocol.FIN, n, "")
			}
		}
	}
	payload := string(make([]byte, 1000))
	for n := 0; look(s.Journal, query{}).Totals.Evicted < 50_000; n++ {
		for id := capture.SessionID(1); id <= sessions; id++ {
			s.server(id, protocol.PSH, uint32(1+n*2%streams), payload)
		}
		s.data(1, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{Kind: session.Injected})
		s.wait(time.Millisecond)
		s.data(1, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{Kind: session.Absorbed})
		s.server(1, protocol.SYN, 1, "")
	}
	return s
}

func BenchmarkRecord(b *testing.B) {
	s := busy(b)
	data := func(dir protocol.Direction, wire []byte, fate session.Fate) *capture.Event {
		return &capture.Event{Kind: capture.Data, Session: 7, At: s.now, Dir: dir, Data: wire, Fate: fate}
	}
	for _, bench := range []struct {
		name   string
		events []*capture.Event
	}{
		{"PSH=16KiB", []*capture.Event{data(s2c, frame(protocol.PSH, 1, string(make([]byte, 16<<10-protocol.HeaderLen))), session.Fate{})}},
		{"PSH=64B", []*capture.Event{data(s2c, frame(protocol.PSH, 1, string(make([]byte, 64))), session.Fate{})}},
		{"heartbeat", []*capture.Event{
			data(c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{Kind: session.Injected}),
			data(s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{Kind: session.Absorbed}),
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var size int64
			for _, e := range bench.events {
				size += int64(len(e.Data))
				s.Record(e)
			}
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				for _, e := range bench.events {
					s.Record(e)
				}
			}
		})
	}
}

// BenchmarkRecordPacked records full TLS records of frames of 64 B: decoded, tracked and
// kept.
func BenchmarkRecordPacked(b *testing.B) {
	s := busy(b)
	const frames = 200
	var wire []byte
	for range frames {
		wire = append(wire, frame(protocol.PSH, 1, string(make([]byte, 64)))...)
	}
	e := &capture.Event{Kind: capture.Data, Session: 7, At: s.now, Dir: s2c, Data: wire}
	s.Record(e)
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for b.Loop() {
		s.Record(e)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*frames), "ns/frame")
}

// BenchmarkRecordWhileAsked records from 8 goroutines, a session each, which encrypt each
// record twice, as busy relays do: alone, and while a screen is asked for 20 times a
// second whose filter matches nothing, and which remembers nothing of it.
func BenchmarkRecordWhileAsked(b *testing.B) {
	const relays = 8
	for _, asked := range []bool{false, true} {
		b.Run(fmt.Sprintf("asked=%v", asked), func(b *testing.B) {
			s := busy(b)
			q := query{
				Session: 3, Sessions: journal.Window{Limit: 15}, Streams: journal.Window{Limit: 15}, Diagnostics: journal.Window{Limit: 10},
				Frames: journal.AskFrames{Before: 25, Match: func(*journal.Entry) bool { return false }},
			}
			done := make(chan struct{})
			var asker, recorders sync.WaitGroup
			if asked {
				asker.Go(func() {
					ticks := time.NewTicker(time.Second / 20)
					defer ticks.Stop()
					for {
						select {
						case <-ticks.C:
							look(s.Journal, q)
						case <-done:
							return
						}
					}
				})
			}
			wire := frame(protocol.PSH, 1, string(make([]byte, 1000)))
			block, err := aes.NewCipher(make([]byte, 16))
			if err != nil {
				b.Fatal(err)
			}
			aead, err := cipher.NewGCM(block)
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for id := range capture.SessionID(relays) {
				recorders.Go(func() {
					e := &capture.Event{Kind: capture.Data, Session: id + 1, At: s.now, Dir: s2c, Data: wire}
					nonce, sealed := make([]byte, aead.NonceSize()), make([]byte, 0, 2*len(wire))
					for range b.N / relays {
						aead.Seal(sealed, nonce, wire, nil)
						s.Record(e)
						aead.Seal(sealed, nonce, wire, nil)
						runtime.Gosched() // as reading a socket does
					}
				})
			}
			recorders.Wait()
			b.StopTimer()
			close(done)
			asker.Wait()
		})
	}
}

// BenchmarkLook answers all that a screen of 200×50 cells asks of a full journal, at each
// refresh but the first: its search looks at what is new only.
func BenchmarkLook(b *testing.B) {
	s := busy(b)
	newest := look(s.Journal, query{}).Frames.Newest
	psh := func(e *journal.Entry) bool { return e.Header.Command == protocol.PSH }
	none := func(*journal.Entry) bool { return false }
	for _, bench := range []struct {
		name   string
		frames journal.AskFrames
	}{
		{"newest", journal.AskFrames{Search: new(journal.Search)}},
		{"session", journal.AskFrames{Session: 7, Search: new(journal.Search)}},
		{"session-evicted-anchor", journal.AskFrames{Session: 7, Anchor: 1, Search: new(journal.Search)}},
		{"session-filtered", journal.AskFrames{Session: 7, Match: psh, Anchor: newest - 50_000, Search: new(journal.Search)}},
		{"nothing-matches", journal.AskFrames{Match: none, Anchor: newest - 50_000, Search: new(journal.Search)}},
		{"nothing-matches-afresh", journal.AskFrames{Match: none, Anchor: newest - 50_000}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			q := query{
				Session: 7, Sessions: journal.Window{From: 20, Limit: 15}, Streams: journal.Window{From: 30, Limit: 15},
				Frames: bench.frames, Detail: newest, Diagnostics: journal.Window{From: 1 << 20, Limit: 10},
			}
			q.Frames.Before, q.Frames.After = 25, 25
			b.ReportAllocs()
			for b.Loop() {
				if v := look(s.Journal, q); len(v.Sessions) != 15 || len(v.Streams) != 15 {
					b.Fatalf("%d sessions, %d streams", len(v.Sessions), len(v.Streams))
				}
			}
		})
	}
}

// BenchmarkRead reads a full journal from its oldest entry to its newest.
func BenchmarkRead(b *testing.B) {
	s := busy(b)
	for _, payload := range []bool{false, true} {
		b.Run(fmt.Sprintf("payload=%v", payload), func(b *testing.B) {
			batch := journal.Batch{Payload: payload}
			entries := 0
			b.ReportAllocs()
			for b.Loop() {
				batch.Next = 0
				for s.Read(&batch, 256) {
					entries += len(batch.Entries)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(entries), "ns/entry")
		})
	}
}
