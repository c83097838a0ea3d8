package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
)

// reportFlags say which report is written at the end.
type reportFlags struct{ path, language, tester, title string }

func (r *reportFlags) register(f *pflag.FlagSet) {
	f.StringVar(&r.path, "report", "", "at the end, write the interop report to `FILE` (.md, .json, .html, .xml for JUnit)")
	f.StringVar(&r.language, "report-lang", string(report.English), "write the report in `LANGUAGE`: en, zh")
	f.StringVar(&r.tester, "tester", "", "say in the report that `NAME` ran it (default: left to be filled in)")
	f.StringVar(&r.title, "title", "", "head the report with `TEXT`")
}

// named returns the file that is written.
func (r *reportFlags) named() namedFile { return namedFile{by: "--report", path: r.path} }

// A reportConfig says which report is written at the end.
type reportConfig struct {
	path     string // empty: none
	language report.Lang
	tester   string // empty: left to be filled in
	title    string // empty: the guide's
}

// config returns what the flags say. It checks before a long run that a report can
// be written after it.
func (r *reportFlags) config() (cfg reportConfig, err error) {
	cfg.path = r.path
	if r.path == "" {
		cfg.language, err = report.ParseLang(r.language)
	} else {
		cfg.language, err = report.Check(r.path, r.language)
	}
	var errs [2]error
	cfg.tester, errs[0] = r.text("--tester", r.tester)
	cfg.title, errs[1] = r.text("--title", r.title)
	return cfg, errors.Join(err, errs[0], errs[1])
}

// text returns the text of a flag, without blanks around it. One that a script leaves empty is as
// if it were not given.
func (r *reportFlags) text(flag, text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	if r.path == "" {
		return "", fmt.Errorf("%s goes with --report, which names the file", flag)
	}
	if err := report.CheckText(text); err != nil {
		return "", fmt.Errorf("%s %q: %w", flag, text, err)
	}
	return text, nil
}

// collector returns the report's collector, which tells the watch, if not nil, each round-trip;
// nil where no report is written.
func (r *reportConfig) collector(w *report.Watch) *report.Collector {
	if r.path == "" {
		return nil
	}
	return &report.Collector{Watch: w}
}

// write writes the report of a run that the drain has read, if one is asked for. Where
// that fails, the outputs tell. A run that had no session names the servers that it would have
// had one with.
func (r *reportConfig) write(d *drain, k fingerprintKey, s report.Scenario, o *outputs, servers ...string) {
	if r.path == "" {
		return
	}
	s = d.measure(s)
	if s.Sessions == 0 && s.Server.Name == "" {
		s.Server.Name = strings.Join(servers, ", ")
	}
	r.save(report.Combine(r.meta(k), s), o)
}

// meta returns what a report says beside what was measured.
func (r *reportConfig) meta(k fingerprintKey) report.Meta {
	return report.Meta{
		Title: r.title, Generated: time.Now(), Tool: tool(), Tester: r.tester, FingerprintsOfRun: k.ofRun,
	}
}

// save writes a report, if one is asked for. Where that fails, the outputs tell.
func (r *reportConfig) save(made *report.Report, o *outputs) {
	if r.path == "" {
		return
	}
	if err := made.WriteFile(r.path, r.language); err != nil {
		reason := errors.Unwrap(err) // who reads it knows which report it is
		if reason == nil {
			reason = err
		}
		o.fail(journal.ReportFile, reason, err.Error())
	}
}
