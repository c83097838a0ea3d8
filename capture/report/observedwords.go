package report

// The keys of what was observed, and of sessions that came to nothing.
const (
	kNoStreams key = keysOfSentences + iota
	kPassingFigures
	kAnsweredMeanwhile
	kNoneCarried
	kCutByWhom
	kNoneMeanwhile
	kBusy
	kNotBusy

	kNoSessionBegan
	kNoneAccepted
	kNoClient
	kAdviceBegin
	kAdviceConnect
	kPingCarriesNothing

	// Diagnostics that don't stand against the pair.
	kOfTargets
	kOverruled
	kOverruledAll
	kOverruledSome

	// Why the verdict is what it is.
	kAllSeen
	kOnlyObserved
	kIdleItems
	kNoHeartbeats
	kNoVersion2
	kStreamsCut

	// Why a scenario is not measured.
	kWhyOpen

	keysOfObserved // the number of keys so far; unseenwords.go has the others
)

// observedWords has the phrases of what was observed, and of sessions that came to nothing.
var observedWords = map[key]phrase{
	kNoStreams: {
		"no requests were sent by the run, and no stream was opened by others",
		"本次运行未发出请求，也没有其他流量打开流",
	},
	kPassingFigures: {
		"others' traffic: %s, %s of them with payload both ways, %s refused, %s cut off, %s of payload",
		"其他流量：%s，其中双向有数据 %s 个，拒绝 %s 个，中断 %s 个，数据 %s",
	},
	kAnsweredMeanwhile: {"heartbeats answered meanwhile: %d", "期间应答心跳 %d 次"},
	kNoneCarried:       {"no stream had payload both ways", "没有流双向传输数据"},
	kCutByWhom: {
		"a run without heartbeats shows whether they are why streams were cut off",
		"不注入心跳再运行一次，即可判断流中断是否由心跳引起",
	},
	kNoneMeanwhile: {"no heartbeat was answered meanwhile", "期间无心跳应答"},
	kBusy: {
		"heartbeats while at least %d streams moved bytes within a second: %s answered, %s lost",
		"至少 %d 个流在一秒内传输数据时的心跳：应答 %s，丢失 %s",
	},
	kNotBusy: {
		"no requests were sent by the run, and no heartbeat came to its end while %d streams moved bytes within a second; the most that did were %d",
		"本次运行未发出请求，且没有心跳在 %d 个流于一秒内传输数据时完成；一秒内传输的流最多为 %d 个",
	},

	kNoSessionBegan: {"no session came about", "没有会话建立成功"},
	kNoneAccepted:   {"no session was seen to be accepted", "未见任何会话被接受"},
	kNoClient:       {"no client connected", "没有客户端连接"},
	kAdviceBegin: {
		"Mend that first, and run it again: nothing else can be measured before a session comes about.",
		"请先解决以上问题再重新运行：会话建立之前，其余项目均无法测量。",
	},
	kAdviceConnect: {
		"Point a client at the address where the relay listens, use it, and run it again: nothing can be measured before it connects.",
		"请将客户端的服务器地址指向中继的监听地址，使用该客户端并重新运行：客户端连接之前，各项目均无法测量。",
	},
	kPingCarriesNothing: {"a ping carries no traffic", "ping 不传输代理流量"},

	kOfTargets: {
		"warnings about targets that the server could not reach, which are not the pair's: %d",
		"其中因服务器无法连接目标而产生的警告（与这对实现无关）：%d",
	},
	kOverruled: {
		"told, and not counted, since the server accepted the sessions all the same: %d",
		"已提示但不计入（服务器仍接受了会话）：%d",
	},
	kOverruledAll:  {"%s (overruled: the server accepted the session all the same)", "%s（已被推翻：服务器仍接受了会话）"},
	kOverruledSome: {"%s (overruled: %d of %d, where the server accepted the session all the same)", "%s（已被推翻：%[3]d 条中的 %[2]d 条，服务器仍接受了会话）"},

	kAllSeen:      {"All that decides passed, or was observed", "决定性项目均已通过或观察到"},
	kOnlyObserved: {"Only observed, in others' traffic: %s", "仅在其他流量中观察到：%s"},
	kIdleItems:    {"Not measured, and not decisive: %s", "未测量（非决定性）：%s"},
	kNoHeartbeats: {"No HeartRequest was seen", "未见任何心跳请求"},
	kNoVersion2: {
		"No session with heartbeats showed version 2, and version 1 owes no answer",
		"有心跳的会话均未显示为版本 2，而版本 1 无需应答",
	},
	kStreamsCut: {
		"Streams that were cut off as their session ended: %d",
		"随会话结束而中断的流：%d 个",
	},

	kWhyOpen: {"Why it is not measured", "未测量原因"},
}
