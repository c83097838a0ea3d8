package replay

// maxArrivals is how many arrivals of a direction are told apart.
const maxArrivals = 4096

// arrivals say when bytes of a direction came that wait for their key. The records
// in them are opened later, and their events have the times when they came.
type arrivals []arrival

// An arrival says that bytes came together.
type arrival struct {
	end int64 // number of the byte after the last
	at  int64 // nanoseconds since 1970
}

// add notes that the bytes before number end came at this time, as far as they were
// not there before. Beyond maxArrivals, the times become coarser: else bytes that
// come one a packet would take many times their size.
func (a *arrivals) add(end, at int64) {
	if n := len(*a); n > 0 && ((*a)[n-1].end >= end || n >= maxArrivals) {
		(*a)[n-1].end = max((*a)[n-1].end, end)
		return
	}
	*a = append(*a, arrival{end, at})
}

// at returns when the byte before number end came: now, where it did not wait. It
// forgets the arrivals before that.
func (a *arrivals) at(end, now int64) int64 {
	for len(*a) > 0 {
		if first := (*a)[0]; first.end >= end {
			return first.at
		}
		*a = (*a)[1:]
	}
	return now
}
