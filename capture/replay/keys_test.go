package replay_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture/replay"
)

// TestSecretsAnywhere has a Decryption Secrets Block before, among and behind the
// packets that need it, in a file and in a pipe.
func TestSecretsAnywhere(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 5, 3000))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	for _, before := range []int{0, 3, len(packets) / 2, len(packets)} {
		b := ngFile(t, layers.LinkTypeEthernet, packets, tp.keys, before)
		for _, workers := range []int{1, 2} {
			inFile := play(t, replay.Config{Input: bytes.NewReader(b), Workers: workers})
			inFile.isWhole(t, tp)
			inPipe := play(t, replay.Config{Input: pipeOf(bytes.NewReader(b)), Workers: workers})
			inPipe.isWhole(t, tp)
			for i, e := range inPipe.events {
				if want := inFile.events[i].At; !e.At.Equal(want) {
					t.Errorf("secrets before packet %d: event %d is at %v in a pipe, %v in a file", before, i, e.At, want)
					break
				}
			}
		}
	}
	zipped := gzipped(t, ngFile(t, layers.LinkTypeEthernet, packets, tp.keys, len(packets)))
	play(t, replay.Config{Input: bytes.NewReader(zipped)}).isWhole(t, tp)
}

// TestLateSecretsOfMuch: in a pipe, what can't be held until the key comes is a
// gap. A file is searched for the key.
func TestLateSecretsOfMuch(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 200, 16000))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	b := ngFile(t, layers.LinkTypeEthernet, packets, tp.keys, len(packets)*9/10)
	play(t, replay.Config{Input: bytes.NewReader(b)}).isWhole(t, tp)

	// With more workers, more is read ahead.
	p := play(t, replay.Config{Input: pipeOf(bytes.NewReader(b)), Workers: 1})
	check(t, p.err)
	got, said := p.plaintext(1, up), tp.said[up]
	if len(got) < 1<<20 || len(got) == len(said) || !bytes.HasSuffix(said, got) {
		t.Errorf("%d bytes, which are not the last of the %d", len(got), len(said))
	}
	lines := p.lines()
	// The handshake's records are lost, too, so it is not known how many were data.
	if at := slices.Index(lines, "1 c2s gap -1"); at != 2 || strings.Count(strings.Join(lines, "\n"), " c2s gap ") != 1 {
		t.Errorf("events begin with\n\t%s", strings.Join(lines[:min(len(lines), 9)], "\n\t"))
	}
	wants(t, p.closings(), "1 closed by client:")
}

// TestNoKey: a session without a key says so once, and what to do about it. What
// the hellos agree on is known nevertheless.
func TestNoKey(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 5, 3000))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	b := pcapFile(t, layers.LinkTypeEthernet, packets)
	for name, input := range map[string]io.Reader{"file": bytes.NewReader(b), "pipe": pipeOf(bytes.NewReader(b))} {
		t.Run(name, func(t *testing.T) {
			p := play(t, replay.Config{Input: input})
			check(t, p.err)
			lines := p.lines()
			if len(lines) != 3 || lines[1] != "1 established TLS 1.3 TLS_AES_128_GCM_SHA256 anytls.example" {
				t.Fatalf("got\n\t%s", strings.Join(lines, "\n\t"))
			}
			for _, what := range []string{"closed by client: no key", "--keylog", "TLS_KEY_LOG"} {
				if !strings.Contains(lines[2], what) {
					t.Errorf("%q lacks %q", lines[2], what)
				}
			}
			// Whether the client sent a close_notify can't be seen.
			if last := p.events[2]; !last.Blind || last.Why == "" || last.Reason != "" {
				t.Errorf("%+v", last)
			}
			j := decode(p)
			totals := j.Totals()
			if words := totals.Evidence.Words(); len(words) != 1 || !strings.HasPrefix(words[0], "neither direction was seen, or not to its end, in 1 session: no key for it") {
				t.Errorf("it sums up %q", words)
			}
			if codes := look(j).Session.Codes; len(codes) > 0 {
				t.Errorf("diagnostics %v", codes)
			}
		})
	}
}

// TestKeysOfAnother has a key log without this session's secrets, and one with
// wrong ones.
func TestKeysOfAnother(t *testing.T) {
	tp, other := tapeOf(t, nil, smallTalk(t, 2, 100)), tapeOf(t, nil, smallTalk(t, 2, 100))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	b := pcapFile(t, layers.LinkTypeEthernet, packets)
	if c := file(t, b, other.keys).closings(); len(c) != 1 || !strings.Contains(c[0], "no key for it: the key log has secrets of 1 other session, and none of this one") {
		t.Errorf("with another's keys: %q", c)
	}
	wrong := bytes.Clone(tp.keys)
	digit := &wrong[bytes.IndexByte(wrong, '\n')-1] // the last of a secret
	if *digit == '0' {
		*digit = '1'
	} else {
		*digit = '0'
	}
	c := file(t, b, wrong).closings()
	if len(c) != 1 || !strings.Contains(c[0], "the key log has other secrets for this session") {
		t.Errorf("with wrong keys: %q", c)
	}
}

// TestGrowingKeyLog has secrets that are written while the capture is read.
func TestGrowingKeyLog(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 5, 3000))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	b := pcapFile(t, layers.LinkTypeEthernet, packets)
	path := filepath.Join(t.TempDir(), "keys")
	check(t, os.WriteFile(path, []byte("# nothing yet\n"), 0o600))
	log, err := os.Open(path)
	check(t, err)
	defer log.Close()

	r, w := io.Pipe()
	done := make(chan *played)
	go func() { done <- play(t, replay.Config{Input: r, KeyLogs: []io.Reader{log}}) }()
	half := len(b) / 2
	_, err = w.Write(b[:half])
	check(t, err)
	check(t, os.WriteFile(path, append([]byte("# nothing yet\n"), tp.keys...), 0o600))
	_, err = w.Write(b[half:])
	check(t, err)
	check(t, w.Close())
	p := <-done
	p.isWhole(t, tp)
}

// TestKeyLogFaults: the first few malformed lines are warned of.
func TestKeyLogFaults(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 100))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	b := pcapFile(t, layers.LinkTypeEthernet, packets)
	keys := append(bytes.Repeat([]byte("CLIENT_RANDOM zz zz\n"), 100), tp.keys...)
	p := file(t, b, keys)
	if len(p.warnings) != 5 || !strings.HasPrefix(p.warnings[0], "key log 1: ") {
		t.Errorf("warnings: %q", p.warnings)
	}
	p.warnings = nil
	p.isWhole(t, tp)
}
