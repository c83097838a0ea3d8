package replay_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestRotatedFilesStandAlone: each file of a recording that rotates is replayed by
// itself, and has its sessions whole and decrypted; but for the one that was cut, which
// ends as the capture does, with the reason.
func TestRotatedFilesStandAlone(t *testing.T) {
	const (
		sessions = 12
		echoed   = 60_000 // bytes, by each session; there and back, so twice that
	)
	dir := t.TempDir()
	var cuts []pcapng.Cut
	o := pcapng.Options{Limit: pcapng.MinLimit, Cut: func(c pcapng.Cut) { cuts = append(cuts, c) }}
	relayed(t, filepath.Join(dir, "rec.pcapng"), o, peer.Serve, func(ctx context.Context, _ *capture.Registry, _ *journal.Journal, cfg peer.ClientConfig) {
		begin := func() (*peer.Client, io.ReadWriter) {
			client, err := peer.Dial(ctx, cfg)
			if err != nil {
				t.Fatal(err)
			}
			stream, err := client.OpenStream(ctx, protocol.Address{Host: "target.example", Port: 443})
			if err != nil {
				t.Fatal(err)
			}
			echo(t, stream, echoed)
			return client, stream
		}
		long, stream := begin()
		for range sessions {
			client, _ := begin()
			echo(t, stream, echoed)
			_ = client.Close()
		}
		_ = long.Close()
	})
	if len(cuts) != 1 || cuts[0].Session != 1 {
		t.Fatalf("cut: %+v", cuts)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.pcapng"))
	if err != nil || len(files) < 5 {
		t.Fatalf("files: %q, %v", files, err)
	}
	whole, cut := 0, 0
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		p := file(t, b, nil)
		for _, e := range p.events {
			if e.Kind != capture.Closed {
				continue
			}
			up, down := len(p.plaintext(e.Session, protocol.ClientToServer)), len(p.plaintext(e.Session, protocol.ServerToClient))
			switch {
			case e.By == session.ClosedByCapture:
				cut++
				if want := "the capture ends before the session: " + cuts[0].Why; e.Reason != want || up < echoed || down < echoed {
					t.Errorf("%s: after %d and %d bytes: %s", name, up, down, line(&e))
				}
			case e.Reason != "" || up < echoed || down < echoed:
				t.Errorf("%s: after %d and %d bytes: %s", name, up, down, line(&e))
			default:
				whole++
			}
		}
	}
	if whole != sessions || cut != 1 {
		t.Errorf("%d sessions are whole and %d are cut, want %d and 1", whole, cut, sessions)
	}
}
