package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
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

// A guideRunner runs the guide on pairs, and shows it.
type guideRunner struct {
	*stdio
	warner  *warner
	cfg     guideConfig
	keyed   fingerprintKey
	out     *outputs
	folders *guideFolders
	lines   *guideLines
	screen  *guideScreen
	endings []guideEnding // of the pairs that are over
}

// runGuide runs the guide to its end, or until ctx ends or the user quits.
func runGuide(ctx context.Context, s *stdio, cfg guideConfig) error {
	if err := showTrusted(cfg.pairs); err != nil {
		return err
	}
	folders, err := openGuideFolders(cfg.dir, pairFolders(cfg.pairs))
	if err != nil {
		return err
	}
	w := newWarner(s)
	r := &guideRunner{
		stdio: s, warner: w, cfg: cfg, keyed: openFingerprintKey(w),
		out: &outputs{warner: w}, folders: folders,
	}
	return r.run(ctx)
}

// showTrusted has a client that runs already, which is then that of all pairs, shown what those trust
// that trust relay.
func showTrusted(pairs []guide.Config) error {
	if pairs[0].Client.Command != nil || pairs[0].Certificate != nil {
		return nil
	}
	authority, err := openAuthority()
	if err != nil {
		return err
	}
	for i := range pairs {
		pairs[i].Certificate = authority.Certificate
	}
	return nil
}

// run runs the guide, writes the report, and says what it came to.
func (r *guideRunner) run(ctx context.Context) error {
	var signalled context.Context
	var cancel context.CancelFunc
	r.lines = newGuideLines(r.stdio, r.cfg.output.kind, r.broken(func() { cancel() }))
	r.screen = &guideScreen{stdio: r.stdio, warner: r.warner, outputs: r.out}
	r.lines.behind = r.screen.tell
	m := guide.NewMatrix(r.told(func() context.Context { return signalled }))
	m.Begins, m.Over = r.lines.begin, r.over
	ran := make(chan struct{}) // closed when the guide has ended
	defer endAtSecond(func() {
		m.Kill()
		select { // it may be about to write a file
		case <-ran:
		case <-time.After(endPatience):
		}
		_ = r.folders.remove() // nobody waits for an error
	})()
	signalled = r.untilSignal(ctx)
	defer hurryPrograms(signalled, m.Kill)()
	ctx, cancel = context.WithCancel(signalled)
	defer cancel()
	r.lines.fit(m.Look())
	scenarios, screenErr := r.show(ctx, signalled, m)
	close(ran)
	cancel() // whoever looked at it has had it
	r.cfg.report.save(report.Combine(r.cfg.report.meta(r.keyed), scenarios...), r.out)
	kept, err := r.folders.close()
	r.warnOfFiles(err)
	whole := guideWhole{pairs: r.endings, kept: kept}
	if !r.out.has(journal.ReportFile) {
		whole.report = r.cfg.report.path
	}
	r.lines.end(&whole)
	if err := errors.Join(screenErr, r.out.err()); err != nil || whole.err() == nil {
		return errors.Join(err, whole.err())
	}
	if kind := r.cfg.output.kind; kind == outText || kind == outTUI { // which say it in front
		return toldError{whole.err()}
	}
	return whole.err()
}

// told returns what the guide is told of the pairs, with what belongs to this process. Recordings end
// with the context that signalled returns.
func (r *guideRunner) told(signalled func() context.Context) []guide.Config {
	pairs := slices.Clone(r.cfg.pairs)
	for i := range pairs {
		cfg, folder := &pairs[i], r.folders.pairs[i]
		cfg.Dir = folder.path
		cfg.Session = session.Config{HeartbeatTimeout: session.DefaultHeartbeatTimeout, Fingerprints: r.keyed.key}
		cfg.Warn, cfg.Tell = r.warner.warn, r.lines.step
		if r.cfg.dir != "" {
			dir := filepath.Join(r.cfg.dir, folder.name)
			cfg.Record = func(part string) (capture.Recorder, func(), error) {
				file := recordingConfig{path: filepath.Join(dir, part+recordingExtension), limit: guideRecording}
				return file.open(signalled(), r.stdio, r.out, nil)
			}
		}
	}
	return pairs
}

// over takes what a pair came to.
func (r *guideRunner) over(res guide.Result) {
	e := endingOf(&res, r.cfg.report.language)
	r.warnOfFiles(r.folders.pairs[len(r.endings)].close(e.err() != nil))
	r.endings = append(r.endings, e)
	r.lines.over(&e)
}

// warnOfFiles tells that files of the run could not be moved or removed.
func (r *guideRunner) warnOfFiles(err error) {
	if err != nil {
		r.warner.warn("the files of the run: " + err.Error())
	}
}

// show runs the guide, with the screen where that is the output. Signalled ends with a signal, and ctx
// also where nobody reads what the run prints.
func (r *guideRunner) show(ctx, signalled context.Context, m *guide.Matrix) ([]report.Scenario, error) {
	if r.cfg.output.kind == outTUI {
		return r.screen.run(ctx, m)
	}
	told := context.AfterFunc(signalled, func() { r.tell("ending: what was measured until now is reported; a second signal ends it at once") })
	defer told()
	return m.Run(ctx), nil
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
