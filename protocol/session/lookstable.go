package session

import "anytls-inspect/protocol"

// An implementation is a row of the table of habits: what one end of a program surely does,
// and what it surely does not. Where a session shows otherwise, it is not that program.
type implementation struct {
	names  []string // of the programs that have these habits, the best known first
	peer   protocol.Peer
	does   habit
	never  habit
	calls  []string // how its client=NAME/VERSION begins
	source string   // where the habits were read, or what was recorded
}

// implementations are the table. Recordings of all that say so are in testdata/looks, and
// TestRecordingsAreGuessed holds the table to them. What a row does not list, the program
// does sometimes, or nobody has looked. It is never written to.
var implementations = [...]implementation{
	{
		names: []string{"sing-box", "mihomo", "anytls-go", "sing-anytls"}, peer: protocol.Client,
		does:   targetSettings | ownFIN | full32k,
		never:  splitPreamble | cutSettings | aloneSettings | extraSettings | ownHeartbeats,
		calls:  []string{"sing-anytls/", "anytls/0.0.", "mihomo/"},
		source: "recordings of sing-box 1.14.1, 1.13.5 and 1.12.8, of mihomo 1.19.17 and of sing-anytls 0.0.11; anytls-go 0.0.13 proxy/session/session.go, as run: Settings, SYN and the target are one record",
	},
	{
		names: []string{"anytls-inspect"}, peer: protocol.Client,
		does:   targetSettings | ownHeartbeats | ownFIN,
		never:  splitPreamble | cutSettings | aloneSettings | extraSettings,
		calls:  []string{"anytls-inspect/", "demo-"},
		source: "a recording of the demo, whose clients are package capture/peer: it flushes as the reference does",
	},
	{
		names: []string{"anytls 0.3"}, peer: protocol.Client,
		does:   aloneSettings | ownHeartbeats | ownFIN | full4k,
		never:  splitPreamble | cutSettings | targetSettings | extraSettings | over4k,
		calls:  []string{"anytls/0.3."},
		source: "recordings of anytls 0.3.17, the crate; core/engine.rs: a HeartRequest each 30 s",
	},
	{
		names: []string{"anytls-rs"}, peer: protocol.Client,
		does:   splitPreamble | cutSettings | targetSettings | ownHeartbeats | full8k,
		never:  aloneSettings | extraSettings | ownFIN | over8k,
		calls:  []string{"anytls-rs/0.1."},
		source: "recordings of anytls-rs 0.5.4 and 0.3.0; session.rs: slot 0 of the scheme shapes the first frames, and no FIN is sent",
	},
	{
		names: []string{"anytls 0.5"}, peer: protocol.Client,
		does:   splitPreamble | extraSettings | ownHeartbeats | ownFIN,
		never:  targetSettings | aloneSettings,
		calls:  []string{"anytls(rust)/"},
		source: "anytls 0.5.3, the crate, as run: runtime/session.rs, core/frame.rs; a key session=N, a HeartRequest each 15 s",
	},
	{
		names: []string{"sing-box"}, peer: protocol.Server,
		does:   singBoxError | goError | ownFIN | full32k,
		never:  goDialError | rustError | ownHeartbeats | serverWaste,
		source: "recordings of sing-box 1.14.1, 1.13.5 and 1.12.8: the text names the outbound",
	},
	{
		names: []string{"anytls-go", "sing-anytls"}, peer: protocol.Server,
		does:   goDialError | goError | ownFIN | full32k,
		never:  singBoxError | rustError | ownHeartbeats | serverWaste,
		source: "recordings of sing-anytls 0.0.11; anytls-go 0.0.13 as run: the text is the dialer's error",
	},
	{
		names: []string{"anytls-inspect"}, peer: protocol.Server,
		does:   goDialError | goError | ownFIN | full32k,
		never:  singBoxError | rustError | serverWaste,
		source: "a recording of the demo, whose server is package capture/peer: its refusals are the dialer's errors, too",
	},
	{
		names: []string{"anytls-rs"}, peer: protocol.Server,
		does:   rustError | rsDialError | full8k,
		never:  goError | singBoxError | ownFIN | ownHeartbeats | serverWaste | over8k,
		source: "recordings of anytls-rs 0.5.4 and 0.3.0; session.rs: no FIN at a target's end",
	},
	{
		names: []string{"anytls 0.3"}, peer: protocol.Server,
		does:   rustError | ownHeartbeats | ownFIN | full4k,
		never:  goError | singBoxError | rsDialError | serverWaste | over4k,
		source: "recordings of anytls 0.3.17, the crate; core/engine.rs: a HeartRequest each 30 s of a server, too",
	},
	{
		names: []string{"anytls 0.5"}, peer: protocol.Server,
		does:   ownHeartbeats | ownFIN | full16k | serverWaste,
		never:  goError | singBoxError | over16k,
		source: "anytls 0.5.3, the crate, as run: runtime/session.rs; the server pads, too",
	},
}

// A trait is how much a habit tells, and what it is about.
type trait struct {
	habit habit
	// weighs is how much it tells of a peer that has it, and lacks of one that has it not:
	// 3 is a signature, 1 is what many have.
	weighs, lacks int
	about         string
}

// traits are all habits. They are never written to.
var traits = [...]trait{
	{splitPreamble, 2, 1, "preamble"},
	{cutSettings, 3, 0, "records"},
	{aloneSettings, 2, 0, "records"},
	{targetSettings, 1, 1, "records"},
	{extraSettings, 3, 0, "settings"},
	{ownHeartbeats, 1, 0, "heartbeats"},
	{ownFIN, 1, 0, "FIN"},
	{serverWaste, 3, 0, "padding"},
	{over4k, 0, 0, "length of PSH"},
	{over8k, 0, 0, "length of PSH"},
	{over16k, 0, 0, "length of PSH"},
	{full4k, 1, 0, "length of PSH"},
	{full8k, 1, 0, "length of PSH"},
	{full16k, 1, 0, "length of PSH"},
	{full32k, 1, 0, "length of PSH"},
	{singBoxError, 3, 0, "text of errors"},
	{goDialError, 1, 0, "text of errors"},
	{goError, 1, 0, "text of errors"},
	{rustError, 1, 0, "text of errors"},
	{rsDialError, 2, 0, "text of errors"},
}
