package gate

import "anytls-inspect/protocol"

// A paddingWatch tells when the client's padding scheme no longer shapes its
// writes: from write number stop on (section paddingScheme). The wire shows records
// and frames, not writes. But a write takes at least one record, and the known
// clients put one frame beside Waste into a write, and three into the first. So the
// client has spent as many slots as it made writes by both measures. A client that
// batches frames makes the watch early by a few slots; none makes it late for ever.
type paddingWatch struct {
	shared   *Shared
	records  int // after the one that completed the preamble
	frames   int // Waste left out
	begun    bool
	settings []byte
	stop     int // 0 until the Settings are known
}

// firstWrite is how many frames the first write holds: Settings, SYN, PSH.
const firstWrite = 3

// frame takes a piece of a frame that the client sent.
func (w *paddingWatch) frame(p *protocol.Piece) {
	w.begun = true
	if p.First && p.Header.Command != protocol.Waste {
		w.frames++
	}
	if p.Header.Command != protocol.Settings || w.stop != 0 {
		return
	}
	w.settings = gather(w.settings, p)
	if p.Last {
		w.stop = protocol.DefaultPaddingStop
		s, _ := protocol.ParseSettings(w.settings) // the tracker diagnoses what can't be parsed
		if scheme := w.shared.schemes.Lookup(s.PaddingMD5); scheme != nil {
			w.stop = max(scheme.Stop, 1)
		}
		w.settings = nil
	}
}

// recordEnded takes note of the end of a record.
func (w *paddingWatch) recordEnded() {
	if !w.begun {
		return
	}
	w.records++
	writes := min(w.records, w.frames-firstWrite+1)
	stop := max(w.stop, int(w.shared.updatedStop.Load()))
	// Slot n shapes write n: the writes after slot stop-1 are free.
	if w.stop != 0 && writes >= stop-1 && !w.shared.unpadded.Load() {
		w.shared.unpadded.Store(true)
	}
}

// A schemeWatch looks for an UpdatePaddingScheme of the server. By the document the
// scheme is for later sessions; but some clients (sing-box) obey it from their next
// write on, so that this session's padding may last longer than its Settings say.
type schemeWatch struct {
	shared *Shared
	text   []byte
}

// frame takes a piece of a frame that the server sent.
func (w *schemeWatch) frame(p *protocol.Piece) {
	if p.Header.Command != protocol.UpdatePaddingScheme {
		return
	}
	w.text = gather(w.text, p)
	if !p.Last {
		return
	}
	// The tracker diagnoses what can't be parsed.
	if scheme, _ := protocol.ParsePaddingScheme(w.text); scheme != nil {
		w.shared.updatedStop.Store(int32(min(scheme.Stop, protocol.MaxStop)))
	}
	w.text = nil
}

// gather appends the data of a piece to what came of its frame before.
func gather(text []byte, p *protocol.Piece) []byte {
	return append(text, p.Data[:min(len(p.Data), protocol.MaxText-len(text))]...)
}
