package main

import (
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture/report"
)

// reportFlags say whether a report is written at the end.
type reportFlags struct{ path, language string }

func (r *reportFlags) register(f *pflag.FlagSet) {
	f.StringVar(&r.path, "report", "", "at the end, write the interop report to `FILE` (.md, .json, .html)")
	f.StringVar(&r.language, "report-lang", string(report.English), "the report's `LANGUAGE`: en, zh")
}

// A reportConfig says which report is written at the end.
type reportConfig struct {
	path     string // empty: none
	language report.Lang
}

// config returns what the flags say. It finds out before a long run whether there
// could be a report after it.
func (r *reportFlags) config() (cfg reportConfig, err error) {
	cfg.path = r.path
	if r.path == "" {
		cfg.language, err = report.ParseLang(r.language)
	} else {
		cfg.language, err = report.Check(r.path, r.language)
	}
	return cfg, err
}

// collector returns what gathers for the report, nil where none is written.
func (r *reportConfig) collector() *report.Collector {
	if r.path == "" {
		return nil
	}
	return new(report.Collector)
}

// write writes the report of a run, if one is asked for: of what the drain read.
func (r *reportConfig) write(d *drain, s report.Scenario) error {
	if r.path == "" {
		return nil
	}
	meta := report.Meta{Generated: time.Now(), Tool: tool()}
	return report.Combine(meta, d.measure(s)).WriteFile(r.path, r.language)
}
