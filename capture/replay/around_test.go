package replay_test

import (
	"fmt"
	"strings"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// around returns what a replay tells of around the first diagnostic with a code, one thing a
// line: what else it tells of would hide these.
func around(p *played, code session.Code) string {
	const before, behind = 16, 4
	var lines []string
	left := -1 // lines to come; -1: the diagnostic was not found yet
	var b journal.Batch
	for j := decode(p); left != 0 && j.Read(&b, 1000); {
		for i := range b.Entries {
			e := &b.Entries[i]
			l := fmt.Sprintf("%s %T %+v", e.At.Format("05.000000"), e.Notice, e.Notice)
			if e.IsFrame() {
				l = fmt.Sprintf("%s %v %v %d, %d bytes, %v", e.At.Format("05.000000"), e.Dir, e.Name(), e.Header.Stream, e.Header.Length, e.Fate)
			}
			lines = append(lines, "\t"+l)
			if d, ok := e.Notice.(session.Diagnostic); ok && d.Code == code && left < 0 {
				lines, left = lines[max(0, len(lines)-before):], behind
			} else if left > 0 {
				left--
			}
			if left == 0 {
				break
			}
		}
	}
	return strings.Join(lines, "\n")
}
