package interop

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// labSeed has the rules and the traffic of TestLabRandom again that a run has named.
var labSeed = flag.Uint64("lab.seed", 0, "the seed of the first round of random rules; 0: in the long run another one each time")

// raceVar is the environment variable that names the relay's binary with the race detector in it.
const raceVar = "INTEROP_RACE_RELAY"

const (
	labRound     = 5 * time.Second // of traffic
	labRun       = 20 * time.Second
	labRunOfLong = 3 * time.Minute

	firstLabSeed = 1 // but for the long run: a commit is judged by the rules that it knows
)

// labPairs are those that random rules are tried on: each program in both roles, but for older versions.
var labPairs = []Pair{
	PairOf("sing-box v1.14.1", "sing-box v1.14.1"),
	PairOf("sing-anytls", "anytls"),
	PairOf("anytls-rs 0.5.4", "mihomo"),
	PairOf("anytls", "sing-anytls"),
	PairOf("anytls-rs 0.5.4", "anytls-rs 0.5.4"),
}

// TestLabRandom runs real peers under random rules, through a relay that is built with the race detector.
// Whatever the rules do to the peers, the relay doesn't fail, finds no race, tells of each frame that came
// what became of it, and leaves nothing running when sessions have ended.
func TestLabRandom(t *testing.T) {
	binary, err := fromRun(raceVar)
	if err != nil {
		t.Fatal(err)
	}
	length := labRun
	if isLong() {
		length = labRunOfLong
	}
	seed := cmp.Or(*labSeed, firstLabSeed)
	if *labSeed == 0 && isLong() {
		seed = rand.Uint64N(1 << 32)
	}
	for began := time.Now(); time.Since(began) < length && !t.Failed(); seed++ {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			for i, pair := range labPairs {
				t.Run(pair.String(), func(t *testing.T) {
					t.Parallel()
					inTurn := int(seed % uint64(len(labPairs)))
					tryRandomRules(t, binary, pair, rand.New(rand.NewPCG(seed, uint64(i))), i == inTurn)
				})
			}
		})
	}
	t.Logf("repeat the last round with -lab.seed %d", seed-1)
}

// tryRandomRules has traffic of a pair go through a relay under random rules for a round. Quits says that
// the relay is not ended in good order, but tells what it still runs.
func tryRandomRules(t *testing.T, binary string, pair Pair, r *rand.Rand, quits bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	l := &lab{lines: new(Lines)}
	mode := RelayMode{Binary: binary, Heartbeat: 100 * time.Millisecond, Lines: l.lines, Flags: []string{"-w", file, "--seed", fmt.Sprint(r.Uint32())}}
	rules := randomRules(r)
	for _, rule := range rules {
		mode.Flags = append(mode.Flags, "--rule", rule)
	}
	t.Logf("rules:\n%s", strings.Join(rules, "\n"))
	l.rig, l.relay = startRelayed(ctx, t, pair, mode)
	worked, failed := l.traffic(ctx, labRound)
	l.settled(ctx, t)
	if quits {
		l.noneLeft(t)
	} else if err := l.relay.Stop(ctx); err != nil {
		t.Error(err)
	}
	log, err := os.ReadFile(l.relay.log)
	if err != nil || bytes.Contains(log, []byte("DATA RACE")) || bytes.Contains(log, []byte("panic:")) {
		t.Errorf("%v; the relay wrote:\n%s", err, log)
	}
	tally := l.relay.events.Tally()
	if tally.Bad > 0 {
		t.Errorf("%d lines are wrong: %q", tally.Bad, tally.Why)
	}
	t.Logf("%d requests worked, %d failed, in %d sessions", worked, failed, tally.Sessions)
	if quits { // its recording may lack its end
		return
	}
	came, went := settle(ctx, t, file, l.events(t), rules)
	t.Logf("%d frames came, %d went", came, went)
	if worked > 0 && min(came, went) < 5*worked { // SYN and SYNACK, the request and its answer, FIN
		t.Errorf("%d requests worked, and only %d frames came, %d went", worked, came, went)
	}
}

// traffic sends requests, several at once, for a time.
func (l *lab) traffic(ctx context.Context, d time.Duration) (worked, failed int) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for ctx.Err() == nil {
				within, cancel := context.WithTimeout(ctx, time.Second)
				_, err := l.Request(within)
				cancel()
				mu.Lock()
				if err == nil {
					worked++
				} else {
					failed++
				}
				mu.Unlock()
			}
		})
	}
	workers.Go(func() { _, _ = l.Download(ctx, 4<<20) }) // under rules that may break it
	workers.Wait()
	return worked, failed
}

// noneLeft ends the relay so that it tells what runs in it, and holds that nothing does that carried a
// session: all have ended.
func (l *lab) noneLeft(t *testing.T) {
	t.Helper()
	if err := l.relay.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	<-l.relay.done
	log, err := os.ReadFile(l.relay.log)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(log, []byte("relay.(*Relay).Serve")) {
		t.Fatalf("the relay tells nothing of what it runs:\n%s", log)
	}
	for goroutine := range bytes.SplitSeq(log, []byte("\n\n")) {
		if bytes.Contains(goroutine, []byte("relay.(*link)")) || bytes.Contains(goroutine, []byte("relay.(*outbox)")) {
			t.Errorf("all sessions have ended, and this runs:\n%s", goroutine)
		}
	}
}

// settled ends the peers, and waits until the relay has seen each session end.
func (l *lab) settled(ctx context.Context, t *testing.T) {
	t.Helper()
	l.client.Kill()
	l.server.Kill() // one may keep a session whose client is gone
	if _, err := l.relay.Wait(ctx, func(now Tally) bool { return uint64(len(now.Closed)) == now.Sessions }); err != nil {
		t.Errorf("a session has not ended: %v", err)
	}
}
