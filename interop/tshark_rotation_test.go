package interop

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecordingThatRotates: tshark opens each file of a recording that rotates by itself.
// A session is in one file, with all frames that the relay told of; one that was cut has
// the first of them, and a comment that says so.
func TestRecordingThatRotates(t *testing.T) {
	ctx := soon(t)
	tshark := newTshark(ctx, t)
	binary, err := fromRun(relayVar)
	if err != nil {
		t.Fatal(err)
	}
	dir, lines := t.TempDir(), new(Lines)
	demo := exec.CommandContext(ctx, binary, "demo", "-o", "json", "--duration", "3s", "--heartbeat", "50ms,both",
		"-w", filepath.Join(dir, "rec.pcapng"), "--write-limit", "128K")
	demo.Stdout = lines
	if err := demo.Run(); err != nil {
		t.Fatal(err)
	}
	told, err := lines.Frames()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "rec*.pcapng"))
	if err != nil || len(files) < 2 {
		t.Fatalf("files: %q, %v", files, err)
	}
	in := make(map[int]string) // the file of each session
	cut := make(map[Route]bool)
	whole := 0
	for _, file := range files {
		rows, err := tshark.Rows(ctx, file, `frame.comment contains "the recording of this session ends here: "`, nil,
			[]string{"frame.interface_name", "tcp.stream", "tcp.len"})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if row[2][0] != "0" {
				t.Errorf("%s: a packet that has bytes says that the recording ends: %q", file, row)
			}
		}
		// Secrets that are missing show as TLS that is not decrypted.
		closed, err := tshark.Rows(ctx, file, "tls.record.opaque_type == 23 && !tls.record.content_type", stock(), []string{"frame.number"})
		if err != nil || len(closed) > 0 {
			t.Errorf("%s: %d packets are not decrypted, %v", file, len(closed), err)
		}
		recorded, err := tshark.Frames(ctx, file)
		if err != nil {
			t.Fatal(err)
		}
		for r, frames := range recorded {
			if other := in[r.Session]; other != "" && other != file {
				t.Errorf("session %d is in %s and in %s", r.Session, other, file)
			}
			in[r.Session] = file
			switch _, same := told[r].Same(frames); {
			case same:
				whole++
			case len(rows) == 0 || !told[r].begins(frames):
				t.Errorf("%s: %+v has %d frames, among them others than the relay told of", file, r, len(frames))
			default:
				cut[r] = true
			}
		}
	}
	for r := range told {
		if in[r.Session] == "" {
			t.Errorf("session %d is in no file", r.Session)
		}
	}
	noted := bytes.Count(lines.text.Bytes(), []byte(`"code":"recording-cut"`))
	if noted == 0 || len(cut) == 0 || whole < 8 {
		t.Errorf("%d sessions were cut, %d directions are, %d are whole", noted, len(cut), whole)
	}
	t.Logf("%d files; %d directions are whole, %d cut; %s", len(files), whole, len(cut), strings.Join(files, " "))
}
