package session_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

func scheme(t testing.TB, text string) *protocol.PaddingScheme {
	t.Helper()
	s, err := protocol.ParsePaddingScheme([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSchemes(t *testing.T) {
	schemes := session.NewSchemes()
	if got := schemes.Lookup("75cff2ad89aadf5e257059ee571ebe11"); got == nil || got.Stop != 8 {
		t.Errorf("the default scheme: %v", got)
	}
	other := scheme(t, "stop=3\n0=1-1")
	if got := schemes.Lookup(other.MD5()); got != nil {
		t.Errorf("a scheme that nobody sent: %v", got)
	}
	schemes.Add(other)
	if got := schemes.Lookup(other.MD5()); got != other {
		t.Errorf("a scheme that was added: %v", got)
	}
}

// TestSchemesBounds holds that servers can't fill the memory with schemes, nor
// push out the default one.
func TestSchemesBounds(t *testing.T) {
	schemes := session.NewSchemes()
	huge := scheme(t, "stop=1\n0="+strings.Repeat("c,", 30_000)+"c")
	schemes.Add(huge)
	if schemes.Lookup(huge.MD5()) != nil {
		t.Error("a scheme of 60 KB was kept")
	}
	kept := 0
	for i := range 1000 {
		s := scheme(t, fmt.Sprintf("stop=%d", i))
		schemes.Add(s)
		if schemes.Lookup(s.MD5()) != nil {
			kept++
		}
	}
	if kept < 16 || kept > 64 || schemes.Lookup("75cff2ad89aadf5e257059ee571ebe11") == nil {
		t.Errorf("kept %d schemes of 1000", kept)
	}
}

// TestSchemesLearned holds that what one session was sent explains the next,
// also where they run at the same time.
func TestSchemesLearned(t *testing.T) {
	cfg := session.Config{Schemes: session.NewSchemes()}
	const text = "stop=2\n0=30-30"
	md5 := scheme(t, text).MD5()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			teacher := session.NewTracker(cfg, nothing{})
			wire, _ := protocol.AppendFrame(nil, protocol.UpdatePaddingScheme, 0, []byte(text))
			teacher.Data(start, protocol.ServerToClient, wire, session.Fate{})
			pupil := session.NewTracker(cfg, nothing{})
			wire = protocol.Preamble{}.Append(nil)
			wire, _ = protocol.AppendFrame(wire, protocol.Settings, 0, protocol.SettingsText{Version: 2, PaddingMD5: md5}.Append(nil))
			pupil.Data(start, protocol.ClientToServer, wire, session.Fate{})
			if got := pupil.State().Scheme; got == nil || got.Text != text {
				t.Errorf("the next session's scheme: %v", got)
			}
		})
	}
	wg.Wait()
}

// nothing handles all that a tracker finds, by doing nothing.
type nothing struct{}

func (nothing) Frame(*session.Frame)  {}
func (nothing) Notice(session.Notice) {}
