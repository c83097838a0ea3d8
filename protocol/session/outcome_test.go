package session_test

import (
	"fmt"
	"testing"

	"anytls-inspect/protocol/session"
)

// greeted is how most sessions begin: the client has sent what the server answers.
const greeted = "c> PREAMBLE p 0\nc> SETTINGS v=2\n"

// TestOutcomes: how far a session came follows from what the server sent, for how long it owed
// it, and who ended the session. What was not seen is held against nobody.
func TestOutcomes(t *testing.T) {
	for _, test := range []struct {
		name, script string
		want         session.Outcome
	}{
		{"the server greets", greeted + "s> SERVERSETTINGS v=2", session.OutcomeAccepted},
		{"a server of version 1 sends payload", greeted + "c> SYN 1\n+ 1s\ns> PSH 1 \"a\"\nclose client", session.OutcomeAccepted},
		{"another scheme is all that it sends", greeted + "s> UPDATEPADDINGSCHEME stop=1 0=30-30", session.OutcomeAccepted},
		{"it answers the relay alone", greeted + "c> HEARTREQUEST injected\ns> HEARTRESPONSE absorbed", session.OutcomeAccepted},
		{"the relay drops what it sends", greeted + "s> SERVERSETTINGS v=2 dropped\n+ 9s", session.OutcomeAccepted},
		{"it accepts, and closes", greeted + "s> SERVERSETTINGS v=2\nclose server", session.OutcomeAccepted},
		{"it accepts, and sends an Alert", greeted + "s> SERVERSETTINGS v=2\ns> ALERT \"no\"\nclose server", session.OutcomeAccepted},
		{"it answers late", greeted + "+ 9s\ns> SERVERSETTINGS v=2", session.OutcomeAccepted},
		{"it accepts behind a gap", greeted + "c> SYN 1\nc> PSH 1 target a:1\ngap s 100\ns> PSH 1 \"a\"\ns> PSH 1 \"b\"\ns> FIN 1", session.OutcomeAccepted},
		{"it sent a frame, and nothing more is seen", greeted + "s> SERVERSETTINGS v=2\nunseen s \"no key\"\n+ 9s", session.OutcomeAccepted},

		{"what the relay makes is none of its frames", greeted + "s> HEARTREQUEST injected\n+ 9s", session.OutcomeUnanswered},
		{"it says nothing", greeted + "+ 3s", session.OutcomeUnanswered},
		{"the client gives up by the reference's timer", greeted + "c> SYN 1\n+ 2990ms\nclose client", session.OutcomeUnanswered},
		{"the run ends meanwhile", greeted + "+ 9s\nclose relay", session.OutcomeUnanswered},
		{"the path to it is dead", greeted + "+ 60s\nclose relay \"path-dead: the TCP of the server has acknowledged nothing\"", session.OutcomeUnanswered},
		{"it answers by another protocol, and stays", greeted + "s> raw \"HTTP/1.1 400 Bad Request\\r\\n\\r\\n\"\n+ 9s", session.OutcomeUnanswered},
		{"the client goes then", greeted + "+ 4s\ngone c\n+ 9s", session.OutcomeUnanswered},

		{"it closes", greeted + "close server", session.OutcomeRejected},
		{"it closes after long", greeted + "+ 9s\nclose server", session.OutcomeRejected},
		{"it is gone", greeted + "gone s", session.OutcomeRejected},
		{"it resets", greeted + "close server \"the server reset its connection\"", session.OutcomeRejected},
		{"an Alert alone", greeted + "s> ALERT \"no\"", session.OutcomeRejected},
		{"it closes amid the preamble", "c> raw zeros 32\nc> raw 0004\nclose server", session.OutcomeRejected},

		{"TLS fails", "tls failed s \"it is no TLS\"\nclose server \"it is no TLS\"", session.OutcomeTLSFailed},
		{"the client does not trust the relay", "tls failed c \"it does not trust us\"\nclose client \"it does not trust us\"", session.OutcomeTLSFailed},

		{"the client sends nothing", "session 1 192.0.2.1:1000\n+ 9s\nclose client", session.OutcomeNone},
		{"nothing but its preamble", "c> PREAMBLE p 0\n+ 9s\nclose client", session.OutcomeNone},
		{"it leaves at once", greeted + "+ 1s\nclose client", session.OutcomeNone},
		{"it is gone at once", greeted + "+ 1s\ngone c\n+ 9s\nclose client", session.OutcomeNone},
		{"the run ends at once", greeted + "+ 1s\nclose relay", session.OutcomeNone},
		{"a server of version 1 owes nothing", "c> PREAMBLE p 0\nc> SETTINGS v=1\nc> SYN 1\n+ 9s\nclose client", session.OutcomeNone},
		{"what the server sends is not seen", greeted + "unseen s \"no key\"\n+ 9s\nclose server", session.OutcomeNone},
		{"some of it is missing", greeted + "gap s 100\n+ 9s\nclose server", session.OutcomeNone},
		{"some of it is missing before an Alert", greeted + "gap s -1\ns> ALERT \"no\"", session.OutcomeNone},
		{"the order is not known", greeted + "order uncertain\n+ 9s\nclose server", session.OutcomeNone},
		{"it is of another protocol", "c> raw \"GET / HTTP/1.1\\r\\nHost: a.example\\r\\nAccept: */*\\r\\nUser-Agent: b/1\\r\\n\\r\\n\"\ns> raw \"HTTP/1.1 200 OK\\r\\n\\r\\n\"\nclose server", session.OutcomeNone},
		{"a frame has begun", greeted + "s> raw 0a 00000000 0003 \"v=\"\n+ 9s", session.OutcomeNone},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := parseScript(test.script)
			if err != nil {
				t.Fatal(err)
			}
			tr := play(s, feeding{})
			if got := tr.views[0].tracker.State().Outcome; got != test.want {
				t.Errorf("it came to %v, want %v:\n%s", got, test.want, tr)
			}
		})
	}
}

// TestOverruled: what was said of the preamble is overruled by a frame that no other session gets,
// and by nothing else; what is wrong with it all the same is not.
func TestOverruled(t *testing.T) {
	const (
		silent = greeted + "+ 6s\n"
		wrong  = "config password=other\n"
		split  = "c> raw 148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940\nc> raw 0000\nc> SETTINGS v=2\n"
	)
	for _, test := range []struct{ name, script, want string }{
		{"nothing was wrong", greeted + "s> SERVERSETTINGS v=2", "[] note"},
		{"the server had said nothing", wrong + silent + "s> SERVERSETTINGS v=2", "[password-mismatch] error"},
		{"it says nothing still", wrong + silent, "[] note"},
		{"it was known to accept it when that was said", wrong + greeted + "s> SERVERSETTINGS v=2", "[] note"},
		{"the relay drops what it accepts it with", wrong + greeted + "s> SERVERSETTINGS v=2 dropped\n+ 9s", "[] note"},
		{"an Alert", wrong + silent + "s> ALERT \"no\"", "[] note"},
		{"an Alert, and then it accepts it", wrong + greeted + "s> ALERT \"no\"\ns> SYNACK 1", "[password-mismatch] error"},
		{"two Alerts, and then it accepts it", wrong + greeted + "s> ALERT \"no\"\ns> ALERT \"no\"\ns> SYNACK 1", "[password-mismatch] error"},
		{"it accepts it, and the session is over", wrong + silent + "s> SERVERSETTINGS v=2\nclose server", "[password-mismatch] error"},
		{"it was perhaps accepted", wrong + greeted + "gap s -1\ns> ALERT \"no\"\ns> SERVERSETTINGS v=2", "[password-mismatch] warning"},
		{"in several records", split + "+ 6s\ns> SERVERSETTINGS v=2", "[auth-split] error"},
		{"both", wrong + split + "+ 6s\ns> SERVERSETTINGS v=2", "[password-mismatch auth-split] error"},
		{"malformed Settings that it accepts", "c> PREAMBLE p 0\nc> SETTINGS v=2 \"\\nx\"\ns> SERVERSETTINGS v=2", "[] note"},
		{"no Settings, and it accepts that", "c> PREAMBLE p 0\nc> SYN 1\ns> SYNACK 1", "[] note"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := parseScript(test.script)
			if err != nil {
				t.Fatal(err)
			}
			tr := play(s, feeding{})
			codes, severity := tr.views[0].tracker.Overruled()
			if got := fmt.Sprint(codes, " ", severity); got != test.want {
				t.Errorf("overruled: %s, want %s:\n%s", got, test.want, tr)
			}
			for _, code := range codes {
				if tr.diagnostics()[code] != 1 {
					t.Errorf("%s was raised %d times", code, tr.diagnostics()[code])
				}
			}
		})
	}
}

// TestStreamsThatPassed: which streams carried, were refused, and were cut.
func TestStreamsThatPassed(t *testing.T) {
	const (
		begun   = greeted + "s> SERVERSETTINGS v=2\nc> SYN 1\ns> SYNACK 1\nc> PSH 1 target a:1\n"
		carried = begun + "c> PSH 1 \"up\"\ns> PSH 1 \"down\"\n"
		reset   = "close client \"the client reset its connection\""
	)
	for _, test := range []struct {
		name, script          string
		carried, refused, cut uint64
	}{
		{"a target alone", begun + "s> PSH 1 \"down\"", 0, 0, 0},
		{"one side's payload", begun + "c> PSH 1 \"up\"", 0, 0, 0},
		{"both sides' payload", carried, 1, 0, 0},
		{"it counts once", carried + "s> PSH 1 \"down\"\nc> PSH 1 \"up\"\nc> FIN 1", 1, 0, 0},
		{"the server speaks first", begun + "s> PSH 1 \"down\"\nc> PSH 1 \"up\"", 1, 0, 0},
		{"payload behind the target", greeted + "s> SERVERSETTINGS v=2\nc> SYN 1\nc> PSH 1 target a:1 \"up\"\ns> SYNACK 1\ns> PSH 1 \"down\"", 1, 0, 0},
		{"what the relay dropped passed for nobody", begun + "c> PSH 1 \"up\" dropped\ns> PSH 1 \"down\"", 0, 0, 0},
		{"empty payload is none", begun + "c> PSH 1\ns> PSH 1 \"down\"", 0, 0, 0},
		{"refused", greeted + "s> SERVERSETTINGS v=2\nc> SYN 1\ns> SYNACK 1 \"no\"\nclose server", 0, 1, 0},
		{"the server ends the session", carried + "close server", 1, 0, 1},
		{"the server rejects the session", greeted + "c> SYN 1\nc> PSH 1 target a:1\nclose server", 0, 0, 0},
		{"with an Alert", greeted + "c> SYN 1\nc> PSH 1 target a:1\ns> ALERT \"no\"\nclose server", 0, 0, 0},
		{"an Alert comes later", carried + "s> ALERT \"no\"\nclose server", 1, 0, 1},
		{"the client is reset", carried + reset, 1, 0, 1},
		{"the client leaves", carried + "close client", 1, 0, 0},
		{"without close_notify", carried + "gone c\nclose client \"the client ended its TCP stream without close_notify\"", 1, 0, 0},
		{"the client leaves, and the server resets", carried + "gone c\n+ 1s\nclose server \"the server reset its connection\"", 1, 0, 0},
		{"the server leaves first", carried + "gone s\ngone c\nclose server", 1, 0, 1},
		{"it had no payload yet", greeted + "c> SYN 1\nclose server", 0, 0, 0},
		{"it rejects it with an Alert", greeted + "c> SYN 1\ns> ALERT \"no\"\nclose server", 0, 0, 0},
		{"it never answers, and the client is reset", greeted + "c> SYN 1\n+ 9s\n" + reset, 0, 0, 0},
		{"a server that owes nothing ends it", "c> PREAMBLE p 0\nc> SETTINGS v=1\nc> SYN 1\ns> PSH 1 \"a\"\nclose server", 0, 0, 1},
		{"it is over", carried + "c> FIN 1\nclose server", 1, 0, 0},
		{"the run ends", carried + "close relay", 1, 0, 0},
		{"the capture ends", carried + "close capture", 1, 0, 0},
		{"the path is dead", carried + "close relay \"path-dead: the TCP of the server has acknowledged nothing\"", 1, 0, 1},
		{"its end may be missing", carried + "gap c -1\nclose server", 1, 0, 0},
		{"the order is not known", carried + "order uncertain\nclose server", 1, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := parseScript(test.script)
			if err != nil {
				t.Fatal(err)
			}
			tr := play(s, feeding{})
			st := tr.views[0].tracker.State()
			if st.Carried != test.carried || st.Refused != test.refused || st.Cut != test.cut {
				t.Errorf("carried %d, refused %d, cut %d; want %d, %d, %d:\n%s",
					st.Carried, st.Refused, st.Cut, test.carried, test.refused, test.cut, tr)
			}
		})
	}
}
