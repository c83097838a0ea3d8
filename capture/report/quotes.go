package report

import (
	"slices"
	"strings"
)

// Why a step failed, an end has often logged: its user is told no more than that it failed.

// withLogged adds what ends logged in the step.
func (s *Step) withLogged(said text) text {
	list := []text{said}
	for _, p := range logPeers {
		if at := slices.IndexFunc(s.Logged, func(q Quote) bool { return q.Peer == p.peer }); at >= 0 {
			list = append(list, say(kPeerLogged, say(p.short), say(kQuoted, cleanLine(s.Logged[at].Line))))
		}
	}
	if len(list) == 1 {
		return said
	}
	return join(kSemicolon, list...)
}

// distrusts tells whether a line is about a certificate that an end does not take. These are the
// words of crypto/tls, rustls, OpenSSL.
func (q Quote) distrusts() bool {
	line := strings.ToLower(q.Line)
	return slices.ContainsFunc([]string{"x509", "certificate", "unknownissuer", "unknown ca"}, func(word string) bool {
		return strings.Contains(line, word)
	})
}
