package pcaptest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"anytls-inspect/protocol"
)

// errArguments is the error of a change with other arguments than it has.
var errArguments = errors.New("it has other arguments")

// Apply changes a capture as some words say, one after the other. A word is the name of a
// change, and behind = its arguments:
//
//	drop=5,9                 packets are missing, by their numbers from 0
//	cut=96                   the snap length
//	skew=server,50ms         one end's clock is ahead
//	direction=client         one end's packets stand before all others
//	shuffle=SEED,20          packets come up to so many places late
//	restamp                  times are sorted, and packets stay where they are
//	only=client              one end's packets
//	mss=1400                 segments of at most so many bytes
//	fragment=600             IP packets of at most so many bytes
//	encapsulate=vxlan        IP packets inside others; see Tunnels
//	checksums                TCP checksums are right
//	badsum, badsum=5,9       TCP checksums are wrong, of all packets or some
//	corrupt=5,9              a damaged copy stands before packets
//	resend=5,9               packets are sent again, right before they are acknowledged
//	reset=30,server,TEXT     behind a packet its connection is reset
func Apply(c Capture, words string) (Capture, error) {
	for word := range strings.FieldsSeq(words) {
		name, args, _ := strings.Cut(word, "=")
		var list []string
		if args != "" {
			list = strings.Split(args, ",")
		}
		var err error
		if c, err = apply(c, name, list); err != nil {
			return c, fmt.Errorf("%s: %w", word, err)
		}
	}
	return c, nil
}

func apply(c Capture, name string, args []string) (Capture, error) {
	switch name {
	case "restamp":
		return c.Restamp(), nil
	case "checksums":
		return c.Checksums(), nil
	case "encapsulate":
		if len(args) == 1 {
			if out, ok := c.Encapsulate(args[0]); ok {
				return out, nil
			}
		}
		return c, fmt.Errorf("it knows %s", strings.Join(Tunnels(), ", "))
	case "skew", "direction", "only", "reset":
		return applyToEnd(c, name, args)
	}
	numbers := make([]int, len(args))
	for i, arg := range args {
		var err error
		if numbers[i], err = strconv.Atoi(arg); err != nil {
			return c, err
		}
	}
	switch {
	case name == "drop":
		return c.Drop(numbers...), nil
	case name == "badsum":
		return c.BadChecksum(numbers...), nil
	case name == "corrupt":
		return c.Corrupt(numbers...), nil
	case name == "resend":
		return c.LoseThenResend(numbers...), nil
	case name == "shuffle" && len(numbers) == 2 && numbers[1] >= 0:
		return c.Shuffle(uint64(numbers[0]), numbers[1]), nil
	case len(numbers) != 1 || numbers[0] <= 0:
		return c, errArguments
	case name == "cut":
		return c.Cut(numbers[0]), nil
	case name == "mss":
		return c.Segment(numbers[0]), nil
	case name == "fragment":
		return c.Fragment(numbers[0]), nil
	}
	return c, errors.New("there is no such change")
}

// applyToEnd makes the changes that are about one end.
func applyToEnd(c Capture, name string, args []string) (Capture, error) {
	ends := map[string]protocol.Peer{"client": protocol.Client, "server": protocol.Server}
	at := 0
	if name == "reset" {
		at = 1
	}
	if len(args) <= at {
		return c, errArguments
	}
	end, ok := ends[args[at]]
	switch {
	case !ok:
		return c, errors.New("an end is client or server")
	case name == "direction" && len(args) == 1:
		return c.ByDirection(end), nil
	case name == "only" && len(args) == 1:
		return c.OnlyFrom(end), nil
	case name == "skew" && len(args) == 2:
		d, err := time.ParseDuration(args[1])
		if err != nil {
			return c, err
		}
		return c.Skew(end, d), nil
	case name == "reset" && len(args) <= 3:
		after, err := strconv.Atoi(args[0])
		return c.ResetWithText(after, end, strings.Join(args[2:], "")), err
	}
	return c, errArguments
}

// ApplyToKeys changes a key log as words say: client, server, handshake and traffic leave
// these secrets, others makes it one of other sessions, utf16 encodes it so.
func ApplyToKeys(keys []byte, words string) ([]byte, error) {
	for word := range strings.FieldsSeq(words) {
		switch word {
		case "client", "server":
			keys = OneSide(keys, strings.ToUpper(word))
		case "handshake":
			keys = HandshakeOnly(keys)
		case "traffic":
			keys = TrafficOnly(keys)
		case "others":
			keys = Others(keys)
		case "utf16":
			keys = UTF16(keys)
		default:
			return nil, fmt.Errorf("%s: there is no such change of a key log", word)
		}
	}
	return keys, nil
}
