package guide

import (
	"slices"
	"testing"

	"anytls-inspect/capture"
)

// TestSessionsInUse: heartbeats go into the sessions on which payload moves, and those that are kept:
// not into what a client has left open, nor into what is gone.
func TestSessionsInUse(t *testing.T) {
	for _, test := range []struct {
		name        string
		before, now usage
		kept        *usage
		want        []capture.SessionID
	}{
		{"nothing is there", nil, usage{}, nil, nil},
		{"a new one", usage{1: 4}, usage{1: 4, 2: 1}, nil, []capture.SessionID{2}},
		{"one that goes on", usage{1: 4, 2: 1}, usage{1: 5, 2: 1}, nil, []capture.SessionID{1}},
		{"many that are left", usage{1: 4, 2: 1, 3: 1}, usage{1: 4, 2: 1, 3: 1}, nil, nil},
		{"one that is kept", usage{1: 4, 2: 1, 3: 1}, usage{1: 4, 2: 2, 3: 1}, &usage{1: 4}, []capture.SessionID{1, 2}},
		{"one that was kept, and is gone", usage{1: 4, 2: 1}, usage{2: 2}, &usage{1: 4}, []capture.SessionID{2}},
		{"one that is opened, and nothing moves yet", usage{}, usage{1: 0}, nil, nil},
	} {
		if got := test.now.inUse(test.before, test.kept); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
