package rule

import (
	"time"

	"anytls-inspect/capture/expression"
	"anytls-inspect/protocol"
)

// expression reads the expression behind "where".
func (p *parser) expression() (*expression.Expression, error) {
	x, err := expression.Compile(p.text[p.where:], expression.Data)
	if err != nil {
		return nil, p.wrongAt(p.where, "", "%v", err)
	}
	return x, nil
}

// matcher returns the rule's expression for one more goroutine.
func (r *Rule) matcher() *expression.Expression {
	x, err := expression.Compile(r.where, expression.Data)
	if err != nil {
		return r.expression
	}
	return x
}

// uses tells whether the rule asks for a field.
func (r *Rule) uses(field string) bool { return false }

// LooksIntoData tells whether the rule looks into frames' data: then every frame is gathered
// whole before it is judged.
func (r *Rule) LooksIntoData() bool { return r.uses("text") }

// fill enters what is known of a frame.
func (j *Judge) fill(p *page, age time.Duration, h protocol.Header, preamble bool, data []byte) {
	j.frame = expression.Frame{
		Session: int(j.session.id), Route: j.session.route, Dir: j.dir.String(), Cmd: h.Command.String(),
		Code: int(h.Command), Stream: int(h.Stream), Len: int(h.Length),
	}
	if preamble {
		j.frame.Cmd, j.frame.Code = "preamble", 0
	}
}
