package interop

import (
	"fmt"
	"time"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/report"
)

// longPlan is that of the long run. The pairs are idle for so long that clients in Go have closed the
// sessions that they don't use: each half a minute they close those that were idle for half a minute.
var longPlan = guide.Plan{Duration: 10 * time.Minute, Idle: 65 * time.Second}

// words is a text in both languages of reports.
type words struct{ english, chinese string }

// in returns the words in a language, with args in their places.
func (w words) in(l report.Lang, args ...any) string {
	format := w.english
	if l == report.Chinese {
		format = w.chinese
	}
	return fmt.Sprintf(format, args...)
}

var (
	longTitle = words{
		"AnyTLS heartbeats between Go and Rust: the interop guide on real programs, ten minutes a pair",
		"Go 与 Rust 之间的 AnyTLS 心跳：以真实程序运行互通指南，每对十分钟",
	}
	toRepeat = words{
		"to run all of this again: interop/run -long --report FILE; this pair alone, with programs of your own in the folders: " +
			"anytls-inspect guide --peers interop/%[1]s --server %[2]s=FOLDER --client %[3]s=FOLDER --duration 10m --idle 65s",
		"重新运行全部：interop/run -long --report FILE；只运行这一对，程序放在自己的目录中：" +
			"anytls-inspect guide --peers interop/%[1]s --server %[2]s=FOLDER --client %[3]s=FOLDER --duration 10m --idle 65s",
	}
)

// toRepeat says how a pair of the long run is run again.
func (p Pair) toRepeat(l report.Lang) string {
	return toRepeat.in(l, ownPeers, p.Server.implementation(), p.Client.implementation())
}
