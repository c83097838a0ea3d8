package replay

// maxLate bounds how many times a lateness tells apart.
const maxLate = 4096

// A lateness is when bytes of a direction came that wait for their key: the
// records in them are opened later, and are to have the times when they came.
type lateness []arrival

type arrival struct {
	end int64 // number of the byte after the last that came
	at  int64
}

// add notes when bytes up to a number came. There are as many arrivals as bytes
// can wait in one-byte packets: beyond a limit the times become coarser.
func (l *lateness) add(end, at int64) {
	if n := len(*l); n > 0 && ((*l)[n-1].end >= end || n >= maxLate) {
		(*l)[n-1].end = max((*l)[n-1].end, end)
		return
	}
	*l = append(*l, arrival{end, at})
}

// at returns when the byte before number end came; now where it did not wait.
func (l *lateness) at(end, now int64) int64 {
	for len(*l) > 0 {
		if a := (*l)[0]; a.end >= end {
			return a.at
		}
		*l = (*l)[1:]
	}
	return now
}
