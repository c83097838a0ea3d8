package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A scheme is the colours of page.css in one of its schemes, by the names of their variables.
type scheme map[string]uint32

var (
	rootBlock = regexp.MustCompile(`:root \{([^}]*)\}`)
	colour    = regexp.MustCompile(`--([a-z]+): #([0-9a-f]{6});`)
)

// schemes returns the light and the dark colours of the style.
func schemes(t *testing.T) map[string]scheme {
	t.Helper()
	blocks := rootBlock.FindAllStringSubmatch(pageCSS, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d sets of variables, want a light one and a dark one", len(blocks))
	}
	all := map[string]scheme{"light": {}, "dark": {}}
	for i, name := range []string{"light", "dark"} {
		for _, m := range colour.FindAllStringSubmatch(blocks[i][1], -1) {
			v, err := strconv.ParseUint(m[2], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			all[name][m[1]] = uint32(v)
		}
	}
	return all
}

// contrast returns the contrast ratio of two colours, from 1 to 21, as WCAG 2 defines it.
func contrast(a, b uint32) float64 {
	luminance := func(c uint32) (sum float64) {
		for i, weight := range [...]float64{0.2126, 0.7152, 0.0722} {
			v := float64(c>>(16-8*i)&0xff) / 255
			if v <= 0.04045 {
				v /= 12.92
			} else {
				v = math.Pow((v+0.055)/1.055, 2.4)
			}
			sum += weight * v
		}
		return sum
	}
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func TestContrastIsKnown(t *testing.T) {
	for want, pair := range map[string][2]uint32{
		"21.00": {0, 0xffffff}, "1.00": {0x123456, 0x123456}, "4.54": {0x767676, 0xffffff}, "8.59": {0x0000ff, 0xffffff},
	} {
		if got := fmt.Sprintf("%.2f", contrast(pair[0], pair[1])); got != want {
			t.Errorf("contrast of %06x and %06x is %s, want %s", pair[0], pair[1], got, want)
		}
	}
}

// TestContrast: text has a contrast of at least 4.5:1 to each ground that it can stand on, and
// what a chart draws one of 3:1, in both schemes.
func TestContrast(t *testing.T) {
	for name, colours := range schemes(t) {
		known := map[string]float64{
			"text": 4.5, "dim": 4.5, "good": 4.5, "bad": 4.5, "warn": 4.5, "open": 4.5, "seen": 4.5,
			"mean": 3, "range": 3, "line": 1, "ground": 1, "band": 1,
		}
		for of, least := range known {
			c, found := colours[of]
			if !found {
				t.Errorf("%s: no colour --%s", name, of)
			}
			for _, on := range []string{"ground", "band"} {
				if (of == "mean" || of == "range") && on == "band" {
					continue // charts stand on the ground
				}
				if got := contrast(c, colours[on]); got < least {
					t.Errorf("%s: --%s on --%s has a contrast of %.2f, want %.1f", name, of, on, got, least)
				}
			}
		}
		for of := range colours {
			if known[of] == 0 {
				t.Errorf("%s: nobody knows what --%s is for", name, of)
			}
		}
	}
}

// TestColoursAreVariables: all colours come from the variables of the scheme, those of the
// charts too, or the dark page would have light spots. Paper is light.
func TestColoursAreVariables(t *testing.T) {
	rest := rootBlock.ReplaceAllString(pageCSS, "")
	if found := regexp.MustCompile(`#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(`).FindAllString(rest, -1); found != nil {
		t.Errorf("colours outside of the variables: %q", found)
	}
	for _, m := range regexp.MustCompile(`var\(--([a-z]+)\)`).FindAllStringSubmatch(rest, -1) {
		if !strings.Contains(pageCSS, "--"+m[1]+": ") {
			t.Errorf("--%s is used and not set", m[1])
		}
	}
	if found := regexp.MustCompile(` (fill|stroke|style|color|bgcolor)=`).FindAllString(pageHTML, -1); found != nil {
		t.Errorf("the template has colours of its own: %q", found)
	}
	if strings.Count(pageCSS, "prefers-color-scheme") != strings.Count(pageCSS, "@media screen and (prefers-color-scheme: dark)") {
		t.Error("the dark scheme is for screens alone")
	}
}

// TestClassesHaveStyles: each status and each verdict has a colour and a shape.
func TestClassesHaveStyles(t *testing.T) {
	for _, class := range []string{
		string(Passed), string(Failed), string(Observed), string(NotMeasured),
		string(Fully), string(Partly), string(Not), string(Undecided),
	} {
		for _, of := range []string{`\.%s[ ,{].*color: `, `\.%s::before`} {
			if !regexp.MustCompile(fmt.Sprintf(of, class)).MatchString(pageCSS) {
				t.Errorf("the class %s has no style %s", class, of)
			}
		}
	}
}

// TestStatusesOnPage: where the value of a fact or a cell is a status, the page shows it as
// one, and draws its mark itself.
func TestStatusesOnPage(t *testing.T) {
	for _, lang := range langs {
		p := page{
			Lang:     lang,
			Overview: &table{Head: []string{"what", "result"}, statusAt: 1},
			Sections: []section{{Facts: []fact{{"server", "x"}, {"result", Failed.text().in(lang)}, {"notes", ""}}, result: Failed, resultAt: 1}},
		}
		group := group{}
		for _, s := range []Status{Passed, Failed, Observed, NotMeasured} {
			p.Overview.Rows = append(p.Overview.Rows, []string{"✅ <" + string(s) + ">", s.text().in(lang)})
			p.Overview.Statuses = append(p.Overview.Statuses, s)
			group.Items = append(group.Items, itemLine{Status: s.text().in(lang), Class: s, Evidence: []string{say(kInScenarios, s.text(), "1").in(lang)}})
		}
		p.Checklist.Groups = append(p.Checklist.Groups, group)
		p.Summary.Verdict, p.Summary.Class = Partly.text().in(lang), Partly
		var b strings.Builder
		if err := htmlPage.Execute(&b, &p); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		for _, s := range []Status{Passed, Failed, Observed, NotMeasured} {
			word := unmarked(s.text().in(lang))
			badge := `<span class="status ` + string(s) + `">` + word + `</span>`
			want := 2 // the cell and the item
			if s == Failed {
				want++ // the fact
			}
			if got := strings.Count(text, badge); got != want {
				t.Errorf("%s: %s stands %d times on the page, want %d", lang, badge, got, want)
			}
			if cell := "<td>✅ &lt;" + string(s) + "&gt;</td>"; !strings.Contains(text, cell) {
				t.Errorf("%s: no cell %s: what is no status stays as it is", lang, cell)
			}
			if mark, _, _ := strings.Cut(s.text().in(lang), " "); strings.Count(text, mark) > strings.Count(text, "<td>"+mark) {
				t.Errorf("%s: the page needs a font with %s", lang, mark)
			}
		}
		if n := strings.Count(text, `<span class="status verdict partly-compatible">`+unmarked(Partly.text().in(lang))+"<"); n != 2 {
			t.Errorf("%s: the verdict stands %d times on the page, want it first and last", lang, n)
		}
		if !strings.Contains(text, "<dd>–</dd>") {
			t.Errorf("%s: no dash for a fact without a value", lang)
		}
	}
}

// TestPolicy: the page brings all that it shows, runs nothing, and forbids all else.
func TestPolicy(t *testing.T) {
	for _, lang := range langs {
		b, err := everywhere("plain").HTML(lang)
		if err != nil {
			t.Fatal(err)
		}
		text := html.UnescapeString(string(b))
		refuse(t, strings.ToLower(string(b)), "<script", "<link", "<img", "<iframe", "<object", "<embed", "<a ", "src=", "href", "url(", "@import", "@font-face", " style=", "javascript:")
		if on := regexp.MustCompile(`<[^>]* on[a-z]+=`).FindString(string(b)); on != "" {
			t.Errorf("a handler stands in it: %s", on)
		}
		_, after, _ := strings.Cut(text, "<style>")
		style, _, found := strings.Cut(after, "</style>")
		if !found || style != pageCSS {
			t.Fatal("the style is not page.css as it stands")
		}
		sum := sha256.Sum256([]byte(style))
		want := `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-` +
			base64.StdEncoding.EncodeToString(sum[:]) + `'; base-uri 'none'; form-action 'none'">`
		if at := strings.Index(text, want); at < 0 || at > strings.Index(text, "<style>") {
			t.Errorf("%s: no policy %s before the style", lang, want)
		}
	}
}

func TestColumnsOfNumbers(t *testing.T) {
	table := table{
		Head: []string{"No.", "what", "share", "time", "none", "when", "of peers"},
		Rows: [][]string{
			{"1", "a pair", "60/62", "0.60 ms", "–", "21:27:44", "10"},
			{"2", "3 s", "–", "2.00 ms", "–", "21:27:45", "127.0.0.1:1"},
			{"3", "", "× 1.00", "–", "–", "", "4.0 KiB"},
		},
	}
	var got string
	for _, c := range table.Columns() {
		if c.Number {
			got += c.Head + ";"
		}
	}
	if want := "No.;share;time;none;"; got != want {
		t.Errorf("columns of numbers: %s want %s", got, want)
	}
}

// A flag of the command line stands on one line, and nothing of a line is lost or doubled.
func TestFlagsStayWhole(t *testing.T) {
	for _, line := range []string{"", "--a", "run relay --heartbeat 100ms,both, then --duration: <b>", "no flags - at -- all", "--heartbeat--report"} {
		var all, flags string
		for _, p := range pieces(line) {
			all += p.Text
			if p.Flag {
				flags += p.Text + "|"
			}
		}
		if all != line || strings.Contains(line, "relay --heartbeat") && flags != "--heartbeat|--duration|" {
			t.Errorf("%q: pieces %q, flags %q", line, all, flags)
		}
	}
	b, err := Combine(Meta{}, Scenario{Kind: Replayed}).HTML(English)
	if err != nil || !strings.Contains(string(b), `relay <span class="flag">--heartbeat</span> 1s`) {
		t.Errorf("no flag of the advice is kept whole: %v", err)
	}
}

// TestProblemsHeadTheirCells: on narrow screens the list of problems has no heads of columns, and
// each cell shows its own.
func TestProblemsHeadTheirCells(t *testing.T) {
	s := Scenario{Kind: Replayed, Diagnostics: []Diagnostic{{Code: "alert", Count: 2, Text: "an Alert"}}}
	for _, l := range langs {
		b, err := Combine(Meta{}, s).HTML(l)
		if err != nil {
			t.Fatal(err)
		}
		for k, cell := range map[key]string{kSeverity: severityIn("error", l), kCode: "alert", kCount: "2", kSeen: "an Alert"} {
			if want := `data-head="` + say(k).in(l) + `">` + cell + "</td>"; !strings.Contains(string(b), want) {
				t.Errorf("%s: no %s", l, want)
			}
		}
	}
	if !strings.Contains(pageCSS, "content: attr(data-head)") {
		t.Error("the style does not show what the cells are headed by")
	}
}
