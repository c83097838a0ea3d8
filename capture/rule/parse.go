package rule

import (
	"errors"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"anytls-inspect/capture/expression"
	"anytls-inspect/protocol"
)

const allowedModifiers = "behind an action may stand once, times N, every N or with P, and after D, for D, toward client or toward server; then where and an expression"

// Parse reads one rule. Where it is not understood the error is an [*Error], which shows the
// place.
func Parse(text string) (*Rule, error) {
	p := &parser{text: text}
	r, err := p.rule()
	if err != nil {
		return nil, err
	}
	return r, nil
}

// A parser reads one rule.
type parser struct {
	text  string
	words []word // in front of the expression, that are still to be read; the last is "where"
	where int    // where the expression begins
	// secrets is where words stand that are a password, or the hash of one.
	secrets []int
}

// rule reads the rule.
func (p *parser) rule() (*Rule, error) {
	if at := strings.IndexByte(p.text, '\n'); at >= 0 {
		return nil, p.wrongAt(at, "", "a rule is one line")
	}
	if err := p.split(); err != nil {
		return nil, err
	}
	if err := p.printable(); err != nil {
		return nil, err
	}
	words := p.words
	r := &Rule{source: strings.Trim(p.text, spaces), text: p.canonical(words, nil)}
	var err error
	if r.actions, err = p.actions(); err != nil {
		return nil, err
	}
	r.shown = p.canonical(words, p.secrets)
	if err := p.modifiers(r); err != nil {
		return nil, err
	}
	r.where = strings.Trim(p.text[p.where:], spaces)
	if r.expression, err = p.expression(); err != nil {
		return nil, err
	}
	r.data = r.expression.Uses("text")
	for dir := range r.never {
		for c := protocol.Command(0); c.Known(); c++ {
			if !r.expression.May(knownOf(subject{dir: protocol.Direction(dir), command: c})) {
				r.never[dir] |= 1 << c
			}
		}
	}
	return r, nil
}

// printable holds that the rule's text shows as it is: it is told on the screen and in events.
func (p *parser) printable() error {
	const allowed = `between words stand spaces, and in a text in double quotes escapes, such as "\x1b"`
	end := len(strings.TrimRight(p.text, spaces))
	for at, r := range p.text[:end] {
		broken := r == utf8.RuneError && !strings.HasPrefix(p.text[at:], string(r))
		if protocol.IsPrint(r) && !broken || at <= p.where && p.between(at) {
			continue
		}
		return p.wrongAt(at, allowed, "a rule has no character that does not show")
	}
	return nil
}

// between tells whether a place in front of the expression is in no word.
func (p *parser) between(at int) bool {
	return !slices.ContainsFunc(p.words, func(w word) bool { return w.at <= at && at < w.at+len(w.text) })
}

// canonical returns the rule's text with one space between its words, of which those that stand
// at these places are not shown.
func (p *parser) canonical(words []word, secrets []int) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 && !w.is(";") {
			b.WriteByte(' ')
		}
		if slices.Contains(secrets, w.at) {
			w.text = "…"
		}
		b.WriteString(w.text)
	}
	return b.String() + " " + strings.Trim(p.text[p.where:], spaces)
}

// modifiers reads what stands between the action and where.
func (p *parser) modifiers(r *Rule) error {
	seen := make(map[string]bool)
	for !p.peek().is("where") {
		w := p.next()
		if !w.isOne(modifiers[:]...) {
			return p.wrong(w, allowedModifiers, "%s is not understood here", w.text)
		}
		if seen[w.text] {
			return p.wrong(w, allowedModifiers, "%s stands here twice", w.text)
		}
		seen[w.text] = true
		if err := p.modifier(r, w); err != nil {
			return err
		}
	}
	return nil
}

// modifier reads what follows one modifier.
func (p *parser) modifier(r *Rule, w word) (err error) {
	if w.isOne("once", "times", "every", "with") && (r.limit != 0 || r.every != 0 || r.chance != 0) {
		return p.wrong(w, "of once, times N, every N and with P one can stand", "the rule says already how often it applies")
	}
	switch w.text {
	case "once":
		r.limit = 1
	case "times":
		r.limit, err = p.number("the number of times", 1, math.MaxUint32)
	case "every":
		r.every, err = p.number("the number behind every", 1, math.MaxUint32)
	case "with":
		r.chance, err = p.share()
	case "after":
		r.after, err = p.duration("the time behind after")
	case "for":
		r.span, err = p.duration("the time behind for")
	case "toward":
		var peer protocol.Peer
		if peer, err = p.peer(); err != nil {
			return err
		}
		if last := &r.actions[len(r.actions)-1]; last.aims() {
			if last.aimed {
				return p.wrong(w, "", "the action says already where it goes")
			}
			last.toward, last.aimed = peer, true
		} else {
			r.toward, r.aimed = peer, true
		}
	}
	return err
}

// peer takes a peer.
func (p *parser) peer() (protocol.Peer, error) {
	switch w := p.next(); {
	case w.is("client"):
		return protocol.Client, nil
	case w.is("server"):
		return protocol.Server, nil
	default:
		return 0, p.wrong(w, "toward client, or toward server", "behind toward stands a peer")
	}
}

// expression reads the expression behind "where".
func (p *parser) expression() (*expression.Expression, error) {
	source := p.text[p.where:]
	if strings.Trim(source, spaces) == "" {
		return nil, p.wrongAt(len(p.text), `such as where cmd == "SYNACK"`, "the expression behind where is missing")
	}
	x, err := expression.Compile(source, expression.Data)
	var wrong *expression.Error
	switch {
	case errors.As(err, &wrong):
		allowed := allowedBehind(source[wrong.At:])
		if allowed == "" && strings.HasPrefix(wrong.Reason, "unexpected token") {
			allowed = `an expression is such as cmd == "SYNACK" && stream > 1`
		}
		if wrong.Reason == "unexpected token EOF" {
			wrong.Reason = "the expression ends too early"
		}
		return nil, p.wrongAt(p.where+wrong.At, allowed, "%s", wrong.Reason)
	case err != nil:
		return nil, p.wrongAt(p.where, "", "%v", err)
	}
	return x, nil
}

// allowedBehind says of what is wrong in an expression where it may stand, if it belongs to
// another part of a rule; else nothing.
func allowedBehind(rest string) string {
	begin, _, _ := strings.Cut(rest, " ")
	switch {
	case strings.HasPrefix(begin, "#"):
		return "a comment stands in a line of its own, or behind //"
	case slices.Contains(modifiers[:], begin):
		return "once, times, every, with, after, for and toward stand in front of where"
	default:
		return ""
	}
}
