package report

// The keys of several pairs, and of what is known of peers beforehand.
const (
	kMatrix key = keysOfCounts + iota
	kServerByClient
	kPairNotRun
	kNotShown
	kPairAt
	kMorePairs

	kOfPairs
	kCountFully
	kCountPartly
	kCountNot
	kCountUndecided
	kCountUnable
	kCountNotRun

	kKnownOf
	kKnownOfServer
	kKnownOfClient
	kUntested
	kUntestedHow

	keysOfPairs // the number of keys so far; rulewords.go has the others
)

// pairWords has the phrases of several pairs, and of what is known of peers beforehand.
var pairWords = map[key]phrase{
	kMatrix:         {"Pairs", "各对实现"},
	kServerByClient: {"server ↓ client →", "服务器 ↓ 客户端 →"},
	kPairNotRun:     {"– not run", "– 未运行"},
	kNotShown:       {"The table has the first %d servers and clients.", "表中仅列出前 %d 个服务器与客户端。"},
	kPairAt:         {"%s (%s)", "%s（%s）"},
	kMorePairs:      {"%s and %d more", "%s 以及另外 %d 对"},

	kOfPairs:        {"Of %d pairs: %s", "%d 对实现中：%s"},
	kCountFully:     {"%d fully compatible", "完全兼容 %d"},
	kCountPartly:    {"%d partly compatible", "部分兼容 %d"},
	kCountNot:       {"%d not compatible", "不兼容 %d"},
	kCountUndecided: {"%d undecided (nothing failed)", "未判定 %d（无失败）"},
	kCountUnable:    {"%d could not be run", "无法运行 %d"},
	kCountNotRun:    {"%d not run", "未运行 %d"},

	kKnownOf:       {"known of the %s: %s", "%s 的已知特点：%s"},
	kKnownOfServer: {"Known of the server", "服务器的已知特点"},
	kKnownOfClient: {"Known of the client", "客户端的已知特点"},
	kUntested:      {"untested", "未经测试"},
	kUntestedHow:   {"untested: started by what is known of it, and not tried regularly", "未经测试：依据已知信息启动，未经常规测试"},
}
