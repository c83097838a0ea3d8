package keylog

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

func numbered(i int) (r Random) {
	binary.BigEndian.PutUint64(r[:], uint64(i))
	return r
}

// TestStoreForgets: a full store keeps the newest sessions.
func TestStoreForgets(t *testing.T) {
	const limit, added = 10, 37
	store := NewStore(limit)
	for i := range added {
		for _, l := range []Label{ClientTraffic, ServerTraffic} {
			if err := store.Add(numbered(i), l, bytes.Repeat([]byte{byte(i)}, 32)); err != nil {
				t.Fatal(err)
			}
		}
		if got := len(store.kept); got != min(i+1, limit) {
			t.Fatalf("%d sessions are kept of %d", got, i+1)
		}
		for j := range i + 1 {
			secrets, ok := store.Lookup(numbered(j))
			if want := j > i-limit; ok != want {
				t.Fatalf("after session %d, session %d known = %v, want %v", i, j, ok, want)
			}
			if ok && secrets.Get(ServerTraffic)[0] != byte(j) {
				t.Fatalf("session %d has another's secret", j)
			}
		}
	}
	if got := len(store.index); got != limit {
		t.Errorf("the index holds %d sessions, want %d", got, limit)
	}
}

func TestLengths(t *testing.T) {
	var s Secrets
	for l := range labels + 1 {
		for n := range 60 {
			want := n == 48 || n == 32 && l != Master
			if l == labels {
				want = false
			}
			if err := s.Set(l, make([]byte, n)); (err == nil) != want {
				t.Errorf("Set(%v, %d bytes) = %v", l, n, err)
			}
			if err := NewStore(1).Add(Random{}, l, make([]byte, n)); (err == nil) != want {
				t.Errorf("Add(%v, %d bytes) = %v", l, n, err)
			}
		}
	}
	if s.Get(labels) != nil {
		t.Error("Get of no label returns a secret")
	}
}

// TestSetCopies changes the slice that a secret was set from: the secret stays.
func TestSetCopies(t *testing.T) {
	var s Secrets
	secret := make([]byte, 32)
	if err := s.Set(ClientTraffic, secret); err != nil {
		t.Fatal(err)
	}
	secret[0] = 1
	if s.Get(ClientTraffic)[0] != 0 {
		t.Error("the secret changed with the slice it was set from")
	}
}

// TestSecretsArePrintedNowhere formats secrets in the ways that they could be.
func TestSecretsArePrintedNowhere(t *testing.T) {
	var s Secrets
	secret := bytes.Repeat([]byte{0xab}, 32)
	if err := s.Set(ClientTraffic, secret); err != nil {
		t.Fatal(err)
	}
	const want = "Secrets(CLIENT_TRAFFIC_SECRET_0)"
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%X", "%s", "%q", "%d"} {
		for _, v := range []any{s, &s} {
			if got := fmt.Sprintf(verb, v); got != want {
				t.Errorf("%s of a %T prints %q", verb, v, got)
			}
		}
	}
	var out strings.Builder
	slog.New(slog.NewTextHandler(&out, nil)).Info("", "s", s, "p", &s)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("", "s", s, "p", &s)
	encoded, err := json.Marshal(map[string]any{"s": s, "p": &s})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	if n := strings.Count(out.String(), want); n != 6 {
		t.Errorf("logs and JSON have it %d times, want 6:\n%s", n, out.String())
	}
	for _, trace := range []string{"abab", "ABAB", "q6ur", "171 171"} {
		if strings.Contains(out.String(), trace) {
			t.Errorf("the secret is printed:\n%s", out.String())
		}
	}
}

// TestConcurrentUse lets many write and many read, for the race detector.
func TestConcurrentUse(t *testing.T) {
	store := NewStore(50)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			p := NewParser(store, nil)
			for i := range 200 {
				fmt.Fprintf(p, "CLIENT_RANDOM %x %x\n", numbered(g*1000+i), make([]byte, 48))
			}
		})
		wg.Go(func() {
			for i := range 200 {
				if secrets, ok := store.Lookup(numbered(g*1000 + i)); ok && len(secrets.Get(Master)) != 48 {
					t.Error("a session without its secret")
				}
			}
		})
	}
	wg.Wait()
	if len(store.kept) != 50 || len(store.index) != 50 {
		t.Errorf("%d sessions are kept and %d found, want 50", len(store.kept), len(store.index))
	}
}

// BenchmarkParser reads a key log of TLS 1.3 sessions, five lines each.
func BenchmarkParser(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		for _, l := range []Label{ClientHandshake, ServerHandshake, ClientTraffic, ServerTraffic} {
			fmt.Fprintf(&text, "%v %x %s\n", l, numbered(i), short)
		}
		fmt.Fprintf(&text, "EXPORTER_SECRET %x %s\n", numbered(i), short)
	}
	lines := []byte(text.String())
	b.SetBytes(int64(len(lines)))
	b.ReportAllocs()
	for b.Loop() {
		p := NewParser(NewStore(0), func(e *LineError) { b.Error(e) })
		if _, err := p.Write(lines); err != nil {
			b.Fatal(err)
		}
	}
}
