package guide

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/guide/traffic"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A run is what the parts of a run share.
type run struct {
	*Guide
	pace     pace
	password string
	files    files
	// certificate returns what the relay shows clients.
	certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	target      *traffic.Target // nil: the requests are for a URL
	// hopeless is why the parts that are left are not run; zero: they are.
	hopeless words
}

// files are the paths of what programs are told of: PEM files of mode 0600.
type files struct{ cert, key, ca string }

// newRun makes what the parts share. Where there is an error, parts can only be left out.
func newRun(g *Guide) (*run, error) {
	r := &run{Guide: g, pace: g.cfg.Plan.steps(), password: g.cfg.Password}
	if r.password == "" {
		random := make([]byte, 16)
		_, _ = rand.Read(random) // never fails
		r.password = hex.EncodeToString(random)
	}
	authority, err := ca.Ephemeral()
	if err != nil {
		return r, fmt.Errorf("make the authority of the run: %w", err)
	}
	if err := r.write(authority); err != nil {
		return r, fmt.Errorf("write the certificates of the run: %w", err)
	}
	r.certificate = authority.Certificate
	if own := g.cfg.Certificate; own != nil {
		r.certificate = own
	}
	if g.cfg.Target == "" {
		if r.target, err = traffic.NewTarget(); err != nil {
			return r, fmt.Errorf("start the target of the requests: %w", err)
		}
	}
	return r, nil
}

// trust says how a client comes to take the relay's certificate; empty: as it does without a guide.
func (r *run) trust() string {
	if r.cfg.Client.Command == nil || r.cfg.Certificate != nil {
		return ""
	}
	return "have it verify with {ca}, or let it skip verification"
}

// write writes the certificate and the key of a server, and the authority that issued it.
func (r *run) write(authority *ca.Authority) error {
	cert, key, err := authority.Pair("127.0.0.1", "localhost")
	if err != nil {
		return err
	}
	in := func(name string) string { return filepath.Join(r.cfg.Dir, name) }
	r.files = files{cert: in("server.pem"), key: in("server-key.pem"), ca: in("ca.pem")}
	for path, text := range map[string][]byte{r.files.cert: cert, r.files.key: key, r.files.ca: authority.PEM()} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// proxy returns what sends requests through a SOCKS inbound.
func (r *run) proxy(socks string) (*traffic.Proxy, error) {
	if r.target == nil {
		return traffic.ToURL(socks, r.cfg.Target)
	}
	return traffic.To(socks, r.target)
}

// parts runs the parts of the plan, and ends what they share.
func (r *run) parts(ctx context.Context) {
	if r.target != nil {
		defer r.target.Close() // also where a step panics
	}
	for i, part := range r.cfg.Plan.parts() {
		switch {
		case i > 0 && r.hopeless != words{}:
			r.leave(&part, r.hopeless)
		case i > 0 && ctx.Err() != nil:
			r.leave(&part, r.cutBy(ctx, runEnded, timeOver))
		default:
			r.play(ctx, &part)
		}
	}
}

// leave leaves out a part. It has no scenario: its steps stand, with the reason, in that of the
// part before it.
func (r *run) leave(p *part, why words) {
	r.mu.Lock()
	s := &r.scenarios[len(r.scenarios)-1]
	for _, step := range p.steps {
		s.Steps = append(s.Steps, report.Step{ID: step.id, Skipped: why.in(r.cfg.Lang)})
	}
	last := *s
	r.mu.Unlock()
	for _, step := range p.steps {
		r.judge(p.name, &last, step.id, Skipped)
	}
}

// leaveAll leaves out all parts. The first one's scenario has what failed; empty: nothing did.
func (r *run) leaveAll(failure string, why words) {
	parts := r.cfg.Plan.parts()
	s := r.newScenario(&parts[0])
	s.Started, s.Failure = time.Time{}, failure
	r.over(s)
	for i := range parts {
		r.leave(&parts[i], why)
	}
}

// leaveOut leaves out the whole run. Nobody is told of each of its steps: that is for all of them.
func (g *Guide) leaveOut(failure string, why words) {
	g.cfg.Tell = nil
	r := &run{Guide: g, pace: g.cfg.Plan.steps()}
	r.leaveAll(failure, why)
}

// newScenario returns the scenario of a part, with nothing measured yet.
func (r *run) newScenario(p *part) report.Scenario {
	return report.Scenario{
		Kind: p.kind(&r.cfg), Title: p.title.in(r.cfg.Lang), Server: r.cfg.Server.Peer, Client: r.cfg.Client.Peer,
		Habits:  slices.Concat(r.cfg.Server.habits(protocol.Server), r.cfg.Client.habits(protocol.Client)),
		Started: time.Now(), Interval: session.Millis(p.beat(&r.pace)),
	}
}

// judge has a scenario say what a step came to.
func (r *run) judge(part string, s *report.Scenario, id report.StepID, state State) {
	status, text := s.Judge(id, r.cfg.Lang)
	r.step(part, id, func(step *Step) {
		step.State, step.Status, step.Text = state, status, text
		for i := range s.Steps {
			if s.Steps[i].ID == id {
				step.Took = s.Steps[i].Took.Duration()
			}
		}
	})
}

// verifiesOurs tells whether a client is told of the run's own authority.
func (r *run) verifiesOurs() bool {
	c := r.cfg.Client.Command
	if c == nil {
		return false
	}
	all := strings.Join(slices.Concat([]string{c.Config}, c.Words, c.Env), "\n")
	return strings.Contains(all, "{ca}")
}
