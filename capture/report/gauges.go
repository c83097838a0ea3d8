package report

import (
	"bytes"
	"math"
	"os"
	"runtime/metrics"
	"strconv"
	"time"
)

// Gauges are what runtime and system count of the program's and the machine's waits for a
// CPU, from when they started. Two readings say what was between them.
type gauges struct {
	waits   *metrics.Float64Histogram // of goroutines that were ready to run, in seconds; nil: not known
	stalled time.Duration             // in which some program waited
	known   bool                      // stalled is
}

// readGauges reads the gauges. What the runtime or the system does not have is not known.
func readGauges() gauges {
	var g gauges
	sample := []metrics.Sample{{Name: "/sched/latencies:seconds"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() == metrics.KindFloat64Histogram {
		g.waits = sample[0].Value.Float64Histogram()
	}
	if text, err := os.ReadFile("/proc/pressure/cpu"); err == nil { // Linux has it, if it is not switched off
		g.stalled, g.known = pressure(text)
	}
	return g
}

// pressure returns how long some program waited for a CPU, as the file of the kernel says:
// its first line ends in the total, in microseconds.
func pressure(text []byte) (stalled time.Duration, ok bool) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	kind, _, _ := bytes.Cut(line, []byte(" "))
	_, total, found := bytes.Cut(line, []byte(" total="))
	n, err := strconv.ParseInt(string(total), 10, 64)
	if string(kind) != "some" || !found || err != nil || n < 0 || n > math.MaxInt64/int64(time.Microsecond) {
		return 0, false
	}
	return time.Duration(n) * time.Microsecond, true
}

// since returns the longest that a goroutine waited from an earlier reading on, down to the
// bound that the runtime counts by, and how long some program did.
func (g gauges) since(before *gauges) (waited, stalled time.Duration) {
	if g.known && before.known {
		stalled = max(g.stalled-before.stalled, 0)
	}
	if g.waits == nil || before.waits == nil || len(g.waits.Counts) != len(before.waits.Counts) {
		return 0, stalled
	}
	for i := len(g.waits.Counts) - 1; i > 0; i-- {
		if g.waits.Counts[i] > before.waits.Counts[i] {
			return time.Duration(g.waits.Buckets[i] * float64(time.Second)), stalled
		}
	}
	return 0, stalled
}
