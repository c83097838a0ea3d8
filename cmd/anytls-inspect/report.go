package main

import (
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
)

// reportFlags say whether a report is written at the end, and gather for it.
type reportFlags struct {
	path, language string

	lang  report.Lang
	trips report.Collector
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

// gather takes what the journal got since the last time. It is for one goroutine
// at a time.
func (r *reportFlags) gather(j *journal.Journal) {
	if r.path != "" {
		r.trips.Read(j)
	}
}

// write writes the report of one run, if one was asked for.
func (r *reportFlags) write(j *journal.Journal, s report.Scenario) error {
	if r.path == "" {
		return nil
	}
	r.gather(j)
	meta := report.Meta{Generated: time.Now(), Tool: "anytls-inspect " + version()}
	return report.FromJournal(j, &r.trips, meta, s).WriteFile(r.path, r.lang)
}
