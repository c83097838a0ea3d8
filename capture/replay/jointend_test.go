package replay

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol/session"
)

// TestJointBegins: a session is opened toward the server of the server's leg, or the one that
// the recording names, once; and TLS stands when it does on both legs.
func TestJointBegins(t *testing.T) {
	both := func(r *jointRig) {
		r.opens(onClient)
		r.server = "server:1"
		r.open()
		r.opens(onServer)
	}
	cut := legEnd{by: session.ClosedByCapture, reason: "it ends"}
	for _, tt := range []struct {
		name string
		play func(r *jointRig)
		want []string
	}{
		{"in order", func(r *jointRig) {
			both(r)
			r.establishes(onServer)
			r.establishes(onClient)
		}, []string{"opened client's client > server:1", "established client server"}},
		{"with a name", func(r *jointRig) {
			r.hear("toward name:2, route x")
			both(r)
			r.establishes(onClient)
			r.data(onClient, jointUp, "abc", session.Forwarded)
			r.data(onServer, jointUp, "abc", session.Forwarded)
			r.establishes(onServer)
			r.event(onServer, capture.Event{Kind: capture.Gone, Dir: jointDown})
		}, []string{"opened client's client > name:2", "established client server", "c2s abc", "s2c kind 7"}},
		{"no server", func(r *jointRig) {
			r.opens(onClient)
			r.hear("ended by server, TLS failed: refused")
			r.over(onClient, legEnd{by: session.ClosedByServer, byRelay: true, reason: "?"})
		}, []string{"opened client's client > client's server", "closed by server refused"}},
		{"the client's leg alone", func(r *jointRig) {
			r.opens(onClient)
			r.establishes(onClient)
			r.data(onClient, jointUp, "abc", session.Forwarded)
			r.over(onClient, legEnd{by: session.ClosedByClient})
		}, []string{"opened client's client > client's server client", "established client -", "c2s abc", "closed by client"}},
		{"the client never answered", func(r *jointRig) {
			both(r)
			r.establishes(onServer)
			r.over(onServer, legEnd{by: session.ClosedByClient, byRelay: true})
			r.over(onClient, legEnd{by: session.ClosedByClient, tlsFailed: true, reason: "no trust"})
		}, []string{"opened client's client > server:1", "established - server", "closed by client no trust"}},
		{"the server's leg has no key", func(r *jointRig) {
			both(r)
			r.establishes(onClient)
			r.data(onClient, jointUp, "abc", session.Forwarded)
			r.over(onClient, legEnd{by: session.ClosedByClient})
			r.over(onServer, legEnd{by: session.ClosedByClient, byRelay: true, undecoded: "no key"})
		}, []string{"opened client's client > server:1", "established client -", "c2s abc", "closed by client no key"}},
		{"the capture ends", func(r *jointRig) {
			both(r)
			r.over(onClient, cut)
			r.over(onServer, cut)
		}, []string{"opened client's client > server:1", "closed by capture it ends"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newJointRig(t)
			tt.play(r)
			r.tells(tt.want...)
		})
	}
}

// TestJointWithoutKeys: what the peer of a leg sent that has no key is not seen; where neither
// leg has one, nothing of the session is.
func TestJointWithoutKeys(t *testing.T) {
	client, server := legEnd{by: session.ClosedByClient}, legEnd{by: session.ClosedByClient, byRelay: true}
	blindClient, blindServer := client, server
	for _, end := range []*legEnd{&blindClient, &blindServer} {
		end.blind, end.undecoded, end.why = true, "no key", "no key"
	}
	for _, tt := range []struct {
		onClient, onServer legEnd
		want               []string
	}{
		{client, server, []string{"closed by client"}},
		{client, blindServer, []string{"s2c unseen: no key", "closed by client no key"}},
		{blindClient, server, []string{"c2s unseen: no key", "closed by client no key"}},
		{blindClient, blindServer, []string{"closed by client, blind: no key"}},
	} {
		r := newJointRig(t)
		r.stands()
		r.over(onServer, tt.onServer)
		r.over(onClient, tt.onClient)
		r.tells(tt.want...)
	}
}

// TestJointEnds: what a leg's peer did counts before what the relay did for it, and what the
// relay told before both.
func TestJointEnds(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	client := legEnd{by: session.ClosedByClient, reason: "the client", endedAt: at(1)}
	server := legEnd{by: session.ClosedByServer, reason: "the server", endedAt: at(2)}
	relayToClient := legEnd{by: session.ClosedByServer, byRelay: true, reason: "?", endedAt: at(0)}
	relayToServer := legEnd{by: session.ClosedByClient, byRelay: true, reason: "?", endedAt: at(0)}
	failed := legEnd{by: session.ClosedByServer, tlsFailed: true, reason: "TLS", endedAt: at(9)}
	cut := legEnd{by: session.ClosedByCapture, cut: true, reason: "cut", endedAt: at(9)}
	open := legEnd{by: session.ClosedByCapture, reason: "open", endedAt: at(9)}
	keyless := relayToServer
	keyless.undecoded = "no key"
	for _, tt := range []struct {
		onClient, onServer legEnd
		told, want         string
	}{
		{client, relayToServer, "", "closed by client the client"},
		{relayToClient, server, "", "closed by server the server"},
		{client, server, "", "closed by client the client"},
		{client, failed, "", "closed by server TLS"},
		{client, cut, "", "closed by capture cut"},
		{client, open, "", "closed by client the client"},
		{open, relayToServer, "", "closed by capture open"},
		{relayToClient, relayToServer, "", "closed by relay ?"},
		{client, server, "ended by relay: why", "closed by relay why"},
		{client, keyless, "ended by client: why", "closed by client no key; why"},
		{client, keyless, "ended by client", "closed by client no key"},
		{client, cut, "ended by client", "closed by client"},
	} {
		r := newJointRig(t)
		r.stands()
		if tt.told != "" {
			r.hear(tt.told)
		}
		r.over(onServer, tt.onServer)
		r.tells()
		r.over(onClient, tt.onClient)
		r.tells(tt.want)
		// Nothing comes behind it.
		r.data(onClient, jointUp, "abc", session.Forwarded)
		r.over(onClient, tt.onClient)
		r.tells()
	}
}

// TestJointEndsWithItsPackets: a session that the relay told the end of is closed when its last
// packet was, also where a leg stays open until the capture ends, since its peer ended no TCP.
func TestJointEndsWithItsPackets(t *testing.T) {
	began := time.Unix(1_000_000, 0).UTC()
	last, end := began.Add(5*time.Second), began.Add(time.Hour)
	for _, tt := range []struct {
		note string
		want time.Time
	}{
		{"ended by client, TLS failed: no trust", last},
		{"ended by server", last},
		{"", end},
	} {
		var closed capture.Event
		j := newJoint(new(room), func(e *capture.Event) { closed = *e })
		for _, l := range [...]capture.Leg{onClient, onServer} {
			j.take(l, &capture.Event{Kind: capture.Opened, At: began})
			j.packet(&connection{leg: l}, &packet{at: last.UnixNano(), comment: []byte(tt.note)})
		}
		j.packet(&connection{leg: onClient}, &packet{at: began.UnixNano()}) // an older one comes late
		j.ends(onServer, legEnd{at: last})
		j.ends(onClient, legEnd{at: end})
		if closed.Kind != capture.Closed || !closed.At.Equal(tt.want) {
			t.Errorf("%q: closed at %v, want %v", tt.note, closed.At, tt.want)
		}
	}
}

// TestJointIsBounded: what can't be matched is held up to a bound, and told beyond it.
func TestJointIsBounded(t *testing.T) {
	record := string(bytes.Repeat([]byte("x"), 16<<10))
	r := newJointRig(t)
	r.stands()
	for range 2 * maxLane / len(record) {
		r.data(onClient, jointUp, record, session.Forwarded)
		if held := r.lanes[jointUp].held; held > maxLane {
			t.Fatalf("%d bytes are held", held)
		}
	}
	if r.room.held != 0 || len(strings.Join(r.lines, "")) < 2*maxLane {
		t.Errorf("%d bytes are held, %d lines told", r.room.held, len(r.lines))
	}
	r = newJointRig(t)
	r.opens(onClient)
	r.server = "server:1"
	r.open()
	r.establishes(onClient) // of the other there is no key yet
	for range 2 * maxLane / len(record) {
		r.data(onClient, jointUp, record, session.Forwarded)
	}
	if len(r.lines) < 2 || r.lines[1] != "established client -" {
		t.Errorf("%d events", len(r.lines))
	}
	r = newJointRig(t)
	r.stands()
	for range 3 * maxLaneItems {
		r.data(onClient, jointUp, "x", session.Forwarded)
	}
	if n := r.lanes[jointUp].items.len(); n > maxLaneItems {
		t.Errorf("%d events are held", n)
	}
}

// TestManyJointsAreBounded: sessions of which a byte each waits take no more memory than there is
// room for, with what a byte takes beside itself.
func TestManyJointsAreBounded(t *testing.T) {
	const many = 4 * maxRoom / laneMemory
	shared, rigs := new(room), make([]*jointRig, 0, many)
	before := heap()
	for range many {
		r := newJointRig(t)
		r.room = shared
		r.stands()
		r.data(onClient, jointUp, "x", session.Forwarded)
		rigs = append(rigs, r)
		if shared.held > maxRoom+laneMemory {
			t.Fatalf("%d bytes are held", shared.held)
		}
	}
	if took := heap() - before; took > 2*maxRoom {
		t.Errorf("%d bytes are in use, and %d counted", took, shared.held)
	}
	for _, r := range rigs {
		r.over(onServer, legEnd{})
		r.over(onClient, legEnd{})
	}
	if shared.held != 0 {
		t.Errorf("%d bytes are held of sessions that are closed", shared.held)
	}
}

// heap returns how many bytes are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestJointAllocatesNothing: what is passed on costs no memory.
func TestJointAllocatesNothing(t *testing.T) {
	j := newJoint(new(room), func(*capture.Event) {})
	r := &jointRig{joint: j, t: t, now: time.Unix(1, 0)}
	r.stands()
	at, data := r.now, make([]byte, 16<<10)
	e := capture.Event{Kind: capture.Data, Dir: jointUp, Data: data}
	run := func() {
		for range 100 {
			e.At = at
			j.take(onClient, &e)
			j.take(onClient, &e)
			j.take(onServer, &e)
			j.take(onServer, &e)
		}
	}
	run()
	if n := testing.AllocsPerRun(10, run); n > 1 {
		t.Errorf("%v allocations", n)
	}
}
