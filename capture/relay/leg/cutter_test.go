package leg

import "testing"

// TestCutter: it finds the ends of records, however the stream is cut. What most returns
// ends with a record, unless no record ends in it.
func TestCutter(t *testing.T) {
	stream := []byte("\x17\x03\x03\x00\x02ab" + "\x17\x03\x03\x00\x00" + "\x17\x03\x03\x00\x01c" + "\x16\x03\x03\x01")
	ends := map[int]bool{7: true, 12: true, 18: true}
	for size := 1; size <= len(stream); size++ {
		var one, all cutter
		for at := 0; at < len(stream); {
			before := all.whole
			b := stream[at:min(at+size, len(stream))]
			n := all.most(b)
			for rest := b[:n]; len(rest) > 0; {
				rest = rest[one.next(rest):]
			}
			at += n
			if all != one {
				t.Fatalf("cut to %d: behind byte %d most is at %+v, next at %+v", size, at, all, one)
			}
			if all.whole > before != ends[at] {
				t.Errorf("cut to %d: most stops at byte %d, with %d records", size, at, all.whole-before)
			}
		}
		if all.whole != 3 || all.have != 4 {
			t.Errorf("cut to %d: %+v, want 3 records and 4 bytes", size, all)
		}
	}
}
