package rule

import (
	"errors"
	"strings"
)

// ParseFile reads the rules of a file, one a line. Blank lines, and lines that begin with #,
// have none. It returns the rules that are right, and where some are wrong all errors,
// joined: each is an [*Error].
func ParseFile(name, text string) ([]*Rule, error) {
	var (
		rules  []*Rule
		errs   []error
		number int
	)
	for line := range strings.SplitSeq(text, "\n") {
		number++
		line = strings.TrimSuffix(line, "\r")
		if trimmed := strings.Trim(line, spaces); trimmed == "" || trimmed[0] == '#' {
			continue
		}
		r, err := Parse(line)
		if err == nil {
			rules = append(rules, r)
			continue
		}
		var wrong *Error
		if errors.As(err, &wrong) {
			wrong.File, wrong.Line = name, number
		}
		errs = append(errs, err)
	}
	return rules, errors.Join(errs...)
}
