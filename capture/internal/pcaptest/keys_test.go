package pcaptest_test

import (
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"anytls-inspect/capture/internal/pcaptest"
)

func TestKeys(t *testing.T) {
	keys, err := os.ReadFile(testdata + "synackerr.keys")
	if err != nil {
		t.Fatal(err)
	}
	change := func(words string) []byte {
		out, err := pcaptest.ApplyToKeys(keys, words)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	labels := func(keys []byte) (list []string) {
		for line := range strings.Lines(string(keys)) {
			label, _, _ := strings.Cut(line, " ")
			list = append(list, label)
		}
		return list
	}
	for _, tt := range []struct {
		words string
		want  []string
	}{
		{"client", []string{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0"}},
		{"server", []string{"SERVER_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"}},
		{"handshake", []string{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET"}},
		{"traffic", []string{"CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"}},
		{"client traffic", []string{"CLIENT_TRAFFIC_SECRET_0"}},
	} {
		if got := labels(change(tt.words)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.words, got, tt.want)
		}
	}
	others := change("others")
	before, after := strings.Fields(string(keys)), strings.Fields(string(others))
	for i := range before {
		if random := i%3 == 1; (before[i] == after[i]) == random || len(before[i]) != len(after[i]) {
			t.Errorf("field %d was %q, is %q", i, before[i], after[i])
		}
		if i%3 == 1 && strings.Trim(after[i], "0123456789abcdef") != "" {
			t.Errorf("the random %q is not hex", after[i])
		}
	}
	var units []uint16
	for b := change("utf16"); len(b) > 0; b = b[2:] {
		units = append(units, binary.LittleEndian.Uint16(b))
	}
	text := string(utf16.Decode(units))
	if want := "\ufeff" + strings.ReplaceAll(string(keys), "\n", "\r\n"); text != want {
		t.Errorf("of UTF-16 comes %q, want %q", text, want)
	}
}

// TestMistakes: words that say nothing are errors.
func TestMistakes(t *testing.T) {
	for _, words := range []string{
		"shrink", "cut", "cut=0", "cut=1,2", "mss=x", "fragment=-1", "shuffle=1", "shuffle=1,-1", "skew=client", "skew=client,1",
		"skew=relay,1ms", "only", "only=relay", "direction=client,server", "reset=1", "reset=x,client", "encapsulate", "encapsulate=ssh",
	} {
		if _, err := pcaptest.Apply(pcaptest.Capture{}, words); err == nil {
			t.Errorf("%s: no error", words)
		}
	}
	if _, err := pcaptest.ApplyToKeys(nil, "utf8"); err == nil {
		t.Error("utf8: no error")
	}
}
