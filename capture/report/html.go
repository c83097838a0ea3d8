package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"regexp"
	"strings"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// htmlPage is the template of the page. It escapes each value for the place where it
// stands.
var htmlPage = template.Must(template.New("page").Funcs(template.FuncMap{
	"style":    func() template.CSS { return template.CSS(pageCSS) },
	"policy":   policy,
	"unmarked": unmarked,
	"pieces":   pieces,
	"quotes":   quotes,
	"quoted":   func(s string) bool { return strings.Contains(s, quoteBegin) },
}).Parse(pageHTML))

// policy returns the content security policy of the page: it has its own style and loads,
// runs, sends and embeds nothing. It is the second lock: the template lets no markup in.
func policy() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'"
}

// HTML returns the report as one page that needs no other file.
func (r *Report) HTML(l Lang) ([]byte, error) {
	var b bytes.Buffer
	if err := htmlPage.Execute(&b, r.page(l)); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return b.Bytes(), nil
}

// unmarked returns the text of a status or a verdict without its mark. The page draws marks
// itself: not every machine has a font with those of the phrases.
func unmarked(s string) string {
	if first, rest, found := strings.Cut(s, " "); found && marks[first] {
		return rest
	}
	return s
}

// A piece of a line is a flag of the command line, or what stands around flags.
type piece struct {
	Text string
	Flag bool
}

// flag matches a flag of the command line, which a browser would break behind its hyphens.
var flag = regexp.MustCompile(`--[a-z][a-z-]{1,30}`)

// pieces cuts a line before and behind its flags.
func pieces(line string) (list []piece) {
	at := 0
	for _, found := range flag.FindAllStringIndex(line, -1) {
		list = append(list, piece{Text: line[at:found[0]]}, piece{line[found[0]:found[1]], true})
		at = found[1]
	}
	return append(list, piece{Text: line[at:]})
}

// quotes cuts a text before and behind what it quotes. Flag marks that.
func quotes(text string) (list []piece) {
	for text != "" {
		before, rest, found := strings.Cut(text, quoteBegin)
		list = append(list, piece{Text: before})
		if !found {
			break
		}
		quoted, behind, _ := strings.Cut(rest, quoteEnd)
		list, text = append(list, piece{quoted, true}), behind
	}
	return list
}

// marks are the marks of all statuses and verdicts.
var marks = marksOf(Passed.text(), Failed.text(), Observed.text(), NotMeasured.text(),
	Fully.text(), Partly.text(), Not.text(), Undecided.text())

func marksOf(list ...text) map[string]bool {
	all := make(map[string]bool)
	for _, t := range list {
		mark, _ := t.parted(English)
		all[mark] = true
	}
	return all
}

// Status returns the status that the value of a fact is the text of; empty where it is
// other text.
func (s section) Status(fact int) Status {
	if fact == s.resultAt {
		return s.result
	}
	return ""
}

// A column of a table as the page shows it.
type column struct {
	Head     string
	Number   bool // all of its cells are numbers, or have none
	statuses []Status
}

// Status returns the status that the column's cell in a row is the text of; empty where
// it is other text.
func (c column) Status(row int) Status {
	if row < len(c.statuses) {
		return c.statuses[row]
	}
	return ""
}

// number matches what stands in a column of numbers: counts, shares and measures.
var number = regexp.MustCompile(`^[+×-]? ?[0-9]+(\.[0-9]+)?(/[0-9]+)?( [A-Za-zµ]{1,3})?$`)

// Columns returns the columns of the table.
func (t table) Columns() []column {
	list := make([]column, len(t.Head))
	for i, head := range t.Head {
		list[i].Head = head
		if i == t.statusAt {
			list[i].statuses = t.Statuses
		}
		numbers, others := 0, 0
		for _, row := range t.Rows {
			switch cell := row[i]; {
			case cell == "–" || number.MatchString(cell):
				numbers++
			case cell != "":
				others++
			}
		}
		list[i].Number = numbers > 0 && others == 0
	}
	return list
}
