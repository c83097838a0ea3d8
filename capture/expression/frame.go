package expression

import "time"

// A Frame has the fields of an expression, which [Fields] explains. What an expression does
// not use ([Expression.Uses]) need not be set. It has no exported methods, since expressions
// could call them.
type Frame struct {
	Session  int    `expr:"session"`
	Route    string `expr:"route"`
	Dir      string `expr:"dir"`
	Cmd      string `expr:"cmd"`
	Code     int    `expr:"code"`
	Stream   int    `expr:"stream"`
	Len      int    `expr:"len"`
	Preamble bool   `expr:"preamble"`

	Client string        `expr:"client"`
	Target string        `expr:"target"`
	Age    time.Duration `expr:"age"`
	Count  int           `expr:"count"`

	Text string `expr:"text"`

	RTT      time.Duration `expr:"rtt"`
	Diag     []string      `expr:"diag"`
	Incident int           `expr:"incident"`
	Owed     []string      `expr:"owed"`
	Rule     int           `expr:"rule"`
	Injected bool          `expr:"injected"`
	Absorbed bool          `expr:"absorbed"`
}
