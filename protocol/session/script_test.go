package session_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A script is a session's wire as text, a line for each thing that happens:
//
//	config password=secret timeout=2s snap=64 keep=4
//	c> PREAMBLE password 30
//	c> SETTINGS v=2 client=x/1
//	c> SYN 1
//	c> PSH 1 target example.com:80 "GET /"
//	s> SYNACK 1 "refused"
//	c> HEARTREQUEST injected
//	s> HEARTRESPONSE absorbed
//	c> 42 7 hex 0001ff                     # a command by its code
//	c> PSH 1 target sp.v2.udp-over-tcp.arpa:0 request 1.1.1.1:53
//	c> PSH 1 datagram 1.1.1.1:53 "query"
//	c> raw 02 00000001 0005 "hi"           # no frame, or a part of one
//	+ 3s                                   # time passes
//	gap s 100
//	close client "the client reset its connection"
//	session 2 192.0.2.1:1000               # another one, or back to it
//
// A frame's line is its sender, command, stream id (0 where there is none), data
// and marks. Each line's bytes are what one TLS record carries; where it ends in
// ..., the record goes on in the sender's next line. The lines before the first
// session line are of session 1, which comes from nowhere.
type script struct {
	cfg     session.Config
	steps   []step
	session int // that the next line is of
}

// A step is a line of a script.
type step struct {
	kind      stepKind
	session   int
	dir       protocol.Direction
	wire      []byte
	continues bool // the record goes on
	fate      session.Fate
	wait      time.Duration
	gap       int64
	by        session.Closer
	text      string // why the session closed, or where it comes from
}

type stepKind int

const (
	stepData stepKind = iota
	stepWait
	stepGap
	stepClose
	stepOpen
)

func parseScript(text string) (script, error) {
	s := script{cfg: session.Config{Snap: 1024, KeepStreams: 16}, session: 1}
	for n, line := range strings.Split(text, "\n") {
		words, err := splitWords(line)
		if err == nil && len(words) > 0 {
			err = s.parseLine(words)
		}
		if err != nil {
			return s, fmt.Errorf("line %d: %s: %w", n+1, line, err)
		}
	}
	return s, nil
}

// splitWords splits a line at spaces. A word that was quoted keeps its quote in
// front, to be told from others. What follows a # is left out.
func splitWords(line string) ([]string, error) {
	var words []string
	for {
		line = strings.TrimLeft(line, " \t")
		switch {
		case line == "" || line[0] == '#':
			return words, nil
		case line[0] == '"':
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, err
			}
			word, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, err
			}
			words, line = append(words, `"`+word), line[len(quoted):]
		default:
			word, _, _ := strings.Cut(line, " ")
			words, line = append(words, word), line[len(word):]
		}
	}
}

func (s *script) parseLine(words []string) error {
	args := words[1:]
	defer func(n int) {
		for i := range s.steps[n:] {
			s.steps[n+i].session = s.session
		}
	}(len(s.steps))
	switch words[0] {
	case "config":
		return s.parseConfig(args)
	case "c>", "s>":
		st, err := parseData(words)
		s.steps = append(s.steps, st)
		return err
	case "+":
		d, err := time.ParseDuration(strings.Join(args, ""))
		s.steps = append(s.steps, step{kind: stepWait, wait: d})
		return err
	case "gap":
		dir, err := parseDir(args[0])
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(args[1], 10, 64)
		s.steps = append(s.steps, step{kind: stepGap, dir: dir, gap: n})
		return err
	case "close":
		for by := session.ClosedByClient; by <= session.ClosedByCapture; by++ {
			if by.String() == args[0] {
				s.steps = append(s.steps, step{kind: stepClose, by: by, text: strings.TrimPrefix(strings.Join(args[1:], ""), `"`)})
				return nil
			}
		}
	case "session":
		n, err := strconv.Atoi(args[0])
		s.session = n
		if len(args) > 1 {
			s.steps = append(s.steps, step{kind: stepOpen, text: args[1]})
		}
		return err
	}
	return errors.New("not understood")
}

func (s *script) parseConfig(args []string) (err error) {
	for _, arg := range args {
		key, value, _ := strings.Cut(arg, "=")
		switch key {
		case "password":
			hash := protocol.HashPassword(value)
			s.cfg.Credential = &hash
		case "timeout":
			s.cfg.HeartbeatTimeout, err = time.ParseDuration(value)
		case "snap":
			s.cfg.Snap, err = strconv.Atoi(value)
		case "keep":
			s.cfg.KeepStreams, err = strconv.Atoi(value)
		default:
			err = fmt.Errorf("no setting %q", key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func parseDir(word string) (protocol.Direction, error) {
	switch word {
	case "c", "c>":
		return protocol.ClientToServer, nil
	case "s", "s>":
		return protocol.ServerToClient, nil
	default:
		return 0, fmt.Errorf("%q is no side", word)
	}
}

// parseData parses a line of bytes: sender, command, stream id, data, marks.
func parseData(words []string) (step, error) {
	dir, err := parseDir(words[0])
	st := step{kind: stepData, dir: dir}
	if last := len(words) - 1; words[last] == "..." {
		st.continues, words = true, words[:last]
	}
	if err != nil || len(words) < 2 {
		return st, errors.Join(err, errors.New("no command"))
	}
	name, args := words[1], words[2:]
	switch strings.ToLower(name) {
	case "preamble":
		padding, err := strconv.ParseUint(args[1], 10, 16)
		st.wire = protocol.Preamble{Hash: protocol.HashPassword(args[0]), Padding: uint16(padding)}.Append(nil)
		return st, err
	case "raw":
		for i, arg := range args {
			text, quoted := strings.CutPrefix(arg, `"`)
			switch {
			case quoted:
				st.wire = append(st.wire, text...)
			case arg == "zeros":
			case i > 0 && args[i-1] == "zeros":
				n, err := strconv.ParseUint(arg, 10, 16)
				if err != nil {
					return st, err
				}
				st.wire = append(st.wire, make([]byte, n)...)
			default:
				b, err := hex.DecodeString(arg)
				if err != nil {
					return st, err
				}
				st.wire = append(st.wire, b...)
			}
		}
		return st, nil
	}
	command, err := parseCommand(name)
	if err != nil {
		return st, err
	}
	var stream uint64
	if len(args) > 0 {
		if stream, err = strconv.ParseUint(args[0], 10, 32); err == nil {
			args = args[1:]
		}
	}
	data, err := parsePayload(args, &st.fate)
	if err != nil {
		return st, err
	}
	st.wire, err = protocol.AppendFrame(nil, command, uint32(stream), data)
	return st, err
}

func parseCommand(name string) (protocol.Command, error) {
	if code, err := strconv.ParseUint(name, 10, 8); err == nil {
		return protocol.Command(code), nil
	}
	for c := protocol.Command(0); c.Known(); c++ {
		if strings.EqualFold(c.String(), name) {
			return c, nil
		}
	}
	return 0, fmt.Errorf("no command %q", name)
}

// parsePayload parses what a frame carries, and its marks.
func parsePayload(args []string, fate *session.Fate) (data []byte, err error) {
	for len(args) > 0 && err == nil {
		word := args[0]
		args = args[1:]
		next := func() string {
			if len(args) == 0 {
				err = fmt.Errorf("nothing after %q", word)
				return ""
			}
			first := args[0]
			args = args[1:]
			return first
		}
		switch text, quoted := strings.CutPrefix(word, `"`); {
		case quoted:
			data = append(data, text...)
		case word == "injected":
			fate.Kind = session.Injected
		case word == "absorbed":
			fate.Kind = session.Absorbed
		case word == "zeros":
			n, convErr := strconv.Atoi(next())
			data, err = append(data, make([]byte, max(n, 0))...), errors.Join(err, convErr)
		case word == "hex":
			b, hexErr := hex.DecodeString(next())
			data, err = append(data, b...), errors.Join(err, hexErr)
		case word == "target":
			data, err = protocol.AppendTarget(data, parseAddress(next()))
		case word == "request" || word == "connect":
			data, err = protocol.UoTRequest{Connect: word == "connect", Destination: parseAddress(next())}.Append(data)
		case word == "datagram":
			to, payload := next(), next()
			data, err = protocol.AppendDatagram(data, protocol.Datagram{
				Address: parseAddress(to), Payload: []byte(strings.TrimPrefix(payload, `"`)),
			}, false)
		case strings.Contains(word, "="): // settings
			if len(data) > 0 {
				data = append(data, '\n')
			}
			data = append(data, word...)
		default:
			err = fmt.Errorf("%q not understood", word)
		}
	}
	return data, err
}

func parseAddress(text string) protocol.Address {
	colon := strings.LastIndex(text, ":")
	port, _ := strconv.ParseUint(text[colon+1:], 10, 16)
	return protocol.Address{Host: strings.Trim(text[:max(colon, 0)], "[]"), Port: uint16(port)}
}
