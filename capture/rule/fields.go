package rule

import (
	"time"

	"anytls-inspect/protocol"
)

// cmdPreamble is what cmd is of the preamble.
const cmdPreamble = "preamble"

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
	if p.data && !preamble { // padding0 is no data
		f.Text = string(data)
	}
}
