package report

import (
	"math/rand/v2"
	"runtime/metrics"
	"slices"
	"testing"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// epoch is when the watches of these tests begin.
var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func idle() gauges { return gauges{} }

// after returns the time so many milliseconds after the epoch.
func after(n int) time.Time { return epoch.Add(time.Duration(n) * time.Millisecond) }

// millis returns so many milliseconds.
func millis(n int) session.Millis { return session.Millis(n) * session.Millis(time.Millisecond) }

// A happening is a timer, or an answer of the server.
type happening struct{ due, fired, at, rtt int }

func timer(due, fired int) happening { return happening{due: due, fired: fired} }
func answer(at, rtt int) happening   { return happening{at: at, rtt: rtt} }

func (h happening) tell(c *Collector) {
	if h.at == 0 {
		c.Watch.Fired(after(h.due), after(h.fired))
		return
	}
	c.Add(&journal.Entry{At: after(h.at), Notice: session.HeartbeatResult{
		Toward: protocol.Server, RTT: time.Duration(h.rtt) * time.Millisecond,
	}})
}

// TestWatch: an answer is explained where it is quick without the time in which timers were late.
func TestWatch(t *testing.T) {
	many := []happening{timer(50, 50)}
	for range 3 * maxUnsettled {
		many = append(many, answer(350, 300))
	}
	for _, tt := range []struct {
		name string
		in   []happening
		want *Slow
	}{
		{"nothing", nil, nil},
		{"quick", []happening{answer(10, 1), timer(50, 300)}, nil},
		{"just quick", []happening{answer(100, 99), timer(50, 300)}, nil},
		{"slow, and no timer is late", []happening{timer(50, 50), answer(210, 200), timer(250, 250)}, &Slow{1, 1, 0, millis(200)}},
		{"told before the timer fires", []happening{answer(300, 290), timer(50, 300)}, &Slow{1, 1, 1, 0}},
		{"told after it", []happening{timer(50, 300), answer(300, 290)}, &Slow{1, 1, 1, 0}},
		{"no timer fires any more", []happening{timer(50, 200), answer(210, 200)}, &Slow{1, 1, 1, 0}},
		{"with quick ones", []happening{answer(20, 7), timer(50, 300), answer(300, 290)}, &Slow{2, 1, 1, millis(7)}},
		{"slower than the machine", []happening{timer(50, 300), answer(400, 390)}, &Slow{1, 1, 0, millis(390)}},
		{"the limit is left", []happening{timer(50, 300), answer(350, 350)}, &Slow{1, 1, 0, millis(350)}},
		{"just less than the limit is left", []happening{timer(50, 300), answer(350, 349)}, &Slow{1, 1, 1, 0}},
		{"late before it was asked", []happening{timer(50, 300), answer(500, 150), timer(500, 500)}, &Slow{1, 1, 0, millis(150)}},
		{"late after it came", []happening{answer(150, 140), timer(160, 900)}, &Slow{1, 1, 0, millis(140)}},
		{"asked while a timer was late", []happening{timer(50, 300), answer(350, 160)}, &Slow{1, 1, 1, 0}},
		{"asked when it was nearly over", []happening{timer(50, 300), answer(420, 140)}, &Slow{1, 1, 0, millis(140)}},
		{"two timers", []happening{timer(50, 150), timer(200, 300), answer(310, 290)}, &Slow{1, 1, 1, 0}},
		{"one of the two", []happening{timer(50, 150), timer(200, 210), answer(310, 290)}, &Slow{1, 1, 0, millis(290)}},
		{"hardly late", []happening{timer(50, 69), answer(110, 105)}, &Slow{1, 1, 0, millis(105)}},
		{"late enough", []happening{timer(50, 70), answer(110, 105)}, &Slow{1, 1, 1, 0}},
		{"more than wait one by one", append(slices.Clip(many), timer(100, 350)), &Slow{3 * maxUnsettled, 3 * maxUnsettled, 3 * maxUnsettled, 0}},
		{"and no timer was late", append(slices.Clip(many), timer(350, 350)), &Slow{3 * maxUnsettled, 3 * maxUnsettled, 0, millis(300)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Collector{Watch: newWatch(epoch, idle)}
			for _, h := range tt.in {
				h.tell(&c)
			}
			var s Scenario
			c.Watch.tell(&s)
			got := s.Heartbeats.TowardServer.Slow
			if (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if s.Heartbeats.TowardClient.Slow != nil {
				t.Error("the client answered nothing")
			}
		})
	}
}

// TestWatchCounts: what has no round-trip is no answer; one that came after the timeout is.
func TestWatchCounts(t *testing.T) {
	c := Collector{Watch: newWatch(epoch, idle)}
	for _, r := range []session.HeartbeatResult{
		{Toward: protocol.Client, Lost: true},
		{Toward: protocol.Client, Unsupported: true},
		{Toward: protocol.Client, Late: true, RTT: 11 * time.Second},
	} {
		c.Add(&journal.Entry{At: after(20000), Notice: r})
	}
	var s Scenario
	c.Watch.tell(&s)
	if got, want := s.Heartbeats.TowardClient.Slow, (&Slow{1, 1, 0, millis(11000)}); got == nil || *got != *want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestWatchWhoTellsFirst: what is found does not depend on who tells it first, the timers or
// the collector, and no answer is counted twice or forgotten.
func TestWatchWhoTellsFirst(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var timers, answers []happening
		for now := 0; now < 5000; {
			due := now + 50
			now = due
			if rnd.IntN(4) == 0 {
				now += rnd.IntN(400)
			}
			timers = append(timers, timer(due, now))
		}
		for range 100 {
			answers = append(answers, answer(1+rnd.IntN(6000), rnd.IntN(500)))
		}
		var found [3]Scenario
		for i, order := range [...][]happening{
			slices.Concat(timers, answers),
			slices.Concat(answers, timers),
			shuffled(rnd, timers, answers),
		} {
			c := Collector{Watch: newWatch(epoch, idle)}
			for _, h := range order {
				h.tell(&c)
			}
			c.Watch.tell(&found[i])
		}
		want := found[0].Heartbeats.TowardServer.Slow
		if want == nil || want.Of != 100 || want.Explained > want.Answers || want.Answers == 0 {
			t.Fatalf("seed %d: %+v", seed, want)
		}
		for _, s := range found[1:] {
			if got := s.Heartbeats.TowardServer.Slow; got == nil || *got != *want {
				t.Errorf("seed %d: %+v, and %+v in another order", seed, want, got)
			}
			if *s.Machine != *found[0].Machine {
				t.Errorf("seed %d: %+v, and %+v in another order", seed, found[0].Machine, s.Machine)
			}
		}
	}
}

// shuffled mixes two lists, each of which keeps its order.
func shuffled(rnd *rand.Rand, a, b []happening) (list []happening) {
	for len(a)+len(b) > 0 {
		if from := &a; len(b) > 0 && (len(a) == 0 || rnd.IntN(2) == 0) {
			from = &b
			list, *from = append(list, (*from)[0]), (*from)[1:]
		} else {
			list, *from = append(list, (*from)[0]), (*from)[1:]
		}
	}
	return list
}

// TestWatchIsBounded: however long a machine is late, and however many answers are slow, the
// memory is bounded, and the newest late timers still explain what comes.
func TestWatchIsBounded(t *testing.T) {
	c := Collector{Watch: newWatch(epoch, idle)}
	for i := range 10 * maxLate {
		timer(200*i, 200*i+150).tell(&c)
		for range 10 {
			answer(200*i+1000000, 140).tell(&c)
		}
		answer(200*i+150, 140).tell(&c)
	}
	w := c.Watch
	if len(w.late) != maxLate || len(w.toward[protocol.Server].unsettled) != maxUnsettled {
		t.Errorf("%d late timers and %d slow answers are kept", len(w.late), len(w.toward[protocol.Server].unsettled))
	}
	var s Scenario
	w.tell(&s)
	if got, want := *s.Heartbeats.TowardServer.Slow, (Slow{110 * maxLate, 110 * maxLate, 10 * maxLate, millis(140)}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := s.Machine.Timers, (Standstill{10 * maxLate, millis(1500 * maxLate), millis(150)}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestWatchGauges: the gauges are what was added from the start of the watch to its last timer,
// and where nothing is worth telling, nothing is told.
func TestWatchGauges(t *testing.T) {
	waits := func(counts ...uint64) *metrics.Float64Histogram {
		return &metrics.Float64Histogram{Counts: counts, Buckets: []float64{0, 0.001, 0.02, 0.25, 1}}
	}
	for _, tt := range []struct {
		name       string
		start, end gauges
		late       int // of the timer after a second
		want       *Machine
	}{
		{"unknown", gauges{}, gauges{}, 0, nil},
		{"idle", gauges{waits(5, 5, 5, 5), time.Hour, true}, gauges{waits(9, 5, 5, 5), time.Hour, true}, 0, nil},
		{"hardly a wait", gauges{waits(5, 5, 5, 5), 0, true}, gauges{waits(9, 6, 5, 5), 50 * time.Millisecond, true}, 0, nil},
		{"a wait", gauges{waits: waits(5, 5, 5, 5)}, gauges{waits: waits(9, 6, 6, 5)}, 0, &Machine{Waited: millis(20)}},
		{"a long wait", gauges{waits: waits(5, 5, 5, 5)}, gauges{waits: waits(5, 5, 5, 6)}, 0, &Machine{Waited: millis(250)}},
		{"pressure", gauges{stalled: time.Minute, known: true}, gauges{stalled: time.Minute + 500*time.Millisecond, known: true}, 0, &Machine{Pressure: 0.5}},
		{"more than all", gauges{known: true}, gauges{stalled: time.Minute, known: true}, 0, &Machine{Pressure: 1}},
		{"a clock set back", gauges{stalled: time.Minute, known: true}, gauges{known: true}, 0, nil},
		{"pressure that was not known at first", gauges{}, gauges{stalled: time.Minute, known: true}, 0, nil},
		{"a late timer", gauges{}, gauges{}, 30, &Machine{Timers: Standstill{1, millis(30), millis(30)}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			readings := []gauges{tt.start, tt.end}
			w := newWatch(epoch, func() gauges {
				defer func() { readings = readings[1:] }()
				return readings[0]
			})
			w.Fired(after(1000-tt.late), after(1000))
			s := Scenario{Machine: &Machine{Pressure: 1}}
			w.tell(&s)
			if (s.Machine == nil) != (tt.want == nil) || tt.want != nil && *s.Machine != *tt.want {
				t.Errorf("got %+v, want %+v", s.Machine, tt.want)
			}
		})
	}
}

// TestNoWatch: who has no watch is told nothing, and leaves what is there.
func TestNoWatch(t *testing.T) {
	c := new(Collector)
	c.Watch.Fired(epoch, epoch)
	answer(500, 400).tell(c)
	s := Scenario{Machine: &Machine{Pressure: 1}}
	c.Watch.tell(&s)
	if s.Machine == nil || s.Heartbeats.TowardServer.Slow != nil {
		t.Errorf("%+v", s)
	}
}

// TestReadGauges: the runtime says how long goroutines wait.
func TestReadGauges(t *testing.T) {
	before := readGauges()
	if before.waits == nil {
		t.Fatal("the runtime does not say how long goroutines wait")
	}
	if waited, stalled := readGauges().since(&before); waited < 0 || stalled < 0 {
		t.Errorf("waited %v, stalled %v", waited, stalled)
	}
}

// TestPressure: the kernel's file is read, and what is no such file is not.
func TestPressure(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"some avg10=1.86 avg60=18.29 avg300=31.13 total=6782115346\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n": 6782115346 * time.Microsecond,
		"some avg10=0.00 avg60=0.00 avg300=0.00 total=0":                                                              0,
		"": -1, "some": -1, "some total=": -1, "some total=-1": -1, "some total=x": -1, "full total=5": -1,
		"full avg10=0.00 total=7\nsome avg10=0.00 total=7": -1,
		"some total=9223372036854775807":                   -1, // is past what a time can be
		"some total=99999999999999999999999":               -1,
	} {
		got, ok := pressure([]byte(text))
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%q: %v, %t; want %v", text, got, ok, want)
		}
	}
}

// BenchmarkWatch is what a tick costs, of which there are twenty a second, and a quick answer.
func BenchmarkWatch(b *testing.B) {
	c := Collector{Watch: newWatch(epoch, idle)}
	entry := &journal.Entry{At: epoch, Notice: session.HeartbeatResult{RTT: time.Millisecond}}
	b.ReportAllocs()
	for i := range b.N {
		now := epoch.Add(time.Duration(i) * 50 * time.Millisecond)
		c.Watch.Fired(now, now)
		c.Watch.answered(protocol.Server, entry.At, time.Millisecond)
	}
}

// BenchmarkGauges is what the start and the end of a watch cost.
func BenchmarkGauges(b *testing.B) {
	for range b.N {
		readGauges()
	}
}
