package rule

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

const (
	allowedFrame = `a frame is a command or its code, a stream id and data, such as HeartRequest 7 "x", PSH 3 target a:1 "x", 42 7 hex 0001ff; raw and hex are any bytes`
	allowedData  = `data is "text", hex 0001ff, zeros 200, key=value, or target HOST:PORT`
)

// strayQuotes are characters that stand only in a text: outside of double quotes they would be sent
// as they are, which nobody wants who writes 'v=1\n' or client="x".
const strayQuotes = `"'\‘’“”` + "`"

// frame takes a frame in its script form, and returns its bytes. See package script.
func (p *parser) frame() ([]byte, error) {
	words := p.until()
	if len(words) == 0 {
		return nil, p.wrong(p.peek(), allowedFrame, "the frame is missing")
	}
	if len(words) > 1 && strings.EqualFold(words[0].text, "preamble") {
		secret := words[1]
		if secret.is("hash") && len(words) > 2 {
			secret = words[2]
		}
		p.secrets = append(p.secrets, secret.at)
	}
	return p.wire("c>", words, allowedFrame)
}

// data takes data in its script form.
func (p *parser) data() ([]byte, error) {
	words := p.until()
	if len(words) == 0 {
		return nil, p.wrong(p.peek(), allowedData, "the data is missing")
	}
	wire, err := p.wire("c> PSH 1", words, allowedData) // the stream id keeps a number from being one
	if err != nil {
		return nil, err
	}
	return wire[protocol.HeaderLen:], nil
}

// until takes the words up to where an action's arguments end.
func (p *parser) until() []word {
	start := p.words
	for !p.ended() {
		p.next()
	}
	return start[:len(start)-len(p.words)]
}

// wire returns the bytes of a line of a script.
func (p *parser) wire(begin string, words []word, allowed string) ([]byte, error) {
	line := []byte(begin)
	for _, w := range words {
		if i := strings.IndexAny(w.text, strayQuotes); i >= 0 && !w.quoted {
			return nil, p.wrongAt(w.at+i, allowed, "a text stands in double quotes, all of it")
		}
		line = append(append(line, ' '), w.text...)
	}
	s, err := script.Parse(string(line))
	if err != nil {
		return nil, p.inside(err, words, allowed)
	}
	st := s.Steps[0]
	switch {
	case st.Continues:
		return nil, p.wrong(words[len(words)-1], allowed, `"..." has no meaning here: split says how bytes are cut into records`)
	case st.Fate != session.Fate{}:
		return nil, p.wrong(words[0], allowed, "%q says what became of a frame, which has no meaning here", st.Fate.String())
	case len(st.Wire) == 0:
		return nil, p.wrong(words[0], allowed, "there are no bytes")
	}
	return st.Wire, nil
}

// inside returns the error of a script's line, at the word that it is about.
func (p *parser) inside(err error, words []word, allowed string) error {
	if inner := errors.Unwrap(err); inner != nil {
		err = inner // without the line, whose place this error shows
	}
	what := strings.TrimPrefix(err.Error(), "protocol: ")
	at := slices.IndexFunc(words, func(w word) bool {
		text := w.text
		if w.quoted {
			text, _ = strconv.Unquote(w.text)
		}
		return strings.Contains(what, strconv.Quote(text))
	})
	if strings.HasPrefix(what, "no command") {
		allowed = "commands: " + commandNames() + ", or a code from 0 to 255; raw and bytes"
	}
	return p.wrong(words[max(at, 0)], allowed, "%s", what)
}

// commandNames lists the commands of the protocol.
func commandNames() string {
	var names []string
	for c := protocol.Command(0); c.Known(); c++ {
		names = append(names, c.String())
	}
	return strings.Join(names, ", ")
}
