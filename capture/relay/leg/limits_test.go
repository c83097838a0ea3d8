package leg

import (
	"errors"
	"os"
	"testing"
	"time"
)

// TestDeadlines: those that crypto/tls sets don't end a write; LimitReads ends a read.
func TestDeadlines(t *testing.T) {
	s, _ := connect(t)
	past := time.Now().Add(-time.Second)
	if err := errors.Join(s.SetWriteDeadline(past), s.SetDeadline(past), s.SetReadDeadline(time.Time{})); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write([]byte("goes out")); err != nil {
		t.Fatalf("a deadline of crypto/tls ends a write: %v", err)
	}
	s.LimitReads(time.Nanosecond)
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the read ends with %v, want a deadline that passed", err)
	}
}
