package replay

// maxArrivals bounds how many times a arrivals tells apart.
const maxArrivals = 4096

// arrivals are when bytes of a direction came that wait for their key: the
// records in them are opened later, and are to have the times when they came.
type arrivals []arrival

type arrival struct {
	end int64 // number of the byte after the last that came
	at  int64
}

// add notes when bytes up to a number came. There are as many arrivals as bytes
// can wait in one-byte packets: beyond a limit the times become coarser.
func (a *arrivals) add(end, at int64) {
	if n := len(*a); n > 0 && ((*a)[n-1].end >= end || n >= maxArrivals) {
		(*a)[n-1].end = max((*a)[n-1].end, end)
		return
	}
	*a = append(*a, arrival{end, at})
}

// at returns when the byte before number end came; now where it did not wait.
func (a *arrivals) at(end, now int64) int64 {
	for len(*a) > 0 {
		if first := (*a)[0]; first.end >= end {
			return first.at
		}
		*a = (*a)[1:]
	}
	return now
}
