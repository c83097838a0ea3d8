package rule

import (
	"errors"
	"strings"
	"time"

	"anytls-inspect/capture/expression"
	"anytls-inspect/protocol"
)

// cmdPreamble is what cmd is of the preamble.
const cmdPreamble = "preamble"

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
		allowed := ""
		if strings.HasPrefix(wrong.Reason, "unexpected token") {
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

// LooksIntoData tells whether the rule looks into frames' data: then every frame is gathered
// whole before it is judged.
func (r *Rule) LooksIntoData() bool { return r.expression.Uses("text") }

// fill enters what is known of a frame, as far as a rule asks for it.
func (j *Judge) fill(p *page, age time.Duration, h protocol.Header, preamble bool, data []byte) {
	f := &j.frame
	f.Session, f.Route, f.Dir = int(j.session.id), j.session.route, j.dir.String()
	f.Cmd, f.Code, f.Stream, f.Len, f.Preamble = h.Command.String(), int(h.Command), int(h.Stream), int(h.Length), preamble
	if preamble {
		f.Cmd, f.Code, f.Stream = cmdPreamble, 0, 0
	}
	f.Age, f.Count = age, j.count
	if preamble {
		f.Count = 0
	}
	if p.client || p.target {
		f.Client, f.Target = j.session.known(uint32(f.Stream))
	}
	f.Text = ""
	if p.data {
		f.Text = string(data)
	}
}
