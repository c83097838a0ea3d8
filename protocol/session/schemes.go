package session

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"anytls-inspect/protocol"
)

// maxSchemes bounds how many schemes are known. Servers have one each, seldom a
// few.
const maxSchemes = 64

// Schemes knows padding schemes by their md5: the default one, and those that
// servers sent (section cmdUpdatePaddingScheme). A client's Settings name its scheme
// by md5 only. So the scheme that one session was sent explains the next session.
// Schemes are safe for concurrent use.
type Schemes struct {
	mu    sync.RWMutex // guards byMD5; the schemes in it don't change
	byMD5 map[string]*protocol.PaddingScheme
}

// NewSchemes returns Schemes that know the default one.
func NewSchemes() *Schemes {
	s := &Schemes{byMD5: make(map[string]*protocol.PaddingScheme)}
	def, err := protocol.ParsePaddingScheme([]byte(protocol.DefaultPaddingScheme))
	if err != nil {
		panic("session: the default padding scheme does not parse: " + err.Error())
	}
	s.Add(def)
	return s
}

// Add makes a scheme known. It ignores one whose text is longer than
// [protocol.MaxText], and all once too many are known.
func (s *Schemes) Add(scheme *protocol.PaddingScheme) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byMD5) < maxSchemes && len(scheme.Text) <= protocol.MaxText {
		s.byMD5[scheme.MD5()] = scheme
	}
}

// Lookup returns the scheme with this md5, or nil where none is known. The scheme
// must not be changed.
func (s *Schemes) Lookup(md5 string) *protocol.PaddingScheme {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byMD5[md5]
}

// updateScheme takes a scheme that the server sends. By the protocol document, this
// session's client keeps its scheme, and uses the new one for sessions that it opens
// later. But the reference, and what is built on it, obeys it from the next write
// on. What a client makes of a scheme that is malformed is not known.
func (t *Tracker) updateScheme(at time.Time, data []byte) {
	scheme, err := protocol.ParsePaddingScheme(data)
	if err != nil {
		t.diagnose(CodePaddingMalformed, 0, protocol.ServerToClient, err.Error())
		t.schemeOffered(nil)
	}
	if scheme == nil {
		return
	}
	t.cfg.Schemes.Add(scheme)
	t.st.UpdatedMD5 = scheme.MD5()
	// Sessions share what is known of a scheme: each by itself could hold megabytes.
	t.schemeOffered(t.cfg.Schemes.Lookup(t.st.UpdatedMD5))
	if t.member == nil && t.blindness.host != nil {
		t.schemeUnplaced()
	}
	t.member.schemeSent(at, t.st.UpdatedMD5, newlineTwin(scheme.Text))
	t.misfit(scheme, protocol.ServerToClient, "the scheme's ")
	t.newlineDiffers(scheme)
}

// misfit diagnoses a scheme that does not fit what carries it. whose says in words whose
// it is.
func (t *Tracker) misfit(scheme *protocol.PaddingScheme, dir protocol.Direction, whose string) {
	if scheme == nil {
		return
	}
	if misfit := scheme.Misfit(); misfit != "" {
		t.zeros.overlong = t.zeros.overlong || scheme.Overlong()
		t.diagnose(CodePaddingOversize, 0, dir, whose+misfit)
	}
}

// newlineTwin returns the md5 of a scheme's text with a final newline where it has none, or
// without where it has one.
func newlineTwin(text string) string {
	twin := strings.TrimSuffix(text, "\n")
	if twin == text {
		twin += "\n"
	}
	scheme := protocol.PaddingScheme{Text: twin}
	return scheme.MD5()
}

// newlineDiffers diagnoses a client whose scheme differs from the server's by a final
// newline alone: it looks to the server like another one, in each session.
func (t *Tracker) newlineDiffers(scheme *protocol.PaddingScheme) {
	if t.st.PaddingMD5 == "" || t.st.PaddingMD5 != newlineTwin(scheme.Text) {
		return
	}
	ours, theirs := "without", "with"
	if strings.HasSuffix(scheme.Text, "\n") {
		ours, theirs = theirs, ours
	}
	t.diagnose(CodePaddingNewline, 0, protocol.ServerToClient, fmt.Sprintf(
		"the server sends the scheme again that the client has: its md5 %s is that of the text %s a final newline, the client's %s %s one",
		short(scheme.MD5()), ours, short(t.st.PaddingMD5), theirs))
}
