package pairtest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Fault is how an end misbehaves. The zero value behaves.
type Fault struct {
	Refuse   bool // each stream is refused: by the server with a text, by the client's SOCKS inbound
	Silent   bool // the server reads, and sends nothing
	NoAnswer bool // HeartRequests are not answered
	NoUDP    bool // the client's SOCKS inbound refuses UDP
	LoseUDP  bool // the client takes datagrams, and sends none on
	HangUp   bool // the client's SOCKS inbound closes the connection of who wants UDP
	LogError bool // the first stream has the end log an error
	// Slow is how late the server answers HeartRequests.
	Slow time.Duration
	// DieAfter is how many streams there are before the end fails with [ErrDied]; 0: it never does.
	DieAfter uint64
	// Early is how many connections the end takes before it is ready, and closes. To each second one the
	// client's SOCKS inbound has replied that it succeeded.
	Early uint64

	// Of programs only.
	Deaf       bool // it never listens
	IgnoreTerm bool // it ignores the signals that ask it to end
}

// ErrDied is how an end fails that is to die.
var ErrDied = errors.New("out of luck: too many streams")

// ParseFault parses the flag of the programs: names, separated by commas, some with a value.
func ParseFault(text string) (Fault, error) {
	var f Fault
	names := map[string]*bool{
		"refuse": &f.Refuse, "silent": &f.Silent, "no-answer": &f.NoAnswer, "no-udp": &f.NoUDP, "hang-up": &f.HangUp,
		"lose-udp":  &f.LoseUDP,
		"log-error": &f.LogError, "deaf": &f.Deaf, "ignore-term": &f.IgnoreTerm,
	}
	for word := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(word, "=")
		set, known := names[name]
		var err error
		switch {
		case word == "":
		case known && name == word:
			*set = true
		case name == "slow-heartbeat":
			f.Slow, err = time.ParseDuration(value)
		case name == "die-after":
			f.DieAfter, err = strconv.ParseUint(value, 10, 64)
		case name == "early":
			f.Early, err = strconv.ParseUint(value, 10, 64)
		default:
			err = errors.New("nobody knows it")
		}
		if err != nil {
			return Fault{}, fmt.Errorf("fault %q: %w", word, err)
		}
	}
	return f, nil
}
