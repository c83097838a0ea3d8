package cell

import (
	"strings"
	"testing"
)

func TestHexdump(t *testing.T) {
	p := &Palette{}
	data := []byte("GET /\x00\x1b[31m \u202e~\x7f tail")
	d := NewHexdump(data, false, 80)
	want := []string{
		" 0000  47 45 54 20 2f 00 1b 5b  33 31 6d 20 e2 80 ae 7e  GET /··[31m ···~",
		" 0010  7f 20 74 61 69 6c                                 · tail",
	}
	for i := range d.Lines() {
		if got := strings.TrimRight(d.Line(p, i, 80), " "); got != want[i] {
			t.Errorf("got  %q\nwant %q", got, want[i])
		}
	}
	if d := NewHexdump(data, false, 50); d.perLine != 8 {
		t.Errorf("%d bytes a line in 50 cells", d.perLine)
	}
	d = NewHexdump(data, true, 80)
	if got := d.Line(p, 0, 80); strings.Contains(got, "47") || strings.Contains(got, "GET") {
		t.Errorf("redacted shows %q", got)
	}
}
