package peer

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"anytls-inspect/protocol"
)

func parseScheme(t *testing.T, text string) *protocol.PaddingScheme {
	t.Helper()
	s, err := protocol.ParsePaddingScheme([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestShape writes payloads through one slot each. The slots leave no size to chance.
func TestShape(t *testing.T) {
	tests := []struct {
		name    string
		slot    string
		payload int
		want    []int // sizes of the pieces
	}{
		{"no such slot", "2=10-10", 50, []int{50}},
		{"exact", "1=50-50", 50, []int{50}},
		{"filled", "1=100-100", 50, []int{100}},
		{"room for an empty Waste", "1=57-57", 50, []int{57}},
		{"no room for a Waste", "1=56-56", 50, []int{50}},
		{"cut", "1=20-20", 50, []int{20, 30}},
		{"cut and filled", "1=20-20,100-100", 50, []int{20, 100}},
		{"cut thrice", "1=20-20,20-20", 50, []int{20, 20, 10}},
		{"all Waste has a header more", "1=50-50,30-30", 50, []int{50, 37}},
		{"stop at c", "1=50-50,c,30-30", 50, []int{50}},
		{"go on at c", "1=20-20,c,30-30,c,40-40", 50, []int{20, 30}},
		{"c after the fill", "1=60-60,c,30-30", 50, []int{60}},
		{"no item", "1=c", 50, []int{50}},
		{"larger than a frame", "1=99999999-99999999", 50, []int{protocol.MaxData}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &shaper{scheme: parseScheme(t, "stop=2\n"+tt.slot), rand: rand.New(rand.NewPCG(1, 2)), slot: 1}
			payload, err := protocol.AppendFrame(nil, protocol.PSH, 1, bytes.Repeat([]byte{'x'}, tt.payload-protocol.HeaderLen))
			if err != nil {
				t.Fatal(err)
			}
			var (
				sizes []int
				all   []byte
			)
			emit := func(b []byte) error {
				sizes = append(sizes, len(b))
				all = append(all, b...)
				return nil
			}
			if err := s.shape(slices.Clone(payload), emit); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(sizes, tt.want) {
				t.Errorf("sizes = %v, want %v", sizes, tt.want)
			}
			if !bytes.HasPrefix(all, payload) {
				t.Error("the payload does not come first and whole")
			}
			for _, f := range frames(t, all)[1:] {
				if f.command != protocol.Waste || f.stream != 0 || len(bytes.Trim(f.data, "\x00")) > 0 {
					t.Errorf("filled with %v of stream %d, want Waste of zeros", f.command, f.stream)
				}
			}
		})
	}
}

// TestShapeSlots writes through more slots than the default scheme has, many
// times over, and holds each record to the scheme.
func TestShapeSlots(t *testing.T) {
	for seed := range uint64(200) {
		s := &shaper{scheme: parseScheme(t, protocol.DefaultPaddingScheme), rand: rand.New(rand.NewPCG(seed, 0))}
		if n := s.padding0(); n != 30 {
			t.Fatalf("padding0 = %d, want 30", n)
		}
		write := func(payload int) (sizes []int) {
			b := appendWaste(nil, payload-protocol.HeaderLen)
			if err := s.shape(b, func(b []byte) error { sizes = append(sizes, len(b)); return nil }); err != nil {
				t.Fatal(err)
			}
			return sizes
		}
		in := func(slot, n, from, to int) {
			t.Helper()
			if n < from || n > to {
				t.Errorf("seed %d, slot %d: a record of %d bytes, want %d to %d", seed, slot, n, from, to)
			}
		}
		if got := write(90); len(got) == 1 {
			in(1, got[0], 93, 399) // a gap of less than 7 bytes is not filled
		} else {
			t.Errorf("slot 1: %d records, want 1", len(got))
		}
		if got := write(5000); len(got) == 6 { // more than the slot can take
			in(2, got[0], 400, 499)
			for _, n := range got[1:5] {
				in(2, n, 500, 999)
			}
		} else {
			t.Errorf("slot 2: records %v, want 6", got)
		}
		if got := write(20); len(got) == 2 {
			in(3, got[0], 9, 9)
			in(3, got[1], 500, 999)
		} else {
			t.Errorf("slot 3: records %v, want 2", got)
		}
		for slot := 4; slot < 8; slot++ {
			if got := write(20); len(got) == 1 {
				in(slot, got[0], 500, 999)
			} else {
				t.Errorf("slot %d: records %v, want 1", slot, got)
			}
		}
		for range 3 {
			if got := write(20); !slices.Equal(got, []int{20}) {
				t.Errorf("after stop: records %v, want [20]", got)
			}
		}
	}
}
