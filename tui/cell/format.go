package cell

import (
	"strconv"
	"strings"
	"time"

	"anytls-inspect/protocol"
)

// Count returns n with commas between the thousands: "1,204".
func Count[T ~int | ~int64 | ~uint16 | ~uint32 | ~uint64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Size returns a number of bytes, or another number that grows as large, in at
// most four cells: "999", "1.2k", "34M". The units are powers of 1000.
func Size[T ~int | ~uint64 | ~float64](n T) string {
	v := float64(n)
	if v < 999.5 {
		return strconv.Itoa(int(v + 0.5))
	}
	units := "kMGTPE"
	v /= 1000
	for len(units) > 1 && v >= 999.5 {
		v /= 1000
		units = units[1:]
	}
	digits := 0
	if v < 9.95 {
		digits = 1
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + units[:1]
}

// RTT returns a round-trip time in three digits: "850µs", "1.25ms", "12.3ms",
// "1.23s". From a minute on it returns the [Age], and a dash for 0.
func RTT(d time.Duration) string {
	switch {
	case d <= 0:
		return "–"
	case d < time.Millisecond:
		return strconv.FormatInt(d.Microseconds(), 10) + "µs"
	case d < time.Second:
		return digits(float64(d)/float64(time.Millisecond)) + "ms"
	case d < time.Minute:
		return digits(d.Seconds()) + "s"
	default:
		return Age(d)
	}
}

// digits returns a number below 1000 in three digits.
func digits(v float64) string {
	switch {
	case v < 9.995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 99.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
}

// Age returns a duration in its two largest units: "12s", "3m05s", "2h07m",
// "4d11h". A negative one is "0s".
func Age(d time.Duration) string {
	s := int64(max(d, 0) / time.Second)
	switch {
	case s < 60:
		return strconv.FormatInt(s, 10) + "s"
	case s < 3600:
		return pair(s, 60, "m", "s")
	case s < 86400:
		return pair(s/60, 60, "h", "m")
	default:
		return pair(s/3600, 24, "d", "h")
	}
}

// pair returns n small units in two units, of which the larger has per small ones.
func pair(n, per int64, large, small string) string {
	rest := strconv.FormatInt(n%per, 10)
	if len(rest) < 2 {
		rest = "0" + rest
	}
	return strconv.FormatInt(n/per, 10) + large + rest + small
}

// Period returns a duration without its units that are zero: "1m", not "1m0s".
func Period(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Arrow returns the sign of a direction: the client stands on the left.
func Arrow(d protocol.Direction) string {
	if d == protocol.ClientToServer {
		return "→"
	}
	return "←"
}

// Plural returns a count with its noun: "1 session", "2 sessions".
func Plural[T ~int | ~uint64](n T, what string) string {
	return Count(n) + " " + Noun(n, what)
}

// Noun returns the noun for a count of n: as it is given for 1, else with an s.
func Noun[T ~int | ~uint64](n T, what string) string {
	if n == 1 {
		return what
	}
	return what + "s"
}
