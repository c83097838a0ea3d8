package report

// A PairResult is what a report says of one pair of a server and a client.
type PairResult struct {
	Server, Client Peer
	Scenarios      []int // by their numbers, from 1
	Verdict        Verdict
}

// Pairs returns the pairs of which there are scenarios, in the order of their first ones. Scenarios of
// pings and of relays with several routes are those of no pair.
func (r *Report) Pairs() []PairResult { panic("to be built") }
