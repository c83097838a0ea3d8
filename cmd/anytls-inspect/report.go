package main

import (
	"errors"
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
)

// reportFlags say which report is written at the end.
type reportFlags struct{ path, language string }

func (r *reportFlags) register(f *pflag.FlagSet) {
	f.StringVar(&r.path, "report", "", "at the end, write the interop report to `FILE` (.md, .json, .html)")
	f.StringVar(&r.language, "report-lang", string(report.English), "write the report in `LANGUAGE`: en, zh")
}

// named returns the file that is written.
func (r *reportFlags) named() namedFile { return namedFile{by: "--report", path: r.path} }

// A reportConfig says which report is written at the end.
type reportConfig struct {
	path     string // empty: none
	language report.Lang
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
	return cfg, err
}

// collector returns the report's collector, nil where no report is written.
func (r *reportConfig) collector() *report.Collector {
	if r.path == "" {
		return nil
	}
	return new(report.Collector)
}

// write writes the report of a run that the drain has read, if one is asked for. Where
// that fails, the outputs tell.
func (r *reportConfig) write(d *drain, k fingerprintKey, s report.Scenario, o *outputs) {
	if r.path == "" {
		return
	}
	meta := report.Meta{Generated: time.Now(), Tool: tool(), FingerprintsOfRun: k.ofRun}
	if err := report.Combine(meta, d.measure(s)).WriteFile(r.path, r.language); err != nil {
		reason := errors.Unwrap(err) // who reads it knows which report it is
		if reason == nil {
			reason = err
		}
		o.fail(journal.ReportFile, reason, err.Error())
	}
}
