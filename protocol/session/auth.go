package session

import (
	"fmt"

	"anytls-inspect/protocol"
)

// A Credential is a password's hash, by which a client authenticates.
type Credential struct {
	User string // whose it is, printable; empty: it has no name
	Hash [32]byte
}

// identify compares a hash with the credentials that clients should send one of.
func (c *Config) identify(hash [32]byte) (match PasswordMatch, user string) {
	if len(c.Credentials) == 0 {
		return PasswordUnknown, ""
	}
	for i := range c.Credentials {
		if c.Credentials[i].Hash == hash {
			return PasswordMatches, c.Credentials[i].User
		}
	}
	return PasswordDiffers, ""
}

// preamble takes the client's complete preamble (section Authentication).
func (t *Tracker) preamble(p *protocol.Preamble) {
	s := &t.side[protocol.ClientToServer]
	t.out = Frame{
		At: t.now, Dir: protocol.ClientToServer, Header: protocol.Header{Length: p.Padding}, Fate: s.fate,
		Data: append(s.collector.buf[:0], p.Hash[:]...), Preamble: true, Cut: s.holed,
	}
	t.handler.Frame(&t.out)
	if s.fate.Kind == Dropped {
		t.loses(s, s.fate.Rule, fmt.Sprintf("rule %d dropped the preamble", s.fate.Rule))
		return
	}
	s.swaps = s.fate.Kind == Replaced
	match, user := t.cfg.identify(p.Hash)
	t.reach(Authenticated)
	t.st.Auth = Auth{Padding: int(p.Padding), Password: match, Fingerprint: t.cfg.Fingerprints.Of(p.Hash), User: user}
	t.handler.Notice(t.st.Auth)
	t.opening.authAt = t.now
	t.verdict = verdict{password: match == PasswordDiffers, split: t.preambleSplit()}
	t.split = t.verdict.split != ""
}

// checkPadding0 compares the length of padding0 with slot 0 of the scheme that the
// client's Settings name (section paddingScheme).
func (t *Tracker) checkPadding0() {
	scheme, got := t.st.Scheme, t.st.Auth.Padding
	if t.opening.authAt.IsZero() || !t.inOrder() || scheme == nil || scheme.Stop == 0 || t.member.schemeChanging() {
		return
	}
	want := protocol.PaddingSize{} // no slot 0: no padding0
	if items := scheme.Slot(0); len(items) > 0 {
		want = items[0]
	}
	if want.Check || got >= want.Min && got <= want.Max {
		return
	}
	t.diagnose(CodeAuthPaddingMismatch, 0, protocol.ClientToServer,
		fmt.Sprintf("padding0 is %d bytes long, slot 0 of the client's scheme asks for %s", got, sizeText(want)))
}
