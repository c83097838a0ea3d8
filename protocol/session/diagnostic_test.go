package session_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/protocol/session"
)

func TestCodes(t *testing.T) {
	codes := session.Codes()
	if sorted := slices.Sorted(slices.Values(codes)); len(slices.Compact(sorted)) != len(codes) {
		t.Errorf("a code stands twice in %v", codes)
	}
	for _, code := range codes {
		spec := code.Spec()
		if spec.Code != code || spec.Section == "" || !strings.HasSuffix(spec.Advice, ".") {
			t.Errorf("%s: %+v", code, spec)
		}
		if strings.Trim(string(code), "abcdefghijklmnopqrstuvwxyz-") != "" {
			t.Errorf("%q is not kebab-case", code)
		}
	}
	if got := session.Code("no-such").Spec(); got != (session.DiagnosticSpec{Code: "no-such"}) {
		t.Errorf("a code that there is not: %+v", got)
	}
}

// TestDiagnosticsDocument holds the document to the table: a row and a heading
// for each code, in the table's order, and no other.
func TestDiagnosticsDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/diagnostics.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented, headed []session.Code
	parts := 0 // of what stands below the headings
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(line, "|\n "), " | ")
		if heading, ok := strings.CutPrefix(line, "### `"); ok {
			headed = append(headed, session.Code(strings.TrimSuffix(heading, "`\n")))
		}
		for _, part := range []string{"- **Protocol:** ", "- **Known:** ", "- **Do:** "} {
			if text, ok := strings.CutPrefix(line, part); ok && strings.HasSuffix(text, ".\n") {
				parts++
			}
		}
		code, isRow := strings.CutPrefix(cells[0], "`")
		if !isRow || line[0] != '|' {
			continue
		}
		code = strings.TrimSuffix(code, "`")
		documented = append(documented, session.Code(code))
		if len(cells) != 5 {
			t.Errorf("%s: %d cells, want 5", code, len(cells))
			continue
		}
		spec := session.Code(code).Spec()
		if cells[1] != spec.Severity.String() || cells[3] != spec.Section || cells[4] != spec.Advice {
			t.Errorf("%s: %v; want %v, %s, %s", code, cells[1:], spec.Severity, spec.Section, spec.Advice)
		}
		if !strings.HasSuffix(cells[2], ".") {
			t.Errorf("%s: its meaning is no sentence: %q", code, cells[2])
		}
	}
	if codes := session.Codes(); !slices.Equal(documented, codes) {
		t.Errorf("documented are\n%v, but the codes are\n%v", documented, codes)
	} else if !slices.Equal(headed, codes) {
		t.Errorf("the headings are\n%v, but the codes are\n%v", headed, codes)
	} else if parts != 3*len(codes) {
		t.Errorf("%d parts below %d headings, want three each", parts, len(codes))
	}
}
