package relay

import "anytls-inspect/protocol"

// maxSettings is how much of the client's Settings is looked at for its padding
// scheme: the known clients send less than 100 bytes.
const maxSettings = 1024

// A paddingWatch tells when the client's padding scheme no longer shapes its
// writes. A write can't be seen on the wire, only its records and frames. A
// write takes at least one record; and the known clients put one frame into a
// write, Waste apart, but for the first, which holds three. So as many slots are
// spent as there were writes by both measures. A client that batches frames
// makes this early by a few slots; none makes it late for ever.
type paddingWatch struct {
	pact     *pact
	records  int // after the one that completed the preamble
	frames   int // but for Waste
	begun    bool
	settings []byte
	stop     int // 0 until the Settings are known
}

// firstWrite is how many frames the first write holds: Settings, SYN, PSH.
const firstWrite = 3

// frame takes a piece of a frame that the client sent.
func (w *paddingWatch) frame(p protocol.Piece) {
	w.begun = true
	if p.First && p.Header.Command != protocol.Waste {
		w.frames++
	}
	if p.Header.Command != protocol.Settings || w.stop != 0 {
		return
	}
	w.settings = append(w.settings, p.Data[:min(len(p.Data), maxSettings-len(w.settings))]...)
	if p.Last {
		w.stop = assumedStop
		s, _ := protocol.ParseSettings(w.settings) // what can't be parsed is the journal's to report
		if scheme := w.pact.schemes.Lookup(s.PaddingMD5); scheme != nil {
			w.stop = scheme.Stop
		}
		w.settings = nil
	}
}

// record takes note of the end of a record.
func (w *paddingWatch) record() {
	if !w.begun {
		return
	}
	w.records++
	writes := min(w.records, w.frames-firstWrite+1)
	// Slot n shapes write n: the writes after slot stop-1 are free.
	if w.stop != 0 && writes >= w.stop-1 && !w.pact.unpadded.Load() {
		w.pact.unpadded.Store(true)
	}
}
