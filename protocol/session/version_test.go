package session_test

import (
	"testing"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestVersionSupposed: silence alone shows no version. A stream that is answered without
// ServerSettings does, as do Settings of version 1.
func TestVersionSupposed(t *testing.T) {
	for _, tc := range []struct {
		name     string
		settings string
		answers  []byte
		version  int
		supposed bool
	}{
		{"nothing", "v=2", nil, 1, true},
		{"no answer to the stream", "v=2", frame(protocol.UpdatePaddingScheme, 0, []byte("stop=1")), 1, true},
		{"a PSH", "v=2", frame(protocol.PSH, 1, []byte("x")), 1, false},
		{"a FIN", "v=2", frame(protocol.FIN, 1, nil), 1, false},
		{"ServerSettings", "v=2", frame(protocol.ServerSettings, 0, []byte("v=2")), 2, false},
		{"ServerSettings of version 1", "v=2", frame(protocol.ServerSettings, 0, []byte("v=1")), 1, false},
		{"a client of version 1", "v=1", nil, 1, false},
	} {
		tracker := session.NewTracker(session.Config{}, nothing{})
		if tracker.State().VersionSupposed() {
			t.Errorf("%s: supposed before the Settings", tc.name)
		}
		tracker.Data(start, c2s, protocol.Preamble{}.Append(nil), session.Fate{})
		tracker.Data(start, c2s, frame(protocol.Settings, 0, []byte(tc.settings)), session.Fate{})
		tracker.Data(start, c2s, frame(protocol.SYN, 1, nil), session.Fate{})
		tracker.Data(start, s2c, tc.answers, session.Fate{})
		if st := tracker.State(); st.Version() != tc.version || st.VersionSupposed() != tc.supposed {
			t.Errorf("%s: version %d, supposed %v", tc.name, st.Version(), st.VersionSupposed())
		}
	}
}
