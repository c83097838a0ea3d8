package traffic

import "time"

// limits says how long things may take.
type limits struct {
	request  time.Duration // a small request: longer than any answer takes
	reply    time.Duration // the SOCKS reply to it: less, so that its lack can be told
	grace    time.Duration // a request after the end of its context: nobody waits for long
	bulk     time.Duration // a bulk transfer
	still    time.Duration // while nothing of it moves
	datagram time.Duration // a datagram and its echo: over TCP on loopback none is lost
	linger   time.Duration // for datagrams that come a second time
	tell     time.Duration // a client, to tell its user that a target refuses
	silence  time.Duration // how long a stream stays open to a target that never answers
}

func usual() limits {
	return limits{
		request: 5 * time.Second, reply: 4 * time.Second, grace: time.Second, bulk: time.Minute, still: 15 * time.Second,
		datagram: 2 * time.Second, linger: 100 * time.Millisecond,
		tell: 10 * time.Second, silence: 2 * time.Second,
	}
}
