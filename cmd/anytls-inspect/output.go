package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export"
	"anytls-inspect/capture/filter"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/tui"
)

// output flags say how the journal is read.
type outputFlags struct {
	output  string
	filter  string
	secrets bool
	limits  journal.Limits

	match func(*journal.Entry) bool // what filter stands for
}

// The kinds of output.
const (
	outTUI   = "tui"
	outText  = "text"
	outJSON  = "json"
	outQuiet = "quiet"
)

func (o *outputFlags) register(f *pflag.FlagSet) {
	f.StringVarP(&o.output, "output", "o", "", "`KIND` of output: tui, text, json, quiet (default: tui on a terminal, else text)")
	f.StringVarP(&o.filter, "filter", "f", "", "show only frames that match `EXPR`, such as 'cmd == \"PSH\" && stream == 3'")
	f.BoolVar(&o.secrets, "show-secrets", false, "print credential hashes and payload in full")
	def := journal.DefaultLimits()
	f.IntVar(&o.limits.Entries, "history-frames", def.Entries, "how many frames and events to keep, `N`")
	f.IntVar(&o.limits.Bytes, "history-bytes", def.Bytes, "how many `BYTES` of frames' data to keep")
	f.IntVar(&o.limits.Snap, "history-snap", def.Snap, "how many `BYTES` of one frame's data to keep")
	f.IntVar(&o.limits.Sessions, "history-sessions", def.Sessions, "how many closed sessions to keep, `N`")
	f.IntVar(&o.limits.Streams, "history-streams", def.Streams, "how many closed streams of a session to keep, `N`")
}

// The most that can be kept: the rings are made at the start, and one that does
// not fit into memory ends the program at once.
const (
	maxEntries = 10_000_000 // of 136 bytes
	maxBytes   = 1 << 30
)

// maxSnap is the most of a frame's data that can be asked for: all of it.
const maxSnap = protocol.MaxData

func (o *outputFlags) check(terminal bool) error {
	switch o.output {
	case "":
		o.output = outText
		if terminal {
			o.output = outTUI
		}
	case outText, outJSON, outQuiet:
	case outTUI:
		if !terminal {
			return errors.New("-o tui needs a terminal on standard input and output")
		}
	default:
		return fmt.Errorf("-o %q is none of tui, text, json, quiet", o.output)
	}
	for _, limit := range [...]struct {
		flag  string
		value int
	}{
		{"frames", o.limits.Entries},
		{"bytes", o.limits.Bytes},
		{"snap", o.limits.Snap},
		{"sessions", o.limits.Sessions},
		{"streams", o.limits.Streams},
	} {
		if limit.value <= 0 {
			return fmt.Errorf("--history-%s %d is not positive", limit.flag, limit.value)
		}
	}
	if o.limits.Entries > maxEntries {
		return fmt.Errorf("--history-frames %d is more than %d", o.limits.Entries, maxEntries)
	}
	if o.limits.Bytes > maxBytes {
		return fmt.Errorf("--history-bytes %d is more than %d", o.limits.Bytes, maxBytes)
	}
	if o.limits.Snap > maxSnap {
		return fmt.Errorf("--history-snap %d is more than a frame can hold, %d", o.limits.Snap, maxSnap)
	}
	if o.filter == "" {
		return nil
	}
	var err error
	o.match, err = filter.Compile(o.filter)
	return err
}

// writer returns what writes the journal's entries to standard output, nil where
// nothing does.
func (o *outputFlags) writer(stdout io.Writer) export.Writer {
	options := export.Options{Match: o.match, Secrets: o.secrets}
	switch o.output {
	case outJSON:
		return export.NewJSON(stdout, options)
	case outText:
		return export.NewText(stdout, options)
	default:
		return nil
	}
}

// screen returns the options of a screen with a title that shows the journal.
func (o *outputFlags) screen(title string) tui.Options {
	return tui.Options{Title: title, ShowSecrets: o.secrets, Match: o.match, Filter: o.filter}
}

// heartbeatFlags say what is injected.
type heartbeatFlags struct {
	heartbeat string
	timeout   time.Duration
	periodic  capture.Periodic
}

func (h *heartbeatFlags) register(f *pflag.FlagSet) {
	f.StringVar(&h.heartbeat, "heartbeat", "", "inject a HeartRequest into every ready session each `D[,server|client|both]` (default toward the server)")
	f.DurationVar(&h.timeout, "heartbeat-timeout", 3*time.Second, "when an unanswered one counts as lost, `D`")
}

// minHeartbeat is the shortest interval: faster is a load test, not a heartbeat.
const minHeartbeat = time.Millisecond

func (h *heartbeatFlags) check() error {
	if h.timeout <= 0 {
		return fmt.Errorf("--heartbeat-timeout %v is not positive", h.timeout)
	}
	if h.heartbeat == "" {
		return nil
	}
	every, toward, _ := strings.Cut(h.heartbeat, ",")
	d, err := time.ParseDuration(every)
	if err != nil {
		return fmt.Errorf("--heartbeat %q: %q is not a duration such as 500ms", h.heartbeat, every)
	}
	if d < minHeartbeat {
		return fmt.Errorf("--heartbeat %v is less than %v", d, minHeartbeat)
	}
	h.periodic.Every = d
	switch toward {
	case "", "server":
		h.periodic.Toward[protocol.Server] = true
	case "client":
		h.periodic.Toward[protocol.Client] = true
	case "both":
		h.periodic.Toward = protocol.ByPeer[bool]{true, true}
	default:
		return fmt.Errorf("--heartbeat %q: %q is none of server, client, both", h.heartbeat, toward)
	}
	return nil
}

// passwordFlags say what clients should send. A password on the command line can
// be seen by others on the machine; the file and the environment can't.
type passwordFlags struct{ password, file string }

func (p *passwordFlags) register(f *pflag.FlagSet) {
	f.StringVarP(&p.password, "password", "p", "", "the password, `PW` (also ANYTLS_PASSWORD)")
	f.StringVar(&p.file, "password-file", "", "read the password from the first line of `FILE`")
}

// read returns the password, empty where none was given. uri is the one in the
// server's URI.
func (p *passwordFlags) read(uri string) (string, error) {
	password := p.password
	if p.file != "" {
		if password != "" {
			return "", errors.New("give --password or --password-file, not both")
		}
		text, err := os.ReadFile(p.file)
		if err != nil {
			return "", err
		}
		password, _, _ = strings.Cut(string(text), "\n")
		password = strings.TrimSuffix(password, "\r")
	}
	for _, other := range []string{uri, os.Getenv("ANYTLS_PASSWORD")} {
		if password == "" {
			password = other
		}
	}
	return password, nil
}

// credential returns the hash that clients should send, nil where no password
// was given.
func (p *passwordFlags) credential(uri string) (*[32]byte, error) {
	password, err := p.read(uri)
	if err != nil || password == "" {
		return nil, err
	}
	hash := protocol.HashPassword(password)
	return &hash, nil
}

// readRoots reads PEM certificates to verify a server with.
func readRoots(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--server-ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--server-ca: %s holds no PEM certificate", path)
	}
	return pool, nil
}
