package report

import (
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// adviceFor returns the advice on a code. English advice is the code's own, and stands
// in for Chinese advice that is missing.
func adviceFor(code session.Code, l Lang) string {
	if l == Chinese {
		if advice, ok := chineseAdvice[code]; ok {
			return advice
		}
	}
	return journal.Spec(code).Advice
}

// chineseAdvice says what [journal.Spec] says in English.
var chineseAdvice = map[session.Code]string{
	session.CodeAuthSplit:             "认证前导未在一个 TLS 记录中发出：只读一次的服务器会关闭连接，客户端应一次写出。",
	session.CodeAuthPaddingMismatch:   "padding0 的长度与填充方案不符：请核对客户端使用的方案。",
	session.CodePasswordMismatch:      "请将客户端的密码与服务器及中继的密码对照：密码不同的服务器会无声关闭，或以其他服务应答。",
	session.CodeNotAnyTLS:             "这些字节不是 AnyTLS：密码错误而落到回落服务，或该端口是其他协议。中继原样转发。",
	session.CodeSettingsMissing:       "会话的第一帧应为 Settings；服务器可能拒绝该会话。",
	session.CodeSettingsMalformed:     "Settings 每行应为 key=value；服务器可能拒绝该会话。",
	session.CodeSYNBeforeSettings:     "客户端在 Settings 之前打开流，服务器必须拒绝该会话。",
	session.CodeWrongSide:             "只有另一方可以发送该命令；多数实现忽略，有的会关闭。",
	session.CodeUnknownCommand:        "协议没有该命令：对端版本更新，或帧边界已丢失。各实现的处理不同。",
	session.CodeDataNotAllowed:        "该命令不能携带数据：Go 实现不读取这些数据，此后帧边界错乱。",
	session.CodeReceiverLost:          "这是本次运行的一条规则有意为之。此后该端的任何行为都不归咎于它；新的会话会重新开始。",
	session.CodeResynchronised:        "并非任何一方的过错：抓包缺失了部分字节，其内容不可知，也不据此作任何判断。请加大抓包缓冲区，或在更靠近某一端处抓包。",
	session.CodeDesynchronised:        "连续出现未知命令：帧边界已丢失。请查看此前最后一个正常的帧。",
	session.CodeStreamIDNotIncreasing: "会话内流编号应逐一递增；服务器可能与先前的流混淆。",
	session.CodeStreamReused:          "流编号不得重复使用：关闭后的编号不应再次打开。",
	session.CodeUnknownStream:         "该流未曾打开或已关闭；对端会丢弃该帧，数据随之丢失。",
	session.CodeFrameAfterFIN:         "一方发送 FIN 后不应再发数据；对端会丢弃。",
	session.CodeTargetMalformed:       "流的数据以 SOCKS 地址开头；服务器无法得知连接目标。",
	session.CodeSYNACKMissing:         "服务器未发送 SYNACK：版本 2 的客户端会等待它。",
	session.CodeSYNACKError:           "服务器无法连接目标；原因见其文本。",
	session.CodeSYNACKLate:            "SYNACK 超过 3 秒时，参考客户端会关闭整个会话及其所有流。",
	session.CodeSYNACKDuplicate:       "每个流只应有一个 SYNACK；多余的可能被当作错误。",
	session.CodeVersionMismatch:       "在版本 1 的会话中使用了版本 2 的命令：对端可能不予处理。",
	session.CodeHeartbeatUnanswered:   "版本 2 的实现必须应答每个心跳请求；若卡在某个流的数据上则无法应答。",
	session.CodeHeartbeatSlow:         "应答超过 100 ms：对端繁忙，或被流的数据阻塞。",
	session.CodeHeartbeatUnsolicited:  "无人请求的应答；以应答判断存活的实现会被误导。",
	session.CodeHeartbeatWrongStream:  "应答应带请求的流编号；以编号区分请求的实现会视为没有应答。",
	session.CodeHeartbeatStreamID:     "心跳属于会话，流编号应为 0；有的实现会因此结束会话。",
	session.CodeHeartbeatStalled:      "心跳被某个流的数据阻塞：对端未及时读取该流，并非失去响应。",
	session.CodePaddingViolation:      "写出的大小与填充方案不符：请核对客户端的填充实现。",
	session.CodePaddingIgnored:        "服务器更新的填充方案未用于下一个会话。",
	session.CodePaddingMalformed:      "客户端会忽略无法解析的部分；没有有效的 stop 则保留旧方案。",
	session.CodeAlert:                 "服务器拒绝了该会话；原因见其文本。",
	session.CodeAlertNotClosed:        "发送或收到 Alert 后双方应关闭会话。",
	session.CodeSessionSilent:         "客户端未应答心跳，也没有发送任何数据：其主机休眠，或路径已失效。",
	session.CodeServerSilent:          "请检查服务器进程、其负载以及路径；若它从未应答，请先检查密码以及该端口上的服务。心跳可以区分忙于连接目标的服务器与失联的服务器。",
	session.CodePeerNotReading:        "该端程序不再读取，会话的所有流都在等待：多半是某个流的接收方不取数据。请查看该流的另一端。",
	session.CodeControlWriteDeadline:  "0.0.9 起的 Go 实现写控制帧时给整个连接设 5 秒写期限；根源是不读取的一方，参见 peer-not-reading。",
	session.CodeRejected:              "请核对客户端与服务器的密码，以及该端口上的服务：服务器不认识凭据时会无声关闭。",
	session.CodeSessionKeptOpen:       "一方已正常关闭，另一方仍保持会话：anytls-rs 0.3.0 等 Rust 服务端如此；对中继无害，但服务端会泄漏内存与描述符。",
	session.CodeSessionChurn:          "会话频繁新建又很快关闭：检查密码、填充与空闲会话设置。",
	session.CodeIdlePoolOrder:         "应优先复用最新的空闲会话；复用旧会话更易遇到已断开的连接。",
	session.CodeSessionNotReused:      "应在已有的空闲会话中打开流：每个新会话都要 TLS 握手与填充，空闲会话占用双方内存。",
	session.CodeClosedAsOpened:        "服务器或其前的设备比客户端更早放弃空闲会话：让客户端先关闭，或在另一会话中重试该流。",
	session.CodeSYNACKThenNothing:     "卡住的不是会话，而是服务器之后：目标没有应答，或服务器在连接目标之前就接受了流。只接收数据的目标也如此。",
	session.CodePaddingEarly:          "并非错误：sing-box 与参考实现会立即对所有会话采用新方案。",
	session.CodePaddingOversize:       "请更正服务器的填充方案：大小不超过 16384，槽 0 不超过 1152。",
	session.CodePaddingNewline:        "双方方案相同，只差末尾的换行：请使用同一文本，否则服务器在每个会话中都会重发。",
	session.CodeAnsweredWithNext:      "对端可能把应答写入缓冲而迟迟不刷出：应在每帧之后刷出。心跳本身会改变这样的一对实现，因为每个心跳都会带出等待的数据。",
	session.CodeClosedBy:              "说明会话由谁、以何种方式结束：close_notify 是主动关闭，仅有 FIN 表示程序已退出，重置表示崩溃或中间设备切断。",
	session.CodeTLSFailed:             "TLS 失败的一侧无法承载 AnyTLS：文本说明是哪一侧的 TLS 失败、原因以及应如何处理。",
	session.CodePathDead:              "通往该端的路径或其主机已中断：中间设备忘记了连接，或丢弃其数据包。若 TCP 没有任何应答，则不是对端程序的过错；否则服务器停住也是同样的表现。",
	session.CodeUoTAddressType:        "UDP over TCP 的数据报使用自己的地址类型：00 为 IPv4，01 为 IPv6，02 为域名。",
	journal.CodeRecordingFailed:       "此后不再录制，中继继续工作：磁盘已满？",
	journal.CodeOutputFailed:          "该输出不完整，各会话不受影响：磁盘已满，或读取方已退出或停住？",
	journal.CodeRecordingCut:          "该会话此后不再录制，会话本身继续：增大 --write-limit 可录制更多，增大 --write-files 可保留更久。",
	journal.CodeOutputLapped:          "请加快读取，用 -f 过滤，或用 --history-frames 保留更多。",
	journal.CodePreflight:             "客户端很可能遇到同样的问题：请先解决。--no-preflight 可跳过这次尝试。",
	journal.CodePingFailed:            "未能建立会话：文本说明哪一步失败、原因以及应如何处理。",
	journal.CodeFilterFailed:          "过滤表达式出错的帧不予显示：请修改 -f，例如先判断除数是否为 0。",
	session.CodeHalfCloseConflict:     "一方把 FIN 当作半关闭，另一方关闭整个流：下载可能被截断。",
}
