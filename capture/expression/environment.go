package expression

import (
	"math/bits"
	"time"
)

// An environment is what an expression is evaluated on: the fields that it uses, as Expr wants
// them. A field that is what it was for the last frame is not boxed again, so that most frames
// cost no allocation. Its fields stand in the order of those of [Frame], of whose types Expr
// takes them to be.
type environment struct {
	Session  any `expr:"session"`
	Route    any `expr:"route"`
	Dir      any `expr:"dir"`
	Cmd      any `expr:"cmd"`
	Code     any `expr:"code"`
	Stream   any `expr:"stream"`
	Len      any `expr:"len"`
	Preamble any `expr:"preamble"`
	Client   any `expr:"client"`
	Target   any `expr:"target"`
	Age      any `expr:"age"`
	Count    any `expr:"count"`
	Text     any `expr:"text"`
	RTT      any `expr:"rtt"`
	Diag     any `expr:"diag"`
	Incident any `expr:"incident"`
	Owed     any `expr:"owed"`
	Rule     any `expr:"rule"`
	Injected any `expr:"injected"`
	Absorbed any `expr:"absorbed"`

	steps int // of this evaluation
}

// textField is the number of the field text, which alone can be long.
const textField = 12

// set takes over the fields of a frame that are used: a bit each.
func (e *environment) set(f *Frame, uses uint32) {
	e.steps = 0
	for ; uses != 0; uses &= uses - 1 {
		switch bits.TrailingZeros32(uses) {
		case 0:
			box(&e.Session, f.Session)
		case 1:
			box(&e.Route, f.Route)
		case 2:
			box(&e.Dir, f.Dir)
		case 3:
			box(&e.Cmd, f.Cmd)
		case 4:
			box(&e.Code, f.Code)
		case 5:
			box(&e.Stream, f.Stream)
		case 6:
			box(&e.Len, f.Len)
		case 7:
			box(&e.Preamble, f.Preamble)
		case 8:
			box(&e.Client, f.Client)
		case 9:
			box(&e.Target, f.Target)
		case 10:
			box(&e.Age, f.Age)
		case 11:
			box(&e.Count, f.Count)
		case textField:
			e.Text = f.Text
		case 13:
			box(&e.RTT, f.RTT)
		case 14:
			e.Diag = f.Diag
		case 15:
			box(&e.Incident, f.Incident)
		case 16:
			e.Owed = f.Owed
		case 17:
			box(&e.Rule, f.Rule)
		case 18:
			box(&e.Injected, f.Injected)
		case 19:
			box(&e.Absorbed, f.Absorbed)
		}
	}
}

// box puts a value into a box, where that has another.
func box[T int | string | bool | time.Duration](into *any, value T) {
	if had, ok := (*into).(T); !ok || had != value {
		*into = value
	}
}
