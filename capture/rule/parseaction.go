package rule

import (
	"math"
	"strings"

	"anytls-inspect/protocol"
)

// part is what of a frame an action is about.
type part uint8

const (
	anyPart   part = iota // the data; the header where there is none
	onlyData              // the data; a preamble's is padding0
	onlyHead              // the header; a preamble's is the hash and the length
	streamID              // the stream id
	command               // the command
	wholeWire             // all of it
)

// actions reads the action, or those of a sequence.
func (p *parser) actions() ([]action, error) {
	if !p.skip("sequence") {
		a, err := p.action(p.next())
		return []action{a}, err
	}
	var list []action
	for {
		w := p.next()
		if len(list) > 0 && list[len(list)-1].ends() {
			return nil, p.wrong(w, "", "nothing can be done with a frame behind %v", list[len(list)-1].do)
		}
		if w.is("sequence") {
			return nil, p.wrong(w, allowedActions(), "a sequence has no other one in it")
		}
		a, err := p.action(w)
		if err != nil {
			return nil, err
		}
		// In front of another action it can only be this one's.
		if a.aims() && len(p.words) > 2 && p.peek().is("toward") && p.words[2].is(";") {
			p.next()
			if a.toward, err = p.peer(); err != nil {
				return nil, err
			}
			a.aimed = true
		}
		if list = append(list, a); len(list) > maxActions {
			return nil, p.wrong(w, "", "a sequence has %d actions at most", maxActions)
		}
		if !p.skip(";") {
			return list, nil
		}
	}
}

// maxActions is the most actions of a sequence.
const maxActions = 32

// allowedActions lists the actions.
func allowedActions() string { return "actions: " + strings.Join(actions[:], ", ") + ", sequence" }

// action reads the arguments of the action that a word names.
func (p *parser) action(w word) (a action, err error) {
	known := false
	for i, name := range actions {
		if w.is(name) {
			a.do, known = Action(i), true
		}
	}
	switch {
	case w.isOne("where", ";"):
		return a, p.wrong(w, allowedActions(), "the action is missing")
	case !known:
		return a, p.wrong(w, allowedActions(), "no action %s", w.text)
	}
	err = p.arguments(&a)
	if err != nil {
		return a, err
	}
	if !p.ended() {
		return a, p.wrong(p.peek(), usage(a.do)+"\n"+allowedModifiers, "%s is not understood here", p.peek().text)
	}
	return a, nil
}

// arguments reads an action's arguments.
func (p *parser) arguments(a *action) (err error) {
	switch a.do {
	case Delay:
		a.all = p.skip("all")
		a.wait, err = p.duration("the time of delay")
	case Hold:
		a.all = p.skip("all")
		if w := p.peek(); !p.ended() && w.isDuration() {
			a.wait, err = p.duration("the time of hold")
		}
	case Throttle:
		a.all = p.skip("all")
		a.rate, err = p.rate()
	case Duplicate:
		a.copies = 1
		if w := p.peek(); !p.ended() && w.isDuration() {
			var n uint64
			n, err = p.number("the number of copies", 1, maxCopies)
			a.copies = int(n)
		}
	case Replace:
		err = p.replace(a)
	case Corrupt:
		switch {
		case p.skip("data"):
			a.part = onlyData
		case p.skip("header"):
			a.part = onlyHead
		}
	case Insert:
		a.behind = p.skip("behind")
		a.wire, err = p.frame()
	case Split:
		a.sizes, err = p.sizes()
	case Stall:
		a.wait, err = p.duration("the time of stall")
	case Cut:
		for end := Reset; end <= FIN; end++ {
			if p.skip(end.String()) {
				a.end = end
				break
			}
		}
	}
	return err
}

// replace reads what is replaced, and by what.
func (p *parser) replace(a *action) (err error) {
	var n uint64
	w, err := p.argument("what is replaced", usage(Replace))
	if err != nil {
		return err
	}
	switch {
	case w.is("data"):
		a.part = onlyData
		a.wire, err = p.data()
	case w.is("stream"):
		a.part = streamID
		n, err = p.number("a stream id", 0, math.MaxUint32)
		a.stream = uint32(n)
	case w.is("command"):
		a.part = command
		allowed := "commands: " + commandNames() + ", or a code from 0 to 255"
		if w, err = p.argument("the command", allowed); err != nil {
			return err
		}
		if a.command, err = protocol.ParseCommand(w.text); err != nil {
			return p.wrong(w, allowed, "no command %s", w.text)
		}
	case w.is("frame"):
		a.part = wholeWire
		a.wire, err = p.frame()
	default:
		return p.wrong(w, usage(Replace), "%s can't be replaced", w.text)
	}
	return err
}

// usage returns how an action is written.
func usage(a Action) string {
	return [...]string{
		"delay [all] D, such as delay 4s",
		"hold [all] [D], such as hold 2.5s",
		"throttle [all] RATE, such as throttle 64KiB/s",
		"drop takes no arguments",
		"duplicate [N], such as duplicate 2",
		`replace data "…", replace stream N, replace command NAME, or replace frame FRAME`,
		"corrupt, corrupt data, or corrupt header",
		`insert [behind] FRAME, such as insert HeartRequest 7 "x"`,
		"split N,N, such as split 32,2",
		"join takes no arguments",
		"stall D, such as stall 5s",
		"cut, cut reset, cut close_notify, or cut fin",
	}[a]
}
