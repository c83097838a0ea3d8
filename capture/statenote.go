package capture

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"anytls-inspect/protocol"
)

// maxWhy bounds what a note tells of why heartbeats wait, in bytes.
const maxWhy = 512

// noneAcknowledged ends the note of bytes whose receiver's TCP is silent.
const noneAcknowledged = ", none acknowledged"

// StateNote returns the comment by which a recording tells of an event that says whether
// bytes stand, or heartbeats wait, or what a rule does: the made-up packets of a recording do
// not show it. It is empty for other events. It reads
//
//	blocked c2s since 2026-01-02T03:04:05.678Z: 4096 bytes
//	blocked c2s since 2026-01-02T03:04:05.678Z: 4096 bytes, none acknowledged
//	unblocked c2s
//	heartbeats c2s wait since 2026-01-02T03:04:05.678Z: the server does not read
//	heartbeats c2s go
//	applied s2c rule 2 delay SYNACK, stream 3, 12 bytes, waits: for 4s
//	applied s2c rule 2 delay SYNACK, stream 3, 12 bytes, ended after 4s
//	applied s2c rule 3 insert SYNACK, stream 3, 12 bytes, again, not done: that peer is gone
func StateNote(e *Event) string {
	since := func() string { return e.Since.UTC().Format(time.RFC3339Nano) }
	switch e.Kind {
	case Blocked:
		note := fmt.Sprintf("blocked %v since %s: %d bytes", e.Dir, since(), e.Bytes)
		if e.Silent {
			note += noneAcknowledged
		}
		return note
	case Unblocked:
		return fmt.Sprintf("unblocked %v", e.Dir)
	case HeartbeatsWait:
		return fmt.Sprintf("heartbeats %v wait since %s: %s", e.Dir, since(), e.Why[:min(len(e.Why), maxWhy)])
	case HeartbeatsGo:
		return fmt.Sprintf("heartbeats %v go", e.Dir)
	case Applied:
		return applicationNote(e)
	default:
		return ""
	}
}

// ParseStateNote returns the event that a comment tells of, without session and time. ok is
// false where the comment is not [StateNote]'s.
func ParseStateNote(comment string) (e Event, ok bool) {
	if text, ok := strings.CutPrefix(comment, appliedPrefix); ok {
		return parseApplication(text)
	}
	what, detail, detailed := strings.Cut(comment, ": ")
	words := strings.Split(what, " ")
	if len(words) < 2 || !parseDirection(words[1], &e.Dir) {
		return Event{}, false
	}
	rest := strings.Join(words[2:], " ")
	since, timed := strings.CutPrefix(rest, "since ")
	switch {
	case words[0] == "blocked" && detailed && timed:
		e.Kind = Blocked
		return e, parseSince(since, &e) && parseBytes(detail, &e)
	case words[0] == "unblocked" && rest == "" && !detailed:
		e.Kind = Unblocked
		return e, true
	case words[0] == "heartbeats" && rest == "go" && !detailed:
		e.Kind = HeartbeatsGo
		return e, true
	case words[0] == "heartbeats" && detailed:
		since, timed = strings.CutPrefix(rest, "wait since ")
		e.Kind, e.Why = HeartbeatsWait, protocol.Printable(detail[:min(len(detail), maxWhy)])
		return e, timed && parseSince(since, &e)
	default:
		return Event{}, false
	}
}

func parseDirection(text string, dir *protocol.Direction) bool {
	for _, d := range [...]protocol.Direction{protocol.ClientToServer, protocol.ServerToClient} {
		if text == d.String() {
			*dir = d
			return true
		}
	}
	return false
}

func parseSince(text string, e *Event) bool {
	since, err := time.Parse(time.RFC3339Nano, text)
	e.Since = since.UTC()
	return err == nil && e.Since.After(time.Unix(0, 0)) && e.Since.Year() < 10_000 // as RFC 3339 can say it
}

func parseBytes(text string, e *Event) bool {
	text, e.Silent = strings.CutSuffix(text, noneAcknowledged)
	number, ok := strings.CutSuffix(text, " bytes")
	n, err := strconv.ParseUint(number, 10, 64)
	e.Bytes = n
	return ok && err == nil
}
