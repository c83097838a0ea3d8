package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"anytls-inspect/protocol"
)

// untested is what is said of an implementation that the project's own run tries in no version.
const untested = "untested"

// overview returns a few lines for each implementation: whose language it is in, which versions were
// tried, and where its programs are.
func (l *listing) overview() []byte {
	var b strings.Builder
	var names, languages, versions int
	for i := range l.Implementations {
		one := &l.Implementations[i]
		names, languages = max(names, ansi.StringWidth(one.Name)), max(languages, ansi.StringWidth(one.Language))
		for _, row := range one.ends() {
			versions = max(versions, ansi.StringWidth(row.end.version()))
		}
	}
	for i := range l.Implementations {
		one := &l.Implementations[i]
		line(&b, padded(one.Name, names)+" ", padded(one.Language, languages)+" ", one.tried())
		for _, row := range one.rows() {
			if row.end.Missing != "" {
				line(&b, " ", padded(row.name, len("server"))+" ", "not found: "+row.end.Missing)
				continue
			}
			line(&b, " ", padded(row.name, len("server"))+" ", padded(row.end.version(), versions)+" ", row.end.Path)
		}
	}
	return visible([]byte(b.String()))
}

// A listedRow is an end of an implementation under a name, or both where they are one program.
type listedRow struct {
	name string
	end  *listedEnd
}

// ends returns the ends that an implementation can be.
func (o *listedOne) ends() (rows []listedRow) {
	for _, row := range [...]listedRow{{protocol.Server.String(), o.Server}, {protocol.Client.String(), o.Client}} {
		if row.end != nil {
			rows = append(rows, row)
		}
	}
	return rows
}

// rows returns the same, but one for both where that says all.
func (o *listedOne) rows() []listedRow {
	if s, c := o.Server, o.Client; s != nil && c != nil &&
		s.Path == c.Path && s.Version == c.Version && (s.Missing == "") == (c.Missing == "") && slices.Equal(s.Programs, c.Programs) {
		return []listedRow{{both, s}}
	}
	return o.ends()
}

// tried says which versions were tried.
func (o *listedOne) tried() string {
	if len(o.Tried) == 0 {
		return untested
	}
	return "tried: " + strings.Join(o.Tried, ", ")
}

// version returns the version for people.
func (e *listedEnd) version() string {
	if e.Missing != "" {
		return ""
	}
	return cmp.Or(e.Version, "–")
}

// details returns all that is known of each implementation.
func (l *listing) details() []byte {
	var b strings.Builder
	for i := range l.Implementations {
		if i > 0 {
			b.WriteString("\n")
		}
		l.Implementations[i].details(&b)
	}
	return visible([]byte(b.String()))
}

func (o *listedOne) details(b *strings.Builder) {
	about := o.Name
	if o.Language != "" {
		about += " (" + o.Language + ")"
	}
	if o.Author != "" {
		about += ", by " + o.Author
	}
	line(b, about)
	fields(b, [][2]string{{"source", o.Source}, {"tried", cmp.Or(strings.Join(o.Tried, ", "), untested)}})
	for _, row := range o.ends() {
		row.details(b)
	}
	o.Log.details(b)
	for i, h := range o.Habits {
		if i == 0 {
			line(b, "\nhabits")
		}
		line(b, "  "+cmp.Or(h.Peer, both)+":", h.English)
	}
}

func (r listedRow) details(b *strings.Builder) {
	e := r.end
	line(b, "\n"+r.name)
	found := e.Path
	if e.Missing != "" {
		found = "no: " + e.Missing
	}
	if e.Advice != "" {
		found += "; " + e.Advice
	}
	fields(b, [][2]string{
		{"found", found},
		{"version", e.version()},
		{"command", commandLine(e.Command)},
		{"env", strings.Join(e.Env, " ")},
		{"early", early(e.Early)},
	})
	if e.Config != "" {
		line(b, "  {config} is made of")
		for text := range strings.Lines(strings.TrimRight(e.Config, "\n")) {
			line(b, "    "+strings.TrimRight(text, "\r\n"))
		}
	}
}

// early says what it means for a program to be early.
func early(is bool) string {
	if !is {
		return ""
	}
	return "it listens before it is ready, and closes what comes until then"
}

// details says by which lines of a log the guide knows what happened.
func (l *listedLog) details(b *strings.Builder) {
	if *l == (listedLog{}) {
		line(b, "\nlog, as most programs say things")
		return
	}
	const usual = "as most programs say it"
	line(b, "\nlog, by regular expressions")
	fields(b, [][2]string{
		{"HeartRequest received", cmp.Or(l.Received, usual)},
		{"HeartResponse sent", cmp.Or(l.Sent, usual)},
		{"HeartResponse received", cmp.Or(l.Response, usual)},
		{"errors and warnings", cmp.Or(l.Trouble, usual)},
		{"but for", l.Harmless},
	})
}

// commandLine returns words as they are written for a shell.
func commandLine(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		if quoted[i] = word; word == "" || strings.ContainsFunc(word, special) {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// special tells whether a character may mean something to a shell. Braces with a word alone do not.
func special(r rune) bool { return r <= ' ' || strings.ContainsRune("\\'\"`$&|;<>()*?[]#~!", r) }

// fields prints a line for each name with what it says. Those that say nothing are left out.
func fields(b *strings.Builder, all [][2]string) {
	cells := 0
	for _, field := range all {
		cells = max(cells, ansi.StringWidth(field[0]))
	}
	for _, field := range all {
		if field[1] != "" {
			line(b, " ", padded(field[0], cells)+" ", field[1])
		}
	}
}

// line prints texts with blanks between them.
func line(b *strings.Builder, texts ...string) {
	b.WriteString(strings.TrimRight(strings.Join(texts, " "), " ") + "\n")
}
