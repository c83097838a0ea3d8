package report

// The keys of a run of the guide: its steps, and what they came to.
const (
	kStepDirect key = keysOfMachine + iota
	kStepRelayed
	kStepHeartbeats
	kStepLogs
	kStepUDP
	kStepTargets
	kStepIdle
	kStepLoad
	kStepThroughput
	kStepBoth
	kStepCPU

	kUnknownStep
	kRequestsOf
	kTheFirst
	kSizeCompared
	kNoneCompared
	kNoneDirect
	kRanFor
	kNoParallel

	kNoDatagrams
	kTakesNoDatagrams
	kDatagramsFailed
	kDatagramsDirect
	kDatagramsAlso
	kDatagramsOf
	kKindIPv4
	kKindIPv6
	kKindName
	kKindSlow
	kKindRefused
	kKindSilent
	kNoTargets
	kWentWrong
	kWentWell
	kTargetsFailed
	kNoIdle
	kAfterIdle
	kOneOpened
	kSomeOpened
	kUsedAgain
	kOneClosed
	kSomeClosed

	kServersLog
	kClientsLog
	kLogReceived
	kLogSent
	kLogResponse
	kLogTrouble
	kNoLog
	kLogUnread
	kLogEmpty
	kLogSilent
	kLogHasNone
	kLogNoneDue
	kLogDue
	kLogClean
	kOneLine
	kSomeLines
	kOnlyWarns
	kMayBeOthers
	kQuoted

	kCPUSpans
	kTooFewSpans
	kSpreadTooWide

	// The checklist.
	kItemUDP
	kItemTargets
	kItemIdle
	kItemServerReceived
	kItemServerSent
	kItemServerResponse
	kItemServerClean
	kItemClientReceived
	kItemClientSent
	kItemClientResponse
	kItemClientClean

	// How to measure an item with a run of the guide.
	kGuideRun
	kGuideLong
	kGuideQuiet
	kGuideDirect
	kGuideLogs
	kGuideOwn
	kGuideUDP

	// The tables.
	kSteps
	kStepColumn
	kResultColumn
	kFoundColumn
	kTookColumn
	kTargetsTable
	kTargetColumn
	kLogsTable
	kLogColumn
	kItemColumn
	kLinesColumn
	kDueColumn
	kFirstColumn
	kSpacedPath
	kUDPPath
	kUDPDirectPath
	kIdlePath

	// The verdict, the problems and advice.
	kOnlyWarnings
	kStepFailed
	kServerMute
	kClientMute
	kAdviceAgain
	kPeerLogged
	kAdviceInbound
	kAdviceElsewhere
	kAdviceTrust
	kAdviceRecord
	kAdviceRelayRecord
	kAdviceStep
	kAdviceDatagrams
	kAdviceTargets
	kAdviceIdle
	kAdviceLog

	keysOfSteps // the number of keys so far; countwords.go has the others
)

// stepWords has the phrases of a run of the guide.
var stepWords = map[key]phrase{
	kStepDirect:     {"requests without the relay", "不经中继的请求"},
	kStepRelayed:    {"requests through the relay", "经中继的请求"},
	kStepHeartbeats: {"heartbeats both ways, with requests", "双向心跳，同时发送请求"},
	kStepLogs:       {"what both ends logged", "两端日志"},
	kStepUDP:        {"datagrams", "UDP 数据报"},
	kStepTargets:    {"targets of all kinds", "各类目标"},
	kStepIdle:       {"a request after idleness", "空闲后的请求"},
	kStepLoad:       {"parallel requests, heartbeats often", "并发请求，频繁心跳"},
	kStepThroughput: {"throughput with heartbeats and without", "有无心跳的吞吐量"},
	kStepBoth:       {"heartbeats both ways, for long", "长时间双向心跳"},
	kStepCPU:        {"CPU time with heartbeats and without", "有无心跳的 CPU 时间"},

	kUnknownStep:  {"nobody knows this step", "未知步骤"},
	kRequestsOf:   {"%d of %d requests succeeded", "%[2]d 个请求中 %[1]d 个成功"},
	kTheFirst:     {"the first: %s", "首个：%s"},
	kSizeCompared: {"%s compared", "比对 %s"},
	kNoneCompared: {"no bytes compared", "未比对数据"},
	kNoneDirect:   {"none failed without the relay", "直连无失败"},
	kRanFor:       {"ran for %s", "运行 %s"},
	kNoParallel:   {"no parallel requests were sent", "未发出并发请求"},

	kNoDatagrams:      {"no datagrams were sent", "未发送数据报"},
	kTakesNoDatagrams: {"the client's SOCKS inbound takes no datagrams: %s", "客户端的 SOCKS 入站不支持数据报：%s"},
	kDatagramsFailed:  {"%d of %d datagrams did not come back as they were sent", "%[2]d 个数据报中 %[1]d 个未原样返回"},
	kDatagramsDirect:  {"%d of %d datagrams did not come back as they were sent without the relay, all did through it", "直连 %[2]d 个数据报中 %[1]d 个未原样返回，经中继均返回"},
	kDatagramsAlso:    {"without the relay %d of %d did not either", "直连 %[2]d 个中亦有 %[1]d 个"},
	kDatagramsOf:      {"%d of %d datagrams came back", "%[2]d 个数据报中 %[1]d 个返回"},
	kKindIPv4:         {"IPv4", "IPv4 地址"},
	kKindIPv6:         {"IPv6", "IPv6 地址"},
	kKindName:         {"by name", "域名"},
	kKindSlow:         {"slow", "缓慢"},
	kKindRefused:      {"refusing", "拒绝连接"},
	kKindSilent:       {"silent", "无应答"},
	kNoTargets:        {"no target was tried", "未尝试任何目标"},
	kWentWrong:        {"it did not go as it should", "结果不符合预期"},
	kWentWell:         {"as they should: %s", "符合预期：%s"},
	kTargetsFailed:    {"kinds of targets that did not go as they should: %d", "不符合预期的目标类型：%d"},
	kNoIdle:           {"no request was sent after idleness", "空闲后未发送请求"},
	kAfterIdle:        {"after %s of idleness, %s", "空闲 %s 后 %s"},
	kOneOpened:        {"another session was opened for it", "为此新建 1 个会话"},
	kSomeOpened:       {"%s more sessions were opened for it", "为此新建 %s 个会话"},
	kUsedAgain:        {"a session that was there was used again", "复用了已有会话"},
	kOneClosed:        {"1 session was closed meanwhile", "期间关闭 1 个会话"},
	kSomeClosed:       {"%s sessions were closed meanwhile", "期间关闭 %s 个会话"},

	kServersLog:  {"the server's log", "服务器日志"},
	kClientsLog:  {"the client's log", "客户端日志"},
	kLogReceived: {"HeartRequest received", "收到 HeartRequest"},
	kLogSent:     {"HeartResponse sent", "发出 HeartResponse"},
	kLogResponse: {"HeartResponse received", "收到 HeartResponse"},
	kLogTrouble:  {"errors and warnings", "错误与警告"},
	kNoLog:       {"no log was looked at", "未查看日志"},
	kLogUnread:   {"its log can't be read: %s", "无法读取日志：%s"},
	kLogEmpty:    {"its log is empty", "日志为空"},
	kLogSilent:   {"its log does not mention heartbeats", "日志未提及心跳"},
	kLogHasNone:  {"its log mentions heartbeats, and none such", "日志提及心跳，但无此类记录"},
	kLogNoneDue:  {"none was due: no answer to a request of its own came", "无应有记录：没有对其自发请求的应答"},
	kLogDue:      {"where the run knows of %d", "而本次运行已知 %d 个"},
	kLogClean:    {"none in %s", "%s中无"},
	kOneLine:     {"1 line", "1 行"},
	kSomeLines:   {"%s lines", "%s 行"},
	kOnlyWarns: {
		"a warning is told, and is not held against the pair",
		"警告仅作提示，不归咎于这对实现",
	},
	kMayBeOthers: {
		"the peer ran already, so it may be about what others did: it is told, and is not held against the pair",
		"该端此前已在运行，可能与他人有关：仅作提示，不归咎于这对实现",
	},
	kQuoted: {quoteBegin + "%s" + quoteEnd, quoteBegin + "%s" + quoteEnd},

	kCPUSpans: {
		"%s: %+.3f %%, the median of %d pairs of spans, the middle half of them from %+.3f %% to %+.3f %%; a heartbeat each %s",
		"%s：%+.3f %%，%d 对时段的中位数，中间半数为 %+.3f %% 至 %+.3f %%；每 %s 一次心跳",
	},
	kTooFewSpans:   {"fewer than %d pairs of spans", "少于 %d 对时段"},
	kSpreadTooWide: {"they differ by %.3f %% among themselves, which is too much to tell: at most %.1f %%", "时段之间相差 %.3f %%，无法判定：至多 %.1f %%"},

	kItemUDP:            {"datagrams pass", "UDP 数据报可通过"},
	kItemTargets:        {"targets of all kinds go as they should", "各类目标均符合预期"},
	kItemIdle:           {"a request after idleness works", "空闲后的请求正常"},
	kItemServerReceived: {"the server's log: HeartRequest received", "服务器日志：收到 HeartRequest"},
	kItemServerSent:     {"the server's log: HeartResponse sent", "服务器日志：发出 HeartResponse"},
	kItemServerResponse: {"the server's log: HeartResponse received", "服务器日志：收到 HeartResponse"},
	kItemServerClean:    {"the server's log: no errors or warnings", "服务器日志：无错误或警告"},
	kItemClientReceived: {"the client's log: HeartRequest received", "客户端日志：收到 HeartRequest"},
	kItemClientSent:     {"the client's log: HeartResponse sent", "客户端日志：发出 HeartResponse"},
	kItemClientResponse: {"the client's log: HeartResponse received", "客户端日志：收到 HeartResponse"},
	kItemClientClean:    {"the client's log: no errors or warnings", "客户端日志：无错误或警告"},

	kGuideRun: {
		"let a run of anytls-inspect guide come to its end, with a pair that works",
		"用可互通的一对实现完整运行 anytls-inspect guide",
	},
	kGuideLong: {
		"let it run for longer: anytls-inspect guide --duration 10m",
		"延长运行时间：anytls-inspect guide --duration 10m",
	},
	kGuideQuiet: {
		"run anytls-inspect guide without --quick, on a quiet machine; it has to know the processes of ends that run already: --server-pid, --client-pid",
		"在空闲的机器上运行 anytls-inspect guide（不用 --quick）；对已在运行的一端，须告知其进程：--server-pid、--client-pid",
	},
	kGuideDirect: {
		"let anytls-inspect guide start the client, or name a SOCKS inbound that uses the server without the relay: --socks-direct",
		"由 anytls-inspect guide 启动客户端，或给出不经中继直连服务器的 SOCKS 入站：--socks-direct",
	},
	kGuideLogs: {
		"have both ends log heartbeats (RUST_LOG=debug, say); for ends that run already, name the files that they log to: anytls-inspect guide --server-log, --client-log",
		"让两端记录心跳日志（例如 RUST_LOG=debug）；对已在运行的一端，给出其日志文件：anytls-inspect guide --server-log、--client-log",
	},
	kGuideOwn: {"only an end that sends heartbeats of its own, and logs their answers, can show it", "只有会自发心跳并记录其应答的一端才能体现"},
	kGuideUDP: {
		"only a client that takes datagrams in its SOCKS inbound (UDP ASSOCIATE) can show it, with a target of the run's own",
		"只有 SOCKS 入站支持数据报 (UDP ASSOCIATE) 的客户端，以本次运行自带的目标，才能体现",
	},

	kSteps:         {"Steps", "步骤"},
	kStepColumn:    {"step", "步骤"},
	kResultColumn:  {"result", "结果"},
	kFoundColumn:   {"what was found", "发现"},
	kTookColumn:    {"took", "用时"},
	kTargetsTable:  {"Targets", "目标"},
	kTargetColumn:  {"target", "目标"},
	kLogsTable:     {"What the ends logged", "两端日志"},
	kLogColumn:     {"log", "日志"},
	kItemColumn:    {"item", "项目"},
	kLinesColumn:   {"lines", "行数"},
	kDueColumn:     {"due", "应有"},
	kFirstColumn:   {"the first", "首行"},
	kSpacedPath:    {"through the relay, with heartbeats", "经中继，有心跳"},
	kUDPPath:       {"datagrams through the relay", "UDP 数据报，经中继"},
	kUDPDirectPath: {"datagrams without the relay", "UDP 数据报，直连"},
	kIdlePath:      {"after idleness", "空闲后"},

	kOnlyWarnings: {"What a peer logged, which decides nothing: %s", "对端日志中的提示（不影响判定）：%s"},
	kStepFailed:   {"%s: %s", "%s：%s"},
	kServerMute:   {"the server answers no heartbeats, though all requests succeeded", "服务器不应答任何心跳，但请求全部成功"},
	kClientMute:   {"the client answers no heartbeats, though all requests succeeded", "客户端不应答任何心跳，但请求全部成功"},
	kAdviceAgain:  {"Run it again, to its end: nothing was measured.", "请重新完整运行：尚未测量任何项目。"},
	kPeerLogged:   {"the %s logged: %s", "%s日志：%s"},
	kAdviceInbound: {
		"Start the client first, and name the SOCKS inbound that it has: --socks ADDR.",
		"请先启动客户端，并以 --socks ADDR 指定其 SOCKS 入站。",
	},
	kAdviceElsewhere: {
		"No session came to the relay. The client's server has to be where the relay listens: {server} where the client is started, the address of -l where it runs already.",
		"没有会话到达中继。客户端的服务器地址须为中继的监听地址：由 guide 启动时为 {server}，已在运行时为 -l 的地址。",
	},
	kAdviceTrust: {
		"An end does not take the other's certificate. Where the guide starts them, have the server use {cert} and {key}, and the client verify with {ca}. Or let the client skip verification.",
		"一端不接受另一端的证书。由 guide 启动时，请让服务器使用 {cert} 和 {key}，并让客户端以 {ca} 校验；或让客户端跳过校验。",
	},
	kAdviceRecord: {
		"Look at the frames and diagnostics of the sessions whose requests failed: anytls-inspect guide -w DIR keeps a recording.",
		"查看失败请求所在会话的帧与诊断：anytls-inspect guide -w DIR 会保留录制。",
	},
	kAdviceRelayRecord: {
		"A fault of anytls-inspect, or of a peer that depends on timing: keep a recording with anytls-inspect guide -w DIR, and report it.",
		"anytls-inspect 的缺陷，或实现依赖时序：请用 anytls-inspect guide -w DIR 保留录制并反馈。",
	},
	kAdviceStep: {
		"Look at the output of both programs, which the run keeps where something failed.",
		"请查看两端程序的输出：出现失败时，运行会保留这些输出。",
	},
	kAdviceDatagrams: {
		"UDP goes over a stream to sp.v2.udp-over-tcp.arpa: the server has to know that name, and both ends the same form of it.",
		"UDP 经由发往 sp.v2.udp-over-tcp.arpa 的流传输：服务器须识别该名称，且两端须使用同一格式。",
	},
	kAdviceTargets: {
		"Look at the stream to that target: what the server answered (SYNACK), and what the client told whoever used it.",
		"请查看发往该目标的流：服务器的应答 (SYNACK)，以及客户端告知使用者的结果。",
	},
	kAdviceIdle: {
		"One side gave the idle session up and the other did not notice: look at who closed it, and whether the client tries another one.",
		"一方已放弃空闲会话而另一方未察觉：请查看由谁关闭，以及客户端是否改用其他会话。",
	},
	kAdviceLog: {
		"The program itself says that something is wrong: the line says what. Its whole output is kept with the run.",
		"程序自身报告了问题，内容见该行；其完整输出随运行一并保留。",
	},
}
