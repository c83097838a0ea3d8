package main

import (
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture/report"
)

// reportFlags say whether a report is written at the end.
type reportFlags struct {
	path, language string

	lang report.Lang
}

func (r *reportFlags) register(f *pflag.FlagSet) {
	f.StringVar(&r.path, "report", "", "at the end, write the interop report to `FILE` (.md, .json, .html)")
	f.StringVar(&r.language, "report-lang", "en", "the report's `LANGUAGE`: en, zh")
}

// check finds out before a long run whether there could be a report after it.
func (r *reportFlags) check() (err error) {
	if r.path == "" {
		r.lang, err = report.ParseLang(r.language)
		return err
	}
	r.lang, err = report.Check(r.path, r.language)
	return err
}

// collector returns what gathers for the report, nil where none was asked for.
func (r *reportFlags) collector() *report.Collector {
	if r.path == "" {
		return nil
	}
	return new(report.Collector)
}

// write writes the report of a run, if one was asked for: of what the drain read.
func (r *reportFlags) write(d *drain, s report.Scenario) error {
	if r.path == "" {
		return nil
	}
	meta := report.Meta{Generated: time.Now(), Tool: "anytls-inspect " + version()}
	return report.Combine(meta, d.measure(s)).WriteFile(r.path, r.lang)
}
