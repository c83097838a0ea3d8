package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

var (
	// errIncompatible makes the exit code 1 where something speaks against the pair.
	errIncompatible = errors.New("the pair is not compatible")
	// errNotAll makes it 1 where nothing does, but a step could not be run or measured.
	errNotAll = errors.New("the guide could not be run to its end, or not all of it be measured")
)

const (
	// recordingExtension is that of recordings.
	recordingExtension = ".pcapng"
	// guideRecording is from which size on, in bytes, a recording goes on in another file. Of what
	// is downloaded for the measurement, no more than some times that is recorded.
	guideRecording = 4 << 20
)

// A guideRunner runs the guide, and shows it.
type guideRunner struct {
	*stdio
	warner *warner
	cfg    guideConfig
	keyed  fingerprintKey
	out    *outputs
	folder *guideFolder
}

// runGuide runs the guide to its end, or until ctx ends or the user quits.
func runGuide(ctx context.Context, s *stdio, cfg guideConfig) error {
	if cfg.run.Client.Command == nil && cfg.run.Certificate == nil { // such a client may trust what relay shows it
		authority, err := openAuthority()
		if err != nil {
			return err
		}
		cfg.run.Certificate = authority.Certificate
	}
	folder, err := openGuideFolder(cfg.dir)
	if err != nil {
		return err
	}
	w := newWarner(s)
	r := &guideRunner{
		stdio: s, warner: w, cfg: cfg, keyed: openFingerprintKey(w),
		out: &outputs{warner: w}, folder: folder,
	}
	return r.run(ctx)
}

// run runs the guide, writes the report, and says what it came to.
func (r *guideRunner) run(ctx context.Context) error {
	var signalled context.Context
	var cancel context.CancelFunc
	lines := newGuideLines(r.stdio, r.cfg.output.kind, r.broken(func() { cancel() }))
	screen := &guideScreen{stdio: r.stdio, warner: r.warner, outputs: r.out, line: lines.line}
	cfg := r.told(lines, screen)
	if r.cfg.dir != "" {
		cfg.Record = func(part string) (capture.Recorder, func(), error) {
			file := recordingConfig{path: filepath.Join(r.cfg.dir, part+recordingExtension), limit: guideRecording}
			return file.open(signalled, r.stdio, r.out, nil)
		}
	}
	g := guide.New(cfg)
	ran := make(chan struct{}) // closed when the guide has ended
	defer endAtSecond(func() {
		g.Kill()
		select { // it may be about to write a file
		case <-ran:
		case <-time.After(endPatience):
		}
		_ = r.folder.remove() // nobody waits for an error
	})()
	signalled = r.untilSignal(ctx)
	defer hurryPrograms(signalled, g.Kill)()
	ctx, cancel = context.WithCancel(signalled)
	defer cancel()
	lines.begin(g.Look())
	scenarios, screenErr := r.show(ctx, signalled, g, screen)
	close(ran)
	cut := screen.quit || ctx.Err() != nil
	cancel() // whoever looked at it has had it
	made := report.Combine(r.cfg.report.meta(r.keyed), scenarios...)
	r.cfg.report.save(made, r.out)
	ending := endingOf(made, r.cfg.report.language, g.Compatible(), cut)
	ending.lacks = lackOf(g.Unmeasured())
	kept, err := r.folder.close(ending.err() != nil)
	if err != nil {
		r.warner.warn("the files of the run: " + err.Error())
	}
	if ending.kept = kept; !r.out.has(journal.ReportFile) {
		ending.report = r.cfg.report.path
	}
	lines.end(ending)
	if err := errors.Join(screenErr, r.out.err()); err != nil || ending.err() == nil {
		return errors.Join(err, ending.err())
	}
	if kind := r.cfg.output.kind; kind == outText || kind == outTUI { // which say it in front
		return toldError{ending.err()}
	}
	return ending.err()
}

// told returns what the guide is told, with what belongs to this process.
func (r *guideRunner) told(lines *guideLines, screen *guideScreen) guide.Config {
	cfg := r.cfg.run
	cfg.Dir = r.folder.path
	cfg.Session = session.Config{HeartbeatTimeout: session.DefaultHeartbeatTimeout, Fingerprints: r.keyed.key}
	cfg.Clock, cfg.Warn, cfg.Tell = runClock, r.warner.warn, lines.step
	if r.cfg.output.kind == outTUI {
		cfg.Tell = screen.tell
	}
	return cfg
}

// show runs the guide, with the screen where that is the output. Signalled ends with a signal, and ctx
// also where nobody reads what the run prints.
func (r *guideRunner) show(ctx, signalled context.Context, g *guide.Guide, screen *guideScreen) ([]report.Scenario, error) {
	if r.cfg.output.kind == outTUI {
		return screen.run(ctx, g)
	}
	told := context.AfterFunc(signalled, func() { r.tell("ending: what was measured until now is reported; a second signal ends it at once") })
	defer told()
	return g.Run(ctx), nil
}

// broken returns what is called where standard output can't be written. Where nothing else is kept
// of the run, it ends the run: nobody would see what it comes to.
func (r *guideRunner) broken(end context.CancelFunc) func(error) {
	if r.cfg.report.path != "" || r.cfg.dir != "" {
		end = func() {}
	}
	told := r.out.broken(end)
	return func(err error) {
		if isGivenUp(err) {
			r.out.fail(journal.StandardOutput, err, fmt.Sprintf("standard output: %v: the last lines were not written", err))
		}
		told(err)
	}
}
