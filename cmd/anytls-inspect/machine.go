package main

import (
	"time"

	"anytls-inspect/capture/report"
)

// watch returns a watch of the machine, for a run that measures others on it; nil where no
// report is written. A replay has none: another machine may have recorded what it shows.
func (r *reportConfig) watch() *report.Watch {
	if r.path == "" {
		return nil
	}
	return report.NewWatch(time.Now())
}
