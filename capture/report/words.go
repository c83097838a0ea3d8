package report

// A key names a phrase.
type key int

// The keys, in the order in which a report is read.
const (
	kTitle key = iota
	kDate
	kTester
	kTool
	kFingerprints
	kFingerprintsOfRun
	kOverview
	kShares
	kScenario
	kNumbered
	kNumberAnd
	kNumber
	kWhat
	kServer
	kClient

	kRustServerGoClient
	kGoServerRustClient
	kBothDirections
	kGuideOne
	kGuideTwo
	kPair
	kServerNamed
	kClientNamed
	kPlus
	kLive
	kReplayed
	kPing
	kDemo

	kResult
	kPassed
	kFailed
	kNotMeasured
	kObserved
	kSent
	kAnswered
	kUnsent
	kStoodStill
	kErrors
	kNotes
	kMinutes
	kInterval
	kNoInterval
	kTotal
	kPerWay
	kWhy
	kMissed

	kRoutes
	kRouteColumn
	kListenColumn
	kSessionsColumn

	kHeartbeats
	kDirection
	kOrigin
	kAll
	kInjected
	kOwnOf
	kClientWord
	kServerWord
	kSentColumn
	kAnsweredColumn
	kLostColumn
	kCutColumn
	kTowardServer
	kTowardClient
	kSlowest

	kTraffic
	kPath
	kDirect
	kRelayed
	kLoad
	kRequests
	kFailedColumn
	kCompared
	kPerformance
	kMeasure
	kWith
	kWithout
	kDifference
	kThroughputOf
	kCPUOf

	kChartOf
	kChartLegend
	kChartLog
	kTimeAxis
	kRoundTripAxis
	kLegendRange
	kLegendMean
	kLegendLost

	kChecklist
	kFunction
	kLogs
	kGroupPerformance
	kInScenario
	kInScenarios
	kByNumber
	kByNumbers

	kSummary
	kInteroperability
	kFully
	kPartly
	kNot
	kUndecided
	kProblems
	kCode
	kSeverity
	kWhen
	kSessionsOf
	kCount
	kWhere
	kSeen
	kError
	kWarning
	kNote
	kAdvice
	kNone

	// Pieces of sentences.
	kSemicolon
	kComma
	kColon
	kSentence
	kSentAnswered
	kLost
	kLate
	kCut
	kUnsupported
	kEstimated

	kLooksMuchLike
	kLooksLike
	kMayBe
	kLikeOr

	kLiteral

	keysOfForm // the number of keys so far; sentences.go has the others
)

// phrases has every phrase in every language.
var phrases = merged(form, items, sentences, observedWords, unseenWords, machineWords, stepWords, countWords, pairWords, ruleWords)

func merged(tables ...map[key]phrase) map[key]phrase {
	all := make(map[key]phrase)
	for _, table := range tables {
		for k, p := range table {
			all[k] = p
		}
	}
	return all
}

// form has the phrases of the form itself, in the guide's words.
var form = map[key]phrase{
	kTitle:        {"Heartbeat interop test report", "心跳功能互操作测试报告"},
	kDate:         {"Date", "测试日期"},
	kTester:       {"Tester", "测试人员"},
	kTool:         {"Tool", "测试工具"},
	kFingerprints: {"Fingerprints of credentials", "凭据指纹"},
	kFingerprintsOfRun: {
		"of this run alone: their key was not kept, so that they differ from those of other runs",
		"仅限本次运行：未保存密钥，与其他运行的指纹不可比较",
	},
	kOverview: {"Overview", "总览"},
	kShares: {
		"Without the relay and through it: requests that succeeded, of all. Toward the server and the client: heartbeats that were answered, of all.",
		"“直连”与“经中继”两列为成功请求数/总数；“发往服务器”与“发往客户端”两列为已应答心跳数/总数。",
	},
	kScenario:  {"Scenario", "场景"},
	kNumbered:  {"No. %d", "编号 %d"},
	kNumberAnd: {"%d. %s", "%d. %s"},
	kNumber:    {"No.", "编号"},
	kWhat:      {"What", "内容"},
	kServer:    {"Server", "服务器"},
	kClient:    {"Client", "客户端"},

	kRustServerGoClient: {"Guide scenario 1 (Rust server + Go client)", "场景 1 (Rust 服务器 + Go 客户端)"},
	kGoServerRustClient: {"Guide scenario 2 (Go server + Rust client)", "场景 2 (Go 服务器 + Rust 客户端)"},
	kBothDirections:     {"Guide scenario 3 (heartbeats in both directions)", "场景 3 (双向心跳)"},
	kGuideOne:           {"Guide scenario 1", "场景 1"},
	kGuideTwo:           {"Guide scenario 2", "场景 2"},
	kPair:               {"A pair of peers", "一对实现"},
	kServerNamed:        {"%s server", "%s 服务器"},
	kClientNamed:        {"%s client", "%s 客户端"},
	kPlus:               {" + ", " + "},
	kLive:               {"Live, through the relay", "实时中继"},
	kReplayed:           {"A recording, replayed", "抓包回放"},
	kPing:               {"Ping", "ping 探测"},
	kDemo:               {"Demo", "演示"},

	kResult:      {"Result", "测试结果"},
	kPassed:      {"✅ passed", "✅ 通过"},
	kFailed:      {"❌ failed", "❌ 失败"},
	kNotMeasured: {"➖ not measured", "➖ 未测量"},
	kObserved:    {"👁 observed", "👁 已观察"},
	kSent:        {"Heartbeats sent", "心跳请求数"},
	kAnswered:    {"Heartbeats answered", "心跳响应数"},
	kUnsent:      {"Heartbeats not sent %s", "%s但未发送的心跳"},
	kStoodStill:  {"Bytes %s that did not move", "%s但停滞的数据"},
	kErrors:      {"Errors", "错误数"},
	kNotes:       {"Notes", "备注"},
	kMinutes:     {"Duration (minutes)", "运行时长 (分钟)"},
	kInterval:    {"Heartbeat interval (seconds)", "心跳周期 (秒)"},
	kNoInterval:  {"none by a timer", "无定时注入"},
	kTotal:       {"Heartbeats in total", "总心跳数"},
	kPerWay:      {"toward the server %d, toward the client %d", "发往服务器 %d，发往客户端 %d"},
	kWhy:         {"Why it failed", "失败原因"},
	kMissed: {
		"%d entries were not read in time: the chart and the times may lack some.",
		"有 %d 条记录未及读取：图表与时间可能不完整。",
	},

	kRoutes:         {"Routes", "路由"},
	kRouteColumn:    {"route", "路由"},
	kListenColumn:   {"listens on", "监听地址"},
	kSessionsColumn: {"sessions", "会话数"},

	kHeartbeats:     {"Heartbeats", "心跳"},
	kDirection:      {"Direction", "方向"},
	kOrigin:         {"Origin", "来源"},
	kAll:            {"all", "合计"},
	kInjected:       {"injected", "注入"},
	kOwnOf:          {"the %s's own", "%s自发"},
	kClientWord:     {"client", "客户端"},
	kServerWord:     {"server", "服务器"},
	kSentColumn:     {"sent", "请求"},
	kAnsweredColumn: {"answered", "应答"},
	kLostColumn:     {"lost", "丢失"},
	kCutColumn:      {"cut off", "中断"},
	kTowardServer:   {"toward the server", "发往服务器"},
	kTowardClient:   {"toward the client", "发往客户端"},
	kSlowest:        {"max", "最大"},

	kTraffic:      {"Requests", "代理请求"},
	kPath:         {"Path", "路径"},
	kDirect:       {"without the relay", "直连"},
	kRelayed:      {"through the relay", "经中继"},
	kLoad:         {"under load, %d in parallel", "负载，%d 并发"},
	kRequests:     {"requests", "请求数"},
	kFailedColumn: {"failed", "失败"},
	kCompared:     {"bytes compared", "已比对数据"},
	kPerformance:  {"Performance", "性能"},
	kMeasure:      {"Measure", "指标"},
	kWith:         {"with heartbeats", "有心跳"},
	kWithout:      {"without", "无心跳"},
	kDifference:   {"difference", "差异"},
	kThroughputOf: {"throughput, median (MB/s)", "吞吐量中位数 (MB/s)"},
	kCPUOf:        {"CPU of %s (%% of one)", "%s 的 CPU (单核 %%)"},

	kChartOf:       {"Round-trips %s", "%s的往返时间"},
	kChartLegend:   {"highest %s, lowest %s; over %s", "最高 %s，最低 %s；历时 %s"},
	kChartLog:      {"logarithmic scale", "对数刻度"},
	kTimeAxis:      {"time since the first", "自首个心跳起的时间"},
	kRoundTripAxis: {"round-trip", "往返时间"},
	kLegendRange:   {"least to greatest", "最小至最大"},
	kLegendMean:    {"mean", "平均"},
	kLegendLost:    {"× lost", "× 丢失"},

	kChecklist:        {"Checklist", "检查清单"},
	kFunction:         {"Function", "功能"},
	kLogs:             {"Logs", "日志"},
	kGroupPerformance: {"Performance", "性能"},
	kInScenario:       {"no. %s: %s", "编号 %s：%s"},
	kInScenarios:      {"%s: %s", "%s：%s"},
	kByNumber:         {"no. %s", "编号 %s"},
	kByNumbers:        {"nos. %s", "编号 %s"},

	kSummary:          {"Summary", "总结"},
	kInteroperability: {"Interoperability", "互操作性"},
	kFully:            {"✅ fully compatible", "✅ 完全兼容"},
	kPartly:           {"⚠️ partly compatible", "⚠️ 部分兼容"},
	kNot:              {"❌ not compatible", "❌ 不兼容"},
	kUndecided:        {"➖ undecided", "➖ 未判定"},
	kProblems:         {"Problems", "问题列表"},
	kCode:             {"code", "代码"},
	kSeverity:         {"severity", "级别"},
	kWhen:             {"when", "时间"},
	kSessionsOf:       {"sessions", "会话"},
	kCount:            {"count", "次数"},
	kWhere:            {"in no.", "所属编号"},
	kSeen:             {"what was seen", "现象"},
	kError:            {"error", "错误"},
	kWarning:          {"warning", "警告"},
	kNote:             {"note", "提示"},
	kAdvice:           {"Advice", "建议"},
	kNone:             {"none", "无"},

	kSemicolon:    {"; ", "；"},
	kComma:        {", ", "，"},
	kColon:        {": ", "："},
	kSentence:     {". ", "。"},
	kSentAnswered: {"%d of %d answered", "%[2]d 个请求中 %[1]d 个得到应答"},
	kLost:         {"%d lost", "丢失 %d"},
	kLate:         {"%d answered late", "迟到 %d"},
	kCut:          {"%d cut off by a session's end", "因会话结束中断 %d"},
	kLiteral:      {"%s", "%s"},

	kLooksMuchLike: {"looks very much like ", "极似 "},
	kLooksLike:     {"looks like ", "疑似 "},
	kMayBe:         {"may be ", "可能是 "},
	kLikeOr:        {" or ", " 或 "},

	kEstimated:   {"the times of %d estimated, since too many were unanswered", "其中 %d 个用时为估计值（未应答者过多）"},
	kUnsupported: {"%d in sessions that did not show version 2, and version 1 owes no answer", "未显示为版本 2 的会话中 %d（版本 1 无需应答）"},
}
