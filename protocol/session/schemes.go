package session

import (
	"sync"
	"time"

	"anytls-inspect/protocol"
)

// maxSchemes bounds a registry. Servers have one scheme each, seldom a few.
const maxSchemes = 64

// Schemes knows padding schemes by their md5: the default one, and those that
// servers sent. A client names its scheme only by md5, so what one session
// learned explains the next. It is safe for concurrent use.
type Schemes struct {
	mu    sync.RWMutex
	byMD5 map[string]*protocol.PaddingScheme
}

// NewSchemes returns a registry that knows the default scheme.
func NewSchemes() *Schemes {
	s := &Schemes{byMD5: make(map[string]*protocol.PaddingScheme)}
	def, err := protocol.ParsePaddingScheme([]byte(protocol.DefaultPaddingScheme))
	if err != nil {
		panic("session: the default padding scheme does not parse: " + err.Error())
	}
	s.Add(def)
	return s
}

// Add makes a scheme known. Beyond bounds on their number and length, new ones
// are ignored.
func (s *Schemes) Add(scheme *protocol.PaddingScheme) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byMD5) < maxSchemes && len(scheme.Text) <= protocol.MaxText {
		s.byMD5[scheme.MD5()] = scheme
	}
}

// Lookup returns the scheme with this md5, nil where it is not known.
func (s *Schemes) Lookup(md5 string) *protocol.PaddingScheme {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byMD5[md5]
}

// updateScheme learns a scheme. By the protocol this session's client keeps the
// one it has, and uses the new one for sessions that it opens later; but the
// reference and what is built on it obey it from the next write on.
func (t *Tracker) updateScheme(at time.Time, data []byte) {
	scheme, err := protocol.ParsePaddingScheme(data)
	if err != nil {
		t.diagnose(CodePaddingMalformed, 0, protocol.ServerToClient, err.Error())
	}
	if scheme == nil {
		return
	}
	t.cfg.Schemes.Add(scheme)
	t.st.UpdatedMD5 = scheme.MD5()
	t.schemeOffered(scheme)
	t.member.schemeSent(at, t.st.UpdatedMD5)
}
