package pcapng

import "time"

// now returns what the clock says. It measures how long files take; the packets have the
// times that the source gives them.
func now() time.Time { return time.Now() }
