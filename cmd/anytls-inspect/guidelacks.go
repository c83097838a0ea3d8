package main

import (
	"errors"

	"anytls-inspect/capture/guide"
)

// lackOf says which of the steps lack that have to be measured, and why.
func lackOf(unmeasured []guide.Step) (list []string) {
	for i := range unmeasured {
		s := &unmeasured[i]
		list = append(list, "not measured, and asked for: "+s.Title+": "+s.Text)
	}
	return list
}

// lacking returns the steps that lack, where nothing else makes the exit code.
func (e *guideEnding) lacking() []string {
	if e.cause != "" || !errors.Is(e.err(), errNotAll) {
		return nil
	}
	return e.lacks
}
