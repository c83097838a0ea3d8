package interop

import (
	"fmt"

	"anytls-inspect/capture/report"
)

// Words is a text in both languages of reports.
type Words struct{ English, Chinese string }

// In returns the words in a language, with args in their places.
func (w Words) In(lang report.Lang, args ...any) string {
	format := w.English
	if lang == report.Chinese {
		format = w.Chinese
	}
	return fmt.Sprintf(format, args...)
}

// The titles of scenarios, and notes on how they were measured.
var (
	underLoadTitle = Words{"under load", "负载下"}

	matrixNote = Words{
		"past the relay and through it: %d requests %v apart, then %d, %d at a time, then a download and an upload of %d MiB",
		"绕过中继和经过中继各：%d 个请求，间隔 %v；然后 %d 个，每次并发 %d 个；然后下载和上传各 %d MiB",
	}
	againNote = Words{
		"the pair fails only sometimes: requests in parallel were repeated until some failed, %d times past the relay and %d times through it",
		"这一对只是有时失败：并发请求重复到出现失败为止，绕过中继 %d 次，经过中继 %d 次",
	}
	alwaysNote    = Words{"known to fail: ", "已知失败："}
	sometimesNote = Words{"known to fail sometimes: ", "已知有时失败："}
	neverNote     = Words{"known: ", "已知："}

	steadyNote = Words{
		"one request each %[1]v for the whole time, and a stream that stays open, on which a byte goes to and fro each %[1]v; through the relay only",
		"全程每 %[1]v 一个请求，另有一个始终打开的流，每 %[1]v 来回一个字节；只经过中继",
	}
	cpuNote = Words{
		"CPU: two more runs of the same pair side by side for the same time, each with one session and one idle stream, one with heartbeats toward both sides and one without; CPU time is utime + stime of /proc/PID/stat, in ticks of 10 ms",
		"CPU：同一对另外并行运行两次，时长相同，各有一个会话和一个空闲流，一次向两侧注入心跳，一次不注入；CPU 时间取 /proc/PID/stat 的 utime + stime，单位为 10 ms 的时钟滴答",
	}
	loadNote = Words{
		"rounds of %d requests, %d at a time, with a download and an upload of %d MiB each, compared by SHA-256",
		"每轮 %d 个请求，每次并发 %d 个，另有下载和上传各 %d MiB，以 SHA-256 比较",
	}
	rateNote = Words{
		"throughput: %d times a download of %d MiB, by turns through two relays of the same pair, one that injects heartbeats toward both sides and one that does not",
		"吞吐量：同一对的两个中继轮流下载，各 %d 次，每次 %d MiB，一个向两侧注入心跳，另一个不注入",
	}
)
