package export

import "time"

// days is which days the lines of a text are of: a line with the time of day alone is of the
// last day that was named.
type days struct {
	today time.Time // of the day that needs no name; zero where there is none
	first time.Time // of the first line; zero before there is one
	last  time.Time // of the last line, of the day that was named last
	many  bool      // there are lines of several days
}

// next takes the time of the next line. Where the day has to be named before it, it returns
// its name.
func (d *days) next(at time.Time) (name string, isNew bool) {
	switch {
	case d.first.IsZero():
		d.first = at
		isNew = d.today.IsZero() || !sameDay(at, d.today)
	case !sameDay(at, d.last):
		d.many, isNew = true, true
	}
	d.last = at
	return at.Format(time.DateOnly), isNew
}

// only returns a time of the only day that there were lines of; of today where there were none,
// and zero where there were several.
func (d *days) only() time.Time {
	switch {
	case d.many:
		return time.Time{}
	case d.first.IsZero():
		return d.today
	default:
		return d.first
	}
}

// sameDay tells whether two times are of one day, where the first is.
func sameDay(a, b time.Time) bool {
	year, month, day := a.Date()
	y, m, d := b.In(a.Location()).Date()
	return year == y && month == m && day == d
}

// clock returns the time of day, with its date unless that is today's.
func clock(at, today time.Time) string {
	if !today.IsZero() && sameDay(at, today) {
		return at.Format(time.TimeOnly)
	}
	return at.Format(time.DateTime)
}
