package interop

import (
	"time"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/report"
)

// longPlan is that of the long run. The pairs are idle for so long that clients in Go close the sessions
// that they have left, which they do where one is idle for half a minute, each half a minute.
var longPlan = guide.Plan{Duration: 10 * time.Minute, Idle: 65 * time.Second}

// longTitle returns the title of its report.
func longTitle(l report.Lang) string {
	if l == report.Chinese {
		return "Go 与 Rust 的 AnyTLS 心跳互通：三对真实程序，场景 3 各十分钟"
	}
	return "AnyTLS heartbeats between Go and Rust: three pairs of real programs, scenario 3 for ten minutes each"
}
