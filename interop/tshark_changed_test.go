package interop

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A lacking is a row of the table in docs/captures.md: how the capture http.pcap, or its key
// log, is changed, and how many frames are found in what comes of it.
type lacking struct {
	words          string
	keys           bool // the key log is changed, and not the capture
	tshark, replay int
}

// lackings reads the table.
func lackings(t *testing.T) (rows []lacking) {
	t.Helper()
	f, err := os.Open("../docs/captures.md")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	form := regexp.MustCompile("^\\| .* \\| `(keys )?(.*)` \\| (\\d+) \\| (\\d+) \\|$")
	for s := bufio.NewScanner(f); s.Scan(); {
		if m := form.FindStringSubmatch(s.Text()); m != nil {
			row := lacking{words: m[2], keys: m[1] != ""}
			row.tshark, _ = strconv.Atoi(m[3])
			row.replay, _ = strconv.Atoi(m[4])
			rows = append(rows, row)
		}
	}
	return rows
}

// TestDissectorOnChangedCaptures: of captures that lack something, or are out of order, or in
// tunnels, the replay finds as many frames as the document says, and never fewer than tshark.
func TestDissectorOnChangedCaptures(t *testing.T) {
	const capture, keyLog = "../capture/replay/testdata/http.pcap", "../capture/replay/testdata/http.keys"
	ctx := soon(t)
	tshark := newTshark(ctx, t)
	dir := t.TempDir()
	transform := filepath.Join(dir, "transform")
	build := exec.CommandContext(ctx, "go", "build", "-o", transform, "./capture/internal/pcaptest/transform")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	rows := lackings(t)
	if len(rows) < 20 {
		t.Fatalf("the table has %d rows", len(rows))
	}
	for i, row := range rows {
		t.Run(row.words, func(t *testing.T) {
			inTurn(t)
			file, keys := capture, keyLog
			in, out := &file, filepath.Join(dir, fmt.Sprintf("%d.pcap", i))
			if row.keys {
				in, out = &keys, filepath.Join(dir, fmt.Sprintf("%d.keys", i))
			}
			cmd := exec.CommandContext(ctx, transform, append(strings.Fields(row.words), *in, out)...)
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			*in = out
			theirs := framesInTshark(ctx, t, tshark, file, keys)
			ours := framesInReplay(ctx, t, file, keys)
			if ours != row.replay {
				t.Errorf("the replay finds %d frames, and docs/captures.md says %d", ours, row.replay)
			}
			if ours < theirs {
				t.Errorf("the replay finds %d frames, and tshark %d", ours, theirs)
			}
			if theirs != row.tshark {
				t.Logf("this tshark finds %d frames, and docs/captures.md says %d", theirs, row.tshark)
			}
		})
	}
}

// framesInTshark returns how many frames tshark finds in a capture. It is told to put
// segments into order, which it does not by default.
func framesInTshark(ctx context.Context, t *testing.T, tshark *Tshark, file, keys string) (n int) {
	t.Helper()
	rows, err := tshark.Rows(ctx, file, "anytls.cmd",
		[]string{"-o", "tls.keylog_file:" + keys, "-o", "tcp.reassemble_out_of_order:TRUE"}, []string{"anytls.cmd"})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		n += len(row[0])
	}
	return n
}

// framesInReplay returns how many frames the program's replay finds in a capture. It fails
// where it finds none.
func framesInReplay(ctx context.Context, t *testing.T, file, keys string) (n int) {
	t.Helper()
	binary, err := fromRun(relayVar)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(ctx, binary, "replay", file, "--keylog", keys, "-o", "json").Output()
	if failed := new(exec.ExitError); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	lines := new(Lines)
	_, _ = lines.Write(out) // never fails
	frames, err := lines.frames()
	if err != nil {
		t.Fatal(err)
	}
	return len(frames)
}
