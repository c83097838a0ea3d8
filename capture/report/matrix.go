package report

import (
	"cmp"
	"slices"
	"strings"
)

// A report of several pairs has in front which server goes with which client, and why one does not.

// maxEnds is how many servers and how many clients the table has: a report that is read may have any
// number. The lines below it have all pairs that they are about.
const maxEnds = 40

// maxAlikePairs is how many pairs a line names of which the same is to be said.
const maxAlikePairs = 4

// A matrix is the table of servers and clients of the page, with lines below.
type matrix struct {
	Title  string
	Head   []string // the corner, and the clients
	Rows   []matrixRow
	Legend []matrixCell // the verdicts that the cells have
	Note   string       // of what the table does not show; empty: it has all
	Lines  []pairLine
}

type matrixRow struct {
	Server string
	Cells  []matrixCell
}

// A matrixCell shows the verdict on a pair. It has no class where there is none.
type matrixCell struct {
	Class Verdict
	Mark  string
	Text  string // the numbers of the pair's scenarios, or the verdict itself in the legend
}

// A pairLine says why a pair is not fully compatible.
type pairLine struct {
	Pair    string
	Class   Verdict
	Verdict string
	Why     string
}

// matrix returns the table, nil where the report is not of several pairs.
func (r *Report) matrix(l Lang) *matrix {
	if !r.several() {
		return nil
	}
	pairs := r.Pairs()
	m := &matrix{Title: say(kMatrix).in(l), Head: heads(l, kServerByClient), Lines: linesOf(pairs, l)}
	var servers, clients []string // as they are named, each once
	cells := make(map[[2]string]matrixCell)
	legend := make(map[Verdict]matrixCell)
	for i := range pairs {
		p := &pairs[i]
		server, client := p.Server.column(l), p.Client.column(l)
		at := [2]string{server, client}
		if !slices.Contains(servers[:min(len(servers), maxEnds)], server) {
			servers = append(servers, server)
		}
		if !slices.Contains(clients[:min(len(clients), maxEnds)], client) {
			clients = append(clients, client)
		}
		cells[at], legend[p.class()] = p.cell(l), p.explained(l)
	}
	if len(servers) > maxEnds || len(clients) > maxEnds {
		m.Note = say(kNotShown, maxEnds).in(l)
	}
	clients = clients[:min(len(clients), maxEnds)]
	m.Head = append(m.Head, clients...)
	for _, server := range servers[:min(len(servers), maxEnds)] {
		row := matrixRow{Server: server}
		for _, client := range clients {
			row.Cells = append(row.Cells, cells[[2]string{server, client}])
		}
		m.Rows = append(m.Rows, row)
	}
	for _, class := range [...]Verdict{Fully, Partly, Not, Undecided, ""} {
		if cell, has := legend[class]; has {
			m.Legend = append(m.Legend, cell)
		}
	}
	return m
}

// column returns what a table calls a peer.
func (p Peer) column(l Lang) string { return cmp.Or(likened(clean(p.String()), l), "–") }

// class returns the verdict on the pair; none where it was not run.
func (p *PairResult) class() Verdict {
	if p.NotRun {
		return ""
	}
	return p.Verdict
}

// text returns the verdict on the pair in words, or that it was not run.
func (p *PairResult) text() text {
	if p.NotRun {
		return say(kPairNotRun)
	}
	return p.Verdict.text()
}

// explained returns what the legend says of cells such as the pair's.
func (p *PairResult) explained(l Lang) matrixCell {
	mark, words := p.text().parted(l)
	return matrixCell{p.class(), mark, words}
}

// cell returns the pair's cell of the table.
func (p *PairResult) cell(l Lang) matrixCell {
	cell := p.explained(l)
	cell.Text = ""
	if !p.NotRun {
		cell.Text = numbers(p.Scenarios).in(l)
	}
	return cell
}

// name returns the names of both ends.
func (p *PairResult) name(l Lang) string {
	one := Scenario{Server: p.Server, Client: p.Client}
	return join(kPlus, one.peers(l)...).in(l)
}

// linesOf returns a line for each pair that is not fully compatible. Those of which the same is to be
// said share one.
func linesOf(pairs []PairResult, l Lang) (lines []pairLine) {
	type said struct {
		class Verdict
		why   string
	}
	of := make(map[said][]*PairResult)
	var order []said
	for i := range pairs {
		p := &pairs[i]
		if p.class() == Fully {
			continue
		}
		s := said{p.class(), p.why(l)}
		if of[s] == nil {
			order = append(order, s)
		}
		of[s] = append(of[s], p)
	}
	for _, s := range order {
		lines = append(lines, pairLine{namesOf(of[s], l), s.class, of[s][0].text().in(l), s.why})
	}
	return lines
}

// namesOf names pairs, and their scenarios.
func namesOf(pairs []*PairResult, l Lang) string {
	var names []text
	var of []int
	for i, p := range pairs {
		if of = append(of, p.Scenarios...); i < maxAlikePairs {
			names = append(names, literal(p.name(l)))
		}
	}
	slices.Sort(of)
	all := join(kSemicolon, names...)
	if more := len(pairs) - len(names); more > 0 {
		all = say(kMorePairs, all, more)
	}
	return say(kPairAt, all, numbers(of)).in(l)
}

// why says why the verdict on the pair is what it is: the first of its reasons, which says most, and
// what is known of that. Where nothing failed, it is all of them.
func (p *PairResult) why(l Lang) string {
	_, why := p.part.judge()
	list := why.list
	if p.Verdict != Undecided || len(list) > 0 && list[0].key == kNeverRan {
		list = list[:1]
	}
	said := join(kSentence, list...)
	root := p.part.rootProblem()
	if root == nil || root.Known(l) == "" {
		return said.in(l)
	}
	also := root.Known(l)
	if !strings.Contains(strings.ToLower(said.in(l)), strings.ToLower(root.Text(l))) { // which that is known of
		also = root.textAndKnown(l)
	}
	return join(kSemicolon, said, literal(also)).in(l)
}
