package interop

import (
	"anytls-inspect/protocol"
)

// end returns the peer that is an end of the pair.
func (p Pair) end(as protocol.Peer) Peer {
	if as == protocol.Client {
		return p.Client
	}
	return p.Server
}

// ofManners says what was seen of the peers that is not their way, whoever the other one is: which
// program in Go sends heartbeats of its own, and so on. What was not seen of a pair that fails by itself
// may have had no occasion.
func (c *check) ofManners(f *findings, seen *Seen) {
	for _, problem := range c.Misguessed(seen.Looks) {
		f.surely("%s", problem)
	}
	var own protocol.ByPeer[uint64]
	for i := range c.report.Scenarios {
		h := &c.report.Scenarios[i].Heartbeats
		own[protocol.Client] += h.TowardServer.Own.Sent
		own[protocol.Server] += h.TowardClient.Own.Sent
	}
	for _, p := range [...]protocol.Peer{protocol.Server, protocol.Client} {
		is := c.end(p)
		if silent := is.isOne([]string{goLang, "anytls-rs 0.3.0"}); silent && own[p] > 0 {
			f.surely("the %v, which is %v, has sent %d heartbeats of its own", p, is, own[p])
		}
		if c.alone() {
			continue
		}
		if is == FindPeer("anytls-rs 0.5.4") && p == protocol.Client && own[p] == 0 {
			f.maybe("the client, which is %v, has sent no heartbeats of its own", is)
		}
		if never := is.Name == "anytls-rs"; seen.FINs[p] == never {
			f.add(!never, "the %v, which is %v, sends FIN: %v", p, is, seen.FINs[p])
		}
	}
	// Two streams at most, or one for each session where the server sends no FIN.
	few := c.Client.Name == "anytls-rs" || c.Client.Name == "anytls" && c.Server.Name == "anytls-rs"
	if (seen.Most <= 2) != few && !c.alone() {
		f.add(!few, "the client, which is %v, has opened %d streams in one session", c.Client, seen.Most)
	}
}
