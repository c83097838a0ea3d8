package guide

import (
	"fmt"

	"anytls-inspect/capture/report"
)

// words are a text in the languages of reports.
type words struct{ english, chinese string }

// in returns the words in a language, with args in their places.
func (w words) in(l report.Lang, args ...any) string {
	format := w.english
	if l == report.Chinese {
		format = w.chinese
	}
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

var (
	underLoad = words{"under load", "负载下"}

	// Why steps are not measured.
	runEnded     = words{"the run was ended", "运行已被中止"}
	timeOver     = words{"the time of the run was over", "运行时间已用完"}
	notStarted   = words{"the pair could not be started", "无法启动这一对"}
	pairGone     = words{"the pair had broken off", "这一对已中断"}
	failsAlone   = words{"the pair fails by itself", "这一对自身就失败"}
	nothingCame  = words{"no request came through the relay", "没有请求经过中继成功"}
	beatsLost    = words{"heartbeats were lost before: what they cost can't be told", "此前有心跳丢失：无法得知其开销"}
	pastRelay    = words{"the client does not use the relay", "客户端没有使用中继"}
	badTarget    = words{"the target fails by itself", "目标自身就失败"}
	ownTargets   = words{"the requests are for a URL: only a target of the run's own can tell", "请求发往 URL：只有运行自带的目标才能测量"}
	noneDirect   = words{"the client runs already, and none that uses the server without the relay was named", "客户端已在运行，且未指定绕过中继使用服务器的客户端"}
	serverMoves  = words{"the client runs already, and can't know where the server was started", "客户端已在运行，无法得知服务器在何处启动"}
	verifiesOurs = words{"the client verifies with the run's own authority, which the server that runs already has no certificate of", "客户端以本次运行的 CA 校验，而已在运行的服务器没有其证书"}
	noLogs       = words{"both ends run already, and no log of theirs was named", "两端均已在运行，且未指定日志"}
	noPIDs       = words{"both ends run already, and no process of theirs was named", "两端均已在运行，且未指定进程"}
	noCPU        = words{"this system has no account of CPU time in nanoseconds", "本系统没有以纳秒计的 CPU 时间统计"}
	noDatagrams  = words{"the client's SOCKS inbound takes no datagrams: %s", "客户端的 SOCKS 入站不支持数据报：%s"}
	smallAnswer  = words{"the answer of the URL is too small to tell a rate", "该 URL 的响应太小，无法得出速率"}

	// Why a scenario can't go on.
	wentPast = words{
		"%d of %d requests succeeded, and nothing of them came to the relay at %s: the client has another way. Have it find its server there",
		"%d / %d 个请求成功，但没有经过 %s 处的中继：客户端走了别的路。请让客户端把服务器地址设为该处",
	}

	wrongTarget = words{
		"the target %s fails by itself: %v. Name a URL that is answered well, and soon",
		"目标 %s 自身就失败：%v。请指定能正常且及时应答的 URL",
	}

	// What is noted of a scenario.
	endedNote = words{"the run was ended before the scenario was over", "场景结束之前运行已被中止"}
	overNote  = words{"the time of the run was over before the scenario was", "场景结束之前运行时间已用完"}
	idleNote  = words{"while the pair was idle, sessions were closed by: %s", "空闲期间关闭会话的一方：%s"}
)
