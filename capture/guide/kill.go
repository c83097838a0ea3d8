package guide

import "anytls-inspect/capture/guide/process"

// Kill ends at once all programs that the run has started, and whatever it starts after that. It
// is for a process that ends before the run can: Run goes on, and finds its ends gone.
func (g *Guide) Kill() {
	g.mu.Lock()
	g.killed = true
	programs := g.programs
	g.mu.Unlock()
	for _, p := range programs {
		p.Kill()
	}
}

// started notes a program that was started.
func (g *Guide) started(p *process.Process) {
	g.mu.Lock()
	g.programs = append(g.programs, p)
	killed := g.killed
	g.mu.Unlock()
	if killed {
		p.Kill()
	}
}

// forget has a run that has ended keep no more of its relay and of its programs. Its steps stay.
func (g *Guide) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.relaying, g.programs = nil, nil
}
