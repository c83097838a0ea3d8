package protocol_test

import (
	"crypto/md5" //nolint:gosec // the protocol identifies padding schemes by md5
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/protocol"
)

// defaultMD5 is what md5sum says of the text in the protocol document. Clients that
// were never sent another scheme have it in their Settings.
const defaultMD5 = "75cff2ad89aadf5e257059ee571ebe11"

func TestDefaultPaddingScheme(t *testing.T) {
	s, err := protocol.ParsePaddingScheme([]byte(protocol.DefaultPaddingScheme))
	if err != nil {
		t.Fatal(err)
	}
	if s.MD5() != defaultMD5 || s.Stop != 8 || s.Text != protocol.DefaultPaddingScheme {
		t.Errorf("md5 %s, stop %d, text %q", s.MD5(), s.Stop, s.Text)
	}
	if s.Stop != protocol.DefaultPaddingStop {
		t.Errorf("DefaultPaddingStop is %d", protocol.DefaultPaddingStop)
	}
	check := protocol.PaddingSize{Check: true}
	size := func(lo, hi int) protocol.PaddingSize { return protocol.PaddingSize{Min: lo, Max: hi} }
	want := map[int][]protocol.PaddingSize{
		0: {size(30, 30)},
		1: {size(100, 400)},
		2: {size(400, 500), check, size(500, 1000), check, size(500, 1000), check, size(500, 1000), check, size(500, 1000)},
		3: {size(9, 9), size(500, 1000)},
		4: {size(500, 1000)}, 5: {size(500, 1000)}, 6: {size(500, 1000)}, 7: {size(500, 1000)},
	}
	for slot := -1; slot < 10; slot++ {
		if diff := cmp.Diff(want[slot], s.Slot(slot)); diff != "" {
			t.Errorf("slot %d (-want +got):\n%s", slot, diff)
		}
	}
}

func TestParsePaddingScheme(t *testing.T) {
	type slots map[int][]protocol.PaddingSize
	check := protocol.PaddingSize{Check: true}
	tests := []struct {
		name, text string
		stop       int
		slots      slots
		err        string
	}{
		{name: "that shapes nothing", text: "stop=0"},
		{name: "with slots in any order", text: "2=c\nstop=9\n0=7-9", stop: 9, slots: slots{2: {check}, 0: {{Min: 7, Max: 9}}}},
		{name: "with a slot at its stop", text: "stop=1\n0=1-1\n1=2-2", stop: 1, slots: slots{0: {{Min: 1, Max: 1}}}},
		{name: "with a range the wrong way round", text: "stop=1\n0=40-30", stop: 1, slots: slots{0: {{Min: 30, Max: 40}}}},
		{name: "with the last of two lines for a slot", text: "stop=1\n0=1-1\n0=2-2", stop: 1, slots: slots{0: {{Min: 2, Max: 2}}}},
		{name: "with the last of two stops", text: "stop=x\nstop=1", stop: 1},
		{name: "with empty lines", text: "\nstop=1\n\n", stop: 1},
		{
			name: "with items that are none", text: "stop=1\n0=30,1-2,0-5,5-,-5,x,c,1-2-3,-1--2", stop: 1,
			slots: slots{0: {{Min: 1, Max: 2}, check}}, err: `padding scheme: line 2 has an item that is not min-max or c: "30"`,
		},
		{
			name: "with an empty item", text: "stop=1\n0=1-2,", stop: 1,
			slots: slots{0: {{Min: 1, Max: 2}}}, err: `padding scheme: line 2 has an item that is not min-max or c: ""`,
		},
		{
			name: "with a carriage return behind a slot", text: "0=1-2,3-4\r\nstop=1", stop: 1,
			slots: slots{0: {{Min: 1, Max: 2}}}, err: `padding scheme: line 1 has an item that is not min-max or c: "3-4\r"`,
		},
		{
			name: "with lines that are none", text: "stop=2\nhello\nx=1-1\n01=1-1\n1=2-2", stop: 2,
			slots: slots{1: {{Min: 2, Max: 2}}}, err: `padding scheme: line 2 is not slot=sizes: "hello"`,
		},
		{name: "with a line that is only a key", text: "stop=1\n0", stop: 1, err: `padding scheme: line 2 is not slot=sizes: "0"`},
		{name: "with sizes out of range", text: "stop=1\n0=1-99999999999", stop: 1, err: `padding scheme: line 2 has an item that is not min-max or c: "1-99999999999"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := protocol.ParsePaddingScheme([]byte(test.text))
			if errorText(err) != test.err {
				t.Errorf("error %q, want %q", errorText(err), test.err)
			}
			if s == nil {
				t.Fatal("no scheme")
			}
			if s.Flawed != (test.err != "") {
				t.Errorf("flawed %v", s.Flawed)
			}
			if s.Stop != test.stop || s.Text != test.text {
				t.Errorf("stop %d, want %d; text %q", s.Stop, test.stop, s.Text)
			}
			got := slots{}
			for n := range 12 {
				if sizes := s.Slot(n); len(sizes) > 0 {
					got[n] = sizes
				}
			}
			want := test.slots
			if want == nil {
				want = slots{}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("slots (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPaddingSchemeWithoutStop(t *testing.T) {
	tests := []struct {
		text  string
		want  error
		text2 string
	}{
		{"", protocol.ErrSchemeNoStop, ""},
		{"0=30-30", protocol.ErrSchemeNoStop, ""},
		{"stop", protocol.ErrSchemeNoStop, ""},
		{"\n[\n\"stop=8\",\n\"0=30-30\"]", protocol.ErrSchemeNoStop, ": it is JSON, and should be lines of key=value"},
		{"stop=", protocol.ErrSchemeStop, `: ""`},
		{"stop=-1", protocol.ErrSchemeStop, ` from 0 on, so that Go clients pad for ever: "-1"`},
		{"stop=2\nstop=many", protocol.ErrSchemeStop, `: "many"`},
		{"stop=99999999999", protocol.ErrSchemeStop, `: "99999999999"`},
		{"stop=8\r\n0=30-30\r", protocol.ErrSchemeStop, `: its line ends with a carriage return, and must end with a line feed alone: "8\r"`},
	}
	for _, test := range tests {
		s, err := protocol.ParsePaddingScheme([]byte(test.text))
		if s != nil || !errors.Is(err, test.want) || err.Error() != test.want.Error()+test.text2 {
			t.Errorf("%q: scheme %v, error %v, want %v%s", test.text, s, err, test.want, test.text2)
		}
	}
}

func TestPaddingSchemeThatDoesNotFit(t *testing.T) {
	tests := []struct {
		text, want string
		overlong   bool
	}{
		{text: protocol.DefaultPaddingScheme},
		{text: "stop=3\n0=1152-1152\n1=65535-65535,c"},
		{text: "stop=3\n0=900-1153"}, // Go draws below the maximum
		{text: "stop=3\n0=c,70000-70000"},
		{text: "stop=3\n3=70000-80000"}, // behind the stop
		{text: "stop=3\n0=1153-1153", want: "slot 0 asks for up to 1153 bytes: with more than 1152 Go clients write the preamble as two TLS records, and Go servers, which read one, refuse them"},
		{text: "stop=3\n0=30-16351", want: "slot 0 asks for up to 16351 bytes: with more than 16350 the preamble takes two TLS records, and Go servers, which read one, refuse the client"},
		{text: "stop=3\n0=30-65536", want: "slot 0 asks for up to 65536 bytes, more than the 65535 that the preamble can tell"},
		{text: "stop=3\n2=9-9,c,70000-80000\n1=65536-65536", overlong: true, want: "slot 2 asks for up to 80000 bytes: a Waste frame holds 65535, so that its length is cut off, and the server loses the framing"},
	}
	for _, test := range tests {
		s, err := protocol.ParsePaddingScheme([]byte(test.text))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Misfit(); got != test.want || s.Overlong() != test.overlong {
			t.Errorf("%q: overlong %v, %q, want %q", test.text, s.Overlong(), got, test.want)
		}
	}
}

func FuzzPaddingScheme(f *testing.F) {
	f.Add([]byte(protocol.DefaultPaddingScheme))
	f.Add([]byte("stop=3\n0=9-1,c,,c\n2="))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := protocol.ParsePaddingScheme(text)
		if s == nil {
			if !errors.Is(err, protocol.ErrSchemeNoStop) && !errors.Is(err, protocol.ErrSchemeStop) {
				t.Errorf("no scheme, error %v", err)
			}
			return
		}
		if want := fmt.Sprintf("%x", md5.Sum(text)); s.MD5() != want {
			t.Errorf("md5 %s, want %s", s.MD5(), want)
		}
		for n := range 20 {
			sizes := s.Slot(n)
			if n >= s.Stop && sizes != nil {
				t.Errorf("slot %d is not before stop %d: %v", n, s.Stop, sizes)
			}
			for _, size := range sizes {
				if !size.Check && (size.Min < 1 || size.Max < size.Min) {
					t.Errorf("slot %d: %+v", n, size)
				}
			}
		}
	})
}
