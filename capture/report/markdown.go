package report

import (
	"fmt"
	"regexp"
	"strings"
)

// Markdown returns the report in GitHub's Markdown.
func (r *Report) Markdown(l Lang) []byte {
	m := new(markdown)
	p := r.page(l)
	m.heading(1, p.Title)
	m.facts(append(p.Facts, p.Summary.front(l)...))
	if p.Matrix != nil {
		m.matrix(p.Matrix, l)
	}
	if p.Overview != nil {
		m.heading(2, p.Overview.Title)
		m.table(p.Overview)
		m.line("%s\n", escapeLine(p.Shares))
	}
	if p.Unseen != nil {
		m.unseen(p.Unseen)
	}
	for i := range p.Sections {
		m.section(&p.Sections[i])
	}
	m.heading(2, p.Checklist.Title)
	for _, g := range p.Checklist.Groups {
		m.heading(3, g.Title)
		for i := range g.Items {
			m.item(&g.Items[i], l)
		}
		m.line("")
	}
	m.summary(&p.Summary, l)
	return []byte(strings.TrimRight(m.b.String(), "\n") + "\n")
}

// A markdown writes Markdown. It escapes all text that it is given.
type markdown struct{ b strings.Builder }

func (m *markdown) line(format string, args ...any) {
	fmt.Fprintf(&m.b, format, args...)
	m.b.WriteByte('\n')
}

func (m *markdown) heading(level int, title string) {
	m.line("%s %s\n", strings.Repeat("#", level), escape(title))
}

func (m *markdown) facts(facts []fact) {
	for _, f := range facts {
		m.line("%s", strings.TrimRight(fmt.Sprintf("- **%s**: %s", escape(f.Name), escape(f.Value)), " "))
	}
	m.line("")
}

func (m *markdown) table(t *table) {
	m.row(t.Head)
	m.line("|%s", strings.Repeat("---|", len(t.Head)))
	for _, row := range t.Rows {
		m.row(row)
	}
	m.line("")
}

func (m *markdown) row(cells []string) {
	m.b.WriteByte('|')
	for _, cell := range cells {
		fmt.Fprintf(&m.b, " %s |", escape(cell))
	}
	m.line("")
}

func (m *markdown) section(s *section) {
	m.heading(2, s.Title)
	m.facts(s.Facts)
	for i := range s.Tables {
		m.heading(3, s.Tables[i].Title)
		m.table(&s.Tables[i])
	}
	for _, c := range s.Charts {
		m.heading(3, c.Title)
		// No text in a chart comes from a peer.
		m.line("```text\n%s\n```\n", c.blocks())
		m.line("%s\n", escape(c.Legend()))
	}
	for _, known := range s.Known {
		m.heading(3, known.Title)
		for _, line := range known.Lines {
			m.line("- %s", escapeLine(line))
		}
		m.line("")
	}
}

func (m *markdown) matrix(x *matrix, l Lang) {
	m.heading(2, x.Title)
	m.row(x.Head)
	m.line("|%s", strings.Repeat("---|", len(x.Head)))
	for _, row := range x.Rows {
		cells := []string{row.Server}
		for _, c := range row.Cells {
			cells = append(cells, strings.TrimSpace(c.Mark+" "+c.Text))
		}
		m.row(cells)
	}
	var legend []text
	for _, c := range x.Legend {
		legend = append(legend, literal(c.Mark+" "+c.Text))
	}
	m.line("\n%s\n", escapeLine(join(kSemicolon, legend...).in(l)))
	if x.Note != "" {
		m.line("%s\n", escapeLine(x.Note))
	}
	for _, line := range x.Lines {
		m.line("- %s", escapeLine(join(kColon, literal(line.Pair), literal(line.Verdict), literal(line.Why)).in(l)))
	}
	if len(x.Lines) > 0 {
		m.line("")
	}
}

func (m *markdown) unseen(u *unseen) {
	m.heading(2, u.Title)
	for _, line := range u.Lines {
		m.line("- %s", escapeLine(line))
	}
	m.line("\n%s\n", escapeLine(u.Note))
}

func (m *markdown) item(i *itemLine, l Lang) {
	box := "[ ]"
	if i.Ticked {
		box = "[x]"
	}
	m.line("- %s %s", box, escape(join(kColon, literal(i.Title), literal(i.Status)).in(l)))
	for _, evidence := range i.Evidence {
		m.line("  - %s", escapeLine(evidence))
	}
}

// front returns what stands in front, too: the verdict, why it is that, and what to do.
func (s *summary) front(l Lang) []fact {
	list := []fact{{s.Interoperable, join(kSentence, literal(s.Verdict), literal(s.Front)).in(l)}}
	if s.FrontAdvice != "" {
		list = append(list, fact{s.AdviceTitle, s.FrontAdvice})
	}
	return list
}

func (m *markdown) summary(s *summary, l Lang) {
	m.heading(2, s.Title)
	m.facts([]fact{{s.Interoperable, join(kSentence, literal(s.Verdict), literal(s.Reason)).in(l)}})
	m.heading(3, s.Problems.Title)
	if len(s.Problems.Rows) == 0 {
		m.line("%s\n", escape(s.NoProblems))
	} else {
		m.table(&s.Problems)
	}
	m.heading(3, s.AdviceTitle)
	for _, advice := range s.Advice {
		m.line("- %s", escapeLine(advice))
	}
}

// escape returns s so that Markdown shows it as it is, on one line, also within a table:
// no part of it becomes markup, HTML or a link. What it quotes becomes code.
func escape(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch r {
		case '\n', '\r', '\t':
			b.WriteByte(' ')
		case quoteBeginRune:
			b.WriteString("<code>")
		case quoteEndRune:
			b.WriteString("</code>")
		case '<', '>', '&':
			b.WriteString(entities[r])
		case '|', '`', '*', '_', '[', ']', '\\', '~', '!', '$':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			if r == ':' && strings.HasPrefix(s[i:], "://") || r == '.' && strings.HasSuffix(strings.ToLower(s[:i]), "www") {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

var entities = map[rune]string{'<': "&lt;", '>': "&gt;", '&': "&amp;"}

// opening matches what is markup only at the beginning of a line: the mark of a heading
// or of a list.
var opening = regexp.MustCompile(`^([0-9]*)([#+=.)-])`)

// escapeLine is escape for text that begins a line.
func escapeLine(s string) string { return opening.ReplaceAllString(escape(s), `$1\$2`) }
