package advice

import (
	"fmt"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/protocol"
)

// A Shortage is what key logs have, where they lack the key for a direction of a captured
// connection.
type Shortage struct {
	Given    bool           // there is a key log
	Absent   bool           // there is none of those that are given, so far
	Sessions int            // how many sessions they have secrets of, those in the capture included
	Named    bool           // the connection's ClientHello is known, by which a key log names it
	Secrets  keylog.Secrets // those of the connection
	Version  uint16         // of its TLS; 0 where that is not known
	Dir      protocol.Direction
}

// ForMissingKey returns what the key logs have in place of the key, and what to do.
func ForMissingKey(s *Shortage) string {
	has := func(l keylog.Label) bool { return s.Secrets.Get(l) != nil }
	side := func(dir protocol.Direction) bool {
		if dir == protocol.ClientToServer {
			return has(keylog.ClientHandshake) || has(keylog.ClientTraffic)
		}
		return has(keylog.ServerHandshake) || has(keylog.ServerTraffic)
	}
	here, there := s.Dir.Sender(), s.Dir.Receiver()
	traffic := [...]keylog.Label{keylog.ClientTraffic, keylog.ServerTraffic}[s.Dir]
	switch {
	case s.Sessions == 0 && s.Absent:
		return "the key log is not there: is that the file which one of its ends writes to? " +
			"(anytls-go's client writes the one that TLS_KEY_LOG names, the relay that of --keylog FILE)"
	case s.Sessions == 0 && s.Given:
		return "the key log has no secrets: the program that writes it has to be told so before the connection begins " +
			"(anytls-go's client writes one where TLS_KEY_LOG names a file, the relay with --keylog FILE)"
	case s.Sessions == 0:
		return "give the key log of one of its ends with --keylog FILE " +
			"(anytls-go's client writes one where TLS_KEY_LOG names a file, the relay with --keylog FILE)"
	case !s.Named:
		return fmt.Sprintf("its ClientHello, by which a key log names the session, is not in the capture, and the secrets of the newest of the key log's %s do not open it", sessions(s.Sessions, ""))
	case s.Secrets == (keylog.Secrets{}):
		return fmt.Sprintf("the key log has secrets of %s, and none of this one: was it written by this run of the program, and by the end that holds this connection?", sessions(s.Sessions, "other "))
	case s.Version == tlsrec.VersionTLS12:
		return "the key log has other secrets of this session, and no line CLIENT_RANDOM, as TLS 1.2 needs it"
	case !side(s.Dir) && side(s.Dir.Reverse()):
		return fmt.Sprintf("the key log has the %v's secrets of this session, and not the %v's: give all of its lines", there, here)
	case side(s.Dir) && !has(traffic):
		return fmt.Sprintf("the key log has only the %v's handshake secret of this session, and no line %v: give all of its lines", here, traffic)
	case side(s.Dir):
		return "the key log has secrets of this session, and of another length than its cipher suite's"
	default:
		return fmt.Sprintf("the key log has no line %v of this session: give all of its lines", traffic)
	}
}

// sessions counts sessions in words.
func sessions(n int, which string) string {
	if n == 1 {
		return "1 " + which + "session"
	}
	return fmt.Sprintf("%d %ssessions", n, which)
}
