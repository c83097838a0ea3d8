package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"anytls-inspect/protocol/session"
)

// short returns m in the unit that reads best: "100 ms", "1 s", "10 min", "2 h".
func short(m session.Millis) string {
	d := m.Duration()
	number := func(in time.Duration) string {
		return strings.TrimSuffix(strconv.FormatFloat(float64(d)/float64(in), 'f', 1, 64), ".0")
	}
	switch {
	case d == 0:
		return "0"
	case d < time.Millisecond:
		return strconv.FormatFloat(m.Float(), 'f', -1, 64) + " ms"
	case d < time.Second:
		return number(time.Millisecond) + " ms"
	case d < time.Minute || d < time.Hour && d%time.Minute != 0 && d < 3*time.Minute:
		return number(time.Second) + " s"
	case d < time.Hour || d < 3*time.Hour && d%time.Hour != 0:
		return number(time.Minute) + " min"
	default:
		return number(time.Hour) + " h"
	}
}

// every returns m as the time between two heartbeats, or "?" where it is not known.
func every(m session.Millis) string {
	if m <= 0 {
		return "?"
	}
	return short(m)
}

// grace is how much a run may be too short: by its events, a run of ten minutes ends some
// milliseconds early.
const grace = session.Millis(time.Second)

// minutes returns m in minutes, as the guide's form has it. It adds the grace, and then
// cuts and does not round: what is nearly ten minutes is not ten.
func minutes(m session.Millis) string {
	if m < session.Millis(time.Minute) {
		return strconv.FormatFloat(m.Duration().Minutes(), 'f', 2, 64)
	}
	tenths := (m + grace).Duration() / (time.Minute / 10)
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}

// seconds returns m in seconds.
func seconds(m session.Millis) string {
	return strconv.FormatFloat(m.Duration().Seconds(), 'f', -1, 64)
}

// size returns a number of bytes in the unit that reads best.
func size(n uint64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/1024, 0
	for f >= 1024 {
		f, unit = f/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", f, units[unit])
}

// runs returns rising numbers as a list in which runs are shortened: "1, 3–5".
func runs(list []int) string {
	all, _ := session.Runs(list, len(list))
	return all
}
