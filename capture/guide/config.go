package guide

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"

	"anytls-inspect/capture"
	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Config says which pair is run, and how.
type Config struct {
	Server, Client End
	// Password is that of both ends. Where both are started, it may be any.
	Password string
	// Listen is where the relay listens for the client; empty: a free port of 127.0.0.1. A
	// client that runs already has to be given one.
	Listen string
	// Route is the way to a server that runs already: Server, SNI and Insecure are used. A
	// server that is started is not verified: it is ours.
	Route             capture.Route
	Roots             *x509.CertPool   // verify a server that runs already; nil: the system's
	ClientCertificate *tls.Certificate // for a server that asks for one; nil: none
	// Certificate returns what the relay shows clients; nil: leaves of the run's own authority,
	// which {ca} names to programs.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// SocksDirect is the SOCKS inbound of a client that runs already and uses the server
	// without the relay; empty: where the client runs already, nothing is measured direct.
	SocksDirect string
	// Target is the URL, http or https, that requests are for; empty: a target of the run's own on
	// loopback.
	Target string

	Plan Plan

	// Dir is an existing folder for the files of the run: certificates, configurations, the
	// programs' output.
	Dir string
	// Record returns the recorder of a part, by its name, and what ends it; nil: nothing is
	// recorded.
	Record func(part string) (capture.Recorder, func(), error)
	// Seen is given the journal of each part that has ended; nil: nobody is. The run waits for it.
	Seen func(part string, j *journal.Journal)
	// Session and Limits are those of the journals.
	Session session.Config
	Limits  journal.Limits
	// Warn is told what goes wrong outside of any session; nil: nobody is.
	Warn func(string)
	// Tell is told of each step that has ended, in order; nil: nobody is. The run waits for it.
	Tell func(Step)
	Lang report.Lang // of what Tell and Look tell
}

// An End is a server or a client: one that is started, or one that runs already.
type End struct {
	Peer report.Peer // what the report calls it
	// Command starts it; nil: it runs already.
	Command *process.Command
	// LogEnv is what makes it log what the guide looks for, as "NAME=value". It is for the part of which
	// the log is read, also without the relay: elsewhere it would cost time and room.
	LogEnv []string
	// Socks is the SOCKS inbound of a client that runs already.
	Socks string
	// Log is the file that an end that runs already logs to; empty: its log is not measured.
	Log string
	// PID is that of an end that runs already; 0: its CPU time is not measured.
	PID int
	// Patterns find the guide's lines in its log.
	Patterns process.Patterns
	// Habits are what is known of it beforehand, also what is known of it as the other end. The
	// report tells those of this one.
	Habits []report.Habit
	// Missing is why there is nothing to be started: its program was not found. Then the pair is not
	// run, and its scenario has failed for that.
	Missing error
}

// missing says which ends are missing; nil: none.
func (c *Config) missing() error {
	var all []string
	for _, p := range peers {
		if err := c.end(p).Missing; err != nil {
			all = append(all, err.Error())
		}
	}
	if all == nil {
		return nil
	}
	return errors.New(strings.Join(all, "; "))
}

// habits returns the habits of an end as the server or client that it is.
func (e *End) habits(p protocol.Peer) (list []report.Habit) {
	for _, h := range e.Habits {
		if h.Peer == "" || h.Peer == p.String() {
			h.Peer = p.String()
			list = append(list, h)
		}
	}
	return list
}

// end returns an end of the pair.
func (c *Config) end(p protocol.Peer) *End {
	if p == protocol.Client {
		return &c.Client
	}
	return &c.Server
}

// known tells whether a process of the end is known once it runs.
func (e *End) known() bool { return e.Command != nil || e.PID != 0 }
