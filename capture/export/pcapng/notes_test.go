package pcapng

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng/pcapngtest"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestNotes: a note on a frame, of whatever fate, is the comment of the packet with the
// frame's bytes, word for word.
func TestNotes(t *testing.T) {
	d := newDisk(t)
	r := d.record(Options{})
	rec := open(r, 1, protocol.Server)
	var want []pcapngtest.Note
	for k := session.Forwarded; k <= session.Held; k++ {
		fate := session.Fate{Kind: k, Rule: uint16(k), Held: time.Duration(k) * 1500 * time.Microsecond}
		note := capture.NoteOf(fate, protocol.Header{Command: protocol.PSH, Stream: uint32(k)})
		bytes := []byte(fmt.Sprintf("a record with a frame that was %v", k))
		rec.Bytes(noon(), capture.Way(k%2), bytes, note.String())
		rec.Bytes(noon(), capture.Way(k%2), []byte("another"), "")
		want = append(want, pcapngtest.Note{Text: note.String(), Bytes: bytes})
	}
	rec.Close()
	if diff := cmp.Diff(want, d.connections(r)[0].Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}
