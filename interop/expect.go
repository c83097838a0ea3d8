package interop

import (
	"slices"

	"anytls-inspect/capture/report"
)

// An Expected is something that a run of the guide has to say of some pairs. Whatever is not expected of
// a step is that it passes.
type Expected struct {
	// Servers and Clients say which pairs: by the peers' names, names with versions, or languages; nil: all.
	Servers, Clients []string

	// Steps are what steps come to, each to one of some; Rest is what those come to of which nothing is
	// said otherwise; nil: nothing is said of them.
	Steps map[report.StepID][]report.Status
	Rest  []report.Status
	// Sometimes says that these steps pass, too: the pair fails only sometimes.
	Sometimes bool

	// Causes are the errors that say why the pair fails: where it does, one of them is raised, and
	// something is known of the peers that explains it. Others are the further errors that may be raised.
	Causes, Others []string
	// Shows are diagnostics and problems that are raised, however severe.
	Shows []string
	// Long says that only a run of several minutes shows that.
	Long bool
}

// consequences are the errors that follow where requests of a pair fail.
var consequences = []string{
	"pair-fails-by-itself", "relay-breaks-pair", "relay-hides-failure", "requests-failed",
	"step-failed", "target-failed", "request-after-idleness-failed", "client-logged-trouble", "server-logged-trouble",
}

// races are the errors of the client of anytls-rs where two requests at once race for a new session: a
// HeartRequest of its own can get ahead of Settings, as a SYN can.
var races = []string{
	"syn-before-settings", "settings-missing", "stream-id-not-increasing", "synack-late", "synack-missing", "alert", "auth-split",
	"server-silent", // which has sent no SYNACK, and nothing else meanwhile
}

// timely are the errors that say, or follow from it, that something did not come in its time: a machine
// that is late itself can bring them about.
var timely = append([]string{
	"heartbeat-unanswered", "heartbeat-stalled-by-stream", "heartbeat-waiting", "server-silent", "session-silent", "path-dead",
	"peer-not-reading", "synack-late", "synack-missing", "datagrams-failed",
}, consequences...)

// udp and logs return what is said of one step only.
func udp(s report.Status) map[report.StepID][]report.Status {
	return map[report.StepID][]report.Status{report.StepUDP: {s}}
}

func logs(s ...report.Status) map[report.StepID][]report.Status {
	return map[report.StepID][]report.Status{report.StepLogs: s}
}

// expectations are all that is not as it should be, or can't be measured. The words of why are the
// habits of the implementations, in the table of the guide and in peers/peers.toml.
var expectations = []Expected{
	// A client that cuts the preamble.
	{
		Servers: []string{goLang}, Clients: []string{"anytls-rs"},
		Steps: map[report.StepID][]report.Status{
			report.StepDirect: {report.Failed}, report.StepRelayed: {report.Failed},
			// The client logs an error where it has to tell its user of the failure in time.
			report.StepLogs: {report.Failed, report.NotMeasured},
		},
		Rest:   []report.Status{report.NotMeasured},
		Causes: []string{"auth-split"},
		Others: []string{
			"rejected", "syn-before-settings", "settings-missing", "stream-id-not-increasing",
			"pair-fails-by-itself", "client-logged-trouble", "server-logged-trouble",
		},
	},
	// Its races, which its own server takes but for a SYNACK now and then.
	{
		Servers: []string{"anytls"}, Clients: []string{"anytls-rs"},
		Rest: []report.Status{report.Failed, report.NotMeasured}, Sometimes: true,
		Causes: []string{"syn-before-settings", "synack-late"}, Others: slices.Concat(races, consequences),
	},
	{
		Servers: []string{"anytls-rs"}, Clients: []string{"anytls-rs"},
		Rest: []report.Status{report.Failed, report.NotMeasured}, Sometimes: true,
		Causes: []string{"synack-late"}, Others: slices.Concat(races, consequences),
	},
	// UDP over TCP works between programs in Go, and of anytls with itself, by a table of addresses of its own.
	{Clients: []string{"sing-anytls"}, Steps: udp(report.NotMeasured)},
	{
		Servers: []string{"sing-anytls", "anytls"}, Clients: []string{"sing-box", "mihomo"},
		Steps: udp(report.Failed), Causes: []string{"datagrams-failed"},
	},
	{
		Servers: []string{"anytls"}, Clients: []string{"anytls-rs"},
		Steps: udp(report.Failed), Causes: []string{"datagrams-failed"},
	},
	{
		Servers: []string{"anytls-rs"}, Clients: []string{"sing-box", "mihomo", "anytls-rs"},
		Steps: udp(report.Failed), Causes: []string{"datagrams-failed"}, Others: []string{"synack-late"},
	},
	{
		Servers: []string{"sing-box", "mihomo"}, Clients: []string{"anytls"},
		Steps: udp(report.Failed), Causes: []string{"uot-address-type"}, Others: []string{"datagrams-failed"},
	},
	{ // which refuses UDP, perhaps before the first datagram is there
		Servers: []string{"sing-anytls"}, Clients: []string{"anytls"},
		Steps: udp(report.Failed), Causes: []string{"uot-address-type", "datagrams-failed"},
	},
	{
		Servers: []string{"anytls-rs"}, Clients: []string{"anytls"},
		Steps: udp(report.Failed), Causes: []string{"uot-address-type"}, Others: []string{"datagrams-failed", "synack-late"},
	},
	{
		Servers: []string{"anytls"}, Clients: []string{"anytls"},
		Steps: udp(report.Passed), Causes: []string{"uot-address-type"},
	},
	// Programs in Go log nothing of heartbeats.
	{Servers: []string{goLang}, Clients: []string{goLang}, Steps: logs(report.NotMeasured)},
	// Sessions that are not used again, since they get no FIN.
	{Servers: []string{"anytls-rs"}, Clients: []string{"anytls"}, Shows: []string{"session-not-reused"}},
	// A server that does not close what its client has closed, once the client reaps its idle sessions.
	{Servers: []string{"anytls-rs 0.3.0"}, Clients: []string{goLang}, Shows: []string{"session-kept-open"}, Long: true},
}

// expected returns what a run has to say of the pair.
func (p Pair) expected(long bool) (list []*Expected) {
	for i := range expectations {
		if e := &expectations[i]; e.of(p) && (long || !e.Long) {
			list = append(list, e)
		}
	}
	return list
}

// of tells whether it is said of a pair.
func (e *Expected) of(p Pair) bool { return p.Server.isOne(e.Servers) && p.Client.isOne(e.Clients) }

// isOne tells whether a peer is one of those that are named; nil names all.
func (p Peer) isOne(names []string) bool {
	return names == nil || slices.ContainsFunc(names, func(name string) bool {
		return name == p.Name || name == p.implementation() || name == p.String() || name == p.Language
	})
}

// says returns what is expected of a step; nil: that it passes.
func says(list []*Expected, id report.StepID) *Expected {
	for _, e := range list {
		if e.Steps[id] != nil {
			return e
		}
	}
	for _, e := range list {
		if e.Rest != nil {
			return e
		}
	}
	return nil
}

// allows tells whether a step may come to a status.
func (e *Expected) allows(id report.StepID, s report.Status) bool {
	if e == nil {
		return s == report.Passed
	}
	want := e.Steps[id]
	if want == nil {
		want = e.Rest
	}
	return slices.Contains(want, s) || e.Sometimes && s == report.Passed
}
