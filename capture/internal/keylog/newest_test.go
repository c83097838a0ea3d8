package keylog

import (
	"bytes"
	"slices"
	"testing"
)

// TestNewest: the newest sessions come first, and again only where more is known of them.
func TestNewest(t *testing.T) {
	for _, limit := range []int{4, 5, 100} {
		store := NewStore(limit)
		add := func(i int, l Label) {
			if err := store.Add(numbered(i), l, bytes.Repeat([]byte{byte(i)}, 32)); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(n int, after uint64, want ...int) uint64 {
			t.Helper()
			sessions, now := store.Newest(n, after)
			var got []int
			for _, s := range sessions {
				got = append(got, int(s.Random[7]))
				if secret := s.Secrets.Get(ClientTraffic); secret[0] != s.Random[7] {
					t.Errorf("session %d has another's secret", s.Random[7])
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("of %d sessions, Newest(%d, %d) has %v, want %v", limit, n, after, got, want)
			}
			return now
		}
		expect(3, 0)
		for i := range 7 {
			add(i, ClientTraffic)
		}
		now := expect(3, 0, 6, 5, 4)
		expect(3, now)
		add(5, ServerTraffic)
		add(5, ServerTraffic) // it is known
		now = expect(3, now, 5)
		add(7, ClientTraffic)
		add(4, ServerTraffic)
		expect(4, now, 7, 4)
		expect(1, now, 7)
		if got := store.Sessions(); got != min(limit, 8) {
			t.Errorf("%d sessions, want %d", got, min(limit, 8))
		}
	}
}
