package report

// The keys of the checklist, of the evidence, and of advice.
const (
	kItemServerAnswers key = keysOfForm + iota
	kItemClientAnswers
	kItemRustServer
	kItemGoServer
	kItemRustClient
	kItemGoClient
	kItemProxying
	kItemRepeated
	kItemLoad
	kItemLong
	kItemRelay
	kItemNoErrors
	kItemFast
	kItemThroughput
	kItemCPU

	// How to measure an item.
	kHowServer
	kHowClient
	kHowOwn
	kHowProxying
	kHowLoad
	kHowCompare
	kHowBulk
	kHowCPU
	kHowRepeated
	kHowLong
	kHowTraffic
	kHowMend

	// Why heartbeats were not sent, and for how long.
	kUnmeasured
	kServerTookNone
	kClientTookNone
	kClientHeldServer
	kServerHeldClient
	kBehindToServer
	kBehindToClient
	kServersBehind
	kClientsBehind
	kInsideFrame
	kStillPadded
	kTooManyUnanswered
	kTooManyOfServer
	kTooManyOfClient
	kFramingInDoubt
	kWhyFor
	kOtherWhy
	kTookTimes

	// When and where problems were.
	kLastsSince
	kSince
	kFromTo
	kAtFor
	kAndMore
	kAndAtLeastMore
	kOfRoute
	kMoreAlike
	kEqual
	kForgotten

	// Remarks on all that was measured.
	kNextFrameRemark
	kShownOnPurpose

	// Evidence.
	kNoneSent
	kNoneAnswered
	kNoneAnsweredMeanwhile
	kClientSentNone
	kNoRequests
	kNotCompared
	kAllRequests
	kRequestsFailed
	kPairFails
	kRepeatedFigures
	kTooFew
	kLoadFigures
	kTooLittleLoad
	kLongFigures
	kTooShort
	kNotThroughout
	kRelayFigures
	kOneSideOnly
	kNoFrames
	kDiagnosticFigures
	kQuantiles
	kNoBulk
	kRatio
	kRatioAllowed
	kRatioUneven
	kTooFewRuns
	kNoCPU
	kCPUFigures
	kCPUTooShort
	kCPUInterval

	// Why a scenario failed.
	kNeverRan
	kNotRun
	kFailsAlone
	kRelayBreaks
	kRelayHides
	kDirectFailed
	kLoadFailed

	// Why the verdict is what it is.
	kNothingWorks
	kFailedScenarios
	kFailedItems
	kScenarioFailed
	kNothingFailed
	kNotRunScenarios
	kOpenItems
	kAllMeasured

	kAbout
	kToMeasure
	kAndTitle
	kAdviceNotFound
	kAdviceNotListening
	kAdviceNotRun
	kAdviceBrokeOff
	kAdviceFailsAlone
	kAdviceRelayBreaks
	kAdviceRelayHides
	kAdviceRequests

	keysOfSentences // the number of keys so far; observedwords.go has the others
)

// items has the titles of the checklist's items, and how to measure them.
var items = map[key]phrase{
	kItemServerAnswers: {"the server answers heartbeats", "服务器应答心跳"},
	kItemClientAnswers: {"the client answers heartbeats", "客户端应答心跳"},
	kItemRustServer:    {"the Rust server answers on the Go client's sessions", "Rust 服务器在 Go 客户端的会话中应答"},
	kItemGoServer:      {"the Go server answers on the Rust client's sessions", "Go 服务器在 Rust 客户端的会话中应答"},
	kItemRustClient:    {"the Rust client gets the Go server's answers to its own heartbeats", "Rust 客户端收到 Go 服务器对其自发心跳的应答"},
	kItemGoClient:      {"the Go client gets the Rust server's answers to its own heartbeats", "Go 客户端收到 Rust 服务器对其自发心跳的应答"},
	kItemProxying:      {"proxying is unaffected", "代理功能不受影响"},
	kItemRepeated:      {"repeated heartbeats work", "多次心跳正常"},
	kItemLoad:          {"heartbeats work under load", "负载下心跳正常"},
	kItemLong:          {"ten minutes and more without trouble", "持续运行 10 分钟以上无异常"},
	kItemRelay:         {"the relay changes no outcome", "中继不改变结果"},
	kItemNoErrors:      {"no errors or warnings", "无错误或警告"},
	kItemFast:          {"answers come within 100 ms", "响应时间小于 100 ms"},
	kItemThroughput:    {"no loss of throughput", "吞吐量无损失"},
	kItemCPU:           {"less than 0.1 % CPU at a heartbeat a second", "每秒一次心跳时 CPU 开销小于 0.1 %"},

	kHowServer: {"inject heartbeats toward the server: relay --heartbeat 1s", "向服务器注入心跳：relay --heartbeat 1s"},
	kHowClient: {"inject heartbeats toward the client, and use it until its writes are padded no longer: relay --heartbeat 1s,both", "向客户端注入心跳，并使用该客户端直到其写出不再填充：relay --heartbeat 1s,both"},
	kHowOwn:    {"only a client that sends heartbeats of its own can show it", "只有会自发心跳的客户端才能体现"},
	kHowProxying: {
		"use the client through the relay while heartbeats are injected: relay --heartbeat 1s,both",
		"在注入心跳的同时经中继使用客户端：relay --heartbeat 1s,both",
	},
	kHowLoad: {
		"use the client through the relay, for at least 8 streams at once (downloads, say), while heartbeats are injected often: relay --heartbeat 100ms,both",
		"经中继使用客户端，同时至少 8 个流传输数据（例如下载），并频繁注入心跳：relay --heartbeat 100ms,both",
	},
	kHowCompare: {
		"only the same requests with the relay and without it show it: anytls-inspect guide sends both; by hand, try the client against the server itself, then through the relay",
		"只有以相同请求对比直连与中继才能体现：可运行 anytls-inspect guide；手动则先让客户端直连服务器，再经中继重试",
	},
	kHowBulk: {
		"anytls-inspect guide does it; by hand, compare how long a large download takes through relay --heartbeat 100ms,both and through relay alone, in turns, three times each",
		"可运行 anytls-inspect guide；手动则交替比较同一大文件经 relay --heartbeat 100ms,both 与仅经 relay 下载的用时，各三次",
	},
	kHowCPU: {
		"anytls-inspect guide does it; by hand, compare the CPU time of server and client over a minute of relay --heartbeat 1s,both and a minute of relay alone, with all else the same",
		"可运行 anytls-inspect guide；手动则在其他条件相同时，比较服务器与客户端在 relay --heartbeat 1s,both 与仅 relay 下各一分钟的 CPU 时间",
	},
	kHowRepeated: {"let at least ten heartbeats pass: relay --heartbeat 1s,both", "至少进行十次心跳：relay --heartbeat 1s,both"},
	kHowLong:     {"let it run for longer: relay --heartbeat 1s,both --duration 10m", "延长运行时间：relay --heartbeat 1s,both --duration 10m"},
	kHowTraffic:  {"let a client connect through the relay", "让客户端经中继连接"},
	kHowMend:     {"mend what the errors say, and run it again", "先解决错误所指的问题，再重新运行"},
}

// sentences has the phrases of evidence, verdicts and advice.
var sentences = map[key]phrase{
	kUnmeasured:       {"not measured: %s", "未测量：%s"},
	kServerTookNone:   {"the server took no byte for %s", "服务器 %s 未接收任何数据"},
	kClientTookNone:   {"the client took no byte for %s", "客户端 %s 未接收任何数据"},
	kClientHeldServer: {"the client took no byte for %s, so that the server could not have written its answer", "客户端 %s 未接收任何数据，服务器无法写出应答"},
	kServerHeldClient: {"the server took no byte for %s, so that the client could not have written its answer", "服务器 %s 未接收任何数据，客户端无法写出应答"},
	kBehindToServer:   {"bytes toward the server waited in front of them for %s", "发往服务器的数据 %s 排在其前未发完"},
	kBehindToClient:   {"bytes toward the client waited in front of them for %s", "发往客户端的数据 %s 排在其前未发完"},
	kServersBehind:    {"bytes toward the client waited for %s, and the server's answer would have waited behind them", "发往客户端的数据 %s 未发完，服务器的应答只能排在其后"},
	kClientsBehind:    {"bytes toward the server waited for %s, and the client's answer would have waited behind them", "发往服务器的数据 %s 未发完，客户端的应答只能排在其后"},
	kInsideFrame:      {"the other peer stood inside a frame for %s", "另一方 %s 停在一帧之中"},
	kStillPadded:      {"the client's writes were still padded for %s, and one more frame would have spoilt that", "客户端的写出在 %s 内仍受填充方案约束，插入帧会破坏填充"},
	kTooManyUnanswered: {
		"32 were unanswered for %s, and more could have ended the session",
		"%s 内有 32 个请求未得到应答：再发可能使会话结束",
	},
	kTooManyOfServer: {
		"so many of the server's own were unanswered for %s that answers could not have been told apart",
		"%s 内服务器自发的请求未得到应答的过多，无法分辨应答",
	},
	kTooManyOfClient: {
		"so many of the client's own were unanswered for %s that answers could not have been told apart",
		"%s 内客户端自发的请求未得到应答的过多，无法分辨应答",
	},
	kFramingInDoubt: {"the framing was in doubt for %s", "帧边界 %s 存疑"},
	kWhyFor:         {"%s, for %s", "%s，历时 %s"},
	kOtherWhy:       {"other reasons, for %s", "其他原因，历时 %s"},
	kTookTimes:      {"%s (%d times, the longest %s)", "%s（%d 次，最长 %s）"},

	kLastsSince:     {"since %s, lasted to the end", "自 %s 起，至结束仍未恢复"},
	kSince:          {"since %s", "自 %s 起"},
	kFromTo:         {"%s–%s (%s)", "%s–%s（%s）"},
	kAtFor:          {"%s (%s)", "%s（%s）"},
	kAndMore:        {"%s and %d more", "%s，另有 %d 个"},
	kAndAtLeastMore: {"%s and at least %d more", "%s，另有至少 %d 个"},
	kOfRoute:        {"route %s", "路由 %s"},
	kEqual:          {"%d alike, one of them: %s", "同类 %d 个，其一：%s"},
	kMoreAlike:      {"%d more with the same cause; the first of them: %s", "另有 %d 个同因问题，其一：%s"},
	kForgotten:      {"more, of which no particulars are remembered; the first of all: %s", "其余已不再保留细节；最早的一条：%s"},

	kShownOnPurpose: {
		"the demo shows some failures on purpose: a wrong password, a refused target, a client that does not speak AnyTLS",
		"演示中有意包含一些失败：错误的密码、被拒绝的目标、不使用 AnyTLS 的客户端",
	},
	kNextFrameRemark: {
		"heartbeats change this pair: its answers come only with the next frame, so that what stalls without heartbeats may go on with them",
		"心跳会改变这对实现：应答随下一帧才发出，无心跳时停滞的数据在有心跳时可能恢复",
	},

	kNoneSent:              {"no HeartRequest was sent", "未发送心跳请求"},
	kNoneAnswered:          {"none was answered", "无应答"},
	kNoneAnsweredMeanwhile: {"%d requests succeeded, but no heartbeat was answered meanwhile", "%d 个请求成功，但期间无心跳应答"},
	kClientSentNone:        {"the client sent none of its own; the answers to injected ones are not its to get", "客户端未自发心跳；对注入心跳的应答不会转给它"},
	kNoRequests:            {"no requests were sent by the run", "本次运行未发出请求"},
	kNotCompared:           {"%d requests succeeded, but no bytes were compared", "%d 个请求成功，但未比对数据"},
	kAllRequests:           {"all %d requests succeeded, %s compared and equal", "%d 个请求全部成功，比对 %s 一致"},
	kRequestsFailed:        {"%d of %d requests failed", "%[2]d 个请求中 %[1]d 个失败"},
	kPairFails:             {"the pair fails without the relay too: %d of %d requests", "不经中继亦失败：%[2]d 个请求中 %[1]d 个"},
	kRepeatedFigures:       {"%d answered by the server, %d by the client, %d lost", "服务器应答 %d，客户端应答 %d，丢失 %d"},
	kTooFew:                {"fewer than %d", "少于 %d 个"},
	kLoadFigures: {
		"%d requests, %d in parallel, %d failed; a heartbeat each %s: %d of %d answered, %d lost",
		"%d 个请求，%d 并发，失败 %d；每 %s 一次心跳：应答 %d/%d，丢失 %d",
	},
	kTooLittleLoad: {"asked for are %d requests in parallel and a heartbeat each %s", "要求 %d 个并发请求且每 %s 一次心跳"},
	kLongFigures: {
		"ran for %s minutes, with heartbeats over %s of them, the longest pause %s",
		"运行 %s 分钟，其中 %s 分钟有心跳，最长间隔 %s",
	},
	kTooShort:      {"ran for %s minutes", "仅运行 %s 分钟"},
	kNotThroughout: {"heartbeats did not flow all the time", "心跳未贯穿全程"},
	kRelayFigures:  {"failed requests: %d of %d without the relay, %d of %d through it", "失败请求：直连 %d/%d，经中继 %d/%d"},
	kOneSideOnly:   {"not run both with and without the relay", "未同时进行直连与中继测试"},
	kNoFrames:      {"no frames were seen", "未见任何帧"},
	kDiagnosticFigures: {
		"%s, %s, %s in %s with %s",
		"%s，%s，%s；共 %s、%s",
	},
	kQuantiles:    {"p50 %s, p95 %s, p99 %s, max %s", "p50 %s，p95 %s，p99 %s，最大 %s"},
	kNoBulk:       {"no bulk transfers with and without heartbeats", "未进行有无心跳的批量传输对比"},
	kRatio:        {"with heartbeats %.2f of without: the median of %d interleaved runs, from %.2f to %.2f", "有心跳为无心跳的 %.2f 倍：%d 轮交替运行的中位数，范围 %.2f 至 %.2f"},
	kRatioAllowed: {"at least %.2f is asked for", "要求不低于 %.2f"},
	kRatioUneven:  {"the runs differ too much among themselves to tell", "各次运行之间相差过大，无法判断"},
	kTooFewRuns:   {"%d runs of each kind, fewer than %d", "每种 %d 轮，少于 %d 轮"},
	kNoCPU:        {"no CPU time was taken down", "未记录 CPU 时间"},
	kCPUFigures: {
		"%s: %+.3f %% (%.3f %% with heartbeats, %.3f %% without, one each %s)",
		"%s：%+.3f %%（有心跳 %.3f %%，无心跳 %.3f %%，每 %s 一次）",
	},
	kCPUTooShort: {"watched for %s, too short: at least %s", "观测 %s，过短：至少 %s"},
	kCPUInterval: {"the limit is for one each %s", "该上限针对每 %s 一次"},

	kNeverRan: {"it could not be run: %s", "无法运行：%s"},
	kNotRun:   {"it could not be run to its end: %s", "未能完成：%s"},
	kFailsAlone: {
		"the pair fails by itself: %d of %d requests without the relay, %d of %d through it",
		"这对实现自身失败：直连 %[2]d 个请求中 %[1]d 个失败，经中继 %[4]d 个中 %[3]d 个",
	},
	kRelayBreaks:  {"%d of %d requests failed through the relay, none without it", "经中继 %[2]d 个请求中 %[1]d 个失败，直连无失败"},
	kRelayHides:   {"%d of %d requests failed without the relay, none through it", "直连 %[2]d 个请求中 %[1]d 个失败，经中继无失败"},
	kDirectFailed: {"%d of %d requests failed without the relay", "直连 %[2]d 个请求中 %[1]d 个失败"},
	kLoadFailed:   {"under load %d of %d requests failed, and %d heartbeats were lost", "负载下 %[2]d 个请求中 %[1]d 个失败，丢失心跳 %[3]d 个"},

	kNothingWorks:    {"Nothing was seen to work", "未见任何功能正常"},
	kFailedScenarios: {"Failed scenarios: %s", "失败场景：%s"},
	kFailedItems:     {"Failed: %s", "未通过：%s"},
	kScenarioFailed:  {"The scenario failed", "场景失败"},
	kNothingFailed:   {"Nothing that was measured failed", "已测项目均未失败"},
	kNotRunScenarios: {"Scenarios that could not be run: %s", "无法运行的场景：%s"},
	kOpenItems:       {"Not measured: %s", "未测量：%s"},
	kAllMeasured:     {"All that decides was measured, and passed", "决定性项目均已测量并通过"},

	kAbout:     {"%s: %s", "%s：%s"},
	kToMeasure: {"To measure “%s”: %s.", "测量“%s”：%s。"},
	kAndTitle:  {"”, “", "”、“"},
	kAdviceNotFound: {
		"Name the program by its path, or have its folder on PATH.",
		"请写出该程序的路径，或将其所在目录加入 PATH。",
	},
	kAdviceNotListening: {
		"Look at what the program wrote, and at its command: a server has to listen at {listen}, a client at {socks}, and both have to stay in the foreground.",
		"请查看该程序的输出及其命令：服务器须在 {listen} 监听，客户端须在 {socks} 监听，且都须在前台运行。",
	},
	kAdviceNotRun: {
		"Nothing is known of this pair: find out why it can't be run, and run it again.",
		"对这对实现尚无结论：查明无法运行的原因后重试。",
	},
	kAdviceBrokeOff: {
		"What was measured until then stands. Find out why it broke off, and run it again.",
		"此前的测量结果有效。查明中断原因后重试。",
	},
	kAdviceFailsAlone: {
		"These peers do not work together, with or without the relay: the diagnostics of the scenario say where it breaks.",
		"这两个实现无论是否经中继都不能互通：请看该场景的诊断。",
	},
	kAdviceRelayBreaks: {
		"A fault of anytls-inspect, or of a peer that depends on timing: record the frames with -o json and report it.",
		"anytls-inspect 的缺陷，或实现依赖时序：请用 -o json 记录帧并反馈。",
	},
	kAdviceRelayHides: {
		"The relay lets a pair work that fails by itself, so what it shows is not what users see: compare the two runs.",
		"中继使原本失败的一对得以工作，所见并非用户所遇：请比较两次运行。",
	},
	kAdviceRequests: {
		"Look at the frames and diagnostics of the sessions whose requests failed: -o json.",
		"查看失败请求所在会话的帧与诊断：-o json。",
	},
}
