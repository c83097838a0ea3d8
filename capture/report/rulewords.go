package report

// The keys of the rules of a run.
const (
	kRules key = keysOfPairs + iota
	kRuleNumber
	kRuleApplied
	kUnderRules
	kMoreRules
	kOnce
	kTimes
	kAppliedTimes
	kRuleDidIt

	keys // the number of all keys
)

// ruleWords has the phrases of the rules of a run.
var ruleWords = map[key]phrase{
	kRules:        {"Rules", "规则"},
	kRuleNumber:   {"Rule %d", "规则 %d"},
	kRuleApplied:  {"rule %d %s", "规则 %d %s"},
	kMoreRules:    {"%v more", "另有 %v 条"},
	kOnce:         {"once", "1 次"},
	kTimes:        {"%d times", "%d 次"},
	kAppliedTimes: {"applied %s", "应用 %s"},
	kUnderRules: {
		"rules were on in this run (%s): what fails may be theirs",
		"本次运行启用了规则（%s）：失败可能由其造成",
	},
	kRuleDidIt: {"Rule %d of this run did it. %s", "由本次运行的规则 %d 造成。%s"},
}
