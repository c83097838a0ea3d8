package report

// The keys of how late the machine itself was.
const (
	kMachineLate key = keysOfUnseen + iota
	kTimerLate
	kTimersLate
	kWaitedToRun
	kPressed
	kExplains
	kOthersTook
	kMachineExplains
	kMachineAsLate
	kMachineBeside

	keysOfMachine // the number of keys so far; stepwords.go has the others
)

// machineWords has the phrases of how late the machine itself was.
var machineWords = map[key]phrase{
	kMachineLate:   {"this machine was late itself", "本机自身有延迟"},
	kTimerLate:     {"a timer by %s", "一个定时器晚 %s"},
	kTimersLate:    {"timers by up to %s, %d times", "定时器最多晚 %s，共 %d 次"},
	kWaitedToRun:   {"work that was ready waited up to %s", "就绪的任务最多等待 %s"},
	kPressed:       {"programs on this machine waited for a CPU for %.0f%% of the time", "本机有 %.0f%% 的时间存在等待 CPU 的程序"},
	kExplains:      {"that explains %d of %d slow answers", "可解释 %[2]d 个慢应答中的 %[1]d 个"},
	kOthersTook:    {"the other round-trips took up to %s", "其余往返最长 %s"},
	kMachineBeside: {"%s (this machine was busy, or late itself)", "%s（本机自身繁忙或有延迟）"},
	kMachineExplains: {
		"the machine explains what was slow, so that it is held against nobody",
		"慢应答可由本机的延迟解释，不归咎于任何一方",
	},
	kMachineAsLate: {
		"the machine was late for as much of the time as others were slow, and by as much, so that it is held against nobody",
		"本机延迟的时间占比与幅度同其余慢应答相当，不归咎于任何一方",
	},
}
