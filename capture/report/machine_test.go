package report_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"anytls-inspect/capture/report"
)

// slowRun returns a run whose server and client answered a hundred heartbeats each, the client
// quickly and the server slowly.
func slowRun(slow *report.Slow, machine *report.Machine) report.Scenario {
	s := passed()
	s.Heartbeats.TowardServer = toward(figures(100, 100, 0, 0, 1, 300, 305, 310))
	s.Heartbeats.TowardServer.Slow = slow
	s.Heartbeats.TowardClient = toward(figures(100, 100, 0, 0, 1, 2, 3, 4))
	s.Machine = machine
	return s
}

// late returns a machine whose timers were late so often, at most by so many milliseconds.
func late(times uint64, longest float64) *report.Machine {
	return &report.Machine{Timers: report.Standstill{Times: times, All: ms(float64(times) * longest), Longest: ms(longest)}}
}

// TestMachine: slow answers that the machine itself explains are held against nobody. The others
// are, and how late the machine was stands beside them.
func TestMachine(t *testing.T) {
	const (
		english = "; toward the client: p50 1.00 ms"
		nobody  = "; the machine explains what was slow, so that it is held against nobody"
		alike   = "; the machine was late for as much of the time as others were slow, and by as much, so that it is held against nobody"
	)
	for _, tt := range []struct {
		name    string
		slow    *report.Slow
		machine *report.Machine
		want    report.Status
		said    string // from the end of the round-trips on
		zh      string
	}{
		{"nobody watched", nil, nil, report.Failed, "", ""},
		{"never late", &report.Slow{Of: 100, Answers: 9, Others: ms(310)}, nil, report.Failed, "", ""},
		{"hardly late", &report.Slow{Of: 100, Answers: 9, Others: ms(310)}, late(5, 30), report.Failed, "", ""},
		{
			"explains all", &report.Slow{Of: 100, Answers: 9, Explained: 9, Others: ms(4)}, late(12, 180), report.NotMeasured,
			"; this machine was late itself: timers by up to 180 ms, 12 times; toward the server: that explains 9 of 9 slow answers, the other round-trips took up to 4.00 ms" + nobody,
			"；本机自身有延迟：定时器最多晚 180 ms，共 12 次；发往服务器：可解释 9 个慢应答中的 9 个，其余往返最长 4.00 ms；慢应答可由本机的延迟解释，不归咎于任何一方",
		},
		{
			"by a little", &report.Slow{Of: 1, Answers: 1, Explained: 1}, late(1, 20), report.NotMeasured,
			"; this machine was late itself: a timer by 20.0 ms; toward the server: that explains 1 of 1 slow answers" + nobody, "",
		},
		{
			"explains enough", &report.Slow{Of: 105, Answers: 10, Explained: 5, Others: ms(300)}, late(12, 180), report.NotMeasured,
			"; this machine was late itself: timers by up to 180 ms, 12 times; toward the server: that explains 5 of 10 slow answers, the other round-trips took up to 300 ms" + nobody, "",
		},
		{
			"explains too few", &report.Slow{Of: 104, Answers: 10, Explained: 4, Others: ms(300)}, late(12, 180), report.Failed,
			"; this machine was late itself: timers by up to 180 ms, 12 times; toward the server: that explains 4 of 10 slow answers, the other round-trips took up to 300 ms",
			"；本机自身有延迟：定时器最多晚 180 ms，共 12 次；发往服务器：可解释 10 个慢应答中的 4 个，其余往返最长 300 ms",
		},
		{
			"as late as slow", &report.Slow{Of: 100, Answers: 9, Explained: 4, Others: ms(310)}, late(261, 120), report.NotMeasured,
			"; this machine was late itself: timers by up to 120 ms, 261 times; toward the server: that explains 4 of 9 slow answers, the other round-trips took up to 310 ms" + alike,
			"；本机延迟的时间占比与幅度同其余慢应答相当，不归咎于任何一方",
		},
		{
			"slow more often", &report.Slow{Of: 100, Answers: 9, Explained: 4, Others: ms(310)}, late(260, 120), report.Failed,
			"; this machine was late itself: timers by up to 120 ms, 260 times; toward the server: that explains 4 of 9 slow answers, the other round-trips took up to 310 ms", "",
		},
		{
			"slower than the machine was late", &report.Slow{Of: 100, Answers: 9, Explained: 4, Others: ms(310)}, late(300, 105), report.Failed,
			"; this machine was late itself: timers by up to 105 ms, 300 times; toward the server: that explains 4 of 9 slow answers, the other round-trips took up to 310 ms", "",
		},
		{
			"at other times", &report.Slow{Of: 100, Answers: 9, Others: ms(310)}, late(12, 180), report.Failed,
			"; this machine was late itself: timers by up to 180 ms, 12 times", "",
		},
		{
			"work waited, and so did others", &report.Slow{Of: 100, Answers: 9, Others: ms(310)}, &report.Machine{Waited: ms(90), Pressure: 0.344}, report.Failed,
			"; this machine was late itself: work that was ready waited up to 90.0 ms; programs on this machine waited for a CPU for 34% of the time",
			"；本机自身有延迟：就绪的任务最多等待 90.0 ms；本机有 34% 的时间存在等待 CPU 的程序",
		},
		{
			"others waited", &report.Slow{Of: 100, Answers: 9, Others: ms(310)}, &report.Machine{Waited: ms(30), Pressure: 1}, report.Failed,
			"; programs on this machine waited for a CPU for 100% of the time", "；本机有 100% 的时间存在等待 CPU 的程序",
		},
		{"more than there are", &report.Slow{Of: 1, Answers: 3, Explained: 9}, nil, report.Failed, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := report.Combine(meta(), slowRun(tt.slow, tt.machine))
			again := readAgain(t, r)
			for _, r := range []*report.Report{r, again} {
				got, said := status(t, r, "response-under-100ms")
				if got != tt.want {
					t.Errorf("%s, want %s: %s", got, tt.want, said)
				}
				_, beside, found := strings.Cut(said, english)
				if _, beside, _ = strings.Cut(beside, "max 4.00 ms"); !found || beside != tt.said {
					t.Errorf("beside it stands\n%q, want\n%q", beside, tt.said)
				}
				const front = "answers come within 100 ms (this machine was busy, or late itself)"
				if reason := r.Reason(report.English); strings.Contains(reason, front) != (tt.want == report.Failed && tt.said != "") {
					t.Errorf("the verdict's reason is %s", reason)
				}
				if zh := string(r.Markdown(report.Chinese)); !strings.Contains(zh, tt.zh) || tt.machine == nil && strings.Contains(zh, "本机") {
					t.Errorf("the Chinese report lacks %q:\n%s", tt.zh, zh)
				}
			}
		})
	}
}

// TestMachineIsSilent: where all answers were quick, nobody needs to know how late the machine
// was.
func TestMachineIsSilent(t *testing.T) {
	s := passed()
	s.Machine = &report.Machine{Timers: report.Standstill{Times: 9, All: ms(9000), Longest: ms(1000)}, Waited: ms(900), Pressure: 0.9}
	got, said := status(t, report.Combine(meta(), s), "response-under-100ms")
	if got != report.Passed || strings.Contains(said, "machine") {
		t.Errorf("%s: %s", got, said)
	}
}

// TestMachineAsLateTowardBoth: what a machine explains of one peer's answers shows that it was the cause of
// slow ones, where it was late for as much of the time as the other's were slow.
func TestMachineAsLateTowardBoth(t *testing.T) {
	for explained, want := range map[uint64]report.Status{0: report.Failed, 1: report.NotMeasured} {
		s := slowRun(&report.Slow{Of: 100, Answers: 9, Others: ms(310)}, late(500, 120))
		s.Heartbeats.TowardClient.Slow = &report.Slow{Of: 100, Answers: 1, Explained: explained}
		if got, said := status(t, report.Combine(meta(), s), "response-under-100ms"); got != want {
			t.Errorf("it explains %d of the other's: %s: %s", explained, got, said)
		}
	}
}

// TestMachineExcusesOneSideOnly: what it explains of one peer's answers does not excuse the
// other's.
func TestMachineExcusesOneSideOnly(t *testing.T) {
	s := slowRun(&report.Slow{Of: 100, Answers: 9, Explained: 9, Others: ms(4)}, late(12, 180))
	s.Heartbeats.TowardClient = toward(figures(100, 100, 0, 0, 1, 200, 205, 210))
	s.Heartbeats.TowardClient.Slow = &report.Slow{Of: 100, Answers: 9, Others: ms(210)}
	got, said := status(t, report.Combine(meta(), s), "response-under-100ms")
	if got != report.Failed || strings.Contains(said, "nobody") {
		t.Errorf("%s: %s", got, said)
	}
}

// TestMachineMakesNothingPass: how late the machine was turns a failure into nothing better
// than not measured, and leaves what passed.
func TestMachineMakesNothingPass(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		s := passed()
		slow := [2]*report.Slow{}
		for i, to := range []*report.Toward{&s.Heartbeats.TowardServer, &s.Heartbeats.TowardClient} {
			top := 200 * rnd.Float64()
			*to = toward(figures(100, 100, 0, 0, 1, top, top, top))
			if answers := rnd.Uint64N(100); rnd.IntN(3) > 0 {
				slow[i] = &report.Slow{Of: rnd.Uint64N(200), Answers: answers, Explained: rnd.Uint64N(answers + 1), Others: ms(100)}
			}
		}
		without, _ := status(t, report.Combine(meta(), s), "response-under-100ms")
		s.Heartbeats.TowardServer.Slow, s.Heartbeats.TowardClient.Slow = slow[0], slow[1]
		s.Machine = late(1+rnd.Uint64N(9), 300*rnd.Float64())
		with, said := status(t, report.Combine(meta(), s), "response-under-100ms")
		if with == report.Passed && without != report.Passed || without == report.Passed && with != report.Passed {
			t.Fatalf("%s where the machine was late, %s where it was not: %s", with, without, said)
		}
	}
}
