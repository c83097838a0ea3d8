package report

// The keys of what was not seen.
const (
	kWhatWasNotSeen key = keysOfObserved + iota
	kNotSeenNote
	kHowExact
	kHowExactNote
	kNotAllSeen
	kGapsOf
	kAtLeast
	kAtLeastOf
	kNoneWasSeen
	kUnknownBytes
	kClientsDirection
	kServersDirection
	kDirectionUnseen
	kNeitherSeen
	kUnseenIn
	kForOtherReasons
	kOffBy
	kOffByTooMuch
	kNoOrder
	kHowWhole

	keysOfUnseen // the number of keys so far; machinewords.go has the others
)

// unseenWords has the phrases of what was not seen: in English, the words that all outputs have.
var unseenWords = map[key]phrase{
	kWhatWasNotSeen: {"What was not seen", "未观测到的内容"},
	kNotSeenNote: {
		"What was not seen is held against nobody, and no check that rests on it is passed.",
		"未观测到的内容不归咎于任何一方；依赖这些内容的检查不计为通过。",
	},
	kHowExact:         {"How exact times are", "时间精度"},
	kHowExactNote:     {"No check is decided by less.", "小于该误差的差异不作为判定依据。"},
	kNotAllSeen:       {"not all was seen", "未完整观测"},
	kGapsOf:           {"%s, %s of %s", "%[3]s有%[1]s，缺失%[2]s"},
	kAtLeast:          {"at least %s", "至少%s"},
	kAtLeastOf:        {"at least %s", "至少 %s"},
	kNoneWasSeen:      {"no HeartRequest was seen", "未观测到心跳请求"},
	kUnknownBytes:     {"an unknown number of bytes", "的字节数未知"},
	kClientsDirection: {"the client's direction", "客户端方向"},
	kServersDirection: {"the server's direction", "服务器方向"},
	kDirectionUnseen:  {"%s was not seen", "未观测到%s"},
	kNeitherSeen:      {"neither direction was seen", "两个方向均未观测到"},
	kUnseenIn: {
		"%s, or not to its end, in %s: %s",
		"%[2]s中%[1]s，或未观测到其结尾：%[3]s",
	},
	kForOtherReasons: {"for other reasons", "其他原因"},
	kOffBy:           {"times between the directions may be off by %s", "两个方向之间的时间可能相差 %s"},
	kOffByTooMuch:    {"times may be off by %s, which is too much to tell", "时间可能相差 %s，无法判定"},
	kHowWhole: {
		"capture both directions whole, with the keys of both sides, or let the relay record: relay -w FILE",
		"完整抓取两个方向并提供双方密钥，或由中继记录：relay -w FILE",
	},
	kNoOrder: {"the order of the directions is not known in %s", "%s中两个方向的先后次序未知"},
}
